"""What a fan may know and have deleted."""

from __future__ import annotations

import json

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.redis import RedisServer
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Shown
from tests.journeys.program import program, reach
from tests.waiting import wait_until

FAN, GROUP = 7300001, -1007300002
"""Telegram's ids; in a private chat the fan's is the chat's."""


async def test_who_says_forget_leaves_no_trace_in_redis_and_the_others_keep_theirs(
    redis: RedisServer,
):
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.script(*(Answer(text=f"Noted, number {n}.") for n in range(8)))
        async with program(**reach(telegram=telegram, qwen=qwen), redis_url=redis.url):
            await telegram.say(chat_id=FAN, user="Ana", text="My seat is Q-zebra-17.")
            await telegram.wait_for(FAN, lambda m: "Noted" in m.text)
            ana = {"id": FAN, "is_bot": False, "first_name": "Ana"}
            for who, text in ((ana, "My seat is Q-zebra-17."), (None, "Mine is K-lion-3.")):
                more = {"from": who} if who else {}
                await telegram.say(
                    chat_id=GROUP, user="Ben", text=text, kind="supergroup", mention=True, **more
                )
            await telegram.wait_for(GROUP, lambda m: "Noted" in m.text, count=2)
            # Said to the others, in a place where the bot hears it.
            await telegram.say(
                chat_id=GROUP, user="Ana", text="Q-zebra-17!", kind="supergroup", **{"from": ana}
            )
            await wait_until(lambda: redis.find(b"Q-zebra-17!"))
            assert len(await redis.find(b"zebra")) >= 3

            await telegram.say(chat_id=FAN, user="Ana", text="/forget")
            await telegram.wait_for(FAN, lambda m: "deleted" in m.text)

            async def is_gone() -> bool:
                left = await redis.find(b"zebra", str(FAN).encode())
                guards = ("seen", "lock", "ledger", "limit")
                return all(name.split(":")[2] in guards for name in left)

            await wait_until(is_gone, timeout=20)
            ages = await redis.keys()
            for name in await redis.find(str(FAN).encode()):
                assert 0 < ages[name] <= 60, name
            assert await redis.find(b"K-lion-3"), "what others said is theirs"


async def test_a_fan_gets_everything_as_a_file_and_only_in_private(redis: RedisServer):
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.script(Answer(text="Noted."))
        async with program(**reach(telegram=telegram, qwen=qwen), redis_url=redis.url):
            ana = {"id": FAN, "is_bot": False, "first_name": "Ana"}
            await telegram.say(chat_id=FAN, user="Ana", text="My seat is Q-zebra-17.")
            await telegram.wait_for(FAN, lambda m: "Noted" in m.text)
            await telegram.say(
                chat_id=GROUP, user="Ana", text="I am here", kind="supergroup", **{"from": ana}
            )
            await wait_until(lambda: redis.find(b"I am here"))
            await telegram.say(
                chat_id=GROUP, user="Ana", text="/mydata", kind="supergroup", **{"from": ana}
            )
            await telegram.wait_for(GROUP, lambda m: "private" in m.text)

            await telegram.say(chat_id=FAN, user="Ana", text="/mydata")
            shown = await telegram.wait_for(FAN, is_file)
            kept = json.loads(shown.file)
            assert kept["user"] == str(FAN)
            texts = json.dumps(kept["kept"])
            assert "Q-zebra-17" in texts
            assert "I am here" in texts


async def test_on_discord_the_file_is_for_the_asker_alone():
    async with FakeDiscord() as discord, program(**reach(discord=discord)):
        await discord.wait_for_menu()
        asked = await discord.command("mydata", guild="club")
        answer = await discord.wait_for_answer(asked)
        assert answer.ephemeral
        assert json.loads(answer.files["mydata.json"])["platform"] == "discord"


def is_file(shown: Shown) -> bool:
    return bool(shown.file)
