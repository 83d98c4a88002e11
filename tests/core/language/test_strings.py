from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.commands import COMMANDS
from core.errors import SettingsError
from core.folder import Page
from core.language.strings import Strings

FOLDER = Path(__file__).parents[3] / "core" / "language" / "locales"
TAGS = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt-BR", "ru", "tr", "uk", "zh-Hans")  # fmt: skip  # noqa: E501 - one line, one list
PLACEHOLDER = re.compile(r"\{\w*\}")
EVENING = datetime(2027, 2, 6, 19, 5, tzinfo=UTC)


def texts_of(tag: str) -> dict[str, str]:
    problems: list[str] = []
    texts: dict[str, str] = {}

    def flatten(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - TOML
                flatten(f"{name}.{key}".lstrip("."), inner)  # pyright: ignore[reportUnknownArgumentType] - TOML
        else:
            texts[name] = str(value)

    flatten("", Page(FOLDER / f"{tag}.toml", problems).read_toml())
    assert not problems
    return texts


@pytest.fixture(scope="module")
def strings() -> Strings:
    return Strings()


def test_all_sixteen_locales_are_there(strings: Strings):
    assert strings.locales == TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_a_locale_has_the_keys_and_placeholders_of_english(tag: str):
    english, texts = texts_of("en"), texts_of(tag)
    assert texts.keys() == english.keys()
    for key, text in texts.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english[key])), key
        assert text == text.strip() != "", key


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_a_locale_is_translated(tag: str):
    english, texts = texts_of("en"), texts_of(tag)
    same = {key for key in texts if texts[key] == english[key]}
    assert same <= {"web.title", "source.heading", "web.sources", "option.question.name"}


# Discord's rule for names of commands and options:
# discord.com/developers/docs/interactions/application-commands, read 2026-11-23.
DISCORD_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")


@pytest.mark.parametrize("tag", TAGS)
def test_names_and_descriptions_of_commands_fit_into_discord(tag: str, strings: Strings):
    names = [f"command.{spec.name}" for spec in COMMANDS]
    options = [f"option.{option.name}" for spec in COMMANDS for option in spec.options]
    for key in names + options:
        name = strings.text(f"{key}.name", tag)
        assert DISCORD_NAME.fullmatch(name), (key, name)
        assert name == name.lower()
        assert 1 <= len(strings.text(f"{key}.description", tag)) <= 100
    assert len({strings.text(f"{key}.name", tag) for key in names}) == len(names)


@pytest.mark.parametrize("tag", TAGS)
def test_button_labels_are_short(tag: str, strings: Strings):
    # About what a phone shows of a button in one line.
    assert len(strings.text("language.follow", tag)) <= 32


def test_values_are_put_in_as_they_are(strings: Strings):
    text = strings.text("guide.nothing", "en", contact="{bot} {0} %s {contact} \\1")
    assert text.endswith("{bot} {0} %s {contact} \\1")


def test_values_are_isolated_in_right_to_left_languages_only(strings: Strings):
    assert "\u2068Aurora\u2069" in strings.text("help.intro", "ar", bot="Aurora")
    assert "\u2068" not in strings.text("help.intro", "ja", bot="Aurora")


def test_a_language_without_locale_gets_its_nearest(strings: Strings):
    assert strings.text("web.send", "es-419") == "Enviar"
    assert strings.text("web.send", "pt-PT") == "Enviar"
    assert strings.text("web.send", "zh-TW") == "发送"
    assert strings.text("web.send", "zh_CN") == "发送"


def test_a_language_without_any_near_locale_gets_english_unisolated(strings: Strings):
    assert strings.text("help.intro", "he", bot="Aurora").startswith("Hi! I am the assistant of Au")
    assert strings.text("web.send", "und") == strings.text("web.send", "") == "Send"


def test_a_key_that_english_lacks_is_an_error(strings: Strings):
    with pytest.raises(KeyError, match=r"web\.nonsense"):
        strings.text("web.nonsense", "es")


@pytest.mark.parametrize(
    ("language", "reader", "name"),
    [
        ("en", "es", "inglés"),
        ("es", "es", "español"),
        ("zh-Hans", "en", "Simplified Chinese"),
        ("pt-BR", "en", "Brazilian Portuguese"),
        ("pt-BR", "pt-BR", "português (Brasil)"),
        ("ja", "zh-Hans", "日语"),
        ("de", "xx", "German"),
        ("qqx", "en", "qqx"),
    ],
)
def test_languages_have_names(strings: Strings, language: str, reader: str, name: str):
    assert strings.language_name(language, reader) == name


@pytest.mark.parametrize("tag", ["ar", "he", "fa", "ur", "ar-EG", "pa-Arab", "uz_Arab"])
def test_some_languages_run_from_right_to_left(strings: Strings, tag: str):
    assert strings.is_right_to_left(tag)


@pytest.mark.parametrize("tag", ["en", "ja", "pa", "ku-Latn", "ar-Latn", "", "und"])
def test_others_do_not(strings: Strings, tag: str):
    assert not strings.is_right_to_left(tag)


def test_days_are_written_as_the_language_writes_them(strings: Strings):
    day = date(2027, 2, 6)
    assert strings.format_date(day, "en") == "Sat, Feb 6, 2027"
    assert strings.format_date(day, "de") == "Sa., 6. Feb. 2027"
    assert strings.format_date(day, "ja") == "2027年2月6日(土)"
    assert strings.format_date(EVENING, "xx") == "Sat, Feb 6, 2027"


def test_times_are_those_of_the_clock_that_is_meant(strings: Strings):
    assert strings.format_time(EVENING, "en", "Europe/Zurich") == "20:05"
    assert strings.format_time(EVENING, "pt-BR", "Asia/Tokyo") == "04:05"


@pytest.mark.parametrize("tag", TAGS)
def test_every_locale_can_write_a_day_and_a_time(strings: Strings, tag: str):
    assert "2027" in strings.format_date(EVENING, tag)
    assert "05" in strings.format_time(EVENING, tag, "Europe/Zurich")


@pytest.mark.parametrize(
    ("english", "other", "words"),
    [
        ('[web]\nsend = "Send"', "[web]\nsend = 3", ("line 2", "web.send is no text")),
        ('[web]\nsend = "Send"', '[web]\n\nsned = "x"', ("line 3", "web.sned is not known")),
        ('[web]\nsend = "Send"', '[web]\nsend = "{bot}"', ("line 2", "{bot}")),
        ('[web]\nsend = "Send"', "[web]\nsend = = 1", ("line 2", "no valid TOML")),
    ],
)
def test_a_wrong_locale_stops_with_file_line_and_key(
    tmp_path: Path, english: str, other: str, words: tuple[str, ...]
):
    (tmp_path / "en.toml").write_text(english, encoding="utf-8")
    (tmp_path / "es.toml").write_text(other, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Strings(tmp_path)
    assert all(word in str(caught.value) for word in ("es.toml", *words))


def test_the_line_named_is_the_one_in_the_right_table(tmp_path: Path):
    keys = '[command.ask]\nname = "a"\n\n[command.help]\nname = '
    (tmp_path / "en.toml").write_text(keys + '"h"', encoding="utf-8")
    (tmp_path / "es.toml").write_text(keys + "1", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"line 5: command\.help\.name"):
        Strings(tmp_path)


def test_a_key_that_a_locale_lacks_comes_from_english(tmp_path: Path):
    (tmp_path / "en.toml").write_text('[web]\nsend = "Send {bot}"', encoding="utf-8")
    (tmp_path / "ar.toml").write_text("", encoding="utf-8")
    assert Strings(tmp_path).text("web.send", "ar", bot="it") == "Send it"


def test_a_folder_without_english_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"has no en\.toml"):
        Strings(tmp_path)
