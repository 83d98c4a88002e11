"""The knowledge of a bot: Markdown files, cut into passages at their headings.

A file begins with TOML between two lines of `+++`: title, source, url and checked. Then
come passages, each a `## Heading {#id}` and its text. A translation of a file (`faq.ja.md`
beside `faq.md`) uses the same ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from core.folder import Page
from core.guard import clean
from core.message import Source

Text = Annotated[str, msgspec.Meta(min_length=1)]

_HEADING = re.compile(r"##\s+(?P<title>.*?)\s*(?:\{#(?P<id>[^}]*)\})?\s*#*\s*")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of knowledge about one thing, in one language."""

    id: str
    """The same in every language that has this passage."""

    language: str
    title: str
    """Its heading."""

    topic: str
    """Title of the file that it stands in."""

    text: str
    """Markdown, without the heading."""

    source: Source


class _Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Text
    source: Text
    checked: date
    url: str = ""


def read_passages(
    folder: Path, *, languages: Sequence[str], default: str, problems: list[str]
) -> tuple[Passage, ...]:
    """Read all `*.md` of a folder.

    Args:
        folder: The folder `knowledge` of a bot.
        languages: Tags that a file name may carry before `.md`.
        default: Language of files that carry none.
        problems: Gains a sentence for everything that is wrong.
    """
    found: list[tuple[Page, int, Passage]] = []
    for path in sorted(folder.glob("*.md")):
        page = Page(path, problems)
        _, _, tag = path.stem.partition(".")
        if tag and tag not in languages:
            page.blame(1, f'"{tag}" in the file name is not among languages in bot.toml.')
            continue
        found += [(page, line, passage) for line, passage in _read_page(page, tag or default)]
    _check_ids(found, default)
    if not found:
        problems.append(
            f"{folder} has no passages: add a file such as tickets.md with at least one "
            '"## Heading {#id}" and its text.'
        )
    return tuple(passage for _, _, passage in found)


def _check_ids(found: Iterable[tuple[Page, int, Passage]], default: str) -> None:
    first: dict[tuple[str, str], str] = {}
    rows = list(found)
    originals = {passage.id for _, _, passage in rows if passage.language == default}
    for page, line, passage in rows:
        where = f"{page.path.name}, line {line}"
        before = first.setdefault((passage.language, passage.id), where)
        if before != where:
            page.blame(line, f"id {passage.id} is already taken in {before}; choose another.")
        if passage.id not in originals:
            page.blame(
                line,
                f"id {passage.id} translates no passage in {default}; use the id of the "
                "passage that it translates.",
            )


def _read_page(page: Page, language: str) -> list[tuple[int, Passage]]:
    """Return the passages of a file, each with the line of its heading."""
    if not page.text.strip():
        page.blame(1, "the file is empty; write passages or delete it.")
        return []
    body = _find_body(page)
    if body is None:
        return []
    front = page.fill(_Front, page.read_toml(first=2, last=body - 2))
    if front is None:
        return []
    page.check_url(front.url, 1)
    source = Source(title=front.source, url=front.url, checked=front.checked.isoformat())
    passages: list[tuple[int, Passage]] = []
    for line, title, name, written in _cut(page, body):
        # What whoever reads the page does not see may be an order to a model.
        text = clean(_COMMENT.sub("", written))
        if not title:
            page.blame(line, "the heading has no words; write some.")
        elif not _ID.fullmatch(name):
            page.blame(
                line,
                "the heading needs an id of small letters, digits and hyphens, "
                "such as ## Parking {#parking}.",
            )
        elif not text:
            page.blame(line, f"passage {name} has no text; write some or delete the heading.")
        else:
            passage = Passage(
                id=name,
                language=language,
                title=title,
                topic=front.title,
                text=text,
                source=source,
            )
            passages.append((line, passage))
    return passages


def _find_body(page: Page) -> int | None:
    """Return the line after the front matter."""
    fences = [n for n, line in enumerate(page.lines, 1) if line.rstrip() == "+++"]
    if len(fences) < 2 or fences[0] != 1:
        page.blame(
            1,
            "the file must begin with +++, then title, source and checked, then +++.",
        )
        return None
    return fences[1] + 1


def _cut(page: Page, body: int) -> list[tuple[int, str, str, str]]:
    """Cut at second-level headings outside of code: line, heading, id and text of each."""
    pieces: list[tuple[int, str, str, list[str]]] = []
    fence = ""
    opened = 0
    for number, line in enumerate(page.lines[body - 1 :], body):
        mark = _FENCE.match(line)
        if fence:
            is_end = mark and mark[1].startswith(fence) and not line.strip(" `~")
            fence = "" if is_end else fence
        elif mark:
            fence, opened = mark[1], number
        elif heading := _HEADING.fullmatch(line):
            pieces.append((number, heading["title"], heading["id"] or "", []))
            continue
        if pieces:
            pieces[-1][3].append(line)
        elif line.strip() and not line.startswith("# "):
            page.blame(number, "this text belongs to no passage; put a ## heading above it.")
    if fence:
        page.blame(opened, f"the code that begins here has no end; close it with {fence}.")
    return [(line, title, name, "\n".join(t).strip()) for line, title, name, t in pieces]
