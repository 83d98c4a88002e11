from __future__ import annotations

from adapters.discord.check import check
from tests.fakes import discord_members as m
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord


async def test_a_good_token_is_told_by_the_applications_name(discord: FakeDiscord):
    assert await check(discord.token, api=discord.api) == (True, "tifo answers")


async def test_a_refused_token_names_its_variable_and_not_itself(discord: FakeDiscord):
    is_well, sentence = await check("wrong.token", api=discord.api)
    assert not is_well
    assert "TIFO_DISCORD_TOKEN" in sentence
    assert "wrong.token" not in sentence


async def test_a_token_with_a_line_break_is_refused_without_showing_it(discord: FakeDiscord):
    is_well, sentence = await check("secret\nline", api=discord.api)
    assert not is_well
    assert "TIFO_DISCORD_TOKEN" in sentence
    assert "secret" not in sentence


async def test_commands_that_go_elsewhere_are_pointed_out(discord: FakeDiscord):
    discord.rest.endpoint = "https://elsewhere.example/hook"
    is_well, sentence = await check(discord.token, api=discord.api)
    assert not is_well
    assert "Interactions Endpoint URL" in sentence


async def test_a_public_key_must_be_the_applications_own(discord: FakeDiscord):
    discord.rest.endpoint = "https://bot.example/discord/interactions"
    key = discord.post.public_key
    assert (await check(discord.token, api=discord.api, public_key=key.upper()))[0]
    is_well, sentence = await check(discord.token, api=discord.api, public_key="0" * 64)
    assert not is_well
    assert "TIFO_DISCORD_PUBLIC_KEY" in sentence


async def test_what_the_bot_lacks_to_moderate_is_told_by_server(discord: FakeDiscord):
    discord.world.open("club", "general", None)
    assert await check(discord.token, api=discord.api) == (True, "tifo answers")
    discord.world.members.permissions[world.OWN_ROLE] = m.BAN | m.MANAGE_MESSAGES
    assert await check(discord.token, api=discord.api) == (
        True,
        "tifo answers; to moderate, on The Club it lacks Moderate Members, Manage Channels, "
        "Create Public Threads",
    )
    discord.world.members.permissions[world.OWN_ROLE] = m.ADMINISTRATOR
    assert await check(discord.token, api=discord.api) == (True, "tifo answers")


async def test_a_discord_that_is_away_or_something_else_is_told(discord: FakeDiscord):
    discord.fail("/oauth2", status=503)
    assert await check(discord.token, api=discord.api) == (
        False,
        f"{discord.api}/oauth2/applications/@me answers with status 503.",
    )
    discord.rest.broken_answers = 1
    assert "TIFO_DISCORD_API" in (await check(discord.token, api=discord.api))[1]
    assert await check(discord.token, api="http://127.0.0.1:9") == (
        False,
        "http://127.0.0.1:9 cannot be reached.",
    )
