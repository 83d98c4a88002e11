"""A fake Discord and an adapter that runs against it; nothing may ring or go unmarked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes.discord import FakeDiscord


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord
        assert not discord.pings
        for call in discord.calls:
            if "content" in call.body or call.files or call.path.endswith("callback"):
                if call.body.get("type") == 8:  # suggestions: no message
                    continue
                data = call.body.get("data", call.body)
                assert data["allowed_mentions"] == {"parse": [], "replied_user": False}


@pytest.fixture
async def bench(discord: FakeDiscord, store: Store) -> AsyncIterator[Bench]:
    async with running(discord, store) as bench:
        yield bench
