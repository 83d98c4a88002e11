"""The web as a platform: the page and its WebSocket, on a server that is handed in.

It is the one platform that keeps no messages for us: what fan and bot said is written to the
transcript first and shown then, and a page that was away gets the rest when it comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.http import Site
from adapters.web.files import add_files
from adapters.web.gate import Allowance
from adapters.web.inbound import PLATFORM, is_forget, to_event, to_locale, to_room, to_words
from adapters.web.outbound import to_bot, to_growing
from adapters.web.page import Page
from adapters.web.protocol import (
    MAX_TEXT,
    Ack,
    Cleared,
    Fan,
    Hello,
    Item,
    Press,
    Refused,
    Say,
    Welcome,
    at,
    read_rows,
    to_body,
    to_frame,
)
from adapters.web.rooms import Growing, Room, Rooms, Socket
from adapters.web.talk import CrowdedError, Take, Talks
from core.adapter import Receive
from core.errors import StoreError
from core.message import Reply

if TYPE_CHECKING:
    from core.language.strings import Strings
    from core.transcript import Transcript

INTERVAL = 0.1
"""Seconds between two snapshots of an answer: as fluent as the eye asks for."""

_MAX_PAGES = 8
"""Open pages of one session."""


class WebAdapter:
    """Serves the page and speaks with everybody who has it open."""

    def __init__(
        self,
        *,
        site: Site,
        transcript: Transcript,
        strings: Strings,
        bot_name: str,
        languages: Sequence[str],
        greeting: Mapping[str, str],
    ) -> None:
        """Add the page to a server; its socket stays closed before `run`.

        Args:
            site: Runs elsewhere.
            transcript: What pages show again after they were away.
            strings: Our own words.
            bot_name: Heads the page.
            languages: Tags that the bot offers; the first is the page's own without a better.
            greeting: By tag.
        """
        self._transcript = transcript
        self._strings = strings
        self._words = to_words(strings)
        self._page = Page(strings, bot_name=bot_name, languages=languages, greeting=greeting)
        self._rooms = Rooms()
        self._allowance = Allowance()
        self._receive: Receive | None = None
        talks = Talks(self._attend)
        add_files(site, self._page)
        site.add("GET", "/ws", talks.talk)
        site.on_close(talks.close)

    @property
    def name(self) -> str:
        """See `core.adapter.Adapter`."""
        return PLATFORM

    async def run(self, receive: Receive) -> None:
        """See `core.adapter.Adapter`."""
        self._receive = receive
        try:
            await asyncio.Event().wait()
        finally:
            self._receive = None

    async def deliver(self, reply: Reply) -> None:
        """See `core.adapter.Adapter`; whoever has no page open finds the answer later.

        Raises:
            StoreError: The transcript cannot be written; calling again is safe.
        """
        room = self._rooms[reply.conversation.channel]
        if reply.is_final:
            await self._finish(room, reply)
        elif room.sockets:
            self._grow(room, reply)

    async def _finish(self, room: Room, reply: Reply) -> None:
        item = to_bot(reply, self._strings, now=datetime.now(UTC))
        async with room.lock:
            if is_forget(reply.reply_to):
                await self._forget(room, reply.id)
            await self._keep(room, item)
            growing = room.growing.pop(reply.id, None)
        if growing is not None and growing.pause is not None:
            growing.pause.cancel()

    async def _forget(self, room: Room, reply_id: str) -> None:
        """Empty the transcript, unless this is the same reply again after a crash."""
        items = read_rows(await self._transcript.after(room.name))
        if all(item.id != reply_id for item in items):
            await self._transcript.clear(room.name)
            room.push(to_frame(Cleared()))

    async def _keep(self, room: Room, item: Item) -> None:
        """Write an item to the transcript, then show it; the room's lock is held."""
        position = await self._transcript.add(room.name, item.id, to_body(item))
        room.push(to_frame(at(position, item)))

    def _grow(self, room: Room, reply: Reply) -> None:
        growing = room.growing.setdefault(reply.id, Growing(reply))
        if reply.epoch < growing.newest.epoch:
            return
        growing.newest = reply
        if growing.pause is None:
            self._show_snapshot(room, growing)

    def _show_snapshot(self, room: Room, growing: Growing) -> None:
        shown = growing.newest
        room.push(to_frame(to_growing(shown, self._strings)), is_optional=True)

        def go_on() -> None:
            growing.pause = None
            if growing.newest is not shown:
                self._show_snapshot(room, growing)

        growing.pause = asyncio.get_running_loop().call_later(INTERVAL, go_on)

    @contextlib.asynccontextmanager
    async def _attend(self, hello: Hello, socket: Socket, sender: str) -> AsyncGenerator[Take]:
        """Let a page in: it gets what it has not seen, and from then on everything."""
        room = self._rooms[to_room(hello.session)]
        receive = self._receive
        if receive is None or len(room.sockets) >= _MAX_PAGES:
            raise CrowdedError
        locale = to_locale(hello)

        async def take(said: Say | Press) -> Ack | Refused:
            # Before anything is kept: sessions cost nothing, so no limit on them holds.
            if not self._allowance.spend(sender):
                language = self._page.choose_language(locale, None)
                why = self._strings.text("limit.slow", language, seconds="60")
                return Refused(id=said.id, text=why, is_lasting=False)
            return await self._take(room, said, locale=locale, receive=receive)

        async with room.lock:
            missed = read_rows(await self._transcript.after(room.name, hello.after))
            socket.push(to_frame(Welcome(items=missed)))
            for growing in room.growing.values():
                socket.push(to_frame(to_growing(growing.newest, self._strings)))
            room.sockets.add(socket)
        try:
            yield take
        finally:
            room.sockets.discard(socket)

    async def _take(
        self, room: Room, said: Say | Press, *, locale: str | None, receive: Receive
    ) -> Ack | Refused:
        """Keep what a page sent and hand it over; the page is told only then."""
        language = self._page.choose_language(locale, None)
        if isinstance(said, Say) and not 0 < len(said.text) <= MAX_TEXT:
            why = self._strings.text("web.too_long", language, count=str(MAX_TEXT))
            return Refused(id=said.id, text=why, is_lasting=True)
        now = datetime.now(UTC)
        event = to_event(said, room=room.name, locale=locale, words=self._words, now=now)
        try:
            if isinstance(said, Say):
                # Before it is handed over: the answer must not stand above the question.
                async with room.lock:
                    await self._keep(room, Fan(id=said.id, text=said.text, sent_at=now))
            await receive(event)
        except StoreError:
            why = self._strings.text("error.sorry", language)
            return Refused(id=said.id, text=why, is_lasting=False)
        return Ack(id=said.id)
