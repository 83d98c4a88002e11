"""Reads the files of a bot folder, and says what is wrong in words that help to mend it.

A wrong file never stops the reading: `python -m bots check` shows everything at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

_HINTS = {
    "of length": "write something there",
    "RFC3339": "write a date such as 2026-11-20, a time such as 2026-11-20T09:00:00Z",
    "Expected `str`": "write it in quotes",
    "Expected `bool`": "write true or false",
    "Expected `date`": "write a date without quotes, such as 2026-11-20",
    "Expected `datetime": "write a time in UTC without quotes, such as 2026-11-20T09:00:00Z",
    "Expected `array`": "write a list in square brackets",
    "Expected `object`": "write a table of names and values",
}
"""Part of a message of msgspec, and how to mend it."""

_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def _read(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise OSError(0, "it is no file")  # a pipe would be read for ever
    return path.read_text(encoding="utf-8-sig")


class Page:
    """A text file and what is wrong with it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        """Read the file; where that fails, the text is empty and a problem is noted.

        Args:
            path: The file, in UTF-8.
            problems: Where `blame` writes; shared by all files of a folder.
        """
        self.path = path
        self.problems = problems
        try:
            self.text = _read(path)
        except UnicodeDecodeError:
            self.text = ""
            problems.append(f"{path} is not in UTF-8: save it as UTF-8.")
        except OSError as error:
            self.text = ""
            problems.append(f"{path} cannot be read: {error.strerror}.")
        # Not splitlines: it also breaks at characters that editors do not count as lines.
        self.lines = [line.removesuffix("\r") for line in self.text.split("\n")]

    def blame(self, line: int, what: str) -> None:
        """Note a problem; `what` reads on after "file, line 3: "."""
        self.problems.append(f"{self.path}, line {line}: {what}")

    def find_line(self, key: str, *, after: int = 1) -> int:
        """Return the number of the first line that sets a TOML key or opens its table.

        Falls back to `after`, the first line that is looked at.
        """
        name = re.escape(key)
        pattern = re.compile(rf"""\s*(?:\[+\s*(?:[\w"'-]+\.)*)?["']?{name}["']?\s*[]=.]""")
        for number in range(after, len(self.lines) + 1):
            if pattern.match(self.lines[number - 1]):
                return number
        return after

    def read_toml(self, *, first: int = 1, last: int | None = None) -> dict[str, object]:
        """Return the TOML table between two lines; empty, and blamed, where it is none."""
        text = "\n".join(self.lines[first - 1 : last])
        try:
            return msgspec.toml.decode(text, type=dict[str, object])
        except (msgspec.DecodeError, RecursionError) as error:
            found = _TOML_LINE.search(str(error))
            line = first + int(found[1]) - 1 if found else first
            what = _TOML_LINE.sub("", str(error)).strip()
            self.blame(line, f"this is no valid TOML: {what}; mend the line.")
            return {}

    def fill(self, kind: type[T], table: Mapping[str, object], *, after: int = 1) -> T | None:
        """Turn a TOML table into a struct; every wrong key is blamed.

        Args:
            kind: A msgspec struct; its fields are the keys that the table may have.
            table: What was read.
            after: Line where the table begins.

        Returns:
            The struct, or None when anything was wrong.
        """
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        before = len(self.problems)
        for key in table:
            if key not in fields:
                self._blame_unknown(key, fields, self.find_line(key, after=after))
        for name, field in fields.items():
            if name not in table:
                if field.required:
                    self.blame(after, f"{name} is missing; add it.")
                continue
            try:
                msgspec.convert(table[name], field.type)
            except msgspec.ValidationError as error:
                line = self.find_line(name, after=after)
                self.blame(line, f"{name} is wrong: {_explain(error)}.")
        if len(self.problems) > before:
            return None
        return msgspec.convert(table, kind)

    def fill_rows(self, kind: type[T], name: str) -> list[tuple[int, T]]:
        """Read a file that is one list of tables, such as `[[fact]]`.

        Returns:
            The structs that are right, each with the line where it begins.
        """
        tables = self.read_toml()
        starts = [
            number
            for number, line in enumerate(self.lines, 1)
            if re.match(rf"\s*\[\[\s*{name}\s*\]\]", line)
        ]
        for key in tables:
            if key != name:
                self._blame_unknown(key, (name,), self.find_line(key))
        rows = tables.get(name, [])
        try:
            blocks = msgspec.convert(rows, list[dict[str, object]])
        except msgspec.ValidationError:
            self.blame(self.find_line(name), f"{name} is wrong: write [[{name}]] blocks.")
            return []
        found: list[tuple[int, T]] = []
        for position, block in enumerate(blocks):
            start = starts[position] if position < len(starts) else 1
            value = self.fill(kind, block, after=start)
            if value is not None:
                found.append((start, value))
        return found

    def check_tags(self, tags: Mapping[str, object], allowed: tuple[str, ...], line: int) -> None:
        """Blame every key that is not among the languages allowed."""
        for tag in tags:
            if tag not in allowed:
                self._blame_unknown(tag, allowed, self.find_line(tag, after=line))

    def check_url(self, url: str, line: int) -> None:
        """Blame an address that is no web page; "" is none and right."""
        if url and not re.fullmatch(r"https?://[^\s<>\"()]+", url):
            self.blame(
                self.find_line("url", after=line),
                f'url must start with http:// or https:// and have no spaces; it is "{url}".',
            )

    def _blame_unknown(
        self, key: str, known: Mapping[str, object] | tuple[str, ...], line: int
    ) -> None:
        near = difflib.get_close_matches(key, list(known), n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}."
        self.blame(line, f"{key} is not known here; {hint}")


def _explain(error: msgspec.ValidationError) -> str:
    what, _, path = str(error).partition(" - at `$")
    hint = next((hint for sign, hint in _HINTS.items() if sign in what), "")
    where = f" (in {path.rstrip('`').lstrip('.')})" if path else ""
    what = what[:1].lower() + what[1:].replace("`", "")
    return f"{what}{where}" + (f"; {hint}" if hint else "")
