"""Keeps out of an answer what is not meant for fans: thinking and leaked tool calls.

It works on text that comes in pieces cut anywhere, and holds back no more than what may be the
beginning of a tag. One case needs more: models since Qwen3.5 open `<think>` in the prompt, so
on a server without a parser the thinking comes first and without its opening tag. Where that
may be so, everything is held until the thinking is known to be over.
"""

from __future__ import annotations

import re

# What hides text, and what ends the hiding; "" hides only itself.
_TAGS = {
    "<think>": "</think>",
    "<tool_call>": "</tool_call>",
    "<function=": "</function>",
    "</tool_call>": "",
    "</function>": "",
}
_END_OF_THINKING = "</think>"
_ALL = (*_TAGS, _END_OF_THINKING)
_TAG = re.compile("|".join(map(re.escape, _ALL)))


class Visible:
    """The part of a growing text that a fan may see.

    Args:
        is_held: The text may begin with thinking that has no opening tag.
    """

    def __init__(self, *, is_held: bool = False) -> None:
        self._is_held = is_held
        self._text = ""
        self._rest = ""
        """What may be the beginning of a tag."""

        self._closer = ""
        """What ends the hidden part that we are in, or ""."""

        self.has_orphan = False
        """Thinking came without an opening tag, so this server will do so again."""

    @property
    def text(self) -> str:
        """Return what may be seen by now, without blanks at its beginning.

        It only grows, but for one case: thinking without an opening tag where none was
        expected is taken back as soon as it ends.
        """
        return "" if self._is_held else self._text.lstrip()

    def feed(self, piece: str) -> None:
        """Take the next piece of text."""
        rest = self._rest + piece
        while rest:
            if self._closer:
                _, found, after = rest.partition(self._closer)
                if not found:
                    self._rest = rest[_begin_of_tag(rest, (self._closer,)) :]
                    return
                self._closer, rest = "", after
                continue
            tag = _TAG.search(rest)
            if tag is None:
                end = _begin_of_tag(rest, _ALL)
                self._text, self._rest = self._text + rest[:end], rest[end:]
                return
            self._text += rest[: tag.start()]
            rest = rest[tag.end() :]
            self._meet(tag.group())
        self._rest = ""

    def release(self) -> None:
        """Stop holding: there is no thinking in this text."""
        self._is_held = False

    def finish(self, *, is_complete: bool) -> None:
        """Take the end of the text.

        Args:
            is_complete: The model ended by itself; text that was held to the end of an answer
                that was cut off may all be thinking, and stays hidden.
        """
        if not self._closer:
            self._text += self._rest
        self._rest = ""
        if is_complete:
            self.release()

    def _meet(self, tag: str) -> None:
        if tag == _END_OF_THINKING:
            self._text = ""
            self.has_orphan = True
            self.release()
            return
        self._closer = _TAGS[tag]
        if tag == "<think>":
            self.release()


def _begin_of_tag(text: str, tags: tuple[str, ...]) -> int:
    """Return where the text may begin a tag that is not whole yet, or its length."""
    start = text.rfind("<")
    if start >= 0 and any(tag.startswith(text[start:]) for tag in tags):
        return start
    return len(text)
