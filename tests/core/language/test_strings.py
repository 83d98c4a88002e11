from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.language.catalogues import read, to_mo
from core.language.strings import Strings

EVENING = datetime(2027, 2, 6, 19, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def strings() -> Strings:
    return Strings()


def make(folder: Path, **bodies: str) -> Strings:
    """Compile catalogues of a few lines each."""
    for tag, body in bodies.items():
        (folder / f"{tag}.po").write_text(f"{HEADS[tag]}\n\n{body}", encoding="utf-8")
        catalogues, _ = read(folder)
        (folder / f"{tag}.mo").write_bytes(to_mo(catalogues[tag]))
    return Strings(folder)


def head(tag: str, plural: str) -> str:
    return f'''msgid ""
msgstr ""
"Language: {tag}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: {plural}\\n"'''


HEADS = {
    "en": head("en", "nplurals=2; plural=(n != 1);"),
    "ar": head("ar", "nplurals=1; plural=0;"),
    "pl": head("pl", "nplurals=3; plural=(n == 1 ? 0 : n > 1 && n < 5 ? 1 : 2);"),
}


def test_values_are_put_in_as_they_are(strings: Strings):
    text = strings.text("guide.nothing", "en", contact="{bot} {0} %s {contact} \\1")
    assert text.endswith("{bot} {0} %s {contact} \\1")


def test_values_are_isolated_in_right_to_left_languages_only(strings: Strings):
    assert "\u2068Aurora\u2069" in strings.text("help.intro", "ar", bot="Aurora")
    assert "\u2068" not in strings.text("help.intro", "ja", bot="Aurora")


def test_a_language_without_locale_gets_its_nearest(strings: Strings):
    assert strings.text("web.send", "es-419") == "Enviar"
    assert strings.text("web.send", "pt-PT") == "Enviar"
    assert strings.text("web.send", "yue") == strings.text("web.send", "zh-Hant")
    assert strings.text("web.send", "zh-TW") == strings.text("web.send", "zh-Hant")
    assert strings.text("web.send", "zh_CN") == "发送"


def test_a_language_without_any_near_locale_gets_english_unisolated(strings: Strings):
    assert strings.text("help.intro", "dv", bot="Aurora").startswith("Hi! I am the assistant of Au")
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


def test_a_number_chooses_the_form_and_is_written_as_the_language_writes_it(strings: Strings):
    assert strings.text("web.too_long", "en", count=1).endswith("at most 1 character fits.")
    assert strings.text("web.too_long", "en", count=4000).endswith("at most 4,000 characters fit.")
    assert "4.000" in strings.text("web.too_long", "de", count=4000)
    assert "\u2068۴٬۰۰۰\u2069" in strings.text("web.too_long", "fa", count=4000)
    polish = [strings.text("web.too_long", "pl", count=n) for n in (1, 3, 5, 22)]
    assert [text.split()[-1] for text in polish] == ["znak.", "znaki.", "znaków.", "znaki."]


def test_mexico_writes_numbers_in_its_own_way_with_the_words_of_spain(strings: Strings):
    assert "4,000" in strings.text("web.too_long", "es-MX", count=4000)
    assert "4.000" in strings.text("web.too_long", "es", count=4000)


def test_a_number_in_a_text_that_is_not_counted_is_only_written(tmp_path: Path):
    strings = make(tmp_path, en='msgid "a"\nmsgstr "{n} of {bot}"\n')
    assert strings.text("a", "en", n=1234, bot="it") == "1,234 of it"


def test_names_are_listed_as_the_language_lists_them(strings: Strings):
    names = ("Ana", "Ben", "Chi")
    assert strings.format_list(names, "en") == "Ana, Ben, and Chi"
    assert strings.format_list(names, "de") == "Ana, Ben und Chi"
    assert strings.format_list(names, "ja") == "Ana、Ben、Chi"
    assert strings.format_list(names[:1], "th") == "Ana"
    arabic = strings.format_list(names, "ar")
    assert all(f"\u2068{name}\u2069" in arabic for name in names)


@pytest.mark.parametrize(
    ("tag", "has"),
    [
        ("es", True), ("es-419", True), ("pt-PT", True), ("zh-TW", True), ("no", True),
        ("yue", False), ("dv", False), ("hi-Latn", False), ("ar-Latn", False), ("und", False),
        ("", False), ("nn", False),
    ],
)  # fmt: skip
def test_some_languages_have_words_written_by_people(strings: Strings, tag: str, has: bool):
    assert strings.has_locale(tag) is has


def test_english_says_all_there_is(strings: Strings):
    english = strings.english()
    assert english["web.send"] == "Send"
    assert english["limit.slow.one"].endswith("{seconds} second.")
    assert english["limit.slow.other"].endswith("{seconds} seconds.")
    assert "" not in english and "limit.slow" not in english


LEARNED: Mapping[str, str] = {
    "web.send": "Anfon",
    "limit.slow.one": "{seconds} eiliad!",
    "limit.slow.other": "{seconds} eiliad?",
    "help.intro": "Helo {nobody}",
    "no.such": "x",
}


def test_what_a_machine_translated_is_used_where_nobody_wrote_it():
    strings = Strings()
    strings.learn("cy", LEARNED)
    assert strings.text("web.send", "cy") == "Anfon"
    assert strings.text("limit.slow", "cy", seconds=1) == "1 eiliad!"
    assert strings.text("limit.slow", "cy", seconds=60) == "60 eiliad?"
    assert strings.text("web.copy", "cy") == "Copy", "what was not learned"
    assert strings.text("help.intro", "cy", bot="it").startswith("Hi!"), "a wrong placeholder"
    assert not strings.has_locale("cy")
    with pytest.raises(KeyError):
        strings.text("no.such", "cy")


def test_what_is_learned_later_comes_to_what_was_learned_before():
    strings = Strings()
    strings.learn("dv", {"help.intro": "ދިވެހި {bot}"})
    strings.learn("dv", {"web.send": "ފޮނުވާ"})
    assert strings.text("help.intro", "dv", bot="it") == "ދިވެހި \u2068it\u2069"
    assert strings.text("web.send", "dv") == "ފޮނުވާ"


def test_people_know_better_than_a_machine():
    strings = Strings()
    strings.learn("es", {"web.send": "Mandar"})
    assert strings.text("web.send", "es") == "Enviar"


def test_a_key_that_a_locale_lacks_comes_from_english(tmp_path: Path):
    strings = make(tmp_path, en='msgid "web.send"\nmsgstr "Send {bot}"\n', ar="")
    assert strings.text("web.send", "ar", bot="it") == "Send it"


def test_a_folder_without_english_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"has no en\.mo"):
        Strings(tmp_path)


@pytest.mark.parametrize("body", [b"", b"junk" * 20, b"\xde\x12\x04\x95\0\0"])
def test_a_broken_catalogue_is_named_and_how_to_mend_it(tmp_path: Path, body: bytes):
    make(tmp_path, en='msgid "web.send"\nmsgstr "Send"\n')
    (tmp_path / "ar.mo").write_bytes(body)
    with pytest.raises(SettingsError, match=r"ar\.mo cannot be read .*make catalogues"):
        Strings(tmp_path).text("web.send", "ar")


def test_only_what_somebody_speaks_is_read(tmp_path: Path):
    make(tmp_path, en='msgid "web.send"\nmsgstr "Send"\n')
    (tmp_path / "ar.mo").write_bytes(b"junk")
    assert Strings(tmp_path).text("web.send", "en") == "Send"
