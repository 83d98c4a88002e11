"""Files that go with a reply, on platforms that show them in different ways."""

from __future__ import annotations

import re

_LONGEST = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")

_TEXTS = {
    "application/json": "application/json",
    "text/csv": "text/csv;charset=utf-8",
    "text/markdown": "text/plain;charset=utf-8",
    "text/plain": "text/plain;charset=utf-8",
}


def to_safe_name(name: str) -> str:
    """Return a name that no system takes for a path, a hidden file or an option; never ""."""
    safe = _UNSAFE.sub("-", name.replace("\\", "/").rpartition("/")[2]).lstrip(".-")
    return safe[-_LONGEST:].lstrip(".-") or "file"


def to_safe_type(media_type: str) -> str:
    """Return the type under which a browser may be given a file: none that it would carry out."""
    return _TEXTS.get(media_type.partition(";")[0].strip().lower(), "application/octet-stream")
