from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

import aiohttp
import msgspec
import pytest
from nacl.signing import SigningKey

from adapters.discord.postbox import LARGEST, PATH, SIGNATURE, TIMESTAMP
from adapters.http import Site
from core.message import Button, Command, Press
from core.store import Store
from tests.adapters.discord.bench import Bench, make, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_post import Post
from tests.waiting import wait_until

PING = {"id": "1", "application_id": "2", "type": 1, "token": "t", "version": 1}


async def is_ready() -> bool:
    return True


@contextlib.asynccontextmanager
async def served(discord: FakeDiscord, site: Site) -> AsyncGenerator[None]:
    """Serve a site to which all has been added, and let Discord post there."""
    task = asyncio.create_task(site.run())
    await wait_until(lambda: site.port != 0)
    discord.post.url = f"http://127.0.0.1:{site.port}{PATH}"
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def bench(discord: FakeDiscord, store: Store) -> AsyncIterator[Bench]:
    site = Site("127.0.0.1", 0, is_ready=is_ready)
    async with running(discord, store, site=site) as bench, served(discord, site):
        await discord.say(guild="club", text="hello", mention=True)
        await bench.next()
        yield bench


async def test_a_command_and_a_press_are_answered_as_over_the_gateway(
    discord: FakeDiscord, bench: Bench
):
    used = await discord.command("language", guild="club", user="Mia", is_moderator=True)
    command = await bench.next(2)
    assert isinstance(command, Command)
    assert command.user.is_moderator
    buttons = (Button(id="language:es", label="Español"),)
    await bench.answer(command, "Which?", buttons=buttons)
    assert used.callback_after is not None and used.callback_after < 3
    shown = await discord.wait_for("general", "Which?")
    assert shown.ephemeral
    await discord.press(shown, "Español", guild="club")
    press = await bench.next(3)
    assert isinstance(press, Press)
    await bench.answer(press, "Vale.")
    assert (await discord.wait_for("general", "Vale.")).ephemeral


async def test_an_interaction_that_is_posted_twice_is_taken_once(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("help", guild="club")
    await bench.next(2)
    assert (await discord.post.send(discord.post.last))[0] == 202
    await discord.server.dispatch("INTERACTION_CREATE", msgspec.json.decode(discord.post.last))
    await discord.command("privacy", guild="club")
    later = await bench.next(3)
    assert isinstance(later, Command)
    assert later.name == "privacy"
    assert sum(call.path.endswith("callback") for call in discord.calls) == 2


async def test_a_ping_is_answered(discord: FakeDiscord, bench: Bench):
    status, body = await discord.post.send(PING)
    assert (status, msgspec.json.decode(body)) == (200, {"type": 1})


def forgeries(post: Post, body: bytes) -> dict[str, dict[str, str]]:
    """Return the headers of each forgery of a body."""
    signed = post.sign(body)
    signature, timestamp = signed[SIGNATURE], signed[TIMESTAMP]
    other = SigningKey.generate().sign(timestamp.encode() + body).signature.hex()
    changed = {
        "an empty one": "",
        "63 bytes": signature[:-2],
        "65 bytes": signature + "00",
        "not hex": "g" * 128,
        "zeros": "0" * 128,
        "of another key": other,
        "of another body": post.sign(b"{}")[SIGNATURE],
        "of the same meaning": post.sign(body + b" ")[SIGNATURE],
        "of another time": post.sign(body, age=5)[SIGNATURE],
    }
    return {
        "none": {},
        "no timestamp": {SIGNATURE: signature},
        "no signature": {TIMESTAMP: timestamp},
        "10 minutes old": post.sign(body, age=600),
        "10 minutes ahead": post.sign(body, age=-600),
        "an endless time": signed | {TIMESTAMP: "9" * 5000},
        "no time": signed | {TIMESTAMP: "1e9"},
        **{name: signed | {SIGNATURE: wrong} for name, wrong in changed.items()},
    }


async def test_a_forgery_is_refused_and_does_nothing(discord: FakeDiscord, bench: Bench):
    await discord.command("help", guild="club")
    await bench.next(2)
    payload = msgspec.json.decode(discord.post.last)
    for name in forgeries(discord.post, b""):
        payload["id"] = discord.rest.new_id()
        for body in (msgspec.json.encode(payload), msgspec.json.encode(PING)):
            headers = forgeries(discord.post, body)[name]
            assert (await discord.post.send(body, headers))[0] == 401, name
    await discord.command("privacy", guild="club")
    later = await bench.next(3)
    assert isinstance(later, Command)
    assert later.name == "privacy"


async def test_two_signatures_are_none(discord: FakeDiscord, bench: Bench):
    body = msgspec.json.encode(PING)
    headers = [*discord.post.sign(body).items(), (SIGNATURE, "0" * 128)]
    async with (
        aiohttp.ClientSession() as session,
        session.post(discord.post.url, data=body, headers=headers) as answer,
    ):
        assert answer.status == 401


async def test_what_is_signed_and_cannot_be_read_is_refused(discord: FakeDiscord, bench: Bench):
    for body, status in (
        (b"no json", 400),
        (b"[" * 100_000, 400),
        (b'{"type": 2}', 400),
        (b'{"type": 1e400}', 400),
        (b'{"type": 1, "x": "' + b"x" * LARGEST + b'"}', 413),
    ):
        assert (await discord.post.send(body))[0] == status, body[:20]


async def test_other_methods_are_not_served(discord: FakeDiscord, bench: Bench):
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "PUT", "HEAD", "DELETE"):
            async with session.request(method, discord.post.url) as answer:
                assert answer.status == 405


async def test_before_discord_is_reached_only_a_ping_is_answered(
    discord: FakeDiscord, store: Store
):
    site = Site("127.0.0.1", 0, is_ready=is_ready)
    make(discord, store, site=site)
    async with served(discord, site):
        command = PING | {"type": 2, "data": {"name": "help"}, "channel_id": "5"}
        command |= {"user": world.user("Ken"), "context": 1}
        assert (await discord.post.send(command))[0] == 503
        assert (await discord.post.send(PING))[0] == 200
