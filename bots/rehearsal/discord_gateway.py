"""Discord's gateway on loopback: sessions that can be resumed, shards, compression."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from bots.rehearsal import discord_world as world

Json = dict[str, Any]

# Opcodes; discord.com/developers/docs/topics/opcodes-and-status-codes, read 2026-11-25.
_HEARTBEAT, _IDENTIFY, _RESUME, _INVALID, _HELLO, _ACK = 1, 2, 6, 9, 10, 11
_BAD_TOKEN = 4004


class _Session:
    """What one IDENTIFY began: all its events, sent or not."""

    def __init__(self, shard: tuple[int, int]) -> None:
        self.id = secrets.token_hex(8)
        self.shard = shard
        self.events: list[tuple[str, Json]] = []
        self.changed = asyncio.Event()

    def add(self, name: str, data: Json) -> None:
        self.events.append((name, data))
        self.changed.set()


class _Socket:
    """One connection, compressed as a stream when it was asked for."""

    def __init__(self, ws: web.WebSocketResponse, *, is_compressed: bool) -> None:
        self._ws = ws
        self._stream = zlib.compressobj() if is_compressed else None

    async def send(self, op: int, data: object, *, name: str = "", number: int = 0) -> None:
        frame = {"op": op, "d": data, "s": number or None, "t": name or None}
        encoded = msgspec.json.encode(frame)
        if self._stream is None:
            await self._ws.send_str(encoded.decode())
        else:
            packed = self._stream.compress(encoded) + self._stream.flush(zlib.Z_SYNC_FLUSH)
            await self._ws.send_bytes(packed)

    async def close(self, code: int) -> None:
        await self._ws.close(code=code)


class Gateway:
    """Tells sessions what happens in their shard."""

    def __init__(self, token: str, guilds: Sequence[str]) -> None:
        self._token = token
        self._guilds = guilds
        self._sessions: dict[str, _Session] = {}
        self.url = ""
        self.is_ready = asyncio.Event()
        """Set once a bot has identified itself."""

    def dispatch(self, name: str, data: Json) -> None:
        """Tell every session of the shard that it concerns; who is away hears it on resuming."""
        for session in self._sessions.values():
            if self._is_for(session, str(data.get("guild_id", ""))):
                session.add(name, data)

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one connection."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = _Socket(ws, is_compressed=request.query.get("compress") == "zlib-stream")
        await socket.send(_HELLO, {"heartbeat_interval": 41250})
        pump: asyncio.Task[None] | None = None
        try:
            async for message in ws:
                if message.type != WSMsgType.TEXT:
                    continue
                frame: Json = msgspec.json.decode(message.data)
                if frame["op"] == _HEARTBEAT:
                    await socket.send(_ACK, None)
                elif frame["op"] in (_IDENTIFY, _RESUME) and pump is None:
                    begun = await self._begin(socket, frame)
                    pump = asyncio.create_task(_pump(socket, *begun)) if begun else None
        finally:
            if pump is not None:
                pump.cancel()
        return ws

    async def _begin(self, socket: _Socket, frame: Json) -> tuple[_Session, int] | None:
        """Return a session and how much of it is known to the other side."""
        data: Json = frame["d"]
        if data["token"] != self._token:
            await socket.close(_BAD_TOKEN)
            return None
        if frame["op"] == _IDENTIFY:
            return self._identify(data), 0
        session = self._sessions.get(data["session_id"])
        if session is None or data["seq"] > len(session.events):
            await socket.send(_INVALID, False)
            return None
        session.add("RESUMED", {"_trace": []})
        return session, data["seq"]

    def _identify(self, data: Json) -> _Session:
        number, count = data.get("shard") or (0, 1)
        session = _Session((number, count))
        self._sessions[session.id] = session
        guilds = [guild for guild in self._guilds if self._is_for(session, guild)]
        ready: Json = {
            "v": 10,
            "user": world.user(-1),
            "guilds": [{"id": guild, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [number, count],
            "application": {"id": str(world.APPLICATION), "flags": 0},
        }
        session.add("READY", ready)
        for guild in guilds:
            session.add("GUILD_CREATE", world.guild(guild))
        self.is_ready.set()
        return session

    @staticmethod
    def _is_for(session: _Session, guild: str) -> bool:
        """Direct messages go to shard 0; discord.com/developers/docs/events/gateway#sharding."""
        number, count = session.shard
        return (int(guild) >> 22) % count == number if guild else number == 0


async def _pump(socket: _Socket, session: _Session, known: int) -> None:
    """Send what a session does not know yet, for as long as the connection holds."""
    with contextlib.suppress(ConnectionError):
        while True:
            session.changed.clear()
            while known < len(session.events):
                name, data = session.events[known]
                known += 1
                await socket.send(0, data, name=name, number=known)
            await session.changed.wait()
