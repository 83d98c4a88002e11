"""Keeps out of an answer what is not meant for fans: thinking and leaked tool calls.

It works on text that comes in pieces cut anywhere, and holds back no more than what may be the
beginning of a tag. One case needs more: models since Qwen3.5 open `<think>` in the prompt, so
on a server without a parser the thinking comes first and without its opening tag. Where that
may be so, everything is held until the thinking is known to be over.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# How tags are spelled, in upper or lower case: " " is white space or none, "~" is what sets
# off a name from its attributes.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "think": ("< think >", "< thinking >"),
    "end_think": ("< / think >", "< / thinking >"),
    "call": ("< tool_call~",),
    "end_call": ("< / tool_call >",),
    "response": ("< tool_response~",),
    "end_response": ("< / tool_response >",),
    # "a <function of b" is no tag.
    "function": ("<function =", "<function >", "<function name"),
    "end_function": ("< / function >",),
    # Qwen-Agent's own way to call tools, qwen_fncall_prompt.py, read 2026-11-23.
    "flower": ("✿function✿", "✿args✿", "✿result✿"),
    "end_flower": ("✿return✿~",),
    # What follows these is no longer this answer.
    "end": ("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
}
_CLOSERS = {name: f"end_{name}" for name in _SPELLINGS if f"end_{name}" in _SPELLINGS}
_FIRST = "<✿"
# The bound keeps what is held back short, and the search linear.
_WIDE = {" ": r"\s{0,16}", "~": r"[\s=>/:]"}


class _Tags(NamedTuple):
    """How to find some of the tags."""

    whole: re.Pattern[str]
    """Its `lastgroup` is the name of the tag."""

    begun: re.Pattern[str]
    """What may become a tag, up to the end of the text."""


def _compile(*names: str) -> _Tags:
    whole: list[str] = []
    begun: list[str] = []
    for name in names:
        spelled = [[_WIDE.get(c, re.escape(c)) for c in text] for text in _SPELLINGS[name]]
        whole.append(f"(?P<{name}>{'|'.join(map(''.join, spelled))})")
        for atoms in spelled:
            pattern = r"\Z"
            for atom in reversed(atoms):
                pattern = rf"(?:\Z|{atom}{pattern})"
            begun.append(pattern)
    return _Tags(
        *(
            # Looking for the first characters alone makes the search in ordinary text fast.
            re.compile(f"(?=[{_FIRST}])(?:{'|'.join(patterns)})", re.IGNORECASE)
            for patterns in (whole, begun)
        )
    )


_ANY = _compile(*_SPELLINGS)
_CLOSING = {name: _compile(closer) for name, closer in _CLOSERS.items()}


class Visible:
    """The part of a growing text that a fan may see.

    Args:
        is_held: The text may begin with thinking that has no opening tag.
    """

    def __init__(self, *, is_held: bool = False) -> None:
        self._is_held = is_held
        self._text = ""
        self._new: list[str] = []
        """Follows the text; joined when somebody looks."""

        self._rest = ""
        """What may be the beginning of a tag."""

        self._hidden = ""
        """Name of the tag that opened the hidden part that we are in, or ""."""

        self.has_orphan = False
        """Thinking came without an opening tag, so this server will do so again."""

        self.is_over = False
        """The model ended its answer with a tag; what follows is dropped."""

    @property
    def text(self) -> str:
        """Return what may be seen by now, without blanks at its beginning.

        It only grows, but for one case: thinking without an opening tag where none was
        expected is taken back as soon as it ends.
        """
        if self._is_held:
            return ""
        if self._new:
            self._text += "".join(self._new)
            self._new.clear()
        return self._text

    def feed(self, piece: str) -> None:
        """Take the next piece of text."""
        text, self._rest = self._rest + piece, ""
        at = 0
        while not self.is_over:
            tags = _CLOSING[self._hidden] if self._hidden else _ANY
            tag = tags.whole.search(text, at)
            end = tag.start() if tag else _begin_of_tag(text, at, tags)
            if not self._hidden:
                self._show(text[at:end])
            if tag is None:
                self._rest = text[end:]
                return
            at = tag.end()
            self._meet(tag.lastgroup or "")

    def release(self) -> None:
        """Stop holding: there is no thinking in this text."""
        self._is_held = False

    def finish(self, *, is_complete: bool) -> None:
        """Take the end of the text.

        Args:
            is_complete: The model ended by itself; text that was held to the end of an answer
                that was cut off may all be thinking, and stays hidden.
        """
        if not self._hidden:
            self._show(self._rest)
        self._rest = ""
        if is_complete:
            self.release()

    def _show(self, piece: str) -> None:
        if not self._text and not self._new:
            piece = piece.lstrip()
        if piece:
            self._new.append(piece)

    def _meet(self, name: str) -> None:
        if name == "end":
            self.is_over = True
        elif self._hidden:
            self._hidden = ""
        elif name == "end_think":
            self._text = ""
            self._new.clear()
            self.has_orphan = True
            self.release()
        elif name in _CLOSERS:
            self._hidden = name
            if name == "think":
                self.release()


def _begin_of_tag(text: str, at: int, tags: _Tags) -> int:
    """Return where the text may begin a tag that is not whole yet, or its length."""
    begun = tags.begun.search(text, at)
    return begun.start() if begun else len(text)
