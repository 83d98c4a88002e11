"""What tifo adds to the model's own time, and what it costs: the real program against fakes.

    python -m tests.bench.path

Idle memory; time from `say` to the first text; then fans on Telegram, one by one and many at once,
with a model that answers at once: added latency from the moment the platform hands a message out
until the first and the final text stand there, and CPU a message, of the program and of its Redis.
The yardstick in the same run is a bare round trip of the two fakes with nothing in between.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence

import aiohttp
import psutil

from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import ROOT, Program, program

LIGHT = 50
FANS, TURNS = 40, 5
ANSWER = "The gates open ninety minutes before the first event of the day. " * 4


async def main() -> None:
    """Measure and print everything."""
    await _say()
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(text=ANSWER, chunk=16)
        bare = await _bare(telegram, qwen)
        settings = {
            "telegram_token": telegram.token,
            "telegram_api": telegram.url,
            "qwen_url": qwen.url,
            "qwen_dialect": "dashscope",
            "limit": "1000",
        }
        async with program(**settings) as running:
            _print_memory("idle, Telegram on", running)
            await _ask(telegram, [1], 3)  # first answers load the tokenizer and much else
            await _until_quiet(running)
            _print_memory("tokenizer loaded", running)
            for name, chats, turns in (("light", [1], LIGHT), ("flood", range(1, FANS + 1), TURNS)):
                before = _cpu(running)
                started = time.perf_counter()
                waits = await _ask(telegram, list(chats), turns)
                wall = time.perf_counter() - started
                after = _cpu(running)
                count = len(waits)
                print(
                    f"{name:<6} {count} messages, {count / wall:.0f}/s: "
                    f"final after p50 {_ms(waits, 50)} p95 {_ms(waits, 95)} ms "
                    f"({statistics.median(waits) / bare:.1f} x the bare round trip); "
                    f"CPU {1000 * (after[0] - before[0]) / count:.1f} ms a message, "
                    f"Redis {1000 * (after[1] - before[1]) / count:.1f}"
                )


async def _until_quiet(running: Program) -> None:
    """Wait until the tokenizer is built and loaded: no children but Redis, and no CPU used."""
    while True:
        before = _cpu(running)[0]
        await asyncio.sleep(2)
        _, children = _processes(running)
        if len(children) == 1 and _cpu(running)[0] - before < 0.1:
            return


async def _ask(telegram: FakeTelegram, chats: Sequence[int], turns: int) -> list[float]:
    """Let every fan ask `turns` times, each after the last answer; return seconds to the final."""
    waits: list[float] = []

    async def fan(chat: int) -> None:
        for turn in range(turns):
            count = sum(m.is_bot for m in telegram.chat(chat))
            started = time.perf_counter()
            await telegram.say(chat_id=chat, user=f"Fan {chat}", text=f"When is event {turn}?")
            await telegram.wait_for(
                chat,
                lambda m: m.text.startswith(ANSWER.strip()),
                timeout=60,
                count=count + 1,
            )
            waits.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(fan(chat))
    return waits


async def _bare(telegram: FakeTelegram, qwen: FakeQwen) -> float:
    """Return the seconds of one completion and one message with nothing in between."""
    body = {"model": "qwen", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    waits: list[float] = []
    async with aiohttp.ClientSession() as session:
        for _ in range(LIGHT):
            started = time.perf_counter()
            async with session.post(f"{qwen.url}/chat/completions", json=body) as answer:
                await answer.read()
            send = {"chat_id": "999", "text": ANSWER}
            url = f"{telegram.url}/bot{telegram.token}/sendMessage"
            async with session.post(url, data=send) as answer:
                await answer.read()
            waits.append(time.perf_counter() - started)
    print(f"bare round trip of the fakes: {statistics.median(waits) * 1000:.1f} ms")
    return statistics.median(waits)


async def _say() -> None:
    """Time `say` from its start to its first text, without an endpoint; the second run counts."""
    waits: list[float] = []
    for _ in range(3):
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bots", "say", "¿A qué hora abren las puertas?",
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        await process.stdout.read(1)
        waits.append(time.perf_counter() - started)
        await process.communicate()
    print(f"say, to its first text: {min(waits):.2f} s (worst {max(waits):.2f})")


def _processes(running: Program) -> tuple[psutil.Process, list[psutil.Process]]:
    process = psutil.Process(running.pid)
    return process, process.children(recursive=True)


def _print_memory(when: str, running: Program) -> None:
    process, children = _processes(running)
    redis = sum(child.memory_info().rss for child in children if "server" in child.name())
    print(
        f"memory, {when}: {process.memory_info().rss / 2**20:.0f} MB, Redis {redis / 2**20:.0f} MB"
    )


def _cpu(running: Program) -> tuple[float, float]:
    process, children = _processes(running)
    own = process.cpu_times()
    others = [child.cpu_times() for child in children if "server" in child.name()]
    return own.user + own.system, sum(other.user + other.system for other in others)


def _ms(waits: Sequence[float], percent: int) -> str:
    ordered = sorted(waits)
    return f"{1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]:.0f}"


if __name__ == "__main__":
    asyncio.run(main())
