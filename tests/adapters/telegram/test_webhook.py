from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import socket
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from adapters.http import Site
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.webhook import HEADER, LARGEST, Webhook, derive_secret
from core.errors import AdapterError
from core.message import Edit, Message
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, make
from tests.fakes.telegram import FakeTelegram
from tests.waiting import wait_until

Json = dict[str, Any]

SECRET = "a-Secret_of-37"
UPDATE: Json = {
    "update_id": 7,
    "message": {
        "message_id": 5,
        "date": 1801915200,
        "chat": {"id": 1, "type": "private", "first_name": "Ana"},
        "from": {"id": 1, "is_bot": False, "first_name": "Ana"},
        "text": "hi",
    },
}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class Gateway:
    """A process that Telegram can post to."""

    def __init__(self, adapter: TelegramAdapter, url: str) -> None:
        self.adapter = adapter
        self.url = url


@contextlib.asynccontextmanager
async def gateway(
    store: Store, telegram: FakeTelegram, inbox: Inbox, *, secret: str = SECRET, public: str = ""
) -> AsyncGenerator[Gateway]:
    """Serve a webhook; `public` is where a load balancer would stand."""

    async def is_ready() -> bool:
        return True

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/telegram"
    site = Site("127.0.0.1", port, is_ready=is_ready)
    adapter = make(store, telegram, webhook=Webhook(url=public or url, secret=secret, site=site))
    tasks = [asyncio.create_task(site.run()), asyncio.create_task(adapter.run(inbox.receive))]
    try:
        await wait_until(lambda: telegram.webhook or telegram.is_away)
        yield Gateway(adapter, url)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def post(url: str, *headers: tuple[str, str], **more: Any) -> int:
    """Post an update unless told otherwise; return the status."""
    body = {} if "data" in more else {"json": UPDATE}
    method = more.pop("method", "POST")
    async with aiohttp.ClientSession() as session:
        async with session.request(method, url, headers=headers, **body, **more) as answered:
            return answered.status


async def test_updates_that_telegram_posts_arrive_and_are_answered(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, gateway(store, telegram, inbox) as served:
        assert telegram.webhook == {
            "url": served.url,
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
            "max_connections": 40,
        }
        asked = await telegram.say(chat_id=1, user="Ana", text="hi")
        event = await inbox.next()
        assert isinstance(event, Message) and event.text == "hi"
        await telegram.edit(chat_id=1, message=asked, text="hi there")
        edit = await inbox.next(2)
        assert isinstance(edit, Edit) and (edit.target, edit.text) == (event.id, "hi there")
        await served.adapter.deliver(answer(event, "Hello"))
        await telegram.wait_for(1, "Hello")
        assert not telegram.called("getUpdates")


async def test_what_redis_does_not_take_is_posted_again(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, gateway(store, telegram, inbox):
        inbox.is_away = True
        await telegram.say(chat_id=1, user="Ana", text="hi")
        await wait_until(lambda: inbox.refused >= 2)
        assert not telegram.confirmed
        inbox.is_away = False
        assert (await inbox.next()).id == "telegram:1:1"
        await wait_until(lambda: telegram.confirmed)


GOOD = (HEADER, SECRET)
FORGED: dict[str, tuple[int, tuple[tuple[str, str], ...], Json]] = {
    "no secret": (403, (), {}),
    "an empty secret": (403, ((HEADER, ""),), {}),
    "a wrong secret of the same length": (403, ((HEADER, "b" + SECRET[1:]),), {}),
    "the secret and a space that counts": (403, ((HEADER, SECRET + "\u00a0"),), {}),
    "a wrong secret": (403, ((HEADER, "wrong"),), {}),
    "the beginning of the secret": (403, ((HEADER, SECRET[:-1]),), {}),
    "the secret and more": (403, ((HEADER, SECRET + "x"),), {}),
    "the secret in capitals": (403, ((HEADER, SECRET.upper()),), {}),
    "the secret twice": (403, (GOOD, GOOD), {}),
    "the secret and a wrong one": (403, (GOOD, (HEADER, "wrong")), {}),
    "a wrong one and the secret": (403, ((HEADER, "wrong"), GOOD), {}),
    "both in one line": (403, ((HEADER, f"{SECRET}, {SECRET}"),), {}),
    "a secret beyond ASCII": (403, ((HEADER, "geheïm🔑"),), {}),
    "a secret of a megabyte": (400, ((HEADER, "x" * 1_000_000),), {}),
    "the secret in another header": (403, (("Authorization", SECRET),), {}),
    "the secret in a cookie": (403, (("Cookie", f"{HEADER}={SECRET}"),), {}),
    "the secret in the address": (403, (), {"params": {"secret_token": SECRET}}),
    "another method": (405, (GOOD,), {"method": "GET"}),
    "a method that changes": (405, (GOOD,), {"method": "PUT"}),
    "a method without a body": (405, (GOOD,), {"method": "HEAD"}),
    "a method that sends back": (405, (GOOD,), {"method": "TRACE"}),
    "no body": (400, (GOOD,), {"data": b""}),
    "no JSON": (400, (GOOD,), {"data": b"update_id=7&message=hi"}),
    "half an update": (400, (GOOD,), {"data": b'{"update_id":7,"message":{'}),
    "a list": (400, (GOOD,), {"data": b"[7]"}),
    "no number": (400, (GOOD,), {"data": b'{"message":{"text":"hi"}}'}),
    "too large a number": (400, (GOOD,), {"data": b'{"update_id":' + b"9" * 5000 + b"}"}),
    "a number beyond all numbers": (400, (GOOD,), {"data": b'{"update_id":1e400}'}),
    "too deep": (400, (GOOD,), {"data": b'{"update_id":7,"x":' + b"[" * 100_000}),
    "too large": (413, (GOOD,), {"data": io.BytesIO(b" " * (LARGEST + 1))}),
    "twenty megabytes": (413, (GOOD,), {"data": io.BytesIO(b" " * (20 << 20))}),
    "a bomb": (
        413,
        (GOOD, ("Content-Encoding", "gzip")),
        {"data": gzip.compress(b" " * (LARGEST * 100))},
    ),
}


async def test_forgeries_are_refused_and_have_no_effect(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, gateway(store, telegram, inbox) as served:
        for name, (status, headers, more) in FORGED.items():
            try:
                answered = await post(served.url, *headers, **more)
            except aiohttp.ClientError:  # cut off before it was through
                answered = 413 if status == 413 else 0
            assert answered == status, name
        assert not inbox.events
        assert await post(served.url, GOOD) == 200
        assert len(inbox.events) == 1


async def test_an_update_that_is_sent_again_keeps_its_id(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, gateway(store, telegram, inbox) as served:
        for _ in range(2):
            assert await post(served.url, GOOD) == 200
        assert {event.id for event in inbox.events} == {"telegram:1:5"}, "the inbox keeps it once"


async def test_an_update_of_a_kind_that_is_not_known_is_not_asked_for_again(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram, gateway(store, telegram, inbox) as served:
        odd = b'{"update_id":7,"message":{"message_id":"five"}}'
        assert await post(served.url, GOOD, data=odd) == 200
        assert await post(served.url, GOOD, data=b'{"update_id":8,"newest_thing":{}}') == 200
        assert not inbox.events


async def test_several_gateways_serve_one_bot_and_derive_the_same_secret(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        public = "http://bot.example/telegram"
        async with (
            gateway(store, telegram, inbox, secret="", public=public) as one,
            gateway(store, telegram, inbox, secret="", public=public) as two,
        ):
            secret = derive_secret(telegram.token)
            assert telegram.webhook["secret_token"] == secret
            assert telegram.webhook["url"] == public
            assert telegram.token not in secret
            for served in (one, two, one):  # the same one twice: the inbox tells by its id
                assert await post(served.url, (HEADER, secret)) == 200
            assert {event.id for event in inbox.events} == {"telegram:1:5"}


async def test_before_the_bot_knows_who_it_is_telegram_must_wait(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        await telegram.stop()
        async with gateway(store, telegram, inbox) as served:
            await wait_until(lambda: is_served(served.url))
            assert await post(served.url, GOOD) == 503
            assert not inbox.events


async def is_served(url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError):
        return await post(url) == 403
    return False


async def test_polling_takes_a_webhook_away_that_is_still_set(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with gateway(store, telegram, inbox):
            pass
        assert telegram.webhook, "others may serve it"
        task = asyncio.create_task(make(store, telegram).run(inbox.receive))
        await telegram.say(chat_id=1, user="Ana", text="hi")
        await inbox.next()
        assert not telegram.webhook
        task.cancel()
        await asyncio.wait([task])


async def test_a_refused_token_ends_the_adapter_in_one_sentence(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        telegram.is_revoked = True
        site = Site("127.0.0.1", 0, is_ready=lambda: asyncio.sleep(0, True))
        webhook = Webhook(url="https://bot.example/telegram", secret="", site=site)
        with pytest.raises(AdapterError, match="@BotFather"):
            await make(store, telegram, webhook=webhook).run(inbox.receive)
