"""Answers as they grow: shown to the pages that are here, passed on where none is."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import msgspec

from adapters.web.outbound import to_growing
from adapters.web.protocol import to_frame
from adapters.web.rooms import Growing, Room, Socket
from core.errors import StoreError
from core.message import Reply
from core.transcript import Transcript

if TYPE_CHECKING:
    from core.language.strings import Strings

INTERVAL = 0.1
"""Seconds between two snapshots of an answer: as fluent as the eye asks for."""

_LONGER = 0.0001
"""Seconds more for each character: a long text is rendered anew each time, here and there."""

PASSING = 0.2
"""Seconds more between two that are passed on: each costs every gateway a read."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reply).decode


class Snapshots:
    """Shows the newest of each answer at its pace; any of them may be dropped."""

    def __init__(self, transcript: Transcript, strings: Strings) -> None:
        self._transcript = transcript
        self._strings = strings
        self._waiting: dict[str, Reply] = {}
        """By reply, what is to be passed on."""

        self._has_waiting = asyncio.Event()

    async def run(self) -> None:
        """Pass on what pages elsewhere may wait for, until cancelled."""
        while True:
            self._has_waiting.clear()
            while self._waiting:
                reply = self._waiting.pop(next(iter(self._waiting)))
                with contextlib.suppress(StoreError):
                    await self._transcript.pass_on(reply.conversation.channel, _encode(reply))
            await self._has_waiting.wait()

    def add(self, room: Room, reply: Reply) -> None:
        """Take a snapshot that came to this process."""
        if room.sockets or self._transcript.is_shared:
            self._add(room, reply, is_ours=True)

    def add_passed(self, room: Room, body: bytes) -> None:
        """Take a snapshot that another gateway passed on."""
        with contextlib.suppress(msgspec.DecodeError):  # of another version
            self._add(room, _decode(body), is_ours=False)

    def end(self, room: Room, reply_id: str) -> None:
        """Show nothing more of an answer: it stands whole, or will not come."""
        room.ended.append(reply_id)
        self._waiting.pop(reply_id, None)
        growing = room.growing.pop(reply_id, None)
        if growing is not None and growing.pause is not None:
            growing.pause.cancel()

    def welcome(self, room: Room, socket: Socket) -> None:
        """Show a page that has come in what is growing."""
        for growing in room.growing.values():
            socket.push(to_frame(to_growing(growing.newest, self._strings)))

    def _add(self, room: Room, reply: Reply, *, is_ours: bool) -> None:
        if reply.id in room.ended:
            return
        growing = room.growing.setdefault(reply.id, Growing(reply, is_ours=is_ours))
        if reply.epoch < growing.newest.epoch:
            return
        growing.newest = reply
        if growing.pause is None:
            self._show(room, growing)

    def _show(self, room: Room, growing: Growing) -> None:
        shown = growing.newest
        pause = INTERVAL + len(shown.text) * _LONGER
        if room.sockets:
            room.push(to_frame(to_growing(shown, self._strings)), is_optional=True)
        elif growing.is_ours and self._transcript.is_shared:
            # Whose pages are all elsewhere; whoever has pages in two places waits in one.
            pause += PASSING
            self._waiting[shown.id] = shown
            self._has_waiting.set()

        def go_on() -> None:
            growing.pause = None
            if growing.newest is not shown:
                self._show(room, growing)

        growing.pause = asyncio.get_running_loop().call_later(pause, go_on)
