"""Durations as people write them: "10m", "2h", "1w"."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d{1,6})\s*([smhdw])")


def parse_duration(text: str) -> float | None:
    """Return seconds, 0 for "off", or None for what is no duration."""
    text = text.strip().casefold()
    if text in ("off", "0"):
        return 0.0
    if not _PART.fullmatch(text):
        return None
    found = _PART.fullmatch(text)
    return float(found[1]) * _UNITS[found[2]] if found else None
