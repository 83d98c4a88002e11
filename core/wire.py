"""Commands on their way to Redis and back: one connection that all share, and what may go wrong.

Commands go out as they come and answers come back in the same order, so a caller who gives up
leaves no answer behind for the next one, nobody waits for a free connection, and what is asked
at the same time travels together. What waits inside Redis (BLOCK) has connections of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as AwayError

from core.errors import StoreError, StoreFullError
from core.route import Connection, Route

_BLOCKED = 32
"""Connections that wait inside Redis; a worker has one, each platform up to two."""

_PAUSES = (0.02, 0.15)
"""Seconds before a command is sent again whose connection broke: all of ours may be repeated."""

_NOT_HERE = (MovedError, ReadOnlyError, ClusterDownError)
"""What a server says that does not take our writes (any more)."""

_AGAIN = (AwayError, OSError, AskError, TryAgainError, *_NOT_HERE)
"""What may be over in a moment; a slot on its way to another server (ASK) takes longer."""

Value: TypeAlias = str | bytes | int | float


class MissingGroupError(StoreError):
    """The consumer group is not there yet, or a flush took it away."""


class UnknownScriptError(StoreError):
    """This server has not seen the script yet."""


class Wire:
    """Carries commands to whoever takes our writes, by as few connections as possible."""

    def __init__(self, route: Route, *, patience: float) -> None:
        """`patience`: seconds that Redis may take to answer before it counts as away."""
        self._route = route
        self._patience = patience
        self._opening = asyncio.Lock()
        self._shared: _Line | None = None
        self._resting: list[_Line] = []
        self._lines: set[_Line] = set()
        self._seats = asyncio.Semaphore(_BLOCKED)

    async def ask(self, *command: Value) -> Any:  # noqa: ANN401 - each command has its own answer
        """Send a command and return its answer as RESP 2 has it.

        Raises:
            StoreFullError: Redis is out of memory.
            MissingGroupError: It is about a consumer group that is not there.
            UnknownScriptError: It is about a script that is not there.
            StoreError: Redis is away, or refuses.
        """
        line = None
        try:
            async with asyncio.timeout(self._patience):
                for pause in _PAUSES:
                    try:
                        line = await self._share()
                        return await line.ask(*command)
                    except _AGAIN:
                        await asyncio.sleep(pause)
                line = await self._share()
                return await line.ask(*command)
        except TimeoutError as error:
            # Answers come in order: where none came for long, nobody gets one any more. Where they
            # do come there is just much to do, and asking all of it again would make it more.
            if line is not None and line.silence > self._patience / 2:
                line.close()
            raise _silent(self._patience) from error
        except (RedisError, OSError) as error:
            raise _to_error(error) from error

    async def wait(self, *command: Value, seconds: float) -> Any:  # noqa: ANN401 - as above
        """Send a command that waits inside Redis for at most so many seconds.

        Raises:
            MissingGroupError: It is about a consumer group that is not there.
            StoreError: Redis is away, or refuses.
        """
        line = None
        try:
            async with asyncio.timeout(seconds + self._patience), self._seats:
                line = self._rested() or await self._open()
                return await line.ask(*command)
        except TimeoutError as error:
            raise _silent(seconds + self._patience) from error
        except (RedisError, OSError) as error:
            raise _to_error(error) from error
        finally:
            if line is not None:
                if line.is_idle:
                    self._resting.append(line)
                else:
                    line.close()

    async def close(self) -> None:
        """Close every connection."""
        listeners = [line.close() for line in self._lines]
        if listeners:
            await asyncio.wait(listeners)

    async def _share(self) -> _Line:
        if self._shared is not None and self._shared.is_open:
            return self._shared
        async with self._opening:
            if self._shared is None or not self._shared.is_open:
                self._shared = await self._open()
            return self._shared

    def _rested(self) -> _Line | None:
        while self._resting:
            line = self._resting.pop()
            if line.is_open:
                return line
        return None

    async def _open(self) -> _Line:
        line = _Line(await self._route.open(), self._lines)
        self._lines.add(line)
        return line


class _Line:
    """One connection; may be used by many at once."""

    def __init__(self, connection: Connection, lines: set[_Line]) -> None:
        self._connection = connection
        self._lines = lines
        # redis-py's own way to write waits, and gives the connection up when that is cancelled.
        self._writer: asyncio.StreamWriter = connection._writer
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._going: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._listener = asyncio.create_task(self._listen())
        self.is_open = True

    @property
    def is_idle(self) -> bool:
        """Return whether it may be used, and nobody waits for an answer."""
        return self.is_open and not self._waiting

    @property
    def silence(self) -> float:
        """Return for how many seconds no answer came."""
        return self._loop.time() - self._heard_at

    def close(self) -> asyncio.Task[None]:
        """Close it; who waits gets an error. Returns the task that is done when it is closed."""
        self.is_open = False
        self._listener.cancel()
        return self._listener

    async def ask(self, *command: Value) -> Any:  # noqa: ANN401 - as above
        answer = self._loop.create_future()
        if not self._going:
            self._loop.call_soon(self._send)
        self._going.append(_pack(command))
        self._waiting.append(answer)
        value = await answer
        if isinstance(value, Exception):
            if isinstance(value, _NOT_HERE):
                self.close()
            raise value
        return value

    def _send(self) -> None:
        """Send what came since the loop last turned."""
        if self.is_open:
            self._writer.writelines(self._going)
        self._going = []

    async def _listen(self) -> None:
        """Hand every answer to who waits for it, until the connection ends."""
        reason: Exception = AwayError("the connection was closed")
        try:
            while True:
                try:
                    value = await self._connection.read_response()
                except ResponseError as error:
                    value = error
                self._heard_at = self._loop.time()
                self._answer(value)
        except (RedisError, OSError) as error:
            reason = error
        finally:
            self.is_open = False
            self._lines.discard(self)
            # Not closed but cut off: closing waits until all is sent, and a hanging server hangs.
            self._writer.transport.abort()
            while self._waiting:
                self._answer(AwayError(str(reason)))  # one each: raising adds to a traceback
            with contextlib.suppress(RedisError, OSError):
                await self._connection.disconnect(nowait=True)

    def _answer(self, value: object) -> None:
        answer = self._waiting.popleft()
        if not answer.done():  # else its caller gave up
            answer.set_result(value)


def _pack(command: Sequence[Value]) -> bytes:
    """Write a command as RESP has it; redis-py's own way costs more than all the rest together."""
    parts = [b"*%d\r\n" % len(command)]
    for value in command:
        data = value if isinstance(value, bytes) else str(value).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def _silent(seconds: float) -> StoreError:
    return StoreError(f"Redis did not answer within {seconds:g} s.")


def _to_error(error: RedisError | OSError) -> StoreError:
    """Translate what redis-py raises."""
    text = f"{getattr(error, 'status_code', None) or ''} {error}".strip()
    match error:
        case OutOfMemoryError():
            return StoreFullError("Redis is out of memory; raise maxmemory.")
        case NoScriptError():
            return UnknownScriptError(text)
        case MovedError():
            return StoreError(
                f"Redis refuses: {text}; the address of a cluster is redis+cluster://"
            )
        case ResponseError() if "NOGROUP" in text:
            return MissingGroupError(text)
        case ResponseError():
            return StoreError(f"Redis refuses: {text}")
        case _:
            return StoreError(f"Redis is away: {error}")
