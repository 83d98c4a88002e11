"""The rehearsal's fast platforms answer as the official descriptions say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from telegram import Bot

from bots.rehearsal import discord, discord_world, telegram
from bots.rehearsal.board import Asked
from bots.rehearsal.plan import Plan
from bots.rehearsal.rehearse import Stage
from bots.rehearsal.words import Mark
from tests.fakes import discord_spec, telegram_spec

BOT = Path(__file__).parents[2] / "bots" / "winter_games"
Json = dict[str, Any]


def asked(stage: Stage, index: int, *, group: int | None = None) -> Asked:
    return Asked(Mark(7, 1), stage.platforms[index].place(7, group), "", "en", 0.0)


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    made = Stage(Plan(), BOT)
    async with made.open():
        yield made


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_telegram_answers_as_its_description_says(
    stage: Stage, session: aiohttp.ClientSession
):
    async def call(method: str, **body: object) -> Any:
        url = f"{stage.environ['TIFO_TELEGRAM_API']}/bot{telegram.TOKEN}/{method}"
        async with session.post(url, json=body) as response:
            return await response.json()

    for group in (None, 3):
        stage.platforms[0].say(asked(stage, 0, group=group), "Hello")
    updates = (await call("getUpdates"))["result"]
    assert len(updates) == 2
    faults = [telegram_spec.response_fault("Update", update) for update in updates]
    sent = (await call("sendMessage", chat_id=8, text="Hi"))["result"]
    edited = await call("editMessageText", chat_id=8, message_id=sent["message_id"], text="Ho")
    faults += [telegram_spec.response_fault("Message", m) for m in (sent, edited["result"])]
    faults.append(telegram_spec.response_fault("User", (await call("getMe"))["result"]))
    info = (await call("getWebhookInfo"))["result"]
    faults.append(telegram_spec.response_fault("WebhookInfo", info))
    assert not any(faults), faults
    same = await call("editMessageText", chat_id=8, message_id=sent["message_id"], text="Ho")
    assert "not modified" in same["description"]
    assert (await call("sendMessageDraft", chat_id=8, draft_id=1, text="H"))["result"] is True
    assert (await call("sendHologram"))["error_code"] == 404
    assert await call("getUpdates", offset=updates[-1]["update_id"] + 1) == {
        "ok": True,
        "result": [],
    }


async def test_telegram_speaks_with_the_real_library(stage: Stage):
    api = stage.environ["TIFO_TELEGRAM_API"] + "/bot"
    async with Bot(telegram.TOKEN, base_url=api) as bot:
        stage.platforms[0].say(asked(stage, 0), "Hello")
        (update,) = await bot.get_updates(timeout=1)
        assert update.message is not None and update.message.text == "Hello"
        message = await update.message.reply_text("Hi", do_quote=True)
        await message.edit_text("Ho")
        assert await bot.send_message_draft(8, 1, "He")
        assert await message.delete()
    assert not stage.board.posts


async def test_discord_answers_as_its_description_says(
    stage: Stage, session: aiohttp.ClientSession
):
    faults: list[str] = []

    async def call(method: str, path: str, body: object = None, **ids: str) -> Any:
        url = stage.environ["TIFO_DISCORD_API"] + path.format(**ids)
        headers = {"Authorization": f"Bot {discord.TOKEN}"}
        async with session.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            answer = msgspec.json.decode(raw) if raw else None
            found = discord_spec.response_fault(method, path, response.status, answer)
            faults.extend([f"{method} {path}: {found}"] if found else [])
            return answer

    where = {"channel_id": discord_world.channel_of(7, None)}
    inside = {"channel_id": discord_world.channel_of(7, 3)}
    messages = "/channels/{channel_id}/messages"
    stage.platforms[1].say(asked(stage, 1), "Hello")
    for path in ("/users/@me", "/oauth2/applications/@me", "/gateway/bot"):
        await call("GET", path)
    sent = await call(
        "POST", messages, {"content": "Hi", "nonce": "1", "enforce_nonce": True}, **where
    )
    again = await call(
        "POST", messages, {"content": "Hi", "nonce": "1", "enforce_nonce": True}, **where
    )
    assert sent["id"] == again["id"]
    message = messages + "/{message_id}"
    edited = await call("PATCH", message, {"content": "Ho"}, message_id=sent["id"], **where)
    assert edited["content"] == "Ho"
    assert [row["content"] for row in await call("GET", messages, **where)][-1] == "Hello"
    await call("GET", "/channels/{channel_id}", **where)
    await call("GET", "/channels/{channel_id}", **inside)
    await call("POST", "/channels/{channel_id}/typing", **where)
    command: Json = {"name": "ask", "type": 1, "description": "Ask", "options": []}
    application = {"application_id": str(discord_world.APPLICATION)}
    await call("PUT", "/applications/{application_id}/commands", [command], **application)
    await call("DELETE", message, message_id=sent["id"], **where)
    assert not faults, "\n".join(faults)
    assert not stage.board.posts


async def test_a_discord_session_is_resumed_with_what_it_missed(
    stage: Stage, session: aiohttp.ClientSession
):
    url = stage.environ["TIFO_DISCORD_GATEWAY"]
    identify = {"op": 2, "d": {"token": discord.TOKEN, "intents": 0, "shard": [0, 1]}}
    async with session.ws_connect(url) as ws:
        assert (await ws.receive_json())["op"] == 10
        await ws.send_json(identify)
        ready = await ws.receive_json()
        assert ready["t"] == "READY"
        number = ready["s"]
    stage.platforms[1].say(asked(stage, 1), "Anybody there?")
    resume = {"token": discord.TOKEN, "session_id": ready["d"]["session_id"], "seq": number}
    names: list[str] = []
    async with session.ws_connect(url) as ws, asyncio.timeout(5):
        await ws.receive_json()
        await ws.send_json({"op": 6, "d": resume})
        while "RESUMED" not in names:
            names.append((await ws.receive_json())["t"])
    assert names[-2:] == ["MESSAGE_CREATE", "RESUMED"]


async def test_discord_refuses_what_is_above_its_limits(session: aiohttp.ClientSession):
    limited = Stage(Plan(has_limits=True), BOT)
    async with limited.open():
        url = limited.environ["TIFO_DISCORD_API"]
        path = f"{url}/channels/{discord_world.channel_of(1, None)}/messages"
        headers = {"Authorization": f"Bot {discord.TOKEN}"}
        statuses: list[int] = []
        left = ""
        for _ in range(6):
            async with session.post(path, json={"content": "Hi"}, headers=headers) as response:
                statuses.append(response.status)
                left = response.headers["X-RateLimit-Remaining"]
    assert statuses == [200] * 5 + [429] and left == "0"
    assert limited.board.refused == {"discord": 1}
