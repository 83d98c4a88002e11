"""A fan and a moderator on Discord, where it posts interactions instead of telling them."""

from __future__ import annotations

import msgspec

from adapters.discord.postbox import PATH
from tests.fakes.discord import FakeDiscord
from tests.journeys.program import program, reach


async def test_a_fan_gets_their_data_as_a_file_that_nobody_else_sees():
    async with FakeDiscord() as discord:
        key = discord.post.public_key
        async with program(**reach(discord=discord), discord_public_key=key) as running:
            discord.post.url = running.page + PATH
            await discord.say(user="Ken", guild="Fans", text="Where is gate 4?", mention=True)
            await discord.wait_for("general", lambda shown: shown.reply_to is not None, 15)
            used = await discord.command("mydata", user="Ken", guild="Fans", locale="ja")
            shown = await discord.wait_for_answer(used)
            assert shown.ephemeral
            assert used.callback_after is not None and used.callback_after < 3
            assert b"Where is gate 4?" in shown.files["mydata.json"]
            # Posted once more, by whoever saw it: nothing happens.
            calls = len(discord.calls)
            assert (await discord.post.send(discord.post.last))[0] == 202
            await discord.command("help", user="Ken", guild="Fans")
            await discord.wait_for("general", lambda shown: "/ask" in shown.content, 15)
            assert sum(bool(call.files) for call in discord.calls[calls:]) == 0


async def test_a_forged_command_of_a_moderator_does_nothing():
    async with FakeDiscord() as discord:
        key = discord.post.public_key
        async with program(**reach(discord=discord), discord_public_key=key) as running:
            discord.post.url = running.page + PATH
            await discord.command("help", user="Mia", guild="Fans", is_moderator=True)
            await discord.wait_for("general", lambda shown: "/ask" in shown.content, 15)
            signed = discord.post.sign(discord.post.last)
            forged = msgspec.json.decode(discord.post.last) | {"id": discord.rest.new_id()}
            assert (await discord.post.send(forged, signed))[0] == 401
            assert (await discord.post.send(forged, {}))[0] == 401
            assert len(discord.rest.interactions) == 1
            assert sum(call.path.endswith("callback") for call in discord.calls) == 1
