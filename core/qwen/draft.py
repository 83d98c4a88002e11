"""Puts one answer together from its deltas, and judges whether it is an answer."""

from __future__ import annotations

from core.errors import QwenBrokenError, QwenRefusedError
from core.qwen.failures import EMPTY
from core.qwen.stream import Delta, Usage
from core.qwen.visible import Visible

_ABORTED = frozenset({"abort", "error"})  # vLLM 0.30 and SGLang 0.5 when they give a request up


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
        self.finish = ""
        """Why the model ended; "" while it goes on."""

        self.usage: Usage | None = None
        self.is_done = False
        """The endpoint said that nothing follows."""

        self.is_mislabelled = False
        """The answer came as thinking; the endpoint is set up wrong."""

    @property
    def text(self) -> str:
        """Return what a fan may see by now."""
        return self._visible.text

    @property
    def has_orphan(self) -> bool:
        """Return whether thinking came without its opening tag."""
        return self._visible.has_orphan

    def add(self, delta: Delta) -> None:
        """Take what came next; an error among it is not looked at."""
        if delta.thinking:
            # Who labels thinking does not mix it into the text.
            self._visible.release()
            self._thinking.feed(delta.thinking)
        self._visible.feed(delta.text)
        self.finish = delta.finish or self.finish
        self.usage = delta.usage or self.usage
        self.is_done = self.is_done or delta.is_done

    def conclude(self) -> str:
        """Return the whole visible answer.

        Raises:
            QwenBrokenError: It broke off, or has no word for a fan.
            QwenRefusedError: The endpoint cut it for its content.
        """
        if self.finish == "content_filter":
            raise QwenRefusedError("The Qwen endpoint's moderation cut its answer.")
        if not self.finish:
            raise QwenBrokenError("The Qwen endpoint broke its answer off.", code="truncated")
        if self.finish in _ABORTED:
            raise QwenBrokenError("The Qwen endpoint gave its answer up.", code="aborted")
        for text in (self._visible, self._thinking):
            text.finish(is_complete=self.finish == "stop")
        answer = self._visible.text.rstrip()
        if not answer and self._may_be_mislabelled and self.finish == "stop":
            answer = self._thinking.text.rstrip()
            self.is_mislabelled = bool(answer)
        if not answer:
            raise QwenBrokenError("The Qwen endpoint ended without an answer.", code=EMPTY)
        return answer
