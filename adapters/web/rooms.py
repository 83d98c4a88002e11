"""Pages that are open at the moment, by the session they belong to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from weakref import WeakValueDictionary

from core.message import Reply

QUEUE = 256
"""Frames that wait for one page at most; a page that is slower is cut off and comes back."""


class Socket:
    """One open page. Nothing that is sent to it waits for it."""

    def __init__(self, abort: Callable[[], None]) -> None:
        self._abort = abort
        self._frames: asyncio.Queue[str] = asyncio.Queue(QUEUE)

    def push(self, frame: str, *, is_optional: bool = False) -> None:
        """Queue a frame; an optional one is skipped when the page is already behind."""
        if is_optional and self._frames.qsize() > QUEUE // 2:
            return
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._abort()

    async def next(self) -> str:
        """Wait for the next frame to write."""
        return await self._frames.get()


class Growing:
    """An answer on its way."""

    def __init__(self, newest: Reply) -> None:
        self.newest = newest
        self.pause: asyncio.TimerHandle | None = None
        """Runs out when the next snapshot may be shown."""


class Room:
    """All open pages of one session, and the answers that grow in them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sockets: set[Socket] = set()
        self.growing: dict[str, Growing] = {}
        self.lock = asyncio.Lock()
        """Held from writing the transcript to telling the pages: positions only go up."""

    def push(self, frame: str, *, is_optional: bool = False) -> None:
        """Queue a frame for every page."""
        for socket in self.sockets:
            socket.push(frame, is_optional=is_optional)


class Rooms:
    """Every room that somebody holds on to: a page, or a delivery."""

    def __init__(self) -> None:
        self._rooms: WeakValueDictionary[str, Room] = WeakValueDictionary()

    def __getitem__(self, name: str) -> Room:
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = Room(name)
        return room
