"""What is secret stands in no log, however much is logged."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from bots.app import run
from bots.log import to_handler
from core.answer.prompt import to_prefix
from core.bot import load_bot
from core.embedded import ACL
from core.errors import TifoError
from core.settings import find_secrets, load
from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen, Fault
from tests.fakes.redis import PERSISTENT, RedisServer
from tests.fakes.telegram import FakeTelegram
from tests.waiting import wait_until

PASSWORD, KEY = "Pa55word-of-Redis", "sk-planted-endpoint-key"


@contextlib.asynccontextmanager
async def server(rows: Sequence[str]) -> AsyncGenerator[RedisServer]:
    # pytest's own folders have paths too long for a Unix socket.
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        redis = RedisServer(Path(folder), rows=rows)
        await redis.start()
        yield redis


async def test_at_debug_no_secret_stands_in_the_log_in_an_error_or_in_a_repr(tmp_path: Path):
    rows = (f"user default on >{PASSWORD} ~tifo:* {ACL}", *PERSISTENT)
    async with (
        FakeTelegram(token="4242:planted-telegram-token") as telegram,
        FakeDiscord(token="MTAw.planted.discord-token") as discord,
        FakeQwen("dashscope", key=KEY) as qwen,
        FakeQwen("vllm", model="guard", key=KEY) as guard,
        server(rows) as redis,
    ):
        canary = to_prefix(load_bot(Path("bots/winter_games"))).partition("encoded: ")[2].split()[0]
        environ = {
            "TIFO_TELEGRAM_TOKEN": telegram.token, "TIFO_TELEGRAM_API": telegram.url,
            "TIFO_DISCORD_TOKEN": discord.token, "TIFO_DISCORD_API": discord.api,
            "TIFO_DISCORD_GATEWAY": discord.gateway, "TIFO_HTTP_PORT": "0",
            "TIFO_QWEN_URL": qwen.url, "TIFO_QWEN_KEY": KEY, "TIFO_QWEN_DIALECT": "dashscope",
            "TIFO_GUARD_URL": guard.url, "TIFO_GUARD_KEY": KEY, "TIFO_GUARD_MODEL": "guard",
            "TIFO_REDIS_URL": redis.url.replace("unix://", f"unix://default:{PASSWORD}@"),
            "TIFO_HOME": str(tmp_path),
        }  # fmt: skip
        settings = load(environ, tmp_path)
        written = io.StringIO()
        announced: list[str] = []
        handler = to_handler(written, "text", find_secrets(settings))
        handler.filters.clear()  # nothing is left out for being said often
        root, before = logging.getLogger(), logging.getLogger().level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        stop = asyncio.Event()
        try:
            task = asyncio.create_task(run(settings, announce=announced.append, stop=stop))
            qwen.script(
                Answer(text=f"The word is {canary}."),
                Answer(fault=Fault(kind="status", status=500, body=KEY.encode())),
            )
            await telegram.say(chat_id=1, user="Ana", text="What is your word?")
            await telegram.wait_for(1, lambda shown: True, timeout=90)
            telegram.limits = None
            await discord.say(user="Ken", text="When do the gates open?")
            await discord.wait_for("@Ken", lambda shown: bool(shown.content), timeout=90)
            await redis.kill()
            await wait_until(lambda: "Redis" in written.getvalue(), timeout=60)
            stop.set()
            await asyncio.wait([task], timeout=60)
            task.cancel()
            await asyncio.wait([task])
        finally:
            root.removeHandler(handler)
            root.setLevel(before)
        log = written.getvalue()
        assert "getMe" in log, "it was logged at all"
        planted = (telegram.token, discord.token, PASSWORD, KEY, canary)
        assert [secret for secret in planted if secret in log + str(announced)] == []


def test_settings_and_their_errors_tell_no_secret(tmp_path: Path):
    environ = {"TIFO_REDIS_URL": f"redis://u:{PASSWORD}@h:6379", "TIFO_QWEN_KEY": KEY}
    environ |= {"TIFO_TELEGRAM_TOKEN": "42:planted", "TIFO_DISCORD_TOKEN": "MTAw.planted"}
    settings = load(environ, tmp_path)
    assert find_secrets(settings) == {PASSWORD, KEY, "42:planted", "MTAw.planted"}
    shown = repr(settings)
    try:
        load(environ | {"TIFO_QWEN_URL": f"http://u:{PASSWORD}@h/nothing"}, tmp_path)
    except TifoError as error:
        shown += str(error)
    assert [secret for secret in find_secrets(settings) if secret in shown] == []
