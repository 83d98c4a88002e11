"""Puts one answer together from its deltas, and judges whether it is an answer."""

from __future__ import annotations

from core.errors import QwenBrokenError, QwenRefusedError
from core.qwen.failures import EMPTY
from core.qwen.stream import Delta, Usage
from core.qwen.visible import Visible

_ABORTED = frozenset({"abort", "error"})  # vLLM 0.30 and SGLang 0.5 when they give a request up

LONGEST = 40_000
"""Characters of an answer that are shown: only a server that ignores `max_tokens` sends more, and
this is twenty messages on Discord already."""

LONGEST_HEARD = 200_000
"""Characters of answer, thinking and all that is hidden: the 4,096 tokens that thinking may take
have about 20,000, and an endpoint that knows no such bound gets ten times as much."""


class Draft:
    """An answer while it is being written.

    Args:
        is_held: Its text may begin with thinking that has no opening tag.
        may_be_mislabelled: When nothing but thinking comes, that may be the answer.
    """

    def __init__(self, *, is_held: bool = False, may_be_mislabelled: bool = False) -> None:
        self._visible = Visible(is_held=is_held)
        self._thinking = Visible()
        self._may_be_mislabelled = may_be_mislabelled
        self._heard = 0
        self.finish = ""
        """Why the model ended; "" while it goes on."""

        self.usage: Usage | None = None
        self.is_done = False
        """The endpoint said that nothing follows."""

        self.is_mislabelled = False
        """The answer came as thinking; the endpoint is set up wrong."""

    @property
    def text(self) -> str:
        """Return what a fan may see by now, at most `LONGEST` characters."""
        return self._visible.text[:LONGEST]

    @property
    def is_enough(self) -> bool:
        """Return whether nothing that follows could still belong to the answer."""
        return self._visible.is_over or len(self._visible.text) > LONGEST

    @property
    def has_orphan(self) -> bool:
        """Return whether thinking came without its opening tag."""
        return self._visible.has_orphan

    def add(self, delta: Delta) -> None:
        """Take what came next; an error among it is not looked at.

        Raises:
            QwenBrokenError: It thinks without end.
        """
        room = max(0, LONGEST_HEARD - self._heard)
        self._heard += len(delta.thinking) + len(delta.text)
        if delta.thinking:
            # Who labels thinking does not mix it into the text.
            self._visible.release()
            self._thinking.feed(delta.thinking[:room])
        self._visible.feed(delta.text[:room])
        self.finish = delta.finish or self.finish
        self.usage = delta.usage or self.usage
        self.is_done = self.is_done or delta.is_done
        if self._heard > LONGEST_HEARD and not self.is_enough:
            raise QwenBrokenError("The Qwen endpoint thinks without end.", code="oversized")

    def conclude(self) -> str:
        """Return the whole visible answer.

        Raises:
            QwenBrokenError: It broke off, or has no word for a fan.
            QwenRefusedError: The endpoint cut it for its content.
        """
        if self.finish == "content_filter":
            raise QwenRefusedError("The Qwen endpoint's moderation cut its answer.")
        if self.is_enough:
            self.finish = self.finish or "stop"
        if not self.finish:
            raise QwenBrokenError("The Qwen endpoint broke its answer off.", code="truncated")
        if self.finish in _ABORTED:
            raise QwenBrokenError("The Qwen endpoint gave its answer up.", code="aborted")
        for text in (self._visible, self._thinking):
            text.finish(is_complete=self.finish == "stop")
        answer = self._visible.text
        if not answer.strip() and self._may_be_mislabelled and self.finish == "stop":
            answer = self._thinking.text
            self.is_mislabelled = bool(answer.strip())
        if len(answer) > LONGEST:
            self.finish = "length"
        answer = answer[:LONGEST].rstrip()
        if not answer:
            raise QwenBrokenError("The Qwen endpoint ended without an answer.", code=EMPTY)
        return answer
