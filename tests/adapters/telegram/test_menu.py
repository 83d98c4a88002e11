from __future__ import annotations

import asyncio
from typing import Any

from adapters.telegram.menu import KEPT, SCOPES, to_codes, to_menus
from core.commands import COMMANDS
from core.language.strings import Strings
from core.outbox import Ledger
from core.store import Store
from tests.adapters.telegram.harness import Inbox, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.fakes.telegram_spec import request_fault
from tests.waiting import wait_until

STRINGS = Strings()
MOST = 100  # core.telegram.org/bots/api#setmycommands, read 2026-11-25
CODES = ("", "en", "es", "pt", "zh")
WANTED = {(scope, code) for scope in SCOPES for code in CODES}


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["command"] for entry in entries]


async def test_the_menus_stand_for_everybody_who_may_use_them(store: Store):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, Inbox()):
            await wait_until(lambda: set(telegram.menus) == WANTED)
        alone = names(telegram.menus["default", "es"])
        group = names(telegram.menus["all_group_chats", "es"])
        staff = names(telegram.menus["all_chat_administrators", "es"])
    assert "report" not in alone and "report" in group, "there is nobody to report"
    assert "mute" not in group and "mute" in staff
    assert "forget_user" in staff, "Telegram has no hyphens in names"
    assert set(alone) < set(group) < set(staff)
    assert len(staff) == len(COMMANDS) <= MOST


async def test_menus_are_told_once_and_what_was_told_is_not_told_again(store: Store):
    async with FakeTelegram() as telegram:
        telegram.fail(Fault(method="setMyCommands", status=502))
        ledger = Ledger(store)
        for _ in range(2):
            async with telegram_and_adapter(store, telegram, Inbox()):
                await wait_until(lambda: set(telegram.menus) == WANTED, timeout=10)
                await wait_until(lambda: ledger.parts(KEPT), timeout=10)
                await asyncio.sleep(0.3)  # time to do more than it should
        calls = telegram.called("setMyCommands")
    assert len(calls) == len(WANTED) + 1, "the one that failed is told again, and no other"


def test_a_language_of_three_letters_is_shown_where_telegram_has_two_for_it():
    codes = to_codes(["en", "fil", "yue", "zh-Hant", "zh-Hans"])
    assert codes == {"": "en", "en": "en", "tl": "fil", "zh": "zh-Hant"}


def test_every_menu_is_one_that_telegram_takes():
    for menu in to_menus(STRINGS, STRINGS.locales):
        told = [{"command": name, "description": text} for name, text in menu.entries]
        body: dict[str, object] = {"commands": told, "scope": {"type": menu.scope}}
        assert not request_fault("setMyCommands", body)
        for name, text in menu.entries:
            assert name == name.lower() and 1 <= len(name) <= 32
            assert name.replace("_", "").isascii() and name.replace("_", "").isalnum()
            assert 1 <= len(text) <= 256
