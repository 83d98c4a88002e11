"""The adapter between a fake Discord and a test, with the real store behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from adapters.discord.adapter import Account, DiscordAdapter
from adapters.http import Site
from core.commands import COMMANDS
from core.errors import StoreError
from core.language.strings import Strings
from core.message import Button, Command, Delete, Edit, Event, File, Message, Reply, Request
from core.outbox import Ledger
from core.store import Store
from tests.fakes.discord import FakeDiscord
from tests.waiting import wait_until


class Bench:
    """Keeps what the adapter handed over, and answers."""

    def __init__(self, adapter: DiscordAdapter) -> None:
        self.adapter = adapter
        self.events: list[Event] = []
        self.outages = 0
        """How many of the next events the store refuses."""

    async def receive(self, event: Event) -> None:
        if self.outages:
            self.outages -= 1
            raise StoreError("Redis is away")
        self.events.append(event)

    async def next(self, count: int = 1) -> Request:
        """Return the event with this number, which is no change of another."""
        await wait_until(lambda: len(self.events) >= count, timeout=15)
        event = self.events[count - 1]
        assert not isinstance(event, Edit | Delete)
        return event

    @property
    def requests(self) -> list[Request]:
        """Return the events that are no changes of others."""
        return [event for event in self.events if not isinstance(event, Edit | Delete)]

    async def next_message(self, count: int = 1) -> Message:
        event = await self.next(count)
        assert isinstance(event, Message)
        return event

    async def answer(
        self,
        event: Request,
        text: str,
        *,
        is_final: bool = True,
        buttons: tuple[Button, ...] = (),
        id: str = "",
        files: tuple[File, ...] = (),
    ) -> Reply:
        reply = Reply(
            id=id or f"reply:{event.id}",
            conversation=event.conversation,
            text=text,
            is_final=is_final,
            reply_to=event.id,
            buttons=buttons,
            files=files,
            only_for=event.user.id if _is_private(event) else None,
            language="en",
        )
        await self.adapter.deliver(reply)
        return reply


def _is_private(event: Request) -> bool:
    return isinstance(event, Command) and any(
        spec.name == event.name and spec.is_private for spec in COMMANDS
    )


def make(
    discord: FakeDiscord,
    store: Store,
    *,
    token: str = "",
    message_content: bool = False,
    shards: tuple[range, int] | None = None,
    identify: float = 0.05,
    site: Site | None = None,
) -> DiscordAdapter:
    """Make an adapter for a fake Discord."""
    account = Account(
        token=token or discord.token,
        api=discord.api,
        gateway=discord.gateway,
        message_content=message_content,
        shards=shards,
        identify=identify,
        public_key=discord.post.public_key if site is not None else "",
    )
    return DiscordAdapter(
        account,
        store=store,
        ledger=Ledger(store),
        strings=Strings(),
        languages=("en", "es"),
        site=site,
    )


@contextlib.asynccontextmanager
async def running(
    discord: FakeDiscord,
    store: Store,
    *,
    message_content: bool = False,
    shards: tuple[range, int] | None = None,
    identify: float = 0.05,
    site: Site | None = None,
) -> AsyncGenerator[Bench]:
    """Run an adapter against a fake Discord; it is told to stop at the end."""
    adapter = make(
        discord,
        store,
        message_content=message_content,
        shards=shards,
        identify=identify,
        site=site,
    )
    bench = Bench(adapter)
    task = asyncio.create_task(bench.adapter.run(bench.receive))
    try:
        yield bench
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
