"""Pages that do not behave."""

from __future__ import annotations

import aiohttp
import pytest

from core.message import Message
from tests.adapters.web.stage import SESSION, Stage, page
from tests.waiting import wait_until


@pytest.mark.parametrize(
    "hello",
    [
        '{"type":"hello","session":"short"}',
        '{"type":"hello","session":"' + "x" * 65 + '"}',
        '{"type":"hello","session":"a-session-of-a-test-0001","after":"0; DROP"}',
        '{"type":"say","id":"1","text":"no hello first"}',
        "{}",
        "not json",
    ],
)
async def test_who_does_not_introduce_themselves_is_shown_the_door(stage: Stage, hello: str):
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{stage.url}/ws") as ws:
        await ws.send_str(hello)
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"say","id":"with space","text":"x"}', aiohttp.WSCloseCode.POLICY_VIOLATION),
        ('{"type":"ack","id":"1"}', aiohttp.WSCloseCode.POLICY_VIOLATION),
        ('{"type":"say","id":"1","text":"' + "x" * 70_000, aiohttp.WSCloseCode.MESSAGE_TOO_BIG),
    ],
)
async def test_nonsense_ends_the_connection(stage: Stage, frame: str, code: int):
    async with page(stage) as fan:
        await fan.ws.send_str(frame)
        await wait_until(lambda: fan.ws.closed)
        assert fan.ws.close_code == code
    assert not stage.events


async def test_a_page_of_another_site_may_not_connect(stage: Stage):
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(f"{stage.url}/ws", origin="https://evil.example")
    assert refusal.value.status == 403


async def test_one_session_may_have_eight_pages_open(stage: Stage):
    async with aiohttp.ClientSession() as http:
        sockets = [await http.ws_connect(f"{stage.url}/ws") for _ in range(9)]
        for ws in sockets[:8]:
            await ws.send_json({"type": "hello", "session": SESSION})
            assert (await ws.receive_json())["type"] == "welcome"
        await sockets[8].send_json({"type": "hello", "session": SESSION})
        assert (await sockets[8].receive()).type is aiohttp.WSMsgType.CLOSE
        assert sockets[8].close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
        for ws in sockets:
            await ws.close()


async def test_a_flood_is_read_slowly_and_loses_nothing(stage: Stage):
    async with page(stage) as fan:
        for number in range(24):
            await fan.say(f"message {number}", id=f"m{number}")
        await fan.wait_for("ack", 20)
        assert len(stage.events) < 24, "the rest waits"
        await fan.wait_for("ack", 24)
    assert [event.text for event in stage.events if isinstance(event, Message)] == [
        f"message {number}" for number in range(24)
    ]
