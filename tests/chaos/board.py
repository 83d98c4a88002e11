"""A platform that outlives every fault: a notice board on a Unix socket in the test's process.

Losses, doubles and order are counted here, never inside tifo.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import msgspec

from core.errors import DeliveryError, UndeliverableError
from core.message import Conversation, Reply

END = "."
"""What a whole answer ends with."""


class Call(msgspec.Struct, frozen=True):
    """What a process asks of the board."""

    verb: str
    pid: int
    conversation: str = ""
    reply: str = ""
    text: str = ""
    message: str = ""


class Result(msgspec.Struct, frozen=True):
    """What the board says."""

    message: str = ""
    think: float = 0.0


class Post(msgspec.Struct):
    """A message that stands."""

    conversation: str
    reply: str
    text: str
    at: float

    @property
    def numbers(self) -> list[int]:
        return [int(word) for word in self.text.split() if word.isdigit()]


class Begun(msgspec.Struct, frozen=True):
    """A turn that a worker took up."""

    at: float
    pid: int
    conversation: str


class Board:
    """Keeps what stands in the order of posting, and tells workers how long to think."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.posts: dict[str, Post] = {}
        self.begun: list[Begun] = []
        self.ready: set[int] = set()
        self.sends = 0
        self.edits = 0
        self.delay = 0.004  # seconds between a message standing and the answer, at most
        self.think: Callable[[str], float] = lambda conversation: 0.0

    async def _answer(self, call: Call) -> Result:
        match call.verb:
            case "ready":
                self.ready.add(call.pid)
            case "begin":
                self.begun.append(Begun(time.monotonic(), call.pid, call.conversation))
                return Result(think=self.think(call.conversation))
            case "send":
                self.sends += 1
                message = str(self.sends)
                post = Post(call.conversation, call.reply, call.text, time.monotonic())
                self.posts[message] = post
                await asyncio.sleep(self._chance.uniform(0, self.delay))
                return Result(message=message)
            case "edit":
                self.edits += 1
                if call.message not in self.posts:
                    return Result()
                self.posts[call.message].text = call.text
                self.posts[call.message].at = time.monotonic()
                await asyncio.sleep(self._chance.uniform(0, self.delay))
            case _:
                self.posts.pop(call.message, None)
        return Result(message=call.message)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            call = msgspec.json.decode(await reader.readuntil(), type=Call)
            writer.write(msgspec.json.encode(await self._answer(call)) + b"\n")
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def serving(self, path: Path) -> AsyncGenerator[None]:
        server = await asyncio.start_unix_server(self._serve, path, backlog=1000)
        try:
            yield
        finally:
            server.close()


class Wire:
    """Speaks `adapters.delivery.Wire` with the board; also carries what workers say to it."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def call(self, verb: str, **fields: str) -> Result:
        """Ask.

        Raises:
            DeliveryError: The board is away.
        """
        call = Call(verb, os.getpid(), **fields)
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
            writer.write(msgspec.json.encode(call) + b"\n")
            answer = await reader.readline()
            writer.close()
        except OSError as error:
            raise DeliveryError(f"the board is away: {error}") from error
        return msgspec.json.decode(answer, type=Result)

    def render(self, reply: Reply) -> Sequence[str]:
        return [reply.text]

    def interval(self, conversation: Conversation) -> float:
        return 0.1

    async def send(self, reply: Reply, part: str, index: int) -> str:
        place = reply.conversation.channel
        return (await self.call("send", conversation=place, reply=reply.id, text=part)).message

    async def edit(self, reply: Reply, part: str, index: int, message: str) -> None:
        if not (await self.call("edit", message=message, text=part)).message:
            raise UndeliverableError("gone")

    async def remove(self, reply: Reply, message: str) -> None:
        await self.call("remove", message=message)

    async def show_typing(self, reply: Reply) -> None:
        pass
