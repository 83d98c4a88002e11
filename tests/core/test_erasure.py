"""What is left of a fan after an erasure."""

from __future__ import annotations

import time

import pytest

from core.erasure import Erasure, erase, find_dialogues, gather, note_dialogue, sweep
from core.house.standing import Standing, set_standing
from core.moderation.cases import Case, add_case
from core.store import Script, Store, Write, key
from tests.fakes.redis import RedisServer
from tests.samples import direct, fan, message

FAN, OTHER = "7300001", "73000012"


async def do(store: Store, *writes: Write) -> None:
    for write in writes:
        lua = f"#!lua\nreturn redis.call('{write.command}', KEYS[1], unpack(ARGV))"
        await store.run(Script(lua), [write.key], list(write.args))


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("SET", (f"x{chr(0)}", FAN)),
        ("RPUSH", (f"by {FAN}.", f"by {OTHER}", f"{FAN}")),
        ("HSET", ("a", f"\x07{FAN}", "b", OTHER, FAN, "c")),
        ("SADD", (FAN, OTHER)),
        ("ZADD", (1, FAN, 2, OTHER)),
        ("XADD", ("*", "f", f"-{FAN}-")),
    ],
)
async def test_rows_that_name_a_fan_go_whatever_they_stand_in_and_others_stay(
    store: Store, redis: RedisServer, command: str, args: tuple[str | int, ...]
):
    name = key("flags", "telegram:club")
    if command == "SET":
        args = (FAN,)
    # With rights that tifo has not: it keeps no sets, and sweeps them all the same.
    await redis.inspector.execute_command(command, name, *args)
    await redis.inspector.expire(name, 60)
    order = Erasure(platform="telegram", user=FAN, at=time.time())
    assert await sweep(store, order) == 1
    # "7300001" is the beginning of the other's id.
    assert not await redis.find(FAN.encode() + b"'", FAN.encode() + b".", FAN.encode() + b"-")
    assert bool(await redis.find(OTHER.encode())) is any(OTHER in str(arg) for arg in args)


async def test_what_moderators_decided_stays_as_far_as_the_operator_says(
    store: Store, redis: RedisServer
):
    place = direct(FAN, platform="telegram")
    await do(store, set_standing(place, FAN, Standing(warnings=1)))
    kept = Erasure(platform="telegram", user=FAN, at=time.time())
    await sweep(store, kept)
    assert await redis.find(FAN.encode())
    await sweep(store, Erasure(platform="telegram", user=FAN, keeps_cases=False, at=time.time()))
    assert not await redis.find(FAN.encode())


async def test_dialogues_are_found_by_the_fan_and_handed_over(store: Store):
    asked = message("hello", user=fan(FAN))
    await do(store, *note_dialogue(asked))
    (dialogue,) = await find_dialogues(store, asked.conversation.platform, FAN)
    assert not await find_dialogues(store, asked.conversation.platform, FAN, "elsewhere")
    found = await gather(store, asked.conversation.platform, FAN, [dialogue])
    assert found == {}
    order = Erasure(
        platform=asked.conversation.platform, user=FAN, dialogues=(dialogue,), at=time.time()
    )
    await do(store, *erase(order))
    assert not await find_dialogues(store, asked.conversation.platform, FAN)


async def test_a_fan_reads_what_was_decided_about_them_but_not_by_whom(store: Store):
    place = direct(FAN, platform="telegram")
    case = Case(number=1, what="warn", whom=FAN, name="Ana", by="99", by_name="Ola", at=1.0)
    await do(store, *add_case(place, case, days=1))
    ((row,),) = (await gather(store, "telegram", FAN, [])).values()
    shown = repr((row,))
    assert "'what': 'warn'" in shown and "Ola" not in shown and "99" not in shown
