"""`python -m bots check`: looks at everything that is set, and says what is wrong with it."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bots.outside import find_endpoints, find_exposure, find_fault
from core.bot import find_problems
from core.embedded import find_binary, serve
from core.errors import SettingsError
from core.qwen.client import Qwen
from core.settings import Settings
from core.store import Store

Finding = tuple[bool, str, str]
"""Whether all is well, what was looked at, and one sentence."""


async def check(settings: Settings) -> int:
    """Print a line for each thing looked at and return the exit code: 1 when one is wrong."""
    wrong = 0
    async for is_well, what, sentence in _findings(settings):
        wrong += not is_well
        print(f"{'ok   ' if is_well else 'wrong'}  {what:<9} {sentence}", flush=True)
    print("All is well." if not wrong else f"{wrong} to mend.")
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    for finding in _check_bot(settings.bot):
        yield finding
    yield await _check_redis(settings)
    async for finding in _check_qwen(settings):
        yield finding
    yield _check_port(settings)
    if settings.telegram_token:
        from adapters.telegram.check import check as check_telegram

        is_well, sentence = await check_telegram(
            settings.telegram_token,
            api=settings.telegram_api,
            webhook=settings.telegram_webhook_url,
        )
        yield is_well, "Telegram", sentence
    else:
        yield True, "Telegram", "off: TIFO_TELEGRAM_TOKEN is not set"
    if settings.discord_token:
        from adapters.discord.check import check as check_discord

        is_well, sentence = await check_discord(
            settings.discord_token,
            api=settings.discord_api,
            public_key=settings.discord_public_key,
        )
        yield is_well, "Discord", sentence
    else:
        yield True, "Discord", "off: TIFO_DISCORD_TOKEN is not set"


def _check_bot(folder: Path) -> list[Finding]:
    problems = find_problems(folder)
    return [(False, "bot", problem) for problem in problems] or [(True, "bot", str(folder))]


async def _check_redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        try:
            binary = find_binary()
            with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
                async with serve(Path(folder), is_persistent=False):
                    return True, "Redis", f"embedded: {binary.name}"
        except SettingsError as error:
            return False, "Redis", str(error)
    store = Store(settings.redis_url)
    try:
        fault = await find_fault(store)
    finally:
        await store.close()
    told = fault or find_exposure(settings.redis_url) or "TIFO_REDIS_URL answers"
    return not fault, "Redis", told


async def _check_qwen(settings: Settings) -> AsyncIterator[Finding]:
    endpoints = await find_endpoints(settings)
    if not endpoints:
        yield True, "Qwen", "off: TIFO_QWEN_URL is not set; answers come straight from the guide"
        return
    qwen = Qwen(endpoints)
    try:
        for report in await qwen.check():
            yield not report.error, "Qwen", report.error or f"{report.endpoint}, {report.dialect}"
    finally:
        await qwen.close()


def _check_port(settings: Settings) -> Finding:
    address = f"{settings.http_host}:{settings.http_port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.http_host, settings.http_port))
        except OSError as error:
            return (
                False,
                "page",
                (
                    f"{address} cannot be used ({error.strerror}); end what uses it, or set "
                    "TIFO_HTTP_PORT to another."
                ),
            )
    return True, "page", f"http://{address} is free"
