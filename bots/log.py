"""The log: lines of text or JSON on standard error, and calm when one thing goes wrong often."""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO

import msgspec

WINDOW = 10.0
"""Seconds in which records of one kind are written once (below a warning: a few times)."""

_FEW = 10
"""Infos of one kind in a window: what a few platforms say at the start is no flood."""

_KINDS = 1000
"""Kinds that are remembered; the one that was quiet for longest is forgotten first."""

_SHORTEST = 6
"""Characters of a secret that is looked for: a shorter one would be found in every word."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_DIGITS = re.compile(r"\d+")


class Calm(logging.Filter):
    """Lets the first record of a kind through, then one in ten seconds, with how many it left out.

    Of a kind are records of one logger with one template, the same classes of errors as
    arguments, and a traceback that ends at the same place.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that never go back."""
        super().__init__()
        self._clock = clock
        self._kinds: OrderedDict[tuple[object, ...], _Kind] = OrderedDict()
        self._lock = threading.Lock()  # records come from threads too

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is written, and write into it what was left out before it."""
        name = _name(record)
        few = _FEW if record.levelno < logging.WARNING else 1
        with self._lock:
            kind = self._kinds.setdefault(name, _Kind())
            self._kinds.move_to_end(name)
            if len(self._kinds) > _KINDS:
                self._kinds.popitem(last=False)
            left_out = kind.count(self._clock(), few)
        if left_out:
            record.msg = f"{record.msg} ({left_out} more like this since the last)"
        return left_out is not None


class _Kind:
    """How often something was said lately."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._written = 0
        self._left_out = 0

    def count(self, now: float, few: int) -> int | None:
        """Return how many were left out before this one, or None when it is left out too."""
        if now - self._since >= WINDOW:
            self._since, self._written = now, 0
        if self._written >= few:
            self._left_out += 1
            return None
        self._written += 1
        left_out, self._left_out = self._left_out, 0
        return left_out


def _name(record: logging.LogRecord) -> tuple[object, ...]:
    """Return what all records of a kind share; numbers that a library wrote in by itself do not."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    errors = tuple(type(value) for value in arguments if isinstance(value, BaseException))
    template = _DIGITS.sub("0", str(record.msg))[:200]
    place: tuple[object, ...] = ()
    if record.exc_info and record.exc_info[0] is not None:
        place = (record.exc_info[0], *_end(record.exc_info[2]))
    return (record.name, record.levelno, template, errors, place)


def _end(trace: TracebackType | None) -> tuple[object, ...]:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace is not None else ()


class _JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, where from, text, and a traceback if there is one."""
        row = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(row).decode()


class _TextFormatter(logging.Formatter):
    """A line, whatever its text holds; only a traceback takes more."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Show what would forge a line or move a terminal's cursor as what it is."""
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], super().formatMessage(record))


class _Discreet(logging.Formatter):
    """Keeps secrets out of lines that others have formatted."""

    def __init__(self, inner: logging.Formatter, secrets: Collection[str]) -> None:
        super().__init__()
        self._inner = inner
        longest = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest)) or r"(?!)")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; libraries write tokens into addresses, and addresses into logs."""
        return self._secrets.sub("***", self._inner.format(record))


def to_handler(
    stream: TextIO, shape: Literal["text", "json"], secrets: Collection[str] = ()
) -> logging.Handler:
    """Return what writes to a stream; `secrets` never get there."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(Calm())
    inner = _JsonFormatter() if shape == "json" else _TextFormatter()
    handler.setFormatter(_Discreet(inner, secrets))
    return handler


def start(shape: Literal["text", "json"], *, is_quiet: bool, secrets: Collection[str] = ()) -> None:
    """Log to standard error from now on; `is_quiet`: errors only."""
    handler = to_handler(sys.stderr, shape, secrets)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.ERROR if is_quiet else logging.WARNING)
    for name in ("core", "adapters", "bots"):
        logging.getLogger(name).setLevel(logging.ERROR if is_quiet else logging.INFO)
