"""The commands as an operator types them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.redis import RedisServer
from tests.fakes.telegram import FakeTelegram

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        yield Path(folder)


async def bots(*arguments: str, home: Path, stdin: str = "", **settings: str) -> tuple[int, str]:
    """Run `python -m bots` and return its exit code and all that it said."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("TIFO_")}
    environ |= {f"TIFO_{k.upper()}": v for k, v in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bots", *arguments,
        cwd=ROOT, env=environ | {"TIFO_HOME": str(home)}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_say_answers_from_the_guide(home: Path):
    code, said = await bots("say", "¿A qué hora abren las puertas?", home=home)
    assert code == 0, said
    assert "puertas" in said and "90" in said


async def test_say_answers_with_qwen(home: Path):
    async with FakeQwen() as qwen:
        qwen.script(Answer(text="Las puertas abren 90 minutos antes.", chunk=3))
        code, said = await bots("say", "¿A qué hora abren?", home=home, qwen_url=qwen.url)
    assert code == 0, said
    assert "Las puertas abren 90 minutos antes." in said


async def test_a_talk_in_the_terminal_is_remembered(home: Path):
    async with FakeQwen() as qwen:
        qwen.respond = lambda messages: Answer(text=f"{len(messages)} messages")
        code, said = await bots("say", home=home, qwen_url=qwen.url, stdin="Hello there\n")
        assert code == 0 and "2 messages" in said, said
        code, said = await bots("say", home=home, qwen_url=qwen.url, stdin="And again\n")
        assert code == 0 and "4 messages" in said, said


async def test_check_finds_nothing_wrong_without_any_setting(home: Path):
    code, said = await bots("check", home=home, http_port="0")
    assert code == 0, said
    assert "All is well." in said


async def test_check_names_everything_that_is_wrong(home: Path):
    async with FakeTelegram() as telegram, FakeDiscord() as discord, FakeQwen() as qwen:
        code, said = await bots(
            "check",
            home=home,
            telegram_token="1:wrong",
            telegram_api=telegram.url,
            discord_token="wrong",
            discord_api=discord.api,
            qwen_url=qwen.url,
            qwen_model="no-such-model",
            bot=str(ROOT / "tests"),
        )
    assert code == 1
    for what in ("bot", "Qwen", "Telegram", "Discord"):
        assert re.search(rf"^wrong +{what}", said, re.MULTILINE), said
    assert "Traceback" not in said


async def test_check_is_content_with_what_works(home: Path, redis: RedisServer):
    async with FakeTelegram() as telegram, FakeDiscord() as discord, FakeQwen() as qwen:
        code, said = await bots(
            "check",
            home=home,
            http_port="0",
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            discord_token=discord.token,
            discord_api=discord.api,
            qwen_url=qwen.url,
            redis_url=redis.url,
        )
    assert code == 0, said


async def test_check_warns_of_a_redis_that_throws_messages_away(home: Path, redis: RedisServer):
    await redis.inspector.config_set("maxmemory-policy", "allkeys-lru")
    code, said = await bots("check", home=home, http_port="0", redis_url=redis.url)
    assert code == 1
    assert "noeviction" in said
    code, said = await bots("run", home=home, http_port="0", redis_url=redis.url)
    assert code == 1
    assert "noeviction" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"htp_port": "1"}, "TIFO_HTTP_PORT"),
        ({"bot": "no/such/folder"}, "no/such/folder"),
        ({"redis_url": "redis://127.0.0.1:1"}, "TIFO_REDIS_URL"),
    ],
)
async def test_what_stops_the_start_is_one_sentence(
    settings: dict[str, str], said: str, home: Path
):
    code, text = await bots("run", home=home, **settings)
    assert code == 1
    assert text.startswith("tifo: ")
    assert said in text
    assert len(text.strip().splitlines()) == 1, text


async def test_a_port_in_use_is_named(home: Path):
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    code, text = await bots("run", home=home, http_port=port)
    server.close()
    assert code == 1
    assert "TIFO_HTTP_PORT" in text
    assert "Traceback" not in text


async def test_the_table_of_commands_is_printed_for_people_and_programs(home: Path):
    code, said = await bots("commands", home=home)
    assert code == 0 and "/mute <person> [duration] [reason]" in said
    code, said = await bots("commands", "--json", home=home)
    rows = {row["name"]: row for row in json.loads(said)}
    assert code == 0 and rows["ban"]["who"] == "ban" and rows["ban"]["where"] == "groups"
    assert rows["raid"]["options"][0]["choices"] == ["on", "off"]
    assert "es" in rows["ask"]["locales"] and "en" in rows["forget-user"]["locales"]
