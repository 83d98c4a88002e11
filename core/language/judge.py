"""One answer of a model, looked at from every side: a finished translation, or why it is none."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.guard import clean
from core.language.detect import Detector
from core.language.fidelity import count_words, find_fault, is_in_another, trim
from core.language.locked import Locked, unlock

_LONGER, _LONGEST = 8, 500
"""Times its source, and characters more, from which nobody looks closer at an answer."""

_FEWEST = 3  # words from which a detector is asked whether they are in the right language


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from a model, finished, or what is wrong with it."""

    text: str = ""
    fault: str = ""
    is_mended: bool = False


class Judge:
    """Makes a finished translation of what a model returned, or says why it is none."""

    def __init__(self, detector: Detector, languages: Sequence[str]) -> None:
        """`languages`: those that the detector knows."""
        self._detector = detector
        self._languages = languages

    def judge(self, locked: Locked, raw: str, *, source: str, target: str) -> Verdict:
        """Look at one answer; see `core.language.fidelity` and `core.language.locked`."""
        if len(raw) > _LONGER * len(locked.template) + _LONGEST:
            return Verdict(fault="length")
        translated = trim(clean(raw), locked.template)
        found = unlock(locked, translated, source=source, target=target)
        if found.fault:
            return Verdict(fault=found.fault)
        fault = find_fault(locked.plain, found.plain, origin=source, target=target)
        if not fault and count_words(found.plain) >= _FEWEST:
            detection = self._detector.detect(found.plain)
            if is_in_another(detection, origin=source, target=target, known=self._languages):
                fault = "language"
        is_mended = found.is_mended or translated != raw.strip()
        return Verdict(text=found.text, fault=fault, is_mended=is_mended)
