from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.bot import Bot, find_problems, load_bot
from core.errors import SettingsError
from core.message import Source

HANDBALL = Path(__file__).parent / "answer" / "handball"
FILES = sorted(path.relative_to(HANDBALL) for path in HANDBALL.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HANDBALL, tmp_path / "handball"))


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(HANDBALL)


def test_bot_toml_is_read(bot: Bot) -> None:
    assert (bot.name, bot.default_language, bot.time_zone) == (
        "HC Falkenau",
        "en",
        "Europe/Berlin",
    )
    assert bot.languages == ("en", "es", "de", "ar", "zh-Hans")
    assert bot.greeting["es"] == "¡Bienvenidos al HC Falkenau!"


def test_a_bot_may_say_how_it_addresses_fans(folder: Path, bot: Bot) -> None:
    swap("bot.toml", "[greeting]", '[register]\nde = "informal"\nes = "formal"\n\n[greeting]')(
        folder
    )
    assert load_bot(folder).register == {"de": "informal", "es": "formal"}
    assert bot.register == {}


def test_every_passage_knows_where_it_is_from(bot: Bot) -> None:
    names = {(passage.language, passage.id) for passage in bot.passages}
    assert names == {
        ("en", "hall-doors"),
        ("en", "hall-parking"),
        ("en", "hall-wheelchair"),
        ("es", "hall-doors"),
        ("en", "tickets-price"),
        ("en", "tickets-refund"),
    }
    doors = next(p for p in bot.passages if (p.language, p.id) == ("en", "hall-doors"))
    assert doors.title == "When the doors open"
    assert doors.topic == "The hall"
    assert doors.source == Source(
        title="Visitor leaflet", url="https://falkenau.example/hall", checked="2026-10-01"
    )


def test_a_heading_inside_code_begins_no_passage(bot: Bot) -> None:
    parking = next(p for p in bot.passages if p.id == "hall-parking")
    assert "## This line is code and no heading" in parking.text


def test_times_of_the_programme_are_utc(bot: Bot) -> None:
    first = bot.events[0]
    assert first.starts == datetime(2026, 11, 14, 18, 0, tzinfo=UTC)
    assert first.starts.tzinfo is UTC
    assert first.title == "Handball, women: Falkenau vs Norway select"
    assert [event.uid for event in bot.events if event.is_cancelled] == ["m3"]


def test_fact_cards_and_terms_are_read(bot: Bot) -> None:
    phone, cup = bot.facts
    assert phone.labels["es"] == "Teléfono de la oficina del club"
    assert phone.source == Source(title="Club office", checked="2026-10-01")
    assert cup.valid_until == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert [term.term for term in bot.terms if term.keep] == ["Brückenhalle"]


def test_a_bot_needs_no_more_than_one_passage(folder: Path) -> None:
    for name in ("calendar.ics", "facts.toml", "glossary.toml", "knowledge/hall.es.md"):
        (folder / name).unlink()
    (folder / "knowledge/hall.md").unlink()
    bot = load_bot(folder)
    assert (bot.events, bot.facts, bot.terms) == ((), (), ())


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(folder: Path, bot: Bot) -> None:
    for path in folder.rglob("*.[tm]*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace("\n", "\r\n")
            path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_bot(folder).passages == bot.passages


def swap(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode())

    return change


def drop(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def add(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def clear_knowledge(folder: Path) -> None:
    for path in (folder / "knowledge").iterdir():
        path.unlink()


BROKEN: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "no bot.toml": (drop("bot.toml"), ("handball", "no bot.toml", "TIFO_BOT")),
    "bad TOML": (
        swap("bot.toml", 'contact = "', "contact = "),
        ("bot.toml, line 5:", "no valid TOML"),
    ),
    "unknown key": (
        swap("bot.toml", "contact =", "contakt ="),
        ("bot.toml, line 5: contakt is not known", "did you mean contact?"),
    ),
    "missing key": (
        swap("bot.toml", 'contact = "the club office, office@falkenau.example"\n', ""),
        ("bot.toml, line 1: contact is missing",),
    ),
    "wrong type": (
        swap("bot.toml", 'name = "HC Falkenau"', "name = 7"),
        ("bot.toml, line 1: name is wrong", "write it in quotes"),
    ),
    "empty value": (swap("bot.toml", '"HC Falkenau"', '""'), ("line 1: name is wrong",)),
    "unknown language": (
        swap("bot.toml", '"ar"', '"xx"'),
        ('bot.toml, line 2: languages: "xx" is no language', '"pt-BR"'),
    ),
    "language twice": (
        swap("bot.toml", '"ar"', '"es"'),
        ('bot.toml, line 2: languages: "es" stands there twice',),
    ),
    "default not offered": (
        swap("bot.toml", 'default_language = "en"', 'default_language = "fr"'),
        ("bot.toml, line 3: default_language is not among languages",),
    ),
    "unknown time zone": (
        swap("bot.toml", "Europe/Berlin", "Europe/Falkenau"),
        ('bot.toml, line 4: time_zone "Europe/Falkenau" is not known', "Europe/Zurich"),
    ),
    "time zone that is a folder": (
        swap("bot.toml", "Europe/Berlin", "Europe"),
        ("line 4: time_zone",),
    ),
    "greeting in a language not offered": (
        swap("bot.toml", "\nes = ", "\nfr = "),
        ("bot.toml, line 10: fr is not known here",),
    ),
    "no greeting in the default language": (
        swap("bot.toml", 'en = "Welcome to HC Falkenau!"\n', ""),
        ("bot.toml, line 8: greeting has no en",),
    ),
    "register that is none": (
        swap("bot.toml", "[greeting]", '[register]\nde = "informal"\nes = "casual"\n\n[greeting]'),
        ('bot.toml, line 10: register: es is "casual"; write "formal" or "informal".',),
    ),
    "register of a language not offered": (
        swap("bot.toml", "[greeting]", '[register]\nfr = "formal"\n\n[greeting]'),
        ("bot.toml, line 9: fr is not known here",),
    ),
    "register that is no text": (
        swap("bot.toml", "[greeting]", "[register]\nde = true\n\n[greeting]"),
        ("bot.toml, line 8: register is wrong",),
    ),
    "help line of a language not offered": (
        swap("bot.toml", "[greeting]", '[help_lines]\nen = "Call."\nfr = "Appelez."\n\n[greeting]'),
        ("bot.toml, line 10: fr is not known here",),
    ),
    "no help line in the default language": (
        swap("bot.toml", "[greeting]", '[help_lines]\nes = "Llama."\n\n[greeting]'),
        ("bot.toml, line 8: help_lines has no en; add it.",),
    ),
    "link that is no host": (
        swap("bot.toml", "[greeting]", 'links = ["https://shop.example"]\n\n[greeting]'),
        ('links: "https://shop.example" is no host', "shop.example.org"),
    ),
    "guard level that is none": (
        swap("bot.toml", "[greeting]", '[guard]\nlevel = "hard"\n\n[greeting]'),
        ('bot.toml, line 9: guard: level is "hard"; write "loose" or "strict".',),
    ),
    "guard with another key": (
        swap("bot.toml", "[greeting]", '[guard]\nlevle = "strict"\n\n[greeting]'),
        ("bot.toml, line 9: guard: levle is not known here",),
    ),
    "no passages": (clear_knowledge, ("knowledge has no passages", "## Heading {#id}")),
    "no front matter": (
        swap("knowledge/tickets.md", "+++\n", ""),
        ("tickets.md, line 1:", "must begin with +++"),
    ),
    "unknown key in front matter": (
        swap("knowledge/tickets.md", "source =", "sauce ="),
        ("tickets.md, line 3: sauce is not known", "did you mean source?"),
    ),
    "wrong date in front matter": (
        swap("knowledge/tickets.md", "2026-09-15", '"yesterday"'),
        ("tickets.md, line 4: checked is wrong", "2026-11-20"),
    ),
    "bad TOML in front matter": (
        swap("knowledge/hall.md", 'url = "', "url = "),
        ("hall.md, line 4:", "no valid TOML"),
    ),
    "address without scheme": (
        swap("knowledge/hall.md", "https://", "javascript:"),
        ("hall.md, line 4: url must start with http",),
    ),
    "heading without id": (
        swap("knowledge/hall.md", " {#hall-parking}", ""),
        ("hall.md, line 12: the heading needs an id", "{#parking}"),
    ),
    "id with capitals": (
        swap("knowledge/hall.md", "{#hall-parking}", "{#Hall}"),
        ("hall.md, line 12: the heading needs an id",),
    ),
    "id twice": (
        swap("knowledge/tickets.md", "{#tickets-price}", "{#hall-doors}"),
        ("tickets.md, line 7: id hall-doors is already taken in hall.md, line 9",),
    ),
    "translation of nothing": (
        swap("knowledge/hall.es.md", "{#hall-doors}", "{#hall-roof}"),
        ("hall.es.md, line 8: id hall-roof translates no passage in en",),
    ),
    "passage without text": (
        swap(
            "knowledge/tickets.md",
            "A ticket costs 12 euro, 8 euro for pupils and pensioners. "
            "Children under six come in free.\n",
            "",
        ),
        ("tickets.md, line 7: passage tickets-price has no text",),
    ),
    "text outside of a passage": (
        swap("knowledge/hall.md", "# The hall", "# The hall\n\nCome early."),
        ("hall.md, line 9: this text belongs to no passage",),
    ),
    "code without end": (
        swap("knowledge/hall.md", "heading\n```", "heading\n"),
        ("hall.md, line 15: the code that begins here has no end",),
    ),
    "file in a language not offered": (
        add("knowledge/hall.fr.md", b""),
        ('hall.fr.md, line 1: "fr" in the file name is not among languages',),
    ),
    "empty file": (add("knowledge/shop.md", b"\n"), ("shop.md, line 1: the file is empty",)),
    "not UTF-8": (add("knowledge/shop.md", b"\xff\xfe"), ("shop.md is not in UTF-8",)),
    "file that nobody reads": (
        add("fact.toml", b""),
        ("fact.toml is not read; did you mean facts.toml?",),
    ),
    "note that nobody reads": (add("knowledge/hall.txt", b""), ("hall.txt is not read",)),
    "fact without value": (
        swap("facts.toml", 'value = "2"\n', ""),
        ("facts.toml, line 10: value is missing",),
    ),
    "fact with a number": (
        swap("facts.toml", 'value = "2"', "value = 2"),
        ("facts.toml, line 13: value is wrong", "write it in quotes"),
    ),
    "fact with a time without zone": (
        swap("facts.toml", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00"),
        ("facts.toml, line 17: valid_until is wrong", "2026-11-20T09:00:00Z"),
    ),
    "fact twice": (
        swap("facts.toml", "cup-price", "office-phone"),
        ('facts.toml, line 10: key "office-phone" stands there twice',),
    ),
    "label in a language not offered": (
        swap("facts.toml", "es =", "ex ="),
        ("facts.toml, line 8: ex is not known here; known are: en, es",),
    ),
    "single brackets": (
        swap("facts.toml", '[[fact]]\nkey = "cup-price"', '[[facts]]\nkey = "cup-price"'),
        ("facts.toml, line 10: facts is not known here; did you mean fact?",),
    ),
    "term twice": (
        swap("glossary.toml", '"wheelchair"', '"ticket"'),
        ('glossary.toml, line 11: term "ticket" stands there twice',),
    ),
    "synonyms that are no list": (
        swap("glossary.toml", '["Karte", "Karten"]', '"Karte"'),
        ("glossary.toml, line 8: synonyms is wrong", "square brackets"),
    ),
    "calendar that is none": (
        add("calendar.ics", b"hello\r\n"),
        ("calendar.ics, line 1: this is no valid iCalendar",),
    ),
    "event without end": (
        swap("calendar.ics", "END:VEVENT\r\n", ""),
        ("calendar.ics, line 4:", "END:VEVENT"),
    ),
    "event without title": (
        swap("calendar.ics", "SUMMARY:Club party\r\n", ""),
        ("calendar.ics, line 33: SUMMARY is missing",),
    ),
    "event with a bad time": (
        swap("calendar.ics", "20261114T190000", "tomorrow"),
        ("calendar.ics, line 7: DTSTART is wrong",),
    ),
    "event in an unknown zone": (
        swap("calendar.ics", "DTEND;TZID=Europe/Berlin:20261114", "DTEND;TZID=Mars/X:20261114"),
        ("calendar.ics, line 8: DTEND has an unknown TZID",),
    ),
    "event that ends before it starts": (
        swap("calendar.ics", "20261114T204500", "20261113T204500"),
        ("calendar.ics, line 8: DTEND is before DTSTART",),
    ),
    "event that lasts for ever": (
        swap("calendar.ics", "DTEND;TZID=Europe/Berlin:20261114T204500", "DURATION:P3999999D"),
        ("calendar.ics, line 8: DURATION leads beyond the calendar",),
    ),
    "event that repeats": (
        swap("calendar.ics", "CATEGORIES:Party", "RRULE:FREQ=DAILY"),
        ("calendar.ics, line 40: RRULE is not read",),
    ),
    "uid twice": (
        swap("calendar.ics", "UID:m2", "UID:m1"),
        ("calendar.ics, line 14: UID m1 is already taken",),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_with_file_and_line(name: str, folder: Path) -> None:
    change, expected = BROKEN[name]
    change(folder)
    problems = find_problems(folder)
    assert problems, "nothing was found wrong"
    assert any(all(part in problem for part in expected) for problem in problems), problems
    assert all("\n" not in problem for problem in problems)
    with pytest.raises(SettingsError) as caught:
        load_bot(folder)
    assert str(caught.value) == problems[0]


def test_all_problems_are_told_at_once(folder: Path) -> None:
    for name in ("heading without id", "fact without value", "term twice", "uid twice"):
        BROKEN[name][0](folder)
    told = "\n".join(find_problems(folder))
    assert all(name in told for name in ("hall.md", "facts.toml", "glossary.toml", "calendar.ics"))


def test_several_wrong_keys_of_one_file_are_all_told(folder: Path) -> None:
    swap("bot.toml", 'name = "HC Falkenau"', "name = 7")(folder)
    swap("bot.toml", "contact =", "contakt =")(folder)
    assert len(find_problems(folder)) == 3


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(FILES),
    at=st.floats(0, 1),
    size=st.integers(0, 40),
    junk=st.one_of(
        st.binary(max_size=12),
        st.sampled_from((b'"', b"[", b"+++", b"\r", b"BEGIN:VEVENT\r\n", b"{#x}", b"```", b";:")),
    ),
)
def test_a_damaged_file_never_raises_anything_else(
    name: Path, at: float, size: int, junk: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HANDBALL, folder)
    content = (HANDBALL / name).read_bytes()
    start = int(at * len(content))
    (folder / name).write_bytes(content[:start] + junk + content[start + size :])
    problems = find_problems(folder)
    if problems:
        with pytest.raises(SettingsError):
            load_bot(folder)
    else:
        assert load_bot(folder).passages
