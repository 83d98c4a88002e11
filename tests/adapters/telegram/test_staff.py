from __future__ import annotations

import asyncio

import pytest

from adapters.telegram.client import Client
from adapters.telegram.inbound import ALL_RIGHTS
from adapters.telegram.moves import Moves
from adapters.telegram.staff import Offices
from core.errors import DeliveryError
from core.message import Button, Command, Message, Press, Reply, Right
from core.outbox import Ledger
from core.store import Store
from tests.adapters.telegram.harness import Inbox, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.fakes.telegram_staff import ALL_FLAGS
from tests.waiting import wait_until

GROUP = -1005


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def rights(inbox: Inbox, count: int) -> frozenset[Right]:
    event = await inbox.next(count)
    assert isinstance(event, Message | Command | Press)
    return event.user.rights


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("can_change_info",), {"manage"}),
        (("can_restrict_members",), {"restrict", "ban"}),
        (("can_delete_messages",), {"messages"}),
        (("can_invite_users", "can_pin_messages"), set[Right]()),
        (ALL_FLAGS, ALL_RIGHTS),
    ],
)
async def test_what_telegram_lets_somebody_do_comes_with_their_order(
    store: Store, inbox: Inbox, flags: tuple[str, ...], expected: set[Right]
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        telegram.appoint(GROUP, "Mod", *flags)
        await telegram.say(chat_id=GROUP, user="Mod", text="/stats")
        assert await rights(inbox, 1) == expected


async def test_the_owner_may_do_everything_and_a_fan_nothing(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        telegram.appoint(GROUP, "Owner", is_owner=True)
        await telegram.say(chat_id=GROUP, user="Owner", text="/pause")
        await telegram.say(chat_id=GROUP, user="Fan", text="/pause")
        assert await rights(inbox, 1) == ALL_RIGHTS
        assert await rights(inbox, 2) == frozenset()


async def test_a_press_counts_for_who_presses_not_for_whom_the_button_is(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox) as adapter:
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        await telegram.say(chat_id=GROUP, user="Mod", text="/flags")
        order = await inbox.next()
        assert isinstance(order, Command)
        buttons = (Button(id="flag:ban:7", label="Ban"),)
        flag = Reply(id="flag:7", conversation=order.conversation, text="Look", buttons=buttons)
        await adapter.deliver(flag)
        shown = await telegram.wait_for(GROUP, "Look")
        await telegram.press(chat_id=GROUP, user="Fan", message=shown.id, button="Ban")
        assert await rights(inbox, 2) == frozenset()
        await telegram.press(chat_id=GROUP, user="Mod", message=shown.id, button="Ban")
        assert await rights(inbox, 3) == {"restrict", "ban"}


async def test_moderators_are_known_in_what_they_write_and_one_call_tells_of_all(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        for user in ("Fan", "Mod", "Mod", "Other"):
            await telegram.say(chat_id=GROUP, user=user, text="hi")
        found = [await rights(inbox, count) for count in (1, 2, 3, 4)]
        assert [bool(some) for some in found] == [False, True, True, False]
        assert len(telegram.called("getChatAdministrators")) == 1


async def test_in_a_private_chat_nobody_is_asked_about(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        await telegram.say(chat_id=7, user="Ana", text="/stats")
        assert await rights(inbox, 1) == frozenset()
        assert not telegram.called("getChatAdministrators")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="getChatAdministrators", status=500),
        Fault(method="getChatAdministrators", status=429, retry_after=30),
        Fault(method="getChatAdministrators", status=403, description="Forbidden: bot was kicked"),
        Fault(method="getChatAdministrators", silence=4.0),
    ],
)
async def test_where_telegram_does_not_tell_nobody_has_rights_and_the_event_arrives(
    store: Store, inbox: Inbox, fault: Fault
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        telegram.appoint(GROUP, "Mod", *ALL_FLAGS)
        telegram.fail(fault)
        await telegram.say(chat_id=GROUP, user="Mod", text="/pause")
        await telegram.say(chat_id=GROUP, user="Mod", text="hi")
        await telegram.say(chat_id=GROUP, user="Mod", text="and again")
        assert [await rights(inbox, count) for count in (1, 2, 3)] == [frozenset()] * 3
        assert len(telegram.called("getChatAdministrators")) == 1, "it is left alone for a while"


async def test_a_slow_telegram_holds_up_one_event_not_every_one(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        telegram.pick = lambda method: (
            Fault(method=method, silence=15.0) if method == "getChatAdministrators" else None
        )
        for chat in (GROUP, GROUP - 1, GROUP - 2, GROUP):
            await telegram.say(chat_id=chat, user="Mod", text="hi", kind="supergroup")
        await wait_until(lambda: len(inbox.events) == 4, timeout=8)
        assert len(telegram.called("getChatAdministrators")) == 1


async def test_when_the_bot_is_made_something_else_the_staff_is_asked_for_anew(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox):
        await telegram.say(chat_id=GROUP, user="Mod", text="/pause", kind="supergroup")
        assert not await rights(inbox, 1)
        telegram.appoint(GROUP, "Mod", "can_change_info")
        telegram.make_bot(GROUP, "can_restrict_members")
        await telegram.say(chat_id=GROUP, user="Mod", text="/pause")
        assert await rights(inbox, 2) == {"manage"}


async def test_a_topic_of_a_forum_is_a_place_of_its_own_for_who_answers_there(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram, telegram_and_adapter(store, telegram, inbox) as adapter:
        telegram.appoint(GROUP, "Mod", "can_restrict_members", kind="forum")
        await telegram.say(chat_id=GROUP, user="Mod", text="hi", kind="forum", thread=30)
        event = await inbox.next()
        assert isinstance(event, Message) and event.conversation.thread == "30"
        buttons = (Button(id="handoff:take:1", label="Take"),)
        unasked = Reply(
            id="handoff:1", conversation=event.conversation, text="A fan asks", buttons=buttons
        )
        await adapter.deliver(unasked)
        shown = await telegram.wait_for(GROUP, "A fan asks")
        assert (shown.thread, shown.reply_to) == (30, None)
        await telegram.press(chat_id=GROUP, user="Mod", message=shown.id, button="Take")
        press = await inbox.next(2)
        assert isinstance(press, Press) and press.user.rights == {"restrict", "ban"}
        assert press.conversation == event.conversation
        taken = Reply(id="handoff:1", conversation=event.conversation, text="Mod has it")
        await adapter.deliver(taken)
        assert (await telegram.wait_for(GROUP, "Mod has it")).id == shown.id
        assert not shown.buttons
        await telegram.say(
            chat_id=GROUP, user="Mod", text="Hello!", kind="forum", thread=30, reply_to=shown.id
        )
        said = await inbox.next(3)
        assert isinstance(said, Message) and said.is_mention
        assert said.conversation == event.conversation and said.reply_to == str(shown.id)
        assert said.user.rights == {"restrict", "ban"}


async def test_what_is_known_of_a_chat_is_good_for_a_while_and_asked_for_once_by_many(
    store: Store,
):
    async with FakeTelegram() as telegram:
        client = Client(telegram.token, telegram.url)
        await client.initialize()
        offices = Offices(client, Moves(Ledger(store)))
        mod = telegram.appoint(GROUP, "Mod", "can_change_info")
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(offices.staff(GROUP)) for _ in range(20)]
        assert all(set(task.result()) == {mod} for task in asking)
        assert len(telegram.called("getChatAdministrators")) == 1
        telegram.dismiss(GROUP, "Mod")
        assert set(await offices.staff(GROUP)) == {mod}
        await asyncio.sleep(0.02)
        assert not await offices.staff(GROUP, 0.01), "older than what is good enough"
        telegram.fail(Fault(method="getChatAdministrators", status=500))
        await asyncio.sleep(0.02)
        with pytest.raises(DeliveryError):
            await offices.staff(GROUP, 0.01)
        await client.shutdown()


async def test_a_group_that_moved_is_asked_about_where_it_is(store: Store):
    async with FakeTelegram() as telegram:
        client = Client(telegram.token, telegram.url)
        await client.initialize()
        telegram.join(-5, "Mod", kind="group")
        telegram.migrate(-5, GROUP)
        mod = telegram.appoint(GROUP, "Mod", "can_change_info")
        assert set(await Offices(client, Moves(Ledger(store))).staff(-5)) == {mod}
        await wait_until(lambda: len(telegram.called("getChatAdministrators")) == 2)
        await client.shutdown()
