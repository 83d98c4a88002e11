from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncGenerator

import aiohttp
import pytest
from aiohttp import web

from adapters.web.gate import BURST, MAX_PAGES, RATE, Allowance, Crowd, is_near, listen, to_sender
from tests.adapters.web.stage import SESSION, Stage, page
from tests.waiting import wait_until

FAR = "93.184.216.34"


def test_a_sender_is_an_address_or_a_whole_ipv6_network():
    assert to_sender(FAR) == to_sender(f"::ffff:{FAR}") == FAR
    assert to_sender("2606:4700::1") == to_sender("2606:4700::ffff:2") != to_sender("2606:4701::1")
    assert not is_near(to_sender("2606:4700::1"))


def test_only_a_proxy_nearby_is_believed_whom_it_speaks_for():
    assert to_sender("127.0.0.1", f"10.0.0.1, {FAR}") == FAR
    assert to_sender("::1", FAR) == to_sender("172.17.0.2", FAR) == FAR
    assert to_sender(FAR, "8.8.8.8") == FAR
    assert to_sender("127.0.0.1", "nonsense") == "127.0.0.1"


def test_a_crowd_has_room_for_so_many_and_so_many_of_each():
    crowd = Crowd(most=4, most_each=2)
    assert [crowd.enter(FAR) for _ in range(3)] == [True, True, False]
    assert [crowd.enter("") for _ in range(3)] == [True, True, False]
    crowd.leave("")
    crowd.leave(FAR)
    assert crowd.enter(FAR)


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


@contextlib.asynccontextmanager
async def served(*, patience: float = 10.0) -> AsyncGenerator[int]:
    """A server that answers nothing but 404; yields its port."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    assert runner.server is not None
    listener = await listen(runner.server, "127.0.0.1", 0, patience=patience)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await runner.cleanup()


@pytest.mark.parametrize("half", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_who_does_not_finish_a_request_is_cut_off(half: bytes):
    async with served(patience=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(half)
        async with asyncio.timeout(3):
            assert await reader.read() == b""
        writer.close()


@contextlib.contextmanager
def few_files(count: int):
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, old)


async def test_connections_never_take_all_the_files_of_the_process():
    async with contextlib.AsyncExitStack() as stack:
        with few_files(200):
            port = await stack.enter_async_context(served())
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b"", "there is no room"
        writer.close()
        for _, open_writer in idle:
            open_writer.close()
        url = f"http://127.0.0.1:{port}/"

        async def is_answered() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with aiohttp.ClientSession() as http, http.get(url) as response:
                    return response.status == 404
            return False

        await wait_until(is_answered)


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
