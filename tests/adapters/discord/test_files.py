from __future__ import annotations

import pytest

from core.errors import DeliveryError
from core.message import File
from tests.adapters.discord.bench import Bench
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_values import Shown

DATA = File(name="my data.json", media_type="application/json", content=b'{"a": "\xc3\xa9"}' * 99)
LIST = File(name='li"st\r\n.csv', media_type="text/csv", content=b"a,b\n")


def files(shown: Shown) -> list[tuple[str, bytes, str]]:
    return [(file.name, file.content, file.media_type) for file in shown.attached]


async def test_files_come_with_the_last_message_of_an_answer(discord: FakeDiscord, bench: Bench):
    await discord.say(text="my data?")
    event = await bench.next()
    await bench.answer(event, "word " * 600, files=(DATA, LIST))
    first, second = [shown for shown in discord.channel("@Ken") if shown.is_bot]
    assert files(first) == []
    assert files(second) == [
        ("my-data.json", DATA.content, "application/json"),
        ("li-st-.csv", b"a,b\n", "text/csv;charset=utf-8"),
    ]


async def test_a_private_answer_has_its_files_where_only_the_asker_sees_them(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("help", guild="club")
    event = await bench.next()
    await bench.answer(event, "word " * 600, files=(DATA,))
    first, second = discord.channel("general")
    assert (first.ephemeral, second.ephemeral) == (True, True)
    assert files(first) == []
    assert len(files(second)) == 1


async def test_a_file_is_there_once_however_often_the_answer_is_edited(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("help", guild="club")
    event = await bench.next()
    await bench.answer(event, "Here", is_final=False)
    shown = await discord.wait_for("general", "Here")
    for text in ("Here it is.", "Here it is, again.", "Here it is, again."):
        await bench.answer(event, text, files=(DATA,))
        assert (shown.content, len(files(shown))) == (text, 1)
    await bench.answer(event, "It is gone.")
    assert (shown.content, files(shown)) == ("It is gone.", [])


async def test_a_file_whose_message_was_taken_unheard_is_not_posted_again(
    discord: FakeDiscord, bench: Bench
):
    await discord.say(guild="club", text="list?", mention=True)
    event = await bench.next()
    discord.fail("POST /channels/\\d+/messages", status=0)
    with pytest.raises(DeliveryError):
        await bench.answer(event, "The list", is_final=True)
    await bench.answer(event, "The list", files=(LIST,))
    (shown,) = [shown for shown in discord.channel("general") if shown.is_bot]
    assert len(files(shown)) == 1
