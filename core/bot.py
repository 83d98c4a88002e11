"""A bot is a folder without code; here it is read, checked and held.

    bot.toml  knowledge/*.md  calendar.ics  facts.toml  glossary.toml

Only `bot.toml` and one passage are needed.
"""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import SettingsError
from core.folder import Page
from core.message import Source
from core.passages import Passage, Text, read_passages
from core.programme import CalendarEvent, read_programme

_FILES = ("bot.toml", "facts.toml", "glossary.toml", "calendar.ics")
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
Register = Literal["formal", "informal"]
GuardLevel = Literal["loose", "strict"]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the club and how fans say it."""

    term: str
    """In the default language."""

    keep: bool = False
    """True for a proper name, the same in every language."""

    translations: dict[str, str] = {}
    """By language."""

    synonyms: dict[str, list[str]] = {}
    """Other forms by language: colloquial, inflected."""


class Privacy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long what concerns a fan is kept."""

    memory_days: Annotated[int, msgspec.Meta(ge=1, le=400)] = 30
    """What was talked about."""

    cases_days: Annotated[int, msgspec.Meta(ge=1, le=4000)] = 400
    """What moderators decided."""

    keeps_cases: bool = True
    """Whether what moderators decided outlives the fan's own /forget."""


class FactCard(msgspec.Struct, frozen=True, kw_only=True):
    """One figure or name that must be told exactly."""

    key: str
    label: str
    """In the default language."""

    value: str
    unit: str = ""
    labels: dict[str, str] = {}
    """The label in other languages."""

    source: Source
    checked: datetime
    """UTC."""

    valid_until: datetime | None = None
    """UTC; from then on it is not told any more. None: it stays true."""


class Bot(msgspec.Struct, frozen=True, kw_only=True):
    """All that the bot of one club or event knows and is."""

    name: str
    folder: Path
    languages: tuple[str, ...]
    """BCP 47 tags that it answers in."""

    default_language: str
    time_zone: str
    """IANA name: the time at the venue."""

    contact: str
    """Whom to ask when the bot does not know."""

    persona: str
    """Who it is, for the model; English."""

    greeting: dict[str, str]
    """By language; has the default language."""

    passages: tuple[Passage, ...]
    terms: tuple[Term, ...] = ()
    facts: tuple[FactCard, ...] = ()
    events: tuple[CalendarEvent, ...] = ()
    """Earliest first."""

    privacy: Privacy = Privacy()
    register: dict[str, Register] = {}
    """How fans are addressed, by language; where none is set, as the model sees fit."""

    help_lines: dict[str, str] = {}
    """What somebody reads first who speaks of ending their life, by language; has the default
    language, or nothing."""

    links: tuple[str, ...] = ()
    """Hosts that a model may link to besides those in the bot's own data."""

    guard_level: GuardLevel = "loose"
    """strict: what a guard model calls controversial is refused too."""


class _BotTable(msgspec.Struct, frozen=True, kw_only=True):
    name: Text
    languages: Annotated[list[str], msgspec.Meta(min_length=1)]
    default_language: Text
    time_zone: Text
    contact: Text
    persona: Text
    greeting: dict[str, Text]
    register: dict[str, Text] = {}
    privacy: Privacy = Privacy()
    help_lines: dict[str, Text] = {}
    links: list[Text] = []
    guard: dict[str, Text] = {}


class _TermTable(msgspec.Struct, frozen=True, kw_only=True):
    term: Text
    keep: bool = False
    translations: dict[str, Text] = {}
    synonyms: dict[str, list[Text]] = {}


class _FactTable(msgspec.Struct, frozen=True, kw_only=True):
    key: Text
    label: Text
    value: Text
    source: Text
    checked: _Moment
    unit: str = ""
    url: str = ""
    valid_until: _Moment | None = None
    labels: dict[str, Text] = {}


def load_bot(folder: Path) -> Bot:
    """Read a bot folder.

    Raises:
        SettingsError: Something in it is wrong: the first of `find_problems`.
    """
    bot, problems = _read(folder)
    if bot is None or problems:
        raise SettingsError(problems[0])
    return bot


def find_problems(folder: Path) -> list[str]:
    """Return a sentence for everything that is wrong in a bot folder; none means it loads."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[Bot | None, list[str]]:
    problems: list[str] = []
    if not (folder / "bot.toml").is_file():
        problems.append(f"{folder} is no folder of a bot: it has no bot.toml; set TIFO_BOT.")
        return None, problems
    page = Page(folder / "bot.toml", problems)
    table = page.fill(_BotTable, page.read_toml())
    zone = None if table is None else _check_table(page, table)
    if table is None or zone is None:
        return None, problems
    tags = tuple(table.languages)
    bot = Bot(
        name=table.name,
        folder=folder,
        languages=tags,
        default_language=table.default_language,
        time_zone=table.time_zone,
        contact=table.contact,
        persona=table.persona,
        greeting=table.greeting,
        register=_read_register(page, table),
        privacy=table.privacy,
        help_lines=table.help_lines,
        links=tuple(table.links),
        guard_level=_read_level(page, table),
        passages=read_passages(
            folder / "knowledge",
            languages=tags,
            default=table.default_language,
            problems=problems,
        ),
        terms=_read_terms(folder / "glossary.toml", tags, problems),
        facts=_read_facts(folder / "facts.toml", tags, problems),
        events=(
            read_programme(folder / "calendar.ics", zone=zone, problems=problems)
            if (folder / "calendar.ics").exists()
            else ()
        ),
    )
    _check_strangers(folder, problems)
    return bot, problems


def _check_table(page: Page, table: _BotTable) -> ZoneInfo | None:
    """Check what types cannot say; return the time zone when all is right."""
    before = len(page.problems)
    line = page.find_line("languages")
    for tag in table.languages:
        if not _TAG.fullmatch(tag) or not _has_name(tag):
            page.blame(
                line, f'languages: "{tag}" is no language; write tags such as "es" or "pt-BR".'
            )
        if table.languages.count(tag) > 1:
            page.blame(line, f'languages: "{tag}" stands there twice; delete one.')
    if table.default_language not in table.languages:
        line = page.find_line("default_language")
        page.blame(line, "default_language is not among languages; add it there.")
    page.check_tags(table.greeting, tuple(table.languages), page.find_line("greeting"))
    if table.default_language not in table.greeting:
        line = page.find_line("greeting")
        page.blame(line, f"greeting has no {table.default_language}; add it.")
    _read_register(page, table)
    _read_level(page, table)
    _check_safety(page, table)
    zone = _find_zone(table.time_zone)
    if zone is None:
        page.blame(
            page.find_line("time_zone"),
            f'time_zone "{table.time_zone}" is not known; write one such as "Europe/Zurich".',
        )
    return zone if len(page.problems) == before else None


def _read_register(page: Page, table: _BotTable) -> dict[str, Register]:
    """Return how fans are addressed; blame what is no language of the bot, or no register."""
    start = page.find_line("register")
    page.check_tags(table.register, tuple(table.languages), start)
    found: dict[str, Register] = {}
    for tag, wanted in table.register.items():
        if wanted == "formal" or wanted == "informal":
            found[tag] = wanted
        else:
            line = page.find_line(tag, after=start)
            page.blame(line, f'register: {tag} is "{wanted}"; write "formal" or "informal".')
    return found


def _read_level(page: Page, table: _BotTable) -> GuardLevel:
    """Return how strict a guard model is taken; blame what is no such level."""
    start = page.find_line("guard")
    for name, wanted in table.guard.items():
        line = page.find_line(name, after=start)
        if name != "level":
            page.blame(line, f"guard: {name} is not known here; write level.")
        elif wanted not in ("loose", "strict"):
            page.blame(line, f'guard: level is "{wanted}"; write "loose" or "strict".')
    return "strict" if table.guard.get("level") == "strict" else "loose"


def _check_safety(page: Page, table: _BotTable) -> None:
    start = page.find_line("help_lines")
    page.check_tags(table.help_lines, tuple(table.languages), start)
    if table.help_lines and table.default_language not in table.help_lines:
        page.blame(start, f"help_lines has no {table.default_language}; add it.")
    line = page.find_line("links")
    for host in table.links:
        if not _HOST.fullmatch(host):
            page.blame(line, f'links: "{host}" is no host; write names such as "shop.example.org".')


def _has_name(tag: str) -> bool:
    # Imported here: check is the only part of the loader that needs it.
    from babel import Locale, UnknownLocaleError

    try:
        return bool(Locale.parse(tag, sep="-").english_name)
    except (UnknownLocaleError, ValueError):
        return False


def _find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    # OSError: the name of a folder, such as "Europe".
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _read_terms(path: Path, tags: tuple[str, ...], problems: list[str]) -> tuple[Term, ...]:
    if not path.exists():
        return ()
    page = Page(path, problems)
    terms: dict[str, Term] = {}
    for line, row in page.fill_rows(_TermTable, "term"):
        page.check_tags(row.translations, tags, line)
        page.check_tags(row.synonyms, tags, line)
        if row.term in terms:
            page.blame(line, f'term "{row.term}" stands there twice; delete one.')
        terms[row.term] = Term(
            term=row.term,
            keep=row.keep,
            translations=row.translations,
            synonyms=row.synonyms,
        )
    return tuple(terms.values())


def _read_facts(path: Path, tags: tuple[str, ...], problems: list[str]) -> tuple[FactCard, ...]:
    if not path.exists():
        return ()
    page = Page(path, problems)
    facts: dict[str, FactCard] = {}
    for line, row in page.fill_rows(_FactTable, "fact"):
        page.check_tags(row.labels, tags, line)
        page.check_url(row.url, line)
        if not _KEY.fullmatch(row.key):
            page.blame(
                page.find_line("key", after=line),
                f'key "{row.key}" must be of small letters, digits and hyphens.',
            )
        if row.key in facts:
            page.blame(line, f'key "{row.key}" stands there twice; rename one.')
        source = Source(title=row.source, url=row.url, checked=row.checked.date().isoformat())
        facts[row.key] = FactCard(
            key=row.key,
            label=row.label,
            value=row.value,
            unit=row.unit,
            labels=row.labels,
            source=source,
            checked=row.checked,
            valid_until=row.valid_until,
        )
    return tuple(facts.values())


def _check_strangers(folder: Path, problems: list[str]) -> None:
    """Blame files that look like ours and would be passed over in silence."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".toml", ".ics", ".md") and path.name not in (*_FILES, "README.md"):
            near = difflib.get_close_matches(path.name, _FILES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(_FILES)}."
            problems.append(f"{path} is not read; {hint}")
    problems += [
        f"{path} is not read; passages stand in files that end in .md."
        for path in sorted((folder / "knowledge").glob("*"))
        if path.suffix != ".md"
    ]
