from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator

import pytest

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.deeds import LONGEST, meaning
from adapters.telegram.transport import RefusedError
from core.errors import DeliveryError, RetryLaterError
from core.message import Action, Conversation, Result, Verb
from core.store import Store
from tests.adapters.telegram.harness import Inbox, make, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.fakes.telegram_staff import ALL_FLAGS
from tests.waiting import wait_until

GROUP = -1005


def action(verb: Verb, *, chat: int = GROUP, id: str = "action:1", **more: object) -> Action:
    place = Conversation(
        platform="telegram", community=str(chat), channel=str(chat), is_direct=chat > 0
    )
    return Action(
        id=id,
        conversation=place,
        verb=verb,
        **more,  # pyright: ignore[reportArgumentType] - as the test wants it
    )


@contextlib.asynccontextmanager
async def acting(
    store: Store, telegram: FakeTelegram, *flags: str, kind: str = "supergroup"
) -> AsyncGenerator[TelegramAdapter]:
    """Run the adapter with a bot that has these rights in the group."""
    telegram.appoint(GROUP, "", *flags, kind=kind)
    async with telegram_and_adapter(store, telegram, Inbox()) as adapter:
        await wait_until(lambda: telegram.called("getUpdates"))
        yield adapter


async def messages(telegram: FakeTelegram, count: int) -> list[str]:
    return [str(await telegram.say(chat_id=GROUP, user="Ana", text="x")) for _ in range(count)]


@pytest.mark.parametrize(
    ("seconds", "lasts"),
    [(3600.0, 3600.0), (0.0, None), (5.0, 45.0), (2 * LONGEST, LONGEST)],
)
@pytest.mark.parametrize(("verb", "status"), [("timeout", "restricted"), ("ban", "kicked")])
async def test_people_are_silenced_and_shut_out_for_as_long_as_was_said(
    store: Store, verb: Verb, status: str, seconds: float, lasts: float | None
):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        user = str(telegram.join(GROUP, "Ana"))
        for _ in range(2):  # done twice it is as done once
            done = await adapter.act(action(verb, user=user, seconds=seconds))
            assert done.result == "done"
        ana = telegram.member(GROUP, "Ana")
        assert ana.status == status and not ana.may_write
        left = ana.until - time.time()
        assert ana.until == 0 if lasts is None else lasts - 20 < left <= lasts


async def test_who_is_released_may_do_what_all_may(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        user = str(telegram.join(GROUP, "Ana"))
        await adapter.act(action("timeout", user=user))
        assert telegram.member(GROUP, "Ana").status == "restricted"
        assert (await adapter.act(action("release", user=user))).result == "done"
        assert telegram.member(GROUP, "Ana").status == "member"


async def test_who_is_let_in_again_is_not_thrown_out_for_it(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        user = str(telegram.join(GROUP, "Ana"))
        assert (await adapter.act(action("unban", user=user))).result == "done"
        assert telegram.member(GROUP, "Ana").status == "member"
        await adapter.act(action("ban", user=user))
        assert (await adapter.act(action("unban", user=user))).result == "done"
        assert telegram.member(GROUP, "Ana").status == "left"


async def test_a_channel_in_whose_name_somebody_writes_is_shut_out_too(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        channel = "-1009"
        assert (await adapter.act(action("timeout", user=channel))).result == "unsupported"
        assert (await adapter.act(action("release", user=channel))).result == "unsupported"
        assert (await adapter.act(action("ban", user=channel))).result == "done"
        assert telegram.find(GROUP).shut_out == {-1009}
        assert (await adapter.act(action("unban", user=channel))).result == "done"
        assert not telegram.find(GROUP).shut_out


async def test_messages_are_deleted_a_hundred_at_a_time(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        ids = await messages(telegram, 130)
        one, *rest = ids
        done = await adapter.act(action("delete", messages=(f"{GROUP}:{one}",)))
        assert (done.result, done.count) == ("done", 1)
        done = await adapter.act(action("delete", messages=(*rest, "99999")))
        assert done.result == "done"
        assert telegram.find(GROUP).deleted == [int(number) for number in ids]
        assert len(telegram.called("deleteMessages")) == 2


async def test_a_purge_is_tried_before_it_is_done(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        ids = tuple(await messages(telegram, 3))
        trial = await adapter.act(action("purge", messages=ids, count=10, is_trial=True))
        assert (trial.result, trial.count) == ("done", 3)
        assert not telegram.find(GROUP).deleted
        purge = await adapter.act(action("purge", messages=ids, count=10))
        assert (purge.result, purge.count) == ("done", 3)
        assert not telegram.chat(GROUP)


async def test_a_topic_is_opened_once(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS, kind="forum") as one:
        done = await one.act(action("open_thread", name="Ana " * 50))
        assert done.result == "done" and int(done.made) in telegram.find(GROUP).topics
        assert await one.act(action("open_thread", name="Ana")) == done
        other = await one.act(action("open_thread", id="action:2", name=" "))
        assert other.made != done.made and other.result == "done"
        names = [call["name"] for call in telegram.called("createForumTopic")]
        assert len(names) == 2 and len(names[0]) <= 128


@pytest.mark.parametrize(
    ("needed", "asked"),
    [
        ("can_delete_messages", action("delete", messages=("1",))),
        ("can_delete_messages", action("purge", messages=("1",), is_trial=True)),
        ("can_restrict_members", action("timeout", user="5")),
        ("can_restrict_members", action("release", user="5")),
        ("can_restrict_members", action("ban", user="5")),
        ("can_restrict_members", action("unban", user="5")),
        ("can_manage_topics", action("open_thread", name="x")),
    ],
)
async def test_what_the_bot_may_not_do_is_known_before_it_is_tried(
    store: Store, needed: str, asked: Action
):
    flags = [flag for flag in ALL_FLAGS if flag != needed]
    async with FakeTelegram() as telegram, acting(store, telegram, *flags) as adapter:
        assert (await adapter.act(asked)).result == "forbidden"
        telegram.dismiss(GROUP, "")
        assert (await adapter.act(asked)).result == "forbidden"
        methods = {call.method for call in telegram.calls}
        assert not methods & {"banChatMember", "restrictChatMember", "deleteMessages"}


@pytest.mark.parametrize("verb", ["timeout", "release", "ban"])
async def test_nobody_who_looks_after_the_chat_is_touched(store: Store, verb: Verb):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        mod = telegram.appoint(GROUP, "Mod", "can_delete_messages")
        owner = telegram.appoint(GROUP, "Owner", is_owner=True)
        for user in (mod, owner, GROUP, 7_000_000_001):
            assert (await adapter.act(action(verb, user=str(user)))).result == "above", user
        assert not telegram.called("banChatMember") + telegram.called("restrictChatMember")


@pytest.mark.parametrize(
    "asked",
    [
        action("timeout", user="5"),
        action("ban", user="5"),
        action("unban", user="5"),
        action("delete", messages=("77",)),
    ],
)
async def test_who_or_what_is_not_there_is_missing(store: Store, asked: Action):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        assert (await adapter.act(asked)).result == "missing"


@pytest.mark.parametrize(
    "asked",
    [
        action("slowmode", seconds=30),
        action("purge", count=10),
        action("delete", messages=("abc",)),
        action("ban", user="ana"),
        action("ban", user="5", chat=5),
        action("open_thread", name="x", chat=5),
    ],
)
async def test_what_telegram_has_not_is_said_to_be_so(store: Store, asked: Action):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        assert (await adapter.act(asked)).result == "unsupported"


async def test_a_chat_without_topics_and_a_small_group_have_fewer_things(store: Store):
    async with (
        FakeTelegram() as telegram,
        acting(store, telegram, *ALL_FLAGS, kind="group") as adapter,
    ):
        user = str(telegram.join(GROUP, "Ana"))
        for verb in ("timeout", "unban"):
            assert (await adapter.act(action(verb, user=user))).result == "unsupported"
        assert (await adapter.act(action("open_thread", name="x"))).result == "unsupported"
        assert (await adapter.act(action("ban", user=user))).result == "done"


async def test_in_a_private_chat_messages_can_be_deleted(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram) as adapter:
        said = await telegram.say(chat_id=5, user="Ana", text="x")
        done = await adapter.act(action("delete", chat=5, messages=(str(said),)))
        assert done.result == "done" and telegram.find(5).deleted == [said]


async def test_a_group_that_moved_is_looked_after_where_it_is(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        user = str(telegram.join(-5, "Ana", kind="group"))
        telegram.migrate(-5, GROUP)
        telegram.appoint(GROUP, "", *ALL_FLAGS)
        telegram.join(GROUP, "Ana")
        assert (await adapter.act(action("timeout", chat=-5, user=user))).result == "done"
        assert telegram.member(GROUP, "Ana").status == "restricted"


async def test_what_fails_is_tried_again_and_what_has_to_wait_waits(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        user = str(telegram.join(GROUP, "Ana"))
        ban = action("ban", user=user)
        for method in ("getChatAdministrators", "banChatMember"):
            telegram.fail(Fault(method=method, status=500))
            with pytest.raises(DeliveryError):
                await adapter.act(ban)
            telegram.fail(Fault(method=method, status=429, retry_after=7))
            with pytest.raises(RetryLaterError) as caught:
                await adapter.act(ban)
            assert caught.value.after == 7
        telegram.fail(Fault(method="banChatMember", status=401, description="Unauthorized"))
        with pytest.raises(DeliveryError):
            await adapter.act(ban)
        assert (await adapter.act(ban)).result == "done"


async def test_before_the_bot_knows_who_it_is_it_does_nothing(store: Store):
    async with FakeTelegram() as telegram:
        with pytest.raises(DeliveryError):
            await make(store, telegram).act(action("ban", user="5"))


async def test_a_bot_that_was_removed_may_do_nothing(store: Store):
    async with FakeTelegram() as telegram, acting(store, telegram, *ALL_FLAGS) as adapter:
        telegram.shut(GROUP, "Forbidden: bot was kicked from the supergroup chat")
        assert (await adapter.act(action("ban", user="5"))).result == "forbidden"


@pytest.mark.parametrize(
    ("status", "description", "result"),
    [
        (400, "Bad Request: user is an administrator of the chat", "above"),
        (400, "Bad Request: can't remove chat owner", "above"),
        (400, "Bad Request: USER_ADMIN_INVALID", "above"),
        (400, "Bad Request: can't restrict self", "above"),
        (400, "Bad Request: not enough rights to restrict/unrestrict chat member", "forbidden"),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", "forbidden"),
        (400, "Bad Request: need administrator rights in the channel chat", "forbidden"),
        (400, "Bad Request: message can't be deleted for everyone", "forbidden"),
        (403, "Forbidden: bot was kicked from the supergroup chat", "forbidden"),
        (403, "Forbidden: bot is not a member of the supergroup chat", "forbidden"),
        (403, "Forbidden: something new", "forbidden"),
        (400, "Bad Request: chat not found", "forbidden"),
        (400, "Bad Request: user not found", "missing"),
        (400, "Bad Request: PARTICIPANT_ID_INVALID", "missing"),
        (400, "Bad Request: USER_NOT_PARTICIPANT", "missing"),
        (400, "Bad Request: invalid user_id specified", "missing"),
        (400, "Bad Request: message to delete not found", "missing"),
        (400, "Bad Request: method is available only for supergroups", "unsupported"),
        (400, "Bad Request: method is available for supergroup and channel chats only",
         "unsupported"),
        (400, "Bad Request: can't ban members in private chats", "unsupported"),
        (400, "Bad Request: the chat is not a forum", "unsupported"),
        (400, "Bad Request: something new", "failed"),
    ],
)  # fmt: skip
def test_telegrams_words_are_told_apart(status: int, description: str, result: Result):
    assert meaning(RefusedError(description, status=status)) == result
