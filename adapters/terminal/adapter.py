"""A terminal as a platform: one question, or a talk with a prompt.

What is shown grows by what is new; lines that stand are never moved, since a terminal's
history is not ours to rewrite.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec

from adapters.files import to_safe_name
from adapters.terminal.inbound import PLATFORM, to_event
from adapters.terminal.keyboard import read_lines
from adapters.terminal.outbound import render, render_ending, render_file
from core.adapter import Done, Receive
from core.arguments import Words
from core.message import Action, Button, File, Reply

_PROMPT = "› "
_WRITING = "…"
_SHORT = 4_000  # bytes of a file that is shown whole
_ERASE_LINE = "\r\x1b[K"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits at the terminal."""

    language: str | None = None
    """What a platform would tell of the fan, BCP 47."""

    folder: Path | None = None
    """Where files go that are too long to be shown; None shows them all."""


_ANYWHERE = Seat()


class TerminalAdapter:
    """Talks with the one person at the terminal."""

    def __init__(
        self,
        words: Words,
        *,
        question: str | None = None,
        seat: Seat = _ANYWHERE,
        out: TextIO | None = None,
        lines: AsyncIterator[str] | None = None,
    ) -> None:
        """Prepare; nothing is read or written before `run`.

        Args:
            words: What people may write behind a slash.
            question: Asked once; None prompts until the input ends.
            seat: Who sits there, and where their files go.
            out: Where answers go; standard output when None.
            lines: What the person types, without line ends; standard input when None.
        """
        self._words = words
        self._question = question
        self._language = seat.language
        self._out = out or sys.stdout
        self._lines = lines
        self._folder = seat.folder
        self._is_live = self._out.isatty()
        # Answers to an earlier run may still come; whoever asked is no longer there.
        self._run = secrets.token_hex(4)
        self._waits_for = ""
        self._answered = asyncio.Event()
        self._shown = ""
        self._is_writing = False
        self._buttons: tuple[Button, ...] = ()

    @property
    def name(self) -> str:
        """See `core.adapter.Adapter`."""
        return PLATFORM

    async def run(self, receive: Receive) -> None:
        """Ask, or talk until the input ends.

        Raises:
            StoreError: What was typed could not be kept.
        """
        if self._question is not None:
            await self._ask(self._question, 1, receive)
            return
        lines = self._lines if self._lines is not None else read_lines()
        self._write(_PROMPT if self._is_live else "")
        number = 0
        async for line in lines:
            if line.strip():
                number += 1
                await self._ask(line.strip(), number, receive)
            self._write(_PROMPT if self._is_live else "")
        self._write("\n" if self._is_live else "")

    async def act(self, action: Action) -> Done:
        """See `core.adapter.Adapter`."""
        return Done("unsupported")

    async def deliver(self, reply: Reply) -> None:
        """See `core.adapter.Adapter`."""
        if reply.reply_to != self._waits_for or self._answered.is_set():
            return
        if self._is_live:
            self._show(reply)
        if not reply.is_final:
            return
        if not self._is_live:
            self._write(render(reply.text))
        self._write("\n" + render_ending(reply))
        for file in reply.files:
            self._write(self._save(file))
        self._buttons = reply.buttons
        self._answered.set()

    def _save(self, file: File) -> str:
        """Return a file as it is shown: itself where it is short, else where it is kept."""
        if self._folder is None or len(file.content) <= _SHORT:
            return render_file(file)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / to_safe_name(file.name)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)  # it may hold what somebody said
        path.write_bytes(file.content)
        return f"↓ {path}\n"

    async def _ask(self, text: str, number: int, receive: Receive) -> None:
        event = to_event(
            text,
            id=f"{PLATFORM}:{self._run}:{number}",
            locale=self._language,
            buttons=self._buttons,
            now=datetime.now(UTC),
            words=self._words,
        )
        self._waits_for = event.id
        self._shown = ""
        self._answered.clear()
        await receive(event)
        await self._answered.wait()

    def _show(self, reply: Reply) -> None:
        """Bring the screen from the last snapshot to this one."""
        text = render(reply.text, is_growing=not reply.is_final)
        if self._is_writing and (text or reply.is_final):
            self._write(_ERASE_LINE)
            self._is_writing = False
        if text.startswith(self._shown):
            self._write(text[len(self._shown) :])
        elif text:
            # It was begun anew: what stands is left alone, the new text starts on its own line.
            self._write("\n" + text)
        if not text and not self._is_writing and not reply.is_final:
            self._write(_WRITING)
            self._is_writing = True
        self._shown = text

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()
