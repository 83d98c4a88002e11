"""Makes the catalogues that the program reads from those that people write.

A catalogue is `locales/<BCP 47 tag>.po`: msgid is our key, msgstr the text, and a counted text
has a msgstr for each form that its language has for whole numbers, in CLDR's order (zero, one,
two, few, many, other). English says which keys there are; above each text stands the English.

`make catalogues` checks all of them, writes them in order, and compiles each to a `.mo`.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

FOLDER = Path(__file__).with_name("locales")
_FALLBACK = "en"
_PLACEHOLDER = re.compile(r"\{\w*\}")
_LINE = re.compile(r'(#.*|((msgid|msgid_plural|msgstr(\[\d\])?) )?"([^"\\]|\\.)*"|)\s*')


def main() -> int:
    """Check, order and compile all catalogues; return 1 when one is wrong, and compile none."""
    catalogues, problems = read(FOLDER)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if problems:
        return 1
    english = catalogues[_FALLBACK]
    for tag, catalogue in catalogues.items():
        path = FOLDER / f"{tag}.po"
        path.write_text(to_po(path.read_text("utf-8"), catalogue, english), "utf-8")
        path.with_suffix(".mo").write_bytes(to_mo(catalogue))
    return 0


def read(folder: Path) -> tuple[dict[str, Catalog], list[str]]:
    """Read all catalogues of a folder by their tags, and say what is wrong with each."""
    problems: list[str] = []
    catalogues: dict[str, Catalog] = {}
    for path in sorted(folder.glob("*.po"), key=lambda path: (path.stem != _FALLBACK, path.stem)):
        catalogue = _read_po(path, problems)
        if catalogue is not None:
            catalogues[path.stem] = catalogue
    english = catalogues.get(_FALLBACK)
    if english is None:
        return catalogues, [*problems, f"{folder} has no {_FALLBACK}.po that can be read."]
    for tag, catalogue in catalogues.items():
        _check(folder / f"{tag}.po", catalogue, english, problems)
    return catalogues, problems


def to_po(written: str, catalogue: Catalog, english: Catalog) -> str:
    """Return a catalogue as it should be written: as English is ordered, with the English above.

    Args:
        written: As it is now; the head, up to the first empty line, stays.
        catalogue: What was read from that.
        english: The catalogue of English.
    """
    ordered = Catalog(locale=catalogue.locale)
    # Babel knows no more than two forms in Spanish, and would write no more.
    ordered.mime_headers = [("Plural-Forms", catalogue.plural_forms)]
    for model in english:
        message = catalogue.get(cast("str | tuple[str, str]", model.id))
        if model.id and message is not None:
            forms = _forms(model)
            notes = [] if catalogue is english else [forms[-1].replace("\n", "\\n")]
            ordered.add(
                message.id,
                message.string,
                auto_comments=notes,
                user_comments=message.user_comments,
            )
    body = io.BytesIO()
    # No wrapping and no head of babel's: that would change with its version and the clock.
    write_po(body, ordered, width=0, omit_header=True)
    head = written.partition("\n\n")[0]
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


def to_mo(catalogue: Catalog) -> bytes:
    """Compile a catalogue; the same texts give the same bytes under every version of babel."""
    compiled = _Compiled(locale=catalogue.locale)
    compiled.head = (
        f"Language: {catalogue.locale_identifier}\nContent-Type: text/plain; charset=UTF-8\n"
        f"Plural-Forms: {catalogue.plural_forms}\n"
    )
    for message in catalogue:
        if message.id:
            compiled[message.id] = message
    body = io.BytesIO()
    write_mo(body, compiled)
    return body.getvalue()


class _Compiled(Catalog):
    """A catalogue with a head that says nothing of babel's version and the time."""

    head = ""

    def __iter__(self) -> Iterator[Message]:
        yield Message("", self.head)
        yield from (message for message in super().__iter__() if message.id)


def _read_po(path: Path, problems: list[str]) -> Catalog | None:
    try:
        lines = path.read_text("utf-8").split("\n")
        # Babel takes a text without its closing quote, less its last letter.
        wrong = next((n for n, line in enumerate(lines, 1) if not _LINE.fullmatch(line)), None)
        if wrong is None:
            return read_po(lines, abort_invalid=True)
        problems.append(f"{path}, line {wrong}: this is no valid catalogue: {lines[wrong - 1]}")
    except PoFileError as error:
        problems.append(f"{path}, line {error.lineno + 1}: this is no valid catalogue: {error}.")
    except UnicodeDecodeError:
        problems.append(f"{path} is not in UTF-8: save it as UTF-8.")
    return None


def _check(path: Path, catalogue: Catalog, english: Catalog, problems: list[str]) -> None:
    for message in catalogue:
        if not message.id:
            continue
        key = _key(message)
        where = f"{path}, line {message.lineno}: {key}"
        model = english.get(key)
        if model is None:
            problems.append(f"{where} is not known; {_FALLBACK}.po has no such.")
        elif isinstance(message.id, str) != isinstance(model.id, str):
            problems.append(f"{where} is counted in one of {path.name} and {_FALLBACK}.po only.")
        elif not all(_forms(message)) or message.fuzzy:
            problems.append(f"{where} is not translated, or not in all its forms.")
        else:
            problems += (f"{where} {what}" for what in _compare(message, model))
    for model in english:
        if model.id and catalogue.get(_key(model)) is None:
            problems.append(f"{path}: {_key(model)} is missing; add it.")


def _compare(message: Message, model: Message) -> list[str]:
    """Say which placeholders are wrong; a counted text may leave out a number that it spells."""
    problems: list[str] = []
    wanted = sorted(_PLACEHOLDER.findall(_forms(model)[-1]))
    for form in _forms(message):
        found = sorted(_PLACEHOLDER.findall(form))
        if set(found) - set(wanted):
            strange = min(set(found) - set(wanted))
            problems.append(f"has {strange}, which nobody fills; {_FALLBACK}.po has it not.")
        elif found != wanted and isinstance(message.id, str):
            problems.append(f"has {' '.join(found) or 'no placeholders'}, not {' '.join(wanted)}.")
    return problems


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message) -> Sequence[str]:
    string = cast("str | Sequence[str]", message.string)
    return (string,) if isinstance(string, str) else string


if __name__ == "__main__":
    sys.exit(main())
