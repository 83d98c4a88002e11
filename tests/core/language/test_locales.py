"""What the bot itself says, in each language: whole, translated, short enough, and clean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
import regex
from babel.messages.catalog import Catalog

from adapters.discord.commands import LOCALES as DISCORD
from core.commands import COMMANDS
from core.language.catalogues import FOLDER, read, to_mo, to_po
from core.language.names import find_locale, find_name
from core.language.strings import Strings

TAGS = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he", "hi",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "mr", "ms", "nb", "nl", "pl", "pt-BR", "pt-PT", "ro",
    "ru", "sk", "sr-Cyrl", "sr-Latn", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "vi",
    "zh-Hans", "zh-Hant",
)  # fmt: skip
OTHERS = tuple(tag for tag in TAGS if tag != "en")
CATALOGUES, PROBLEMS = read(FOLDER)
ENGLISH = Strings().english()
COUNTED = sorted({key.removesuffix(".other") for key in ENGLISH if key.endswith(".other")})

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
NUMBERS = (*range(1200), *range(10**6 - 2, 10**6 + 3), 2 * 10**6, 10**9)
"""Enough to meet every rule of CLDR for whole numbers."""


def texts(tag: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a locale with its key; a counted one once for each form."""
    for message in CATALOGUES[tag]:
        if isinstance(message.id, str):
            if message.id:
                yield message.id, str(message.string)
        else:
            yield from ((message.id[0], form) for form in message.string or ())


def find(tag: str, key: str) -> str:
    return dict(texts(tag))[key]


def test_all_locales_are_there_and_right():
    assert Strings().locales == TAGS
    assert tuple(sorted(CATALOGUES)) == TAGS
    assert not PROBLEMS


@pytest.mark.parametrize("tag", TAGS)
def test_a_catalogue_is_in_order_and_compiled(tag: str):
    path = FOLDER / f"{tag}.po"
    written = path.read_text(encoding="utf-8")
    assert written == to_po(written, CATALOGUES[tag], CATALOGUES["en"]), "make catalogues"
    assert path.with_suffix(".mo").read_bytes() == to_mo(CATALOGUES[tag]), "make catalogues"


@pytest.mark.parametrize("tag", TAGS)
def test_the_head_names_the_language_and_neither_time_nor_machine(tag: str):
    head = (FOLDER / f"{tag}.po").read_text(encoding="utf-8").partition("\n\n")[0]
    assert find_name(tag, "en") in head.splitlines()[0]
    assert f'"Language: {tag.replace("-", "_")}\\n"' in head
    assert "Date" not in head and "Generated" not in head


def test_the_locales_cover_every_language_that_discord_can_show():
    assert not [locale for locale, tags in DISCORD.items() if not set(tags) & set(TAGS)]


BORROWED = 15
"""Words of a locale that are spelled as in English, such as "filter" or "raid", at most."""


@pytest.mark.parametrize("tag", OTHERS)
def test_nothing_is_left_in_english_but_a_borrowed_word(tag: str):
    english = dict(texts("en"))
    same = {text for key, text in texts(tag) if text == english[key] and key != HEADING}
    words = {re.sub(r"\{\w+\}|[():\s]", "", text) for text in same} - {""}
    assert not [word for word in words if not re.fullmatch(r"[\w-]{1,15}", word)]
    assert len(words) <= (BORROWED if find_name(tag, tag)[0] <= "\u036f" else 1)


HEADING = "translate.heading"
"""Two names and an arrow."""

LATIN = {
    *("auto", "es", "ar", "en", "discord", "telegram", "tomorrow", "off", "here", "list", "desk"),
    *("s", "m", "h", "d", "w", "token", "admin", "tag", "bot"),
    *(word for spec in COMMANDS for word in spec.name.split("-")),
}


@pytest.mark.parametrize("tag", [t for t in OTHERS if find_name(t, t)[0] > "\u036f"])
def test_other_scripts_have_no_latin_words_but_commands_and_tags(tag: str):
    for key, text in texts(tag):
        if key == "handoff.words":  # some write their language in Latin letters
            continue
        words = set(re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", text)))
        assert {word.lower() for word in words} <= LATIN | {tag.partition("-")[0]}, key


@pytest.mark.parametrize("tag", TAGS)
def test_the_forms_are_those_of_cldr(tag: str):
    catalogue: Catalog = CATALOGUES[tag]
    rule = find_locale(tag).plural_form
    wanted = [rule(number) for number in NUMBERS]
    used = [category for category in CATEGORIES if category in wanted]
    assert catalogue.num_plurals == len(used)
    strings, key = Strings(), "limit.slow"
    (name,) = re.findall(r"(?<=\{)\w+", ENGLISH[f"{key}.other"])
    forms = [form for found, form in texts(tag) if found == key]
    for number, category in zip(NUMBERS, wanted, strict=True):
        form = forms[used.index(category)]
        said = strings.text(key, tag, **{name: number})
        written = strings.isolate(strings.format_number(number, tag), tag)
        assert said == re.sub(r"\{\w+\}", lambda _, w=written: w, form), (number, category)


# Their nouns stay as they are after a number, and nothing else in the sentence changes.
UNCHANGED = {"bn", "fa", "fil", "hi", "hu", "mr", "ms", "sw", "ta", "te", "tr", "ur"}


ALONE = ("stats.answers", "flag.more")
"""Some languages say these so that no word depends on the number."""


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag not in UNCHANGED])
def test_a_counted_text_differs_from_form_to_form(tag: str):
    count = CATALOGUES[tag].num_plurals
    # "tegn" and "päivän ajan" are the same for one; seconds never are.
    wide = [key for key in COUNTED if key not in ALONE]
    for key in wide if count > 2 else ["limit.slow"] if count == 2 else []:
        forms = [form for name, form in texts(tag) if name == key]
        assert len(set(forms)) > 1, key


# Discord's rule for names of commands and options:
# discord.com/developers/docs/interactions/application-commands, read 2026-11-23.
DISCORD_NAME = regex.compile(r"[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")
SHOWN_BY_DISCORD = {tag for tags in DISCORD.values() for tag in tags}
OTHER_NAME = regex.compile(r"[-_'\p{L}\p{N}\p{M}]{1,32}")  # what can be typed behind a slash
# core.telegram.org/bots/api#botcommand, read 2026-11-25.
TELEGRAM_DESCRIPTION = 256
BUTTON = 80  # discord.com/developers/docs/components/reference#button, read 2026-11-25
PHONE = 36  # about what a phone shows of a button in one line


@pytest.mark.parametrize("tag", TAGS)
def test_names_and_descriptions_of_commands_fit(tag: str):
    found = dict(texts(tag))
    for key, text in found.items():
        if re.fullmatch(r"(command|option)\.\w+\.name", key):
            rule = DISCORD_NAME if tag in SHOWN_BY_DISCORD else OTHER_NAME
            assert rule.fullmatch(text), (key, text)
            assert text == text.lower(), key
        if re.fullmatch(r"(command|option)\.\w+\.description", key):
            assert 1 <= len(text) <= min(100, TELEGRAM_DESCRIPTION), key
            assert not text.endswith((".", "。", "।")), key
    names = [text for key, text in found.items() if re.fullmatch(r"command\.\w+\.name", key)]
    assert len(set(names)) == len(names)
    for spec in COMMANDS:
        options = [found[f"option.{option.name}.name"] for option in spec.options]
        assert len(set(options)) == len(options)


@pytest.mark.parametrize("tag", TAGS)
def test_buttons_and_menus_are_short(tag: str):
    assert len(find(tag, "language.follow")) <= min(PHONE, BUTTON)
    assert len(find(tag, "menu.translate")) <= 32
    assert all(len(find(tag, f"web.{key}")) <= PHONE for key in ("send", "copy", "copied", "theme"))


def test_no_word_is_a_command_in_one_language_and_another_command_in_another():
    meanings: dict[str, set[str]] = {}
    for tag in TAGS:
        for key, text in texts(tag):
            if re.fullmatch(r"command\.\w+\.name", key):
                meanings.setdefault(text.casefold(), set()).add(key)
    assert not {word: keys for word, keys in meanings.items() if len(keys) > 1}


OPEN, CLOSE = "\u2066\u2067\u2068", "\u2069"
JOINERS = "\u200c\u200d"
# Persian, Indic scripts and Urdu are shaped by joiners; French and others write spaces that
# do not break before some marks.
JOINING = {"bn", "fa", "hi", "mr", "ta", "te", "ur"}
SPACES = " \u00a0\u202f"


@pytest.mark.parametrize("tag", TAGS)
def test_a_text_has_no_stray_characters(tag: str):
    for key, text in texts(tag):
        assert text == text.strip() != "", key
        assert "  " not in text, key
        assert text == unicodedata.normalize("NFC", text), key
        for sign in text:
            kind = unicodedata.category(sign)
            allowed = OPEN + CLOSE + (JOINERS if tag in JOINING else "")
            assert kind not in ("Cf", "Cc", "Co", "Cn", "Zl", "Zp") or sign in allowed, key
            assert kind != "Zs" or sign in SPACES, key
        assert not re.search(rf"[{JOINERS}](?!\w)|(?<!\w)[{JOINERS}]", strip_marks(text)), key


def strip_marks(text: str) -> str:
    """Return a text without signs that are parts of letters, such as a virama."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Mn", "Mc"))


@pytest.mark.parametrize("tag", TAGS)
def test_isolates_are_balanced(tag: str):
    is_right_to_left = Strings().is_right_to_left(tag)
    for key, text in texts(tag):
        depth = 0
        for sign in text:
            depth += (sign in OPEN) - (sign == CLOSE)
            assert depth in (0, 1), key
        assert depth == 0, key
        assert is_right_to_left or not set(text) & set(OPEN + CLOSE), key


@pytest.mark.parametrize("tag", [tag for tag in TAGS if Strings().is_right_to_left(tag)])
def test_commands_in_texts_from_right_to_left_are_isolated(tag: str):
    for key, text in texts(tag):
        assert not re.search(r"(?<!\u2068)(?<!\u2068`)/[a-z]", text), key


@pytest.mark.parametrize("tag", TAGS)
def test_commands_in_texts_are_those_that_work_everywhere(tag: str):
    english = dict(texts("en"))
    for key, text in texts(tag):
        wanted = sorted(re.findall(r"/[a-z]+", english[key]))
        assert sorted(re.findall(r"/[a-z]+", text)) == wanted, key
