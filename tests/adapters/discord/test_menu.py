"""The command menu: what it says, to whom, and when it is published."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import regex

from adapters.discord.commanded import MENUS
from adapters.discord.commands import LOCALES, MenuCommand, to_body, to_menu
from core.commands import COMMANDS
from core.language.strings import Strings
from core.outbox import Ledger
from core.store import Store
from tests.adapters.discord.bench import running
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_spec import request_fault
from tests.fakes.discord_world import APPLICATION
from tests.waiting import wait_until

Json = dict[str, Any]

STRINGS = Strings()
MENU: list[Json] = msgspec.json.decode(msgspec.json.encode(to_body(to_menu(STRINGS))))
SLASH = {command["name"]: command for command in MENU if "type" not in command}
ENTRIES = {command["name"]: command for command in MENU if "type" in command}

# discord.com/developers/docs/interactions/application-commands, read 2026-11-25
NAME = regex.compile(r"[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")
MOST_SLASH, MOST_ENTRIES, MOST_OPTIONS, MOST_CHOICES = 100, 5, 25, 25
LONGEST = 8000  # characters of a command's texts, each by its longest localisation
PUT = ("PUT", "/applications/{application_id}/commands")


def option(command: str, name: str) -> Json:
    return next(o for o in SLASH[command]["options"] if o["name"] == name)


def test_the_menu_is_one_that_discord_describes():
    assert not request_fault(*PUT, MENU)


def test_there_is_room_for_all_of_it():
    assert len(SLASH) == len(COMMANDS) <= MOST_SLASH
    for kind in MENUS.values():
        assert len([e for e in ENTRIES.values() if e["type"] == kind]) <= MOST_ENTRIES
    for command in MENU:
        assert len(command.get("options", ())) <= MOST_OPTIONS
        assert length(command) <= LONGEST, command["name"]


def length(thing: Json) -> int:
    """Return how many characters of a command Discord counts."""
    total = len(str(thing.get("value", "")))
    for field in ("name", "description"):
        localised = (thing.get(f"{field}_localizations") or {}).values()
        total += max(len(text) for text in (thing.get(field, ""), *localised))
    parts = (*thing.get("options", ()), *thing.get("choices", ()))
    return total + sum(length(part) for part in parts)


@pytest.mark.parametrize("locale", ["", *LOCALES])
def test_every_name_and_description_is_one_that_discord_takes(locale: str):
    def read(thing: Json, field: str) -> str:
        return thing[f"{field}_localizations"][locale] if locale else thing[field]

    for command in SLASH.values():
        options = command.get("options", ())
        for thing in (command, *options):
            name = read(thing, "name")
            assert NAME.fullmatch(name) and name == name.lower(), (command["name"], name)
            assert 1 <= len(read(thing, "description")) <= 100, (command["name"], name)
        names = [read(thing, "name") for thing in options]
        assert len(set(names)) == len(names), command["name"]
        for choice in (c for o in options for c in o.get("choices", ())):
            assert 1 <= len(read(choice, "name")) <= 100
            assert len(choice["value"]) <= 100
    for entry in ENTRIES.values():
        assert 1 <= len(read(entry, "name")) <= 32
    names = [read(command, "name") for command in SLASH.values()]
    assert len(set(names)) == len(names)


def test_entries_of_menus_are_called_as_their_commands_in_english():
    named = {spec.name: MENUS[spec.menu] for spec in COMMANDS if spec.menu}
    assert {entry["name"].lower(): entry["type"] for entry in ENTRIES.values()} == named
    assert set(ENTRIES) == {"Translate", "Report", "Cases"}


def test_required_options_come_first():
    for command in SLASH.values():
        required = [o.get("required", False) for o in command.get("options", ())]
        assert required == sorted(required, reverse=True), command["name"]


def test_options_are_typed_and_bounded():
    assert option("mute", "person")["type"] == 6 and option("mute", "person")["required"]
    count = option("purge", "count")
    assert (count["type"], count["min_value"], count["max_value"]) == (4, 1, 100)
    action = option("filter", "action")
    assert [c["value"] for c in action["choices"]] == ["add", "list", "remove", "test"]
    assert action["choices"][0]["name_localizations"].keys() == LOCALES.keys()
    assert option("translate", "text")["max_length"] == 4000
    suggested = {
        (command["name"], o["name"])
        for command in SLASH.values()
        for o in command.get("options", ())
        if o.get("autocomplete")
    }
    assert {("translate", "to"), ("mute", "duration"), ("settings", "value")} <= suggested
    assert not [o for c in SLASH.values() for o in c.get("options", ()) if
                o.get("autocomplete") and o.get("choices")], "one excludes the other"  # fmt: skip


def test_commands_are_shown_to_those_who_may_use_them_and_where_they_work():
    assert SLASH["mute"]["default_member_permissions"] == 1 << 40
    assert SLASH["ban"]["default_member_permissions"] == 1 << 2
    assert SLASH["settings"]["default_member_permissions"] == 1 << 5
    assert SLASH["purge"]["default_member_permissions"] == 1 << 13
    assert ENTRIES["Cases"]["default_member_permissions"] == 1 << 40
    for spec in COMMANDS:
        command = SLASH[spec.name]
        assert ("default_member_permissions" in command) == (spec.right is not None)
        assert command["contexts"] == [0] if spec.is_group_only else 1 in command["contexts"]
    carried = {name for name, command in SLASH.items() if 1 in command["integration_types"]}
    assert carried == {"ask", "help", "language", "translate", "privacy", "mydata", "forget"}
    assert {name for name, command in SLASH.items() if 2 in command["contexts"]} == carried


def looks(discord: FakeDiscord) -> list[str]:
    return [call.method for call in discord.calls if call.path.endswith("/commands")]


async def test_the_menu_is_published_once(discord: FakeDiscord, store: Store):
    async with running(discord, store):
        await wait_until(lambda: len(discord.rest.menu) == len(MENU))
    async with running(discord, store) as bench:
        await wait_until(lambda: len(looks(discord)) == 3)
        await discord.say(text="hello")
        await bench.next()
    assert looks(discord) == ["GET", "PUT", "GET"]


async def test_what_discord_keeps_otherwise_is_known_again(discord: FakeDiscord, store: Store):
    discord.rest.whims = {"integration_types": [0]}
    ledger = Ledger(store)
    async with running(discord, store):
        await wait_until(lambda: ledger.parts(f"discord:menu:{APPLICATION}"), timeout=10)
    async with running(discord, store) as bench:
        await wait_until(lambda: len(looks(discord)) == 3)
        await discord.say(text="hello")
        await bench.next()
    assert looks(discord) == ["GET", "PUT", "GET"]


async def test_what_somebody_took_away_is_published_again(discord: FakeDiscord, store: Store):
    for _ in range(2):
        discord.rest.menu = discord.rest.menu[1:]
        async with running(discord, store):
            await wait_until(lambda: len(discord.rest.menu) == len(MENU))


def test_the_menu_of_another_program_is_read_whatever_stands_in_it():
    other = {"name": "old", "description": "x", "type": 1, "id": "1", "version": "1"}
    number = {"type": 4, "name": "n", "description": "n", "choices": [{"name": "1", "value": 1}]}
    assert msgspec.convert(other | {"options": [number]}, MenuCommand).name == "old"


@pytest.mark.parametrize(
    ("name", "focused", "options", "first"),
    [
        ("translate", "to", {"to": "jap"}, {"name": "japonés · 日本語", "value": "ja"}),
        ("language", "language", {"language": ""}, {"value": "auto"}),
        ("mute", "duration", {"duration": "3"}, {"name": "3 min", "value": "3m"}),
        ("settings", "value", {"setting": "reply", "value": ""}, {"value": "mentioned"}),
        ("settings", "value", {"value": "x"}, None),
        ("nothing", "value", {"value": "x"}, None),
    ],
)
async def test_what_is_being_typed_is_completed(
    discord: FakeDiscord,
    store: Store,
    name: str,
    focused: str,
    options: dict[str, str],
    first: Json | None,
):
    async with running(discord, store) as bench:
        await wait_until(lambda: bool(discord.rest.menu))
        found = await discord.suggestions(name, focused, guild="club", locale="es-ES", **options)
        assert len(found) <= 25
        assert (found[0] | first == found[0]) if first else not found
        assert not bench.events, "nothing of it goes through the inbox"
