"""Commands as people give them: who may not is told so, whatever is wrong is said kindly."""

from __future__ import annotations

from typing import Any

import pytest

from core.commands import COMMANDS, CommandSpec
from core.store import Store
from tests.fakes.discord import FakeDiscord
from tests.fakes.redis import RedisServer
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach

MODERATORS = tuple(spec for spec in COMMANDS if spec.right is not None)
REFUSED = {
    "manage": "Only those who may manage this community",
    "restrict": "Only moderators of this community",
    "ban": "Only those who may ban people",
    "messages": "Only those who may delete messages",
}
FILLED = {"person": "12345", "duration": "2h", "number": "5", "text": "hello", "language": "en"}


def fill(spec: CommandSpec) -> dict[str, str]:
    """Return every option of a command, filled in rightly."""
    return {o.name: o.choices[0] if o.choices else FILLED[o.kind] for o in spec.options}


DEEDS = {
    "banChatMember", "unbanChatMember", "restrictChatMember", "deleteMessages", "createForumTopic"
}  # fmt: skip


async def tried(redis: RedisServer) -> int:
    """Return how many refused tries stand in the audit of all communities."""
    store = Store(redis.url)
    names = [name for name in await redis.keys() if ":audit:" in name]
    rows = [row for name in names for row in await store.rows(name)]
    await store.close()
    return sum(b"refused" in row for row in rows)


async def test_every_command_of_moderators_is_refused_for_a_fan_on_discord(redis: RedisServer):
    async with FakeDiscord() as discord:
        async with program(**reach(discord=discord), redis_url=redis.url):
            await discord.wait_for_menu()
            for spec in MODERATORS:
                # One channel each: in a private talk nobody may do it either.
                channel = f"for-{spec.name}"
                await discord.command(
                    spec.name, user="Ken", guild="Fans", channel=channel, options=fill(spec)
                )
                wanted = REFUSED[spec.right or ""]
                shown = await discord.wait_for(channel, wanted, timeout=15)
                assert shown.ephemeral == spec.is_private, spec.name
                await discord.command(spec.name, user=f"Fan {spec.name}", options=fill(spec))
                await discord.wait_for(f"@Fan {spec.name}", "only works in a group", timeout=15)
        assert not discord.rest.deeds.done
        assert await tried(redis) == len(MODERATORS), "each try is noted"


async def test_every_command_of_moderators_is_refused_for_a_fan_on_telegram(redis: RedisServer):
    async with FakeTelegram() as telegram:
        settings = reach(telegram=telegram) | {"redis_url": redis.url}
        async with program(**settings, telegram_group_per_minute="1000"):
            for number, spec in enumerate(MODERATORS, 1):
                line = " ".join((f"/{spec.name.replace('-', '_')}", *fill(spec).values()))
                group = -100 - number
                await telegram.say(chat_id=group, user="Ken", text=line, kind="supergroup")
                wanted = REFUSED[spec.right or ""]
                await telegram.wait_for(group, lambda m, w=wanted: w in m.text, timeout=15)
                await telegram.say(chat_id=number, user="Ken", text=line)
                await telegram.wait_for(
                    number, lambda m: "only works in a group" in m.text, timeout=15
                )
        deeds = {call.method for call in telegram.calls} & DEEDS
        assert not deeds
        assert await tried(redis) == len(MODERATORS), "each try is noted"


async def test_what_lacks_a_choice_is_completed_by_a_press_on_telegram():
    async with FakeTelegram() as telegram:
        # A boss of everything, so that only what was given counts.
        async with program(**reach(telegram=telegram), operators="telegram:7"):
            ana: Any = {"from": {"id": 7, "is_bot": False, "first_name": "Ana"}}
            await telegram.say(chat_id=-5, user="Ana", text="/raid", kind="supergroup", **ana)
            asked = await telegram.wait_for(-5, lambda m: "state" in m.text, timeout=15)
            (labels,) = [[b["text"] for b in row] for row in asked.buttons] or [[]]
            assert labels == ["on", "off"]
            # Who has no right presses in vain.
            await telegram.press(chat_id=-5, user="Ken", message=asked.id, button="on")
            await telegram.wait_for(-5, lambda m: REFUSED["restrict"] in m.text, timeout=15)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("/ask", "/ask …"),
        ("/translate@GamesBot", "text"),
    ],
)
async def test_what_is_missing_is_said_with_an_example(line: str, wanted: str):
    async with FakeTelegram() as telegram:
        async with program(**reach(telegram=telegram)):
            await telegram.say(chat_id=1, user="Ken", text=line)
            await telegram.wait_for(1, lambda m: wanted in m.text, timeout=15)
