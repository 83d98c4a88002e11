"""Who translates, and how to have a whole answer of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing

import msgspec

from core.errors import QwenBrokenError
from core.qwen.client import Qwen, Snapshot
from core.qwen.question import ChatMessage, Json


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """Who translates."""

    chat: Qwen | None = None
    mt: Qwen | None = None
    """A Qwen-MT model; it goes first where it knows the languages."""

    name: str = ""
    """What both are called; a translation by others is another translation."""

    @property
    def is_available(self) -> bool:
        """Return whether somebody would be asked now."""
        return any(qwen is not None and qwen.is_available for qwen in (self.chat, self.mt))

    async def ask(self, asked: Sequence[ChatMessage], *, tokens: int) -> str:
        """Return a whole answer of the chat model.

        Args:
            asked: The prompt.
            tokens: What the answer may take.

        Raises:
            QwenError: It cannot be reached, refuses, or does not come to an end.
        """
        answer = await self.chat_once(asked, tokens=tokens)
        if answer.finish == "length":
            raise QwenBrokenError("The answer was too long.", code="cut")
        return answer.text

    async def chat_once(self, asked: Sequence[ChatMessage], *, tokens: int) -> Snapshot:
        """Return the last snapshot of an answer of the chat model; as `ask`, but may be cut.

        Raises:
            QwenError: It cannot be reached, or refuses.
        """
        if self.chat is None:
            raise QwenBrokenError("No Qwen endpoint is set.", code="unset")
        return await ask_once(self.chat, asked, tokens)


async def ask_once(
    qwen: Qwen, asked: Sequence[ChatMessage], tokens: int, options: Mapping[str, Json] | None = None
) -> Snapshot:
    """Ask, and wait for the whole answer.

    Args:
        qwen: Whom.
        asked: The prompt.
        tokens: What the answer may take.
        options: `translation_options` of a Qwen-MT model.

    Raises:
        QwenError: There is none.
    """
    last: Snapshot | None = None
    answers = qwen.chat(asked, max_tokens=tokens, temperature=0.0, options=options)
    async with aclosing(answers):
        async for snapshot in answers:
            last = snapshot
    assert last is not None, "an answer ends with a final snapshot"
    return last
