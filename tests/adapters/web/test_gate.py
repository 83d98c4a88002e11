from __future__ import annotations

import contextlib

import aiohttp
import pytest

from adapters.web.gate import BURST, MAX_PAGES, RATE, Allowance
from tests.adapters.web.stage import SESSION, Stage, page
from tests.waiting import wait_until

FAR = "93.184.216.34"


def test_an_allowance_is_spent_and_comes_back_with_time():
    now = 0.0
    allowance = Allowance(clock=lambda: now)
    assert [allowance.spend(FAR) for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert allowance.spend("8.8.8.8")
    now = 2.0 / RATE
    assert [allowance.spend(FAR) for _ in range(3)] == [True, True, False]


def test_an_allowance_forgets_who_was_silent_the_longest():
    allowance = Allowance(clock=lambda: 0.0)
    for _ in range(BURST):
        allowance.spend(FAR)
    for number in range(9_999):
        allowance.spend(str(number))
    assert not allowance.spend(FAR)
    for number in range(10_000):
        allowance.spend(str(number))
    assert allowance.spend(FAR)


async def test_one_sender_may_have_so_many_pages_open_and_others_still_come_in(stage: Stage):
    url = f"{stage.url}/ws"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        sockets = [await http.ws_connect(url) for _ in range(MAX_PAGES)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(url)
        assert refusal.value.status == 503
        sockets.append(await http.ws_connect(url, headers={"X-Forwarded-For": FAR}))
        await sockets[0].close()

        async def is_in() -> bool:
            with contextlib.suppress(aiohttp.WSServerHandshakeError):
                sockets.append(await http.ws_connect(url))
                return True
            return False

        await wait_until(is_in)
        for ws in sockets:
            await ws.close()


async def test_new_sessions_do_not_help_a_sender_who_sends_too_much(stage: Stage):
    for number in range(BURST // 20):
        async with page(stage, session=f"{SESSION}-{number}") as fan:
            for text in range(20):
                await fan.say(f"message {text}", id=f"m{text}")
            await fan.wait_for("ack", 20)
    async with page(stage, session=f"{SESSION}-more", locale="es") as fan:
        # A moment gives a message back, so some more are needed.
        for text in range(20):
            await fan.say(f"message {text}", id=f"m{text}")
        refused = await fan.wait_for("refused")
        assert refused["is_lasting"] is False
        assert "60" in refused["text"] and "segundos" in refused["text"]
        kept = {event.id.rpartition(":")[2] for event in stage.events[BURST:]}
        assert refused["id"] not in kept
    async with page(stage, session=f"{SESSION}-more") as again:
        shown = {item["id"] for item in again.of("welcome")[0]["items"]}
        assert refused["id"] not in shown, "what is refused is not kept"


async def test_an_origin_that_is_no_address_is_another_site(stage: Stage):
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(f"{stage.url}/ws", origin="http://[")
    assert refusal.value.status == 403


async def test_a_frame_that_is_nested_too_deep_is_malformed(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    async with page(stage) as fan:
        await fan.ws.send_str('{"type":"say","id":"1","text":"x","y":' + "[" * 30_000)
        await wait_until(lambda: fan.ws.closed)
        assert fan.ws.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION
    assert "Traceback" not in caplog.text
