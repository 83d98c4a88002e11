"""The processes that chaos strikes: `python -m tests.chaos.process worker|gateway REDIS BOARD`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import msgspec

from adapters.delivery import Delivery
from core.live import Live, watch
from core.mailbox import Commit
from core.message import Message, Reply, dialogue_of, in_order
from core.notices import Notices
from core.outbox import Ledger, Outbox
from core.speaker import Speaker
from core.store import Store
from core.worker import Turn, Worker
from tests.chaos.board import END, Wire

DRAIN = 6.0
"""Seconds; the rest of the eight is for what comes after."""


def to_reply(turn: Turn, *, text: str = "", is_final: bool = True) -> Reply:
    """Answer every message with its number."""
    messages = in_order(r for r in turn.requests if isinstance(r, Message))
    first = turn.requests[0]
    said = " ".join(message.text for message in messages)
    return Reply(
        id=f"reply:{first.id}",
        conversation=first.conversation,
        text=f"{said} {text}{END}" if is_final else f"{said[: len(said) // 2]}~",
        is_final=is_final,
        epoch=turn.epoch,
        begun_at=turn.begun_at,
    )


async def work(store: Store, wire: Wire, stop: asyncio.Event) -> None:
    live = Live(store)

    async def handle(turn: Turn) -> Commit:
        first = turn.requests[0]
        result = await wire.call("begin", conversation=first.conversation.channel)
        await asyncio.sleep(result.think / 2)
        while (requests := await turn.refresh()) != turn.requests:
            turn = msgspec.structs.replace(turn, requests=requests)
        live.show(dialogue_of(first), to_reply(turn, is_final=False))
        await asyncio.sleep(result.think / 2)
        return Commit(memory=b"m", replies=[to_reply(turn)])

    worker = Worker(
        store, handle, lambda turn: Commit(memory=b"m", replies=[to_reply(turn, text="sorry ")])
    )
    tasks = [asyncio.create_task(worker.run()), asyncio.create_task(live.run())]
    while not worker.free_name:
        await asyncio.sleep(0.01)
    await wire.call("ready")
    await stop.wait()
    await worker.drain(DRAIN)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def speak(store: Store, wire: Wire, stop: asyncio.Event) -> None:
    speaker = Speaker(store, platform="web")
    delivery = Delivery(wire, Ledger(store, speaker))
    outbox = Outbox(
        store,
        platform="web",
        deliver=delivery.deliver,
        speaker=speaker,
        notices=Notices(store),
    )

    async def show(dialogue: str, reply: Reply) -> None:
        if not outbox.is_delivering(dialogue):
            await delivery.deliver(reply)

    tasks = [
        asyncio.create_task(speaker.run()),
        asyncio.create_task(outbox.run()),
        asyncio.create_task(watch(store, platform="web", speaker=speaker, show=show)),
    ]
    await wire.call("ready")
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def main(kind: str, redis: str, board: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store, wire = Store(redis), Wire(board)
    await (work if kind == "worker" else speak)(store, wire, stop)
    await store.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    asyncio.run(main(*sys.argv[1:]))
