"""What open pages cost: memory of each, CPU of each message. `python -m tests.bench.pages [PAGES]`.

One process serves them, over the real adapter and a real Redis, and answers each message with
ten snapshots and a final text; the pages are this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil

from adapters.http import Site
from adapters.web.adapter import WebAdapter
from core.embedded import serve
from core.errors import StoreError
from core.language.strings import Strings
from core.message import Event, Message, Reply
from core.store import Store
from core.transcript import Transcript

PAGES = 2000
SENDERS = 20  # one address has a share only
RATE = 50.0  # messages a second
ANSWER = "Gates open **90 minutes** before the first event; the last bus leaves at 23:40. "


class Answering:
    """Stands for the core: every message is answered at once, word by word."""

    def __init__(self, adapter: WebAdapter, group: asyncio.TaskGroup) -> None:
        self._adapter = adapter
        self._group = group

    async def receive(self, event: Event) -> None:
        assert isinstance(event, Message)
        self._group.create_task(self._answer(event))

    async def _answer(self, event: Message) -> None:
        for count in range(1, 12):
            reply = Reply(
                id=f"reply:{event.id}", conversation=event.conversation, reply_to=event.id,
                text=(ANSWER * 5)[: count * 40], is_final=count == 11, language="en", epoch=1,
            )  # fmt: skip
            while True:
                try:
                    await self._adapter.deliver(reply)
                    break
                except StoreError:  # as the outbox does
                    await asyncio.sleep(0.5)
            await asyncio.sleep(0.05)


async def _serve(folder: Path, *, is_shared: bool) -> None:
    async def is_ready() -> bool:
        return True

    async with serve(folder) as url, asyncio.TaskGroup() as group:
        site = Site("127.0.0.1", 0, is_ready=is_ready)
        adapter = WebAdapter(
            site=site, transcript=Transcript(Store(url), is_shared=is_shared), strings=Strings(),
            bot_name="Bench", languages=("en",), greeting={},
        )  # fmt: skip
        group.create_task(adapter.run(Answering(adapter, group).receive))
        group.create_task(site.run())
        while not site.port:
            await asyncio.sleep(0.01)
        print(site.port, flush=True)


class _Page:
    """A page that reads all the time: who does not answer pings is cut off."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._answered = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self._ws:
            if '"type":"bot"' in frame.data:
                self._answered.set()

    async def ask(self) -> float:
        """Return the seconds until the whole answer is there."""
        started = time.perf_counter()
        await self._ws.send_json({"type": "say", "id": "m1", "text": "When do the gates open?"})
        await self._answered.wait()
        return time.perf_counter() - started


async def _open(http: aiohttp.ClientSession, url: str, number: int) -> _Page:
    # As browsers do, pages offer to compress.
    far = {"X-Forwarded-For": f"93.184.216.{number % SENDERS}"}
    ws = await http.ws_connect(f"{url}/ws", headers=far, compress=15)
    await ws.send_json({"type": "hello", "session": f"bench-session-number-{number:06}"})
    await ws.receive()
    return _Page(ws)


async def _measure(count: int, *, is_shared: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.pages", "serve", folder, str(int(is_shared)),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
        server = psutil.Process(process.pid)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http:
            warm = await _open(http, url, count)
            await warm.ask()
            before = server.memory_info().rss
            cpu = _cpu(server)
            pages = [await _open(http, url, number) for number in range(count)]
            used = (server.memory_info().rss - before) / count / 1024
            opening = (_cpu(server) - cpu) / count * 1000
            print(f"{count} open pages: {used:.1f} KB and {opening:.2f} ms of CPU each")
            cpu, asking = _cpu(server), list[asyncio.Task[float]]()
            started = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for number, page in enumerate(pages):
                    await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
                    asking.append(group.create_task(page.ask()))
            waits = [task.result() for task in asking]
            answering = (_cpu(server) - cpu) / count * 1000
            used = (server.memory_info().rss - before) / count / 1024
            print(
                f"{count} answers at {RATE:g}/s: {answering:.2f} ms of CPU each; late by "
                f"{_late(waits, 50)} ms (p50), {_late(waits, 95)} ms (p95); {used:.1f} KB a page"
            )
            cpu = _cpu(server)
            await asyncio.sleep(5)
            print(f"idle: {(_cpu(server) - cpu) / 5 * 100:.1f} % of a core")
            started = time.perf_counter()
            process.terminate()
            await asyncio.wait([page.reading for page in (warm, *pages)])
            print(f"all told to come back within {time.perf_counter() - started:.1f} s")
        await process.wait()


def _late(waits: list[float], percent: int) -> str:
    return f"{(sorted(waits)[len(waits) * percent // 100] - 0.5) * 1000:.0f}"


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _until_terminated(folder: Path, *, is_shared: bool) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await _serve(folder, is_shared=is_shared)


async def main() -> None:
    """Measure without and with the relay."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    for is_shared in (False, True):
        print("several gateways:" if is_shared else "one gateway:")
        await _measure(count, is_shared=is_shared)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_until_terminated(Path(sys.argv[2]), is_shared=sys.argv[3] == "1"))
    else:
        asyncio.run(main())
