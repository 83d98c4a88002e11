"""Pages that are open at the moment, by the session they belong to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from weakref import WeakValueDictionary

from core.message import Reply
from core.transcript import to_place

QUEUE = 256
"""Frames that wait for one page at most; a page that is slower is cut off and comes back."""

_ENDED = 32
"""Answers of a room whose end is remembered, against snapshots that come late."""


class Socket:
    """One open page. Nothing that is sent to it waits for it."""

    def __init__(self, abort: Callable[[], None], position: str = "0") -> None:
        """`position`: up to where the page has seen the transcript."""
        self.position = position
        self.abort = abort
        self._frames: asyncio.Queue[str] = asyncio.Queue(QUEUE)

    def push(self, frame: str, *, is_optional: bool = False) -> None:
        """Queue a frame; an optional one is skipped when the page is already behind."""
        if is_optional and self._frames.qsize() > QUEUE // 2:
            return
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.abort()

    async def next(self) -> str:
        """Wait for the next frame to write; `done` says that it is written."""
        return await self._frames.get()

    def done(self) -> None:
        """Count a frame as written."""
        self._frames.task_done()

    async def wait(self) -> None:
        """Wait until everything that is queued is written."""
        await self._frames.join()


class Growing:
    """An answer on its way."""

    def __init__(self, newest: Reply, *, is_ours: bool) -> None:
        """`is_ours`: it came to this process first, and others hear of it from here."""
        self.newest = newest
        self.is_ours = is_ours
        self.pause: asyncio.TimerHandle | None = None
        """Runs out when the next snapshot may be shown."""


class Room:
    """All open pages of one session, and the answers that grow in them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sockets: set[Socket] = set()
        self.growing: dict[str, Growing] = {}
        self.ended: deque[str] = deque(maxlen=_ENDED)
        self.lock = asyncio.Lock()
        """Held from reading or writing the transcript to telling the pages."""

    def push(self, frame: str, *, is_optional: bool = False) -> None:
        """Queue a frame for every page."""
        for socket in self.sockets:
            socket.push(frame, is_optional=is_optional)

    def show(self, position: str, *frames: str) -> None:
        """Queue what stands at a position for every page that has not seen it."""
        place = to_place(position)
        for socket in self.sockets:
            if to_place(socket.position) < place:
                socket.position = position
                for frame in frames:
                    socket.push(frame)


class Rooms:
    """Every room that somebody holds on to: a page, or a delivery."""

    def __init__(self) -> None:
        self._rooms: WeakValueDictionary[str, Room] = WeakValueDictionary()

    def __getitem__(self, name: str) -> Room:
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name)
        return room

    def __iter__(self) -> Iterator[Room]:
        return iter([room for room in self._rooms.values() if room.sockets])

    def find(self, name: str) -> Room | None:
        """Return a room that somebody is in."""
        room = self._rooms.get(name)
        return room if room is not None and room.sockets else None
