"""Other detectors and single ingredients behind one shape, to be measured beside tifo."""

# pyright: basic
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from core.language.detect import Detector
from core.language.model import find_homes, load_tables
from core.language.noise import read
from core.language.script import find_script
from core.language.witness import Witnesses, place_codes
from tests.bench.lid.corpus import to_base

Tell = Callable[[str], str]
"""Returns the base language of a text among the offered, or "und"."""


def tifo(offered: Sequence[str], *, is_native: bool = True) -> Tell:
    """Return tifo itself; without native wheels where asked."""
    detector = Detector(offered, is_native=is_native)
    return lambda text: detector.detect(text).language


def ingredient(offered: Sequence[str], name: str) -> Tell:
    """Return one witness alone: `letters`, `words`, `eldc` or `pycld2`."""
    witnesses = Witnesses()
    numbers = {"letters": 0, "words": 1, "eldc": 2, "pycld2": 4}

    def tell(text: str) -> str:
        written, _ = read(text[:300])
        if not written:
            return "und"
        words = [word.lower() for word in written]
        script = find_script("".join(words))
        table = load_tables().get(script)
        if table is None:
            return Detector(offered).detect(text).language
        classes = table.mixture.classes
        said = [0.0] * len(classes)
        if name == "letters":
            said = table.weigh_letters(words).tolist()
        elif name == "words":
            by_words = table.weigh_words(words)
            said = [0.0] * len(classes) if by_words is None else by_words.tolist()
        else:
            places = place_codes(classes)
            for witness, code, value in witnesses.hear(" ".join(written)):
                if witness == numbers[name]:
                    for place in places.get((witness, code), ()):
                        said[place] += value
        best = max(
            (value, label)
            for value, label in zip(said, classes, strict=True)
            if find_homes(label, script, offered) and to_base(label) in set(map(to_base, offered))
        )
        return best[1] if best[0] != 0.0 or name in ("letters", "words") else "und"

    return tell


def rivals(offered: Sequence[str]) -> Iterator[tuple[str, Tell]]:
    """Yield those that are installed."""
    yield "langdetect", _langdetect(offered)
    try:
        import lingua  # pyright: ignore[reportMissingImports]
    except ImportError:
        pass
    else:
        yield "lingua", _lingua(cast("Any", lingua), offered)
    try:
        from py3langid.langid import LanguageIdentifier  # pyright: ignore[reportMissingImports]
    except ImportError:
        pass
    else:
        yield "py3langid", _py3langid(cast("Any", LanguageIdentifier), offered)


def _langdetect(offered: Sequence[str]) -> Tell:
    from core.language.witness import _Langdetect  # pyright: ignore[reportPrivateUsage]

    detector = _Langdetect()
    bases = {to_base(tag) for tag in offered}

    def tell(text: str) -> str:
        shares = {to_base(code): share for code, share in detector.score(text).items()}
        known = {code: share for code, share in shares.items() if code in bases}
        return max(known, key=known.__getitem__, default="und")

    return tell


def _lingua(library: Any, offered: Sequence[str]) -> Tell:
    bases = {to_base(tag) for tag in offered}
    languages = [
        language
        for language in library.Language.all()
        if to_base(language.iso_code_639_1.name.lower()) in bases
    ]
    detector = library.LanguageDetectorBuilder.from_languages(*languages).build()

    def tell(text: str) -> str:
        found = detector.detect_language_of(text)
        return "und" if found is None else to_base(found.iso_code_639_1.name.lower())

    return tell


def _py3langid(identifier: Any, offered: Sequence[str]) -> Tell:
    import py3langid.langid as library  # pyright: ignore[reportMissingImports]

    detector = cast("Any", library)._load_identifier()
    bases = {to_base(tag) for tag in offered}

    def tell(text: str) -> str:
        return next(
            (to_base(code) for code, _ in detector.rank(text) if to_base(code) in bases), "und"
        )

    return tell
