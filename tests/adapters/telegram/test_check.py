from __future__ import annotations

import pytest

from adapters.telegram.check import check
from tests.fakes.telegram import FakeTelegram

OURS, OTHER = "https://bot.example/telegram", "https://other.example/hook"


@pytest.mark.parametrize(
    ("url", "error", "webhook", "is_well", "sentence"),
    [
        ("", "", "", True, "@GamesBot answers"),
        (OURS, "", OURS, True, "@GamesBot answers"),
        ("", "", OURS, True, "@GamesBot answers"),
        (OURS, "Connection refused", OURS, False, "cannot post to the webhook: Connection refused"),
        (OTHER, "", OURS, False, "Another program"),
        (OURS, "", "", False, "Another program"),
    ],
)
async def test_the_webhook_is_ours_and_works(
    url: str, error: str, webhook: str, is_well: bool, sentence: str
):
    async with FakeTelegram() as telegram:
        telegram.webhook = {"url": url} if url else {}
        telegram.webhook_error = error
        result = await check(telegram.token, api=telegram.url, webhook=webhook)
        assert result[0] is is_well and sentence in result[1]


@pytest.mark.parametrize(
    ("reads_all", "sentence"),
    [(False, "filters and purges see no more, unless it is an administrator"), (True, "is off")],
)
async def test_what_the_bot_sees_in_groups_is_said(reads_all: bool, sentence: str):
    async with FakeTelegram() as telegram:
        telegram.reads_all = reads_all
        is_well, said = await check(telegram.token, api=telegram.url)
        assert is_well and sentence in said
