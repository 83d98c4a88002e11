from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncGenerator

import aiohttp
import pytest
from aiohttp import web

from adapters.http import HEADERS, Crowd, Site, is_near, listen, to_sender
from core.errors import AdapterError
from tests.waiting import wait_until

FAR = "93.184.216.34"


async def is_ready() -> bool:
    return True


@contextlib.asynccontextmanager
async def served(site: Site) -> AsyncGenerator[str]:
    """Run a site; yields where it is."""
    task = asyncio.create_task(site.run())
    await wait_until(lambda: site.port)
    try:
        yield f"http://127.0.0.1:{site.port}"
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_webhook_is_answered_and_only_where_and_how_it_was_added():
    async def hook(request: web.Request) -> web.Response:
        return web.Response(text=await request.text())

    site = Site("127.0.0.1", 0, is_ready=is_ready)
    site.add("POST", "/telegram", hook)
    async with served(site) as url, aiohttp.ClientSession() as http:
        async with http.post(f"{url}/telegram", data="update") as answer:
            assert (answer.status, await answer.text()) == (200, "update")
            assert HEADERS.items() <= answer.headers.items()
        async with http.get(f"{url}/telegram") as answer:
            assert answer.status == 405
        async with http.get(f"{url}/") as answer:
            assert answer.status == 404, "no page was added"


async def test_health_is_about_the_process_and_readiness_about_the_rest():
    is_well = True

    async def tell() -> bool:
        return is_well

    async with (
        served(Site("127.0.0.1", 0, is_ready=tell)) as url,
        aiohttp.ClientSession() as http,
    ):

        async def status(path: str) -> int:
            async with http.get(url + path) as answer:
                return answer.status

        assert await status("/readyz") == 200
        is_well = False
        assert await status("/readyz") == 503
        assert await status("/healthz") == 200


async def test_an_address_that_is_taken_is_named_with_its_setting():
    async with served(Site("127.0.0.1", 0, is_ready=is_ready)) as url:
        other = Site("127.0.0.1", int(url.rpartition(":")[2]), is_ready=is_ready)
        with pytest.raises(AdapterError, match="TIFO_HTTP_PORT"):
            await other.run()


async def test_what_waits_for_the_end_is_told_and_then_nobody_comes_in_any_more():
    told: list[bool] = []
    site = Site("127.0.0.1", 0, is_ready=is_ready)

    async def see() -> None:
        with contextlib.suppress(OSError):
            await asyncio.open_connection("127.0.0.1", site.port)
            told.append(False)
            return
        told.append(True)

    site.on_close(see)
    async with served(site):
        assert not told
    assert told == [True]


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


@contextlib.asynccontextmanager
async def listening(*, patience: float = 10.0) -> AsyncGenerator[int]:
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
    async with listening(patience=0.2) as port:
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


async def test_a_server_may_open_more_files_than_the_system_begins_with():
    with few_files(256):
        async with served(Site("127.0.0.1", 0, is_ready=is_ready)):
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            assert soft == hard or soft >= 8000


async def test_connections_never_take_all_the_files_of_the_process():
    async with contextlib.AsyncExitStack() as stack:
        with few_files(200):
            port = await stack.enter_async_context(listening())
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
