"""Discord's gateway on loopback: sessions, sequence numbers, resume, and its ways to fail."""

from __future__ import annotations

import asyncio
import itertools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

Json = dict[str, Any]
Snapshots = Callable[[], list[tuple[str, Json]]]

MESSAGE_CONTENT = 1 << 15  # intent; discord.com/developers/docs/events/gateway#list-of-intents


@dataclass
class Socket:
    """One WebSocket, compressed as a stream when the client asked for it."""

    ws: web.WebSocketResponse
    is_compressed: bool
    _stream: Any = field(default_factory=zlib.compressobj)

    async def send(self, frame: Json) -> None:
        data = msgspec.json.encode(frame)
        if self.is_compressed:
            packed = self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)
            await self.ws.send_bytes(packed)
        else:
            await self.ws.send_str(data.decode())


@dataclass
class Session:
    """What a RESUME comes back to."""

    id: str
    intents: int
    shard: tuple[int, int]
    """Its number, and how many there are."""

    sent: list[Json] = field(default_factory=list)
    socket: Socket | None = None

    def holds(self, name: str, data: Json) -> bool:
        """Say whether this session hears an event; discord.com/developers/docs/events/gateway."""
        number, count = self.shard
        guild = data.get("id" if name.startswith("GUILD_") else "guild_id")
        return number == (int(guild) >> 22) % count if guild is not None else number == 0

    async def dispatch(self, name: str, data: Json) -> None:
        frame = {"op": 0, "t": name, "s": len(self.sent) + 1, "d": data}
        self.sent.append(frame)
        if self.socket is not None:
            try:
                await self.socket.send(frame)
            except ConnectionError:
                self.socket = None


class FakeGateway:
    """Speaks gateway v10; everything that a test may turn is an attribute."""

    def __init__(self, *, token: str, greeting: Callable[[], list[tuple[str, Json]]]) -> None:
        self.sessions: dict[str, Session] = {}
        self.identifications: list[tuple[float, int]] = []
        """When, on the loop's clock, and which shard."""

        self.resumed = 0
        self.refused_resumes = 0
        self.connected = asyncio.Event()
        """Set while every shard can take events."""

        self.close_code = 0
        """Answers IDENTIFY by closing with this code, when not 0."""

        self.broken_hellos = 0
        """How many of the next connections begin with a HELLO that cannot be read."""

        self._token = token
        self._greeting = greeting
        self._numbers = itertools.count(1)
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def identified(self) -> int:
        return len(self.identifications)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/"

    async def start(self) -> None:
        """Listen, on the same port as before."""
        app = web.Application()
        app.router.add_get("/", self._talk)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Drop every connection and refuse new ones."""
        await self.hang_up()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def dispatch(self, name: str, data: Json) -> None:
        """Tell the sessions whose shard it is; those that are away hear it when they resume."""
        for session in self.sessions.values():
            if session.holds(name, data):
                await session.dispatch(name, data)

    async def hang_up(self) -> None:
        """Close every connection, as a restart of Discord's servers does."""
        for session in self.sessions.values():
            await self._drop(session)

    async def ask_to_reconnect(self) -> None:
        """Send op 7, as Discord does every few hours."""
        self.connected.clear()
        for session in self.sessions.values():
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.send({"op": 7, "d": None, "s": None, "t": None})

    async def forget(self) -> None:
        """Lose every session: none can be resumed, what is said meanwhile is told to nobody."""
        sockets = [s.socket for s in self.sessions.values() if s.socket is not None]
        self.sessions.clear()
        self.connected.clear()
        for socket in sockets:
            await socket.ws.close(code=1001)

    async def _drop(self, session: Session) -> None:
        self.connected.clear()
        socket, session.socket = session.socket, None
        if socket is not None:
            await socket.ws.close(code=1001)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, request.query.get("compress") == "zlib-stream")
        hello = {} if self.broken_hellos else {"heartbeat_interval": 41250}
        self.broken_hellos = max(0, self.broken_hellos - 1)
        await socket.send({"op": 10, "d": hello, "s": None, "t": None})
        async for message in ws:
            if message.type == WSMsgType.TEXT:
                await self._take(socket, msgspec.json.decode(message.data))
        for session in self.sessions.values():
            if session.socket is socket:
                session.socket = None
                self.connected.clear()
        return ws

    async def _take(self, socket: Socket, frame: Json) -> None:
        match frame["op"]:
            case 1:
                await socket.send({"op": 11, "d": None, "s": None, "t": None})
            case 2:
                await self._identify(socket, frame["d"])
            case 6:
                await self._resume(socket, frame["d"])
            case _:
                pass

    async def _identify(self, socket: Socket, data: Json) -> None:
        if data["token"] != self._token or self.close_code:
            await socket.ws.close(code=self.close_code or 4004)
            return
        number, count = data.get("shard", (0, 1))
        self.identifications.append((asyncio.get_running_loop().time(), number))
        session = Session(f"session{next(self._numbers)}", data["intents"], (number, count))
        session.socket = socket
        others = [s for s in self.sessions.values() if s.shard != session.shard]
        self.sessions = {s.id: s for s in [*others, session] if s.shard[1] == count}
        (_, ready), *news = self._greeting()
        known = [guild for guild in ready["guilds"] if session.holds("GUILD_CREATE", guild)]
        ready |= {"session_id": session.id, "resume_gateway_url": self.url, "guilds": known}
        await session.dispatch("READY", ready | {"shard": [number, count]})
        for name, event in news:
            if session.holds(name, event):
                await session.dispatch(name, event)
        self._look()

    def _look(self) -> None:
        """See whether every shard is connected."""
        alive = [s for s in self.sessions.values() if s.socket is not None]
        if alive and len(alive) == alive[0].shard[1]:
            self.connected.set()

    async def _resume(self, socket: Socket, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None:
            self.refused_resumes += 1
            await socket.send({"op": 9, "d": False, "s": None, "t": None})
            return
        self.resumed += 1
        missed = session.sent[data["seq"] :]
        for frame in missed:
            await socket.send(frame)
        session.socket = socket
        await session.dispatch("RESUMED", {"_trace": []})
        self._look()
