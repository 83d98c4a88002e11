"""What small detectors say of a text; the only door to eldc, pycld2 and langdetect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, Protocol, cast

WITNESSES = 7
"""What a mixture weighs: letters, words, eldc's score, whether it is eldc's first, pycld2's share
of the text, its score in thousands, whether it is pycld2's first. Without those two, langdetect's
probability stands in the place of eldc's score."""

_ELDC_SCORE, _ELDC_FIRST, _CLD_SHARE, _CLD_SCORE, _CLD_FIRST = range(2, WITNESSES)
_ELDC_MOST = 20  # the most it tells; eldc.MAX_SCORES of 0.4

_ELDC = {"nb": "no", "nn": "no", "zh-Hans": "zh", "zh-Hant": "zh", "yue": "zh", "fil": "tl"}
_CLD = {
    "nb": ("no", "nb"), "nn": ("nn",), "zh-Hans": ("zh",), "zh-Hant": ("zh-Hant",),
    "yue": ("zh", "zh-Hant"), "he": ("iw", "he"), "jv": ("jw", "jv"), "tl": ("tl", "fil"),
}  # fmt: skip
"""How they call a class that we call otherwise."""

Testimony = list[tuple[int, str, float]]
"""Witness, the code by which that witness calls the language, what it says."""


class _Result(Protocol):
    language: str
    scores: dict[str, float]


class _Instance(Protocol):
    def set_scores(self, count: int, /) -> None: ...
    def detect_details(self, text: str, /) -> _Result: ...


class _Cld(Protocol):
    error: type[Exception]

    def detect(
        self,
        text: str,
        /,
        *,
        bestEffort: bool,  # noqa: N803 - its name
    ) -> tuple[bool, int, tuple[tuple[str, str, int, float], ...]]: ...


class _Library(Protocol):
    LangDetectException: type[Exception]
    detector_factory: Any


class Witnesses:
    """eldc and pycld2 where they have a wheel for this machine, else langdetect."""

    def __init__(self, *, is_native: bool = True) -> None:
        """Load what there is.

        Args:
            is_native: Whether to look for eldc and pycld2 at all.
        """
        self._eldc = _load_eldc() if is_native else None
        self._cld = _load_cld() if self._eldc else None
        self.is_native = self._cld is not None
        self._slow = None if self.is_native else _Langdetect()

    def hear(self, text: str) -> Testimony:
        """Return what each has to say of a cleaned text; languages not named are unlikely."""
        if self._eldc is None or self._slow is not None:
            assert self._slow is not None
            return [(_ELDC_SCORE, code, share) for code, share in self._slow.score(text).items()]
        found = self._eldc.detect_details(text)
        heard: Testimony = [(_ELDC_SCORE, code, score) for code, score in found.scores.items()]
        if heard:
            heard.append((_ELDC_FIRST, found.language, 1.0))
        assert self._cld is not None
        _add_cld(self._cld, heard, text)
        return heard


def _add_cld(library: _Cld, heard: Testimony, text: str) -> None:
    try:
        # It reads whole words only, up to the space after them.
        _, _, guesses = library.detect(f"{text} ", bestEffort=True)
    except library.error:  # no valid UTF-8 in its eyes
        return
    first = True
    for _, code, percent, score in guesses:
        if code == "un":
            continue
        heard.append((_CLD_SHARE, code, percent / 100))
        heard.append((_CLD_SCORE, code, score / 1000))
        if first:
            heard.append((_CLD_FIRST, code, 1.0))
        first = False


def place_codes(classes: Sequence[str]) -> dict[tuple[int, str], tuple[int, ...]]:
    """Return where among classes a witness's code belongs; by witness and code."""
    places: dict[tuple[int, str], list[int]] = {}
    for at, tag in enumerate(classes):
        if tag.endswith("-Latn"):
            continue  # no witness knows romanised languages
        for code in {_ELDC.get(tag, tag)}:
            for witness in (_ELDC_SCORE, _ELDC_FIRST):
                places.setdefault((witness, code), []).append(at)
        for code in _CLD.get(tag, (tag,)):
            for witness in (_CLD_SHARE, _CLD_SCORE, _CLD_FIRST):
                places.setdefault((witness, code), []).append(at)
    return {key: tuple(found) for key, found in places.items()}


def _load_eldc() -> _Instance | None:
    try:
        import eldc  # pyright: ignore[reportMissingTypeStubs] - it ships none
    except ImportError:
        return None
    library = cast("Any", eldc)
    library.init()
    instance = cast("_Instance", library.instance())
    instance.set_scores(_ELDC_MOST)
    return instance


def _load_cld() -> _Cld | None:
    try:
        import pycld2  # pyright: ignore[reportMissingTypeStubs] - it ships none
    except ImportError:
        return None
    return cast("_Cld", pycld2)


def _import_langdetect() -> _Library:
    """Return langdetect, in its Rust form where installed: same answers, 50 times faster."""
    # Imported here, since few machines need them.
    try:
        import langdetect_rs  # pyright: ignore[reportMissingImports] - optional
    except ImportError:
        import langdetect  # pyright: ignore[reportMissingTypeStubs] - it ships none

        return cast("_Library", langdetect)
    return cast("_Library", langdetect_rs)


class _Langdetect:
    """langdetect: pure Python, some milliseconds a message, works everywhere."""

    def __init__(self) -> None:
        library = _import_langdetect()
        self._error = library.LangDetectException
        # The factory of the library itself is shared and unseeded.
        factory = library.detector_factory.DetectorFactory()
        folder = resources.files("langdetect") / "profiles"
        factory.load_json_profile([file.read_text("utf-8") for file in folder.iterdir()])
        factory.set_seed(0)
        self._factory = factory

    def score(self, text: str) -> dict[str, float]:
        """Return the probability of each language it thinks of; empty when of none."""
        detector = self._factory.create()
        detector.append(text)
        try:
            found = cast("Iterable[Any]", detector.get_probabilities())
        except self._error:  # no letters that it knows
            return {}
        shares: dict[str, float] = {}
        for guess in found:
            code = "zh" if str(guess.lang).startswith("zh") else str(guess.lang)
            shares[code] = shares.get(code, 0.0) + float(guess.prob)
        return shares
