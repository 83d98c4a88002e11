"""What is taken from a fan at all: how much text, and without what hides in it."""

from __future__ import annotations

import re

import regex

MAX_TEXT = 4000
"""Characters of one message that are read; Discord's own limit for a text, API v10,
discord.com/developers/docs/resources/message, read 2026-11-23."""

# Controls, line and paragraph separators, direction overrides and embeddings, invisible
# operators, interlinear marks, private use: nothing a fan types, all of it used to hide orders.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff"
    "\U000f0000-\U0010fffd\ud800-\udfff]"
)
# Tag characters are legitimate only inside a flag: a black flag, tags, and the closing tag.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f)|[\U000e0000-\U000e007f]")
# ZWJ and ZWNJ shape Persian, Indic scripts and emoji; two in a row shape nothing.
_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_VARIANTS = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
# More marks than six on one character only make a mess of the lines around it.
_MARKS = regex.compile(r"([\p{Mn}\p{Me}]{6})[\p{Mn}\p{Me}]+")


_MOST = 4 * MAX_TEXT
"""Characters of a message that are looked at: a paste of any size is cut first."""


def take(text: str) -> str:
    """Return what is read of a message, cleaned; its length tells whether it was cut."""
    return clean(text[:_MOST])


def clean(text: str) -> str:
    """Take out what people cannot see; leave every legitimate script, flag and emoji as it is.

    For what fans write, and for what a model writes.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _HIDDEN.sub("", text)
    if not text or max(text) < "\u0300":  # Latin letters: no joiners, no marks, no tags
        return text.strip()
    if text.isascii():
        return text.strip()
    text = _TAGS.sub(lambda match: match[1] or "", text)
    text = _VARIANTS.sub(r"\1", _JOINERS.sub(r"\1", text))
    return _MARKS.sub(r"\1", text).strip()


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """Cut to at most `limit` characters, at a word where there is one near."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    space = cut.rfind(" ", limit - 80)
    return cut[:space] if space > 0 else cut
