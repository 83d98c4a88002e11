"""The page and its files: read once, filled in for each visitor's language."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import msgspec

from adapters.web.protocol import MAX_TEXT
from core.commands import COMMANDS
from core.language.tags import match

if TYPE_CHECKING:
    from core.language.strings import Strings

FOLDER = Path(__file__).with_name("page")

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}

_KEYS = (
    "connecting", "copied", "copy", "language", "new_messages", "offline", "placeholder", "send",
    "sources", "theme", "you",
)  # fmt: skip
"""Texts `web.*` that the page needs as they are."""

_QUALITY = re.compile(r"\s*;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$", re.IGNORECASE)
_MAX_WISHES = 20


class File(msgspec.Struct, frozen=True):
    """A file of the page."""

    body: bytes
    media_type: str
    tag: str
    """Changes when the body does."""


class Page:
    """Everything that a browser loads."""

    def __init__(
        self,
        strings: Strings,
        *,
        bot_name: str,
        languages: Sequence[str],
        greeting: Mapping[str, str],
    ) -> None:
        self._strings = strings
        self._bot_name = bot_name
        self._languages = languages
        self._greeting = greeting
        self._template = Template((FOLDER / "index.html").read_text("utf-8"))
        self.files = {
            path.name: to_file(path.read_bytes(), TYPES[path.suffix])
            for path in sorted(FOLDER.iterdir())
            if path.suffix in TYPES
        }

    def render(self, language: str) -> File:
        """Return the page in a language."""
        text = self._strings.text
        words = {key: text(f"web.{key}", language) for key in _KEYS}
        words["title"] = text("web.title", language, bot=self._bot_name)
        words["typing"] = text("web.typing", language, bot=self._bot_name)
        words["too_long"] = text("web.too_long", language, count=MAX_TEXT)
        words["commands"] = text("help.commands", language)
        spoken, greeting = self._greet(language)
        told = {"words": words, "bot": self._bot_name, "language": language, "max_text": MAX_TEXT}
        filled = self._template.substitute(
            {key: html.escape(word) for key, word in words.items()},
            language=html.escape(language),
            direction=self._direction(language),
            bot=html.escape(self._bot_name),
            greeting=html.escape(greeting),
            greeting_language=html.escape(spoken),
            greeting_direction=self._direction(spoken),
            spoken="".join(self._to_name(tag) for tag in self._languages),
            commands_list="".join(
                self._to_entry(spec.name, language)
                for spec in COMMANDS[1:]
                if spec.right is None and not spec.is_group_only
            ),
            # "<" could end the element early; in JSON it may be written as an escape.
            told=msgspec.json.encode(told).decode().replace("<", "\\u003c"),
        )
        return to_file(filled.encode(), "text/html; charset=utf-8")

    def choose_language(self, wish: str | None, accepted: str | None) -> str:
        """Return the language to show the page in.

        Args:
            wish: What the address asks for.
            accepted: The browser's `Accept-Language`.
        """
        for tag in (wish, *to_wishes(accepted or "")):
            language = match(tag, self._languages)
            if language is not None:
                return language
        return self._languages[0] if self._languages else "en"

    def _greet(self, language: str) -> tuple[str, str]:
        """Return a greeting and the language that it is in."""
        for tag in (language, *self._languages):
            if tag in self._greeting:
                return tag, self._greeting[tag]
        return language, self._strings.text("help.intro", language, bot=self._bot_name)

    def _direction(self, language: str) -> str:
        return "rtl" if self._strings.is_right_to_left(language) else "ltr"

    def _to_name(self, language: str) -> str:
        name = html.escape(self._strings.language_name(language, language))
        return f'<bdi lang="{html.escape(language)}">{name}</bdi>'

    def _to_entry(self, command: str, language: str) -> str:
        name = html.escape(self._strings.text(f"command.{command}.name", language))
        about = html.escape(self._strings.text(f"command.{command}.description", language))
        return (
            f'<button type="button" data-command="/{name}">'
            f"<bdi>/{name}</bdi> <span>{about}</span></button>"
        )


def to_file(body: bytes, media_type: str) -> File:
    """Return a file with its tag."""
    return File(body, media_type, hashlib.sha256(body).hexdigest()[:20])


def to_wishes(accepted: str) -> list[str]:
    """Return the tags of an `Accept-Language` header, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_MAX_WISHES]:
        found = _QUALITY.search(part)
        weight = float(found[1]) if found else 1.0
        tag = part[: found.start()].strip() if found else part.strip()
        if tag and tag != "*" and weight > 0:
            weighed.append((-weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda wish: wish[0])]
