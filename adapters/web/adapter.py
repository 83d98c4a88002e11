"""The web as a platform: the page and its WebSocket, on a server that is handed in.

It is the one platform that keeps no messages for us: what fan and bot said is written to the
transcript first and shown then, and a page that was away gets the rest when it comes back. Where
several gateways serve pages, everything is shown as it comes back over the relay, on that one too
which wrote it: a page sees items in the order of the transcript or, cut off in between, could not
say what it has missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from adapters.http import Site
from adapters.web.files import add_files
from adapters.web.gate import Allowance
from adapters.web.inbound import PLATFORM, is_forget, to_event, to_locale, to_room
from adapters.web.outbound import to_bot
from adapters.web.page import Page
from adapters.web.protocol import (
    MAX_TEXT,
    Ack,
    Bot,
    Cleared,
    Fan,
    Hello,
    Item,
    Press,
    Refused,
    Say,
    Welcome,
    at,
    read_item,
    read_rows,
    to_body,
    to_frame,
)
from adapters.web.rooms import Room, Rooms, Socket
from adapters.web.snapshots import Snapshots
from adapters.web.talk import CrowdedError, Take, Talks
from core.adapter import Done, Receive
from core.arguments import Words
from core.errors import DeliveryError, StoreError
from core.message import Action, Reply

if TYPE_CHECKING:
    from core.language.strings import Strings
    from core.transcript import Passed, Transcript

_MAX_PAGES = 8
"""Open pages of one session."""


class WebAdapter:
    """Serves the page and speaks with everybody who has it open."""

    def __init__(  # noqa: PLR0913 - by name only; what it serves comes from many places
        self,
        *,
        site: Site,
        transcript: Transcript,
        strings: Strings,
        bot_name: str,
        languages: Sequence[str],
        greeting: Mapping[str, str],
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        """Add the page to a server; its socket stays closed before `run`.

        Args:
            site: Runs elsewhere.
            transcript: What pages show again after they were away.
            strings: Our own words.
            bot_name: Heads the page.
            languages: Tags that the bot offers; the first is the page's own without a better.
            greeting: By tag.
            may_speak: Whether answers may be written by this process at this moment.
        """
        self._transcript = transcript
        self._strings = strings
        self._words = Words(strings, languages)
        self._page = Page(strings, bot_name=bot_name, languages=languages, greeting=greeting)
        self._may_speak = may_speak
        self._rooms = Rooms()
        self._snapshots = Snapshots(transcript, strings)
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
            async with asyncio.TaskGroup() as group:
                if self._transcript.is_shared:
                    group.create_task(self._transcript.follow(self._show_passed, self._catch_up))
                    group.create_task(self._snapshots.run())
                await asyncio.Event().wait()
        finally:
            self._receive = None

    async def act(self, action: Action) -> Done:
        """See `core.adapter.Adapter`."""
        return Done("unsupported")

    async def deliver(self, reply: Reply) -> None:
        """See `core.adapter.Adapter`; whoever has no page open finds the answer later.

        Raises:
            StoreError: The transcript cannot be written; calling again is safe.
            DeliveryError: Another process speaks by now.
        """
        room = self._rooms[reply.conversation.channel]
        if not reply.is_final:
            self._snapshots.add(room, reply)
            return
        async with room.lock:
            # A repeat keeps its place, but not once its room was forgotten: a process that was
            # frozen must not write then what another has delivered long ago.
            if not self._may_speak():
                raise DeliveryError("another process may speak here by now")
            item = to_bot(reply, self._strings, now=datetime.now(UTC))
            await self._keep(room, item, clears=is_forget(reply.reply_to))
        self._snapshots.end(room, reply.id)

    async def _keep(self, room: Room, item: Item, *, clears: bool = False) -> None:
        """Write an item to the transcript, then show it; the room's lock is held."""
        added = await self._transcript.add(
            room.name, item.id, to_body(item), is_wanted=isinstance(item, Bot), clears=clears
        )
        if self._transcript.is_shared:
            return
        if clears and added.is_only:
            room.push(to_frame(Cleared()))
        room.push(to_frame(at(added.position, item)))

    async def _show_passed(self, passed: Passed) -> None:
        """Show what a gateway, perhaps this one, passed on."""
        room = self._rooms.find(passed.room)
        if room is None:
            return
        if not passed.position:
            self._snapshots.add_passed(room, passed.body)
            return
        try:
            item = read_item(passed.body)
        except msgspec.DecodeError:  # of another version
            return
        frames = [to_frame(Cleared())] if passed.clears else []
        async with room.lock:  # a page that is coming in reads the transcript first
            room.show(passed.position, *frames, to_frame(at(passed.position, item)))
            self._snapshots.end(room, item.id)

    async def _catch_up(self) -> None:
        """Show every page what came while this process could not hear of it."""
        for room in self._rooms:
            async with room.lock:
                for socket in tuple(room.sockets):
                    items = await self._read_missed(room, socket)
                    if items:
                        socket.push(to_frame(Welcome(items=items)))
                    for item in items:
                        self._snapshots.end(room, item.id)

    async def _read_missed(self, room: Room, socket: Socket) -> tuple[Item, ...]:
        """Read what a page has not seen, and count it as seen; the room's lock is held."""
        missed = await self._transcript.after(room.name, socket.position)
        if missed.is_afresh:
            socket.position = "0"
            socket.push(to_frame(Cleared()))
        for position, _ in missed.rows[-1:]:
            socket.position = position
        return read_rows(missed.rows)

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
                why = self._strings.text("limit.slow", language, seconds=60)
                return Refused(id=said.id, text=why, is_lasting=False)
            return await self._take(room, said, locale=locale, receive=receive)

        async with room.lock:
            socket.position = hello.after
            socket.push(to_frame(Welcome(items=await self._read_missed(room, socket))))
            self._snapshots.welcome(room, socket)
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
            why = self._strings.text("web.too_long", language, count=MAX_TEXT)
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
            # The page asks again by itself, so the fan need not.
            why = self._strings.text("web.offline", language)
            return Refused(id=said.id, text=why, is_lasting=False)
        return Ack(id=said.id)
