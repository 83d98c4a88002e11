"""What becomes of answers when another process has the right to speak."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import msgspec
import pytest

from adapters.delivery import Delivery
from core.errors import DeliveryError, RetryLaterError, StoreError
from core.notices import Notices
from core.outbox import Ledger, Outbox
from core.speaker import Speaker
from core.store import Store, key
from tests.core.test_outbox import is_empty, put
from tests.fakes.board import Board
from tests.fakes.redis import RedisServer
from tests.samples import reply
from tests.waiting import wait_until


@contextlib.asynccontextmanager
async def speaking(store: Store) -> AsyncGenerator[Speaker]:
    speaker = Speaker(store, platform="web")
    task = asyncio.create_task(speaker.run())
    await speaker.wait()
    try:
        yield speaker
    finally:
        task.cancel()
        await asyncio.wait([task])


async def lose(redis: RedisServer, speaker: Speaker) -> None:
    """Let another process have the right, as after an outage or a freeze."""
    await redis.inspector.set(key("speaker", "web"), "another", px=60_000)
    await wait_until(lambda: not speaker.is_speaking, timeout=10)


async def regain(redis: RedisServer, speaker: Speaker) -> None:
    await redis.inspector.delete(key("speaker", "web"))
    await wait_until(lambda: speaker.is_speaking, timeout=10)


async def test_who_may_not_speak_neither_posts_nor_edits(store: Store, redis: RedisServer):
    board = Board()
    async with speaking(store) as speaker:
        delivery = Delivery(board, Ledger(store, speaker))
        await delivery.deliver(reply("half", is_final=False))
        await wait_until(lambda: board.shown == ["half"])
        await lose(redis, speaker)
        for late in (reply("half a"), reply("another", id="reply:2")):
            with pytest.raises(DeliveryError):
                await delivery.deliver(late)
    assert board.shown == ["half"]


async def test_what_another_has_shown_meanwhile_is_found_again(store: Store, redis: RedisServer):
    """Ours was refused, the right went to another who posted it, and came back to us."""
    board = Board()
    async with speaking(store) as speaker:
        delivery = Delivery(board, Ledger(store, speaker))
        board.faults = [RetryLaterError("slow down", after=0)]
        with pytest.raises(RetryLaterError):
            await delivery.deliver(reply("whole"))
        await lose(redis, speaker)
        await Delivery(board, Ledger(store)).deliver(reply("whole"))
        await regain(redis, speaker)
        await delivery.deliver(reply("whole"))
    assert board.shown == ["whole"]


async def test_a_message_that_could_not_be_noted_is_noted_when_redis_is_back(
    store: Store, redis: RedisServer
):
    board = Board(delay=0.1)
    async with speaking(store) as speaker:
        ledger = Ledger(store, speaker)
        delivery = Delivery(board, ledger)
        delivering = asyncio.create_task(delivery.deliver(reply("whole")))
        await wait_until(lambda: board.shown)
        await redis.kill()
        with pytest.raises(StoreError):
            await delivering
        await wait_until(lambda: not speaker.is_speaking, timeout=10)
        await redis.start()
        await wait_until(lambda: speaker.is_speaking, timeout=10)
        await delivery.deliver(reply("whole"))
        assert board.shown == ["whole"], "we know that it stands, though Redis did not"
        assert list(await ledger.parts("reply:1")) == [0]


async def test_a_delivery_that_was_stopped_in_an_outage_is_known_to_the_next_attempt(
    store: Store, redis: RedisServer
):
    board = Board()
    async with speaking(store) as speaker:
        ledger = Ledger(store, speaker)
        delivery = Delivery(board, ledger)
        # Begun so late that nobody else can have shown anything of it.
        whole = msgspec.structs.replace(reply("0123456789+"), begun_at=2e9)
        redis.freeze()
        final = asyncio.create_task(delivery.deliver(whole))
        await wait_until(lambda: board.shown)
        final.cancel()
        redis.thaw()
        await asyncio.wait([final])
        await delivery.deliver(whole)
    assert board.shown == ["0123456789", "+"]


async def test_an_answer_that_waits_is_left_to_who_speaks_now(store: Store, redis: RedisServer):
    async with speaking(store) as speaker:
        tried: list[str] = []

        async def deliver(sent: object) -> None:
            tried.append("again")
            raise DeliveryError("502")

        outbox = Outbox(
            store, platform="web", deliver=deliver, speaker=speaker, notices=Notices(store)
        )
        task = asyncio.create_task(outbox.run())
        await put(store, "waits")
        await wait_until(lambda: tried)
        await lose(redis, speaker)
        await wait_until(lambda: not outbox.is_delivering("d1"))
        await store.delete(key("outbox", "web"))  # the other one delivered it
        tried.clear()
        await regain(redis, speaker)
        await put(store, "new")
        await wait_until(lambda: tried)
        assert tried == ["again"], "only what is new"
        task.cancel()
        await asyncio.wait([task])
    assert not await is_empty(store)


async def test_what_an_earlier_speaker_may_have_shown_is_looked_up(store: Store):
    board = Board()
    begun = reply("whole")
    await Delivery(board, Ledger(store)).deliver(begun)
    async with speaking(store) as speaker:
        ledger = Ledger(store, speaker)
        assert not ledger.is_blank(begun)
        since = speaker.since
        assert not ledger.is_blank(msgspec.structs.replace(begun, begun_at=since - 1))
        assert ledger.is_blank(msgspec.structs.replace(begun, begun_at=since + 1))
        await Delivery(board, ledger).deliver(begun)
    assert board.shown == ["whole"]
