from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import msgspec

from core.adapter import Deliver
from core.errors import DeliveryError, RetryLaterError, UndeliverableError
from core.message import Reply
from core.notices import Notices
from core.outbox import Ledger, Noted, Outbox
from core.speaker import Speaker
from core.store import Script, Store, key
from tests.samples import reply
from tests.waiting import wait_until

STREAM = key("outbox", "web")
_ADD = Script("return redis.call('XADD', KEYS[1], '*', 'd', ARGV[1], 'r', ARGV[2])")


async def put(store: Store, text: str, *, dialogue: str = "d1") -> None:
    encoded = msgspec.msgpack.encode(reply(text, id=f"reply:{text}"))
    await store.run(_ADD, [STREAM], [dialogue, encoded])


@contextlib.asynccontextmanager
async def delivering(store: Store, deliver: Deliver) -> AsyncGenerator[Outbox]:
    speaker = Speaker(store, platform="web")
    outbox = Outbox(store, platform="web", deliver=deliver, speaker=speaker, notices=Notices(store))
    tasks = [asyncio.create_task(speaker.run()), asyncio.create_task(outbox.run())]
    try:
        yield outbox
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def is_empty(store: Store) -> bool:
    return not await store.read(STREAM, after="0")


async def test_replies_of_one_dialogue_come_in_order_and_are_then_forgotten(store: Store):
    shown: list[str] = []

    async def deliver(sent: Reply) -> None:
        await asyncio.sleep(0.02 if sent.text == "1" else 0)
        shown.append(sent.text)

    async with delivering(store, deliver):
        for text in ("1", "2", "3"):
            await put(store, text)
        await wait_until(lambda: len(shown) == 3)
        await wait_until(lambda: is_empty(store))
    assert shown == ["1", "2", "3"]


async def test_a_dialogue_that_must_wait_does_not_hold_up_another(store: Store):
    shown: list[str] = []

    async def deliver(sent: Reply) -> None:
        if sent.text == "slow" and "quick" not in shown:
            raise RetryLaterError("busy", after=0.05)
        shown.append(sent.text)

    async with delivering(store, deliver):
        await put(store, "slow", dialogue="d1")
        await put(store, "quick", dialogue="d2")
        await wait_until(lambda: len(shown) == 2)
    assert shown == ["quick", "slow"]


async def test_what_was_not_delivered_when_the_process_ended_is_delivered_by_the_next(store: Store):
    begun = asyncio.Event()

    async def hang(sent: Reply) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with delivering(store, hang):
        await put(store, "important")
        await begun.wait()
    shown: list[str] = []

    async def deliver(sent: Reply) -> None:
        shown.append(sent.text)

    async with delivering(store, deliver):
        await wait_until(lambda: shown == ["important"])


async def test_a_failing_delivery_is_tried_again_and_a_hopeless_one_is_dropped(store: Store):
    tried: list[str] = []

    async def deliver(sent: Reply) -> None:
        tried.append(sent.text)
        if sent.text == "blocked":
            raise UndeliverableError("the fan blocked the bot")
        if tried.count(sent.text) == 1:
            raise DeliveryError("502")

    async with delivering(store, deliver):
        await put(store, "blocked")
        await put(store, "next")
        await wait_until(lambda: is_empty(store))
    assert tried == ["blocked", "next", "next"]


async def test_a_fault_of_ours_in_one_delivery_does_not_end_the_others(store: Store):
    shown: list[str] = []

    async def deliver(sent: Reply) -> None:
        if sent.text == "bad":
            raise ZeroDivisionError
        shown.append(sent.text)

    async with delivering(store, deliver):
        await put(store, "bad")
        await put(store, "good")
        await wait_until(lambda: shown == ["good"])


async def test_of_two_processes_one_delivers_and_the_other_takes_over(store: Store):
    shown: list[str] = []

    async def first(sent: Reply) -> None:
        shown.append(f"first {sent.text}")

    async def second(sent: Reply) -> None:
        shown.append(f"second {sent.text}")

    async with delivering(store, second):
        async with delivering(store, first):
            for text in "abc":
                await put(store, text)
            await wait_until(lambda: len(shown) == 3)
            await wait_until(lambda: is_empty(store))
        assert len({line.split()[0] for line in shown}) == 1, "one speaker at a time"
    shown.clear()
    async with delivering(store, first):  # the second one has gone and let go
        await put(store, "d")
        await wait_until(lambda: shown == ["first d"], timeout=2)


async def test_what_follows_can_see_that_an_answer_is_on_its_way(store: Store):
    release = asyncio.Event()

    async def deliver(sent: Reply) -> None:
        await release.wait()

    async with delivering(store, deliver) as outbox:
        await put(store, "long", dialogue="d1")
        await wait_until(lambda: outbox.is_delivering("d1"))
        assert not outbox.is_delivering("d2")
        release.set()
        await wait_until(lambda: not outbox.is_delivering("d1"))


async def test_the_ledger_remembers_parts(store: Store):
    ledger = Ledger(store)
    assert await ledger.parts("r") == {}
    await ledger.note("r", 0, "m1")
    await ledger.note("r", 1, "m2")
    await ledger.drop("r", 1)
    assert await Ledger(store).parts("r") == {0: Noted("m1")}
