from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from core.live import Live, watch
from core.message import Dialogue, Reply
from core.speaker import Speaker
from core.store import Store
from tests.samples import direct, reply
from tests.waiting import wait_until

ANA = Dialogue(conversation=direct("1"))


@contextlib.asynccontextmanager
async def watching(store: Store) -> AsyncGenerator[tuple[Live, list[str]]]:
    shown: list[str] = []

    async def show(dialogue: str, snapshot: Reply) -> None:
        assert dialogue == ANA.key
        shown.append(snapshot.text)

    live, speaker = Live(store), Speaker(store, platform="web")
    tasks = [
        asyncio.create_task(live.run()),
        asyncio.create_task(speaker.run()),
        asyncio.create_task(watch(store, platform="web", speaker=speaker, show=show)),
    ]
    await speaker.wait()
    try:
        yield live, shown
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_snapshot_reaches_the_process_that_speaks(store: Store):
    async with watching(store) as (live, shown):
        live.show(ANA, reply("The gates", is_final=False))
        await wait_until(lambda: shown == ["The gates"])


async def test_of_many_snapshots_the_first_and_the_newest_travel(store: Store):
    async with watching(store) as (live, shown):
        live.show(ANA, reply("", is_final=False))
        for count in range(1, 201):
            live.show(ANA, reply("x" * count, is_final=False))
            await asyncio.sleep(0)
        await wait_until(lambda: shown and shown[-1] == "x" * 200)
        assert len(shown) <= 4


async def test_what_was_said_before_a_process_spoke_is_not_shown_late(store: Store):
    early = Live(store)
    task = asyncio.create_task(early.run())
    early.show(ANA, reply("long ago", is_final=False))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    async with watching(store) as (live, shown):
        live.show(ANA, reply("now", is_final=False, id="reply:2"))
        await wait_until(lambda: shown == ["now"])
