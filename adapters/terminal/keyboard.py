"""Standard input without a thread: one that waits for a key could not be ended by Ctrl-C."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import sys
from collections.abc import AsyncGenerator

_CHUNK = 64 * 1024


async def read_lines() -> AsyncGenerator[str]:
    """Yield what is typed, line by line without line ends, until the input ends."""
    source = sys.stdin.fileno()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while chunk := await _read(source):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    if rest:
        yield rest


async def _read(source: int) -> bytes:
    """Return what there is, waiting for the first of it; empty at the end."""
    loop = asyncio.get_running_loop()
    is_there = asyncio.Event()
    # A file cannot be waited for, and never makes one wait.
    with contextlib.suppress(PermissionError):
        loop.add_reader(source, is_there.set)
        try:
            await is_there.wait()
        finally:
            loop.remove_reader(source)
    return os.read(source, _CHUNK)
