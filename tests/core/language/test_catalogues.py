"""What is wrong with a catalogue is said with its file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.language.catalogues import read, to_mo, to_po

HEAD = """# A language.
msgid ""
msgstr ""
"Language: {tag}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""

ENGLISH = """
msgid "a.greeting"
msgstr "Hello {bot}"

msgid "a.count"
msgid_plural "a.count"
msgstr[0] "{n} goal"
msgstr[1] "{n} goals"
"""

GERMAN = """
#. Hello {bot}
msgid "a.greeting"
msgstr "Hallo {bot}"

#. {n} goals
msgid "a.count"
msgid_plural "a.count"
msgstr[0] "ein Tor"
msgstr[1] "{n} Tore"
"""


def write(folder: Path, english: str = ENGLISH, german: str = GERMAN) -> None:
    (folder / "en.po").write_text(HEAD.format(tag="en") + english, encoding="utf-8")
    (folder / "de.po").write_text(HEAD.format(tag="de") + german, encoding="utf-8")


def test_a_catalogue_without_faults_has_none(tmp_path: Path):
    write(tmp_path)
    assert read(tmp_path)[1] == []


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("a.greeting", "a.greting", ("line 9: a.greting is not known",)),
        ("Hallo {bot}", "Hallo {bott}", ("line 9: a.greeting has {bott}, which nobody fills",)),
        ("Hallo {bot}", "Hallo", ("line 9: a.greeting has no placeholders, not {bot}",)),
        ("Hallo {bot}", "{bot} {bot}", ("line 9: a.greeting has {bot} {bot}, not {bot}",)),
        ("Hallo {bot}", "", ("line 9: a.greeting is not translated",)),
        ("{n} Tore", "", ("line 13: a.count is not translated, or not in all",)),
        ("{n} Tore", "{m} Tore", ("line 13: a.count has {m}",)),
        ('msgstr "Hallo {bot}"', 'msgstr "Hallo {bot}', ("line 10", "no valid catalogue")),
        ('msgid_plural "a.count"\n', "", ("de.po, line",)),
        ("#. Hello", "#, fuzzy\n#. Hello", ("a.greeting is not translated",)),
    ],
)
def test_a_fault_is_named_with_file_line_and_key(
    tmp_path: Path, right: str, wrong: str, words: tuple[str, ...]
):
    assert right in GERMAN
    write(tmp_path, german=GERMAN.replace(right, wrong, 1))
    problems = read(tmp_path)[1]
    assert problems and "de.po" in problems[0]
    assert all(word in problems[0] for word in words), problems


def test_a_text_that_is_missing_is_named(tmp_path: Path):
    write(tmp_path, german=GERMAN.partition("#. {n}")[0])
    assert read(tmp_path)[1] == [f"{tmp_path / 'de.po'}: a.count is missing; add it."]


def test_a_text_that_is_counted_in_one_language_only_is_named(tmp_path: Path):
    write(
        tmp_path,
        english=ENGLISH.partition('\nmsgid "a.count"')[0] + '\nmsgid "a.count"\nmsgstr "x"',
    )
    assert "a.count is counted in one of" in read(tmp_path)[1][0]


def test_english_must_be_there(tmp_path: Path):
    assert "has no en.po" in read(tmp_path)[1][-1]


def test_bytes_that_are_no_text_are_named(tmp_path: Path):
    write(tmp_path)
    (tmp_path / "de.po").write_bytes(HEAD.format(tag="de").encode() + b'msgid "a\xff"\n')
    assert "de.po is not in UTF-8" in read(tmp_path)[1][0]


def test_the_order_is_that_of_english_and_the_english_stands_above(tmp_path: Path):
    greeting, count = GERMAN.split("\n\n")
    swapped = f"\n{count.strip()}\n\n{greeting.strip()}\n".replace("#. Hello {bot}", "#. Bye")
    write(tmp_path, german=swapped)
    catalogues, problems = read(tmp_path)
    assert problems == []
    text = (tmp_path / "de.po").read_text(encoding="utf-8")
    expected = HEAD.format(tag="de") + GERMAN
    assert to_po(text, catalogues["de"], catalogues["en"]) == expected


@pytest.mark.parametrize(("tag", "plural"), [("es", "n == 1 ? 0 : n > 9 ? 1 : 2"), ("id", "0")])
def test_all_forms_are_written_however_many_babel_knows(tmp_path: Path, tag: str, plural: str):
    count = 1 if plural == "0" else 3
    head = HEAD.format(tag=tag).replace("=2; plural=(n != 1)", f"={count}; plural=({plural})")
    forms = [f'msgstr[{n}] "{{n}} gol{n}"' for n in range(count)]
    body = ["", "#. {n} goals", 'msgid "a.count"', 'msgid_plural "a.count"', *forms, ""]
    write(tmp_path)
    written = head + "\n".join(body)
    (tmp_path / f"{tag}.po").write_text(written, encoding="utf-8")
    catalogues, _ = read(tmp_path)
    assert to_po(written, catalogues[tag], catalogues["en"]) == written


def test_what_is_compiled_says_nothing_of_babel_and_the_time(tmp_path: Path):
    write(tmp_path)
    catalogues, _ = read(tmp_path)
    compiled = to_mo(catalogues["de"])
    assert compiled == to_mo(catalogues["de"])
    assert b"Babel" not in compiled and b"Date" not in compiled
    assert b"plural=(n != 1);" in compiled
