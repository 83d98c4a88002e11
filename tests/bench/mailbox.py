"""What the way through Redis carries: push, claim and commit, and two workers that do nothing.

    python -m tests.bench.mailbox

Messages a second, one in each dialogue and many waiting in each, and the CPU that each costs, which
says on a busy machine what an idle one would carry; what it adds to the time of an answer at 100
messages a second, from the push until the reply is read from the outbox; and what a second worker
brings where the worker is the limit. The yardstick in the same run is a bare round trip.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec
import psutil

from core.conversation import Memory, to_bytes
from core.inbox import Inbox
from core.mailbox import Commit
from core.message import Reply
from core.store import Store, key
from core.worker import Turn, Worker
from tests.fakes.redis import RedisServer, redis_server
from tests.samples import direct, fan, message

MESSAGES = 8000
DIALOGUES, WAITING = 500, 8
RATE, SECONDS = 100, 8
LABOUR = 0.004
"""Seconds of CPU that a turn costs where the worker is the limit."""

_decode = msgspec.msgpack.Decoder(Reply).decode


async def main() -> None:
    """Measure and print everything."""
    reader = "hiredis" if importlib.util.find_spec("hiredis") else "redis-py's own parser"
    print(f"answers are read by {reader}")
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        async with redis_server(Path(folder)) as redis:
            store = Store(redis.url)
            await _ping(store)
            await _carry(store, redis, dialogues=MESSAGES, waiting=1)
            await _carry(store, redis, dialogues=DIALOGUES, waiting=WAITING)
            await _delay(store, redis)
            one = await _labour(store, redis, workers=1)
            two = await _labour(store, redis, workers=2)
            print(
                f"turns of {LABOUR * 1000:.0f} ms CPU: 1 worker {one:.0f}/s, "
                f"2 workers {two:.0f}/s ({two / one:.2f} x)"
            )
            await store.close()


async def _ping(store: Store) -> None:
    waits: list[float] = []
    for _ in range(1000):
        started = time.perf_counter()
        await store.ping()
        waits.append(time.perf_counter() - started)
    print(f"bare round trip: {_ms(waits, 50)} ms, p99 {_ms(waits, 99)}")


async def _carry(store: Store, redis: RedisServer, *, dialogues: int, waiting: int) -> None:
    count = dialogues * waiting
    async with _workers(redis, 2) as workers:
        pushing = await _push(store, dialogues, waiting)
        before, started = _cpu(redis, workers), time.perf_counter()
        _go(workers)
        await _until_empty(redis)
        draining, after = time.perf_counter() - started, _cpu(redis, workers)
        started = time.perf_counter()
        await _push(store, dialogues, waiting)
        await _until_empty(redis)
        at_once, end = time.perf_counter() - started, _cpu(redis, workers)
    await redis.inspector.flushall()
    print(
        f"{dialogues} dialogues x {waiting}: push {count / pushing:.0f}/s; claim and commit "
        f"{count / draining:.0f}/s by 2 workers; all three at once {count / at_once:.0f}/s"
    )
    for what, first, last in (("claim and commit", before, after), ("all three", after, end)):
        pushed, worked, served = (
            1_000_000 * (b - a) / count for a, b in zip(first, last, strict=True)
        )
        capacity = 2_000_000 / (pushed + worked + served)
        print(
            f"    {what}: CPU in us a message: who pushes {pushed:.0f}, workers {worked:.0f}, "
            f"Redis {served:.0f}; so 2 idle cores carry {capacity:.0f}/s"
        )


def _cpu(
    redis: RedisServer, workers: Sequence[asyncio.subprocess.Process]
) -> tuple[float, float, float]:
    """Return the CPU seconds of this process, of the workers and of Redis."""

    def spent(pid: int) -> float:
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system

    return spent(os.getpid()), sum(spent(worker.pid) for worker in workers), spent(redis.pid)


async def _push(store: Store, dialogues: int, waiting: int) -> float:
    """Put messages into every dialogue, 100 at a time; return the seconds."""
    inbox = Inbox(store, limit=1_000_000)
    events = [
        message("When do the gates open?", id=f"web:{time.time_ns()}:{d}:{n}",
                place=direct(str(d)), user=fan(str(d)))
        for n in range(waiting) for d in range(dialogues)
    ]  # fmt: skip
    rest = iter(events)

    async def some() -> None:
        for event in rest:
            await inbox.receive(event)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(some())
    return time.perf_counter() - started


async def _delay(store: Store, redis: RedisServer) -> None:
    inbox = Inbox(store, limit=1_000_000)
    sent: dict[str, float] = {}
    waits: list[float] = []

    async def read() -> None:
        position = "0"
        while True:
            for entry in await store.read(key("outbox", "web"), after=position, wait=1.0):
                position = entry.id
                waits.append(time.perf_counter() - sent[_decode(entry.fields[b"r"]).id])

    async with _workers(redis, 2, "answer") as workers:
        _go(workers)
        await asyncio.sleep(1.0)
        reading = asyncio.create_task(read())
        for number in range(RATE * SECONDS):
            event = message("?", id=f"web:{number}", place=direct(str(number)), user=fan("a"))
            sent[event.id] = time.perf_counter()
            await inbox.receive(event)
            await asyncio.sleep(max(0.0, 1 / RATE - (time.perf_counter() - sent[event.id])))
        await asyncio.sleep(1.0)
        reading.cancel()
        await asyncio.wait([reading])
    await redis.inspector.flushall()
    print(
        f"added at {RATE} messages a second, from push to outbox: p50 {_ms(waits, 50)} ms, "
        f"p99 {_ms(waits, 99)} ms, worst {_ms(waits, 100)} ({len(waits)} of {RATE * SECONDS})"
    )


async def _labour(store: Store, redis: RedisServer, *, workers: int) -> float:
    """Return turns a second where each costs CPU."""
    async with _workers(redis, workers, "labour") as running:
        await _push(store, 1000, 1)
        started = time.perf_counter()
        _go(running)
        await _until_empty(redis)
        seconds = time.perf_counter() - started
    await redis.inspector.flushall()
    return 1000 / seconds


@contextlib.asynccontextmanager
async def _workers(
    redis: RedisServer, count: int, kind: str = "nothing"
) -> AsyncGenerator[list[asyncio.subprocess.Process]]:
    """Start worker processes that are ready to go."""
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.mailbox", redis.url, kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            await process.wait()


def _go(workers: Sequence[asyncio.subprocess.Process]) -> None:
    for process in workers:
        assert process.stdin is not None
        process.stdin.write(b"go\n")


async def _until_empty(redis: RedisServer) -> None:
    while await redis.inspector.xlen(key("ready")):
        await asyncio.sleep(0.02)


async def _work(url: str, kind: str) -> None:
    """Be a worker process."""
    store = Store(url)
    await store.ping()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

    async def handle(turn: Turn) -> Commit:
        if kind == "labour":
            end = time.thread_time() + LABOUR
            while time.thread_time() < end:
                pass
        replies = () if kind == "nothing" else (_answer(turn),)
        return Commit(memory=to_bytes(Memory()), replies=replies)

    def apologise(turn: Turn) -> Commit:
        raise AssertionError(turn)

    await Worker(store, handle, apologise).run()


def _answer(turn: Turn) -> Reply:
    first = turn.requests[0]
    return Reply(id=first.id, conversation=first.conversation, text="At nine.", is_final=True)


def _ms(waits: Sequence[float], percent: int) -> str:
    ordered = sorted(waits)
    if not ordered:
        return "-"
    if percent == 50:
        return f"{1000 * statistics.median(ordered):.2f}"
    return f"{1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]:.2f}"


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]) if len(sys.argv) > 1 else main())
