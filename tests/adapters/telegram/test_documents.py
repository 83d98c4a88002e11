from __future__ import annotations

import msgspec
import pytest

from core.errors import DeliveryError, UndeliverableError
from core.message import Button, File, Reply
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault

DATA = File(name="my data.json", media_type="application/json", content=b'{"a": "\xc3\xa9"}' * 5)
CHAT = -1005


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def asked(telegram: FakeTelegram, inbox: Inbox, **more: object) -> Reply:
    await telegram.say(chat_id=CHAT, user="Ana", text="/mydata", kind="forum", thread=30)
    return answer(await inbox.next(), "Here it is.", files=(DATA,), **more)


async def test_a_file_stands_below_its_text_as_a_document(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            reply = await asked(telegram, inbox, buttons=(Button(id="a:b", label="B"),))
            growing = msgspec.structs.replace(reply, is_final=False)
            await adapter.deliver(growing)
            await adapter.deliver(reply)
            text, document = telegram.chat(CHAT)[1:]
            assert text.buttons and text.reply_to == 1 and text.upload is None
            assert document.upload is not None and document.thread == 30
            assert document.upload.name == "my-data.json"
            assert document.file == DATA.content
            assert document.upload.media_type == "application/json"
            assert (document.reply_to, document.buttons) == (None, [])


async def test_a_file_that_stands_is_not_sent_again_and_another_one_takes_its_place(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            reply = await asked(telegram, inbox)
            telegram.fail(Fault(method="sendDocument", status=502))
            with pytest.raises(DeliveryError):
                await adapter.deliver(reply)
            await adapter.deliver(reply)
            await adapter.deliver(reply)
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await adapter.deliver(reply)
            assert len(telegram.called("sendDocument")) == 2
            assert len(telegram.called("sendMessage")) == 1
            other = msgspec.structs.replace(DATA, content=b"[]")
            await adapter.deliver(msgspec.structs.replace(reply, files=(other,)))
            text, document = telegram.chat(CHAT)[1:]
            assert text.text == "Here it is."
            assert document.upload is not None and document.file == b"[]"
            await adapter.deliver(msgspec.structs.replace(reply, files=()))
            assert len(telegram.chat(CHAT)) == 2


async def test_a_large_file_goes_through(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            large = msgspec.structs.replace(DATA, content=b"x" * (1 << 20))
            reply = await asked(telegram, inbox)
            await adapter.deliver(msgspec.structs.replace(reply, files=(large,)))
            document = telegram.chat(CHAT)[-1]
            assert document.upload is not None and len(document.file) == 1 << 20


async def test_where_files_are_not_taken_the_text_stands(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            reply = await asked(telegram, inbox)
            refused = "Bad Request: not enough rights to send documents to the chat"
            telegram.fail(Fault(method="sendDocument", status=400, description=refused))
            with pytest.raises(UndeliverableError):
                await adapter.deliver(reply)
            assert telegram.chat(CHAT)[-1].text == "Here it is."
