"""The platforms that one process speaks, built from the settings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import msgspec

from adapters.http import Site
from core.adapter import Adapter
from core.bot import Bot
from core.errors import StoreError
from core.language.strings import Strings
from core.notices import Notices
from core.outbox import Ledger, Outbox
from core.settings import Settings, parse_shards
from core.speaker import Speaker
from core.store import Store
from core.transcript import Transcript

HIDING = ("discord",)
"""Platforms that can show a person something in a group that nobody else sees."""


class Platform(msgspec.Struct, frozen=True):
    """One platform, as one process speaks it."""

    adapter: Adapter
    speaker: Speaker
    outbox: Outbox


class Core(msgspec.Struct, frozen=True):
    """What every process needs: the bot, its words, and Redis."""

    bot: Bot
    store: Store
    strings: Strings
    is_alone: bool
    """No other process can be at work on the same Redis."""


def set_platforms(settings: Settings) -> tuple[str, ...]:
    """Return the names of the platforms that there is a token for."""
    tokens = {"telegram": settings.telegram_token, "discord": settings.discord_token}
    return tuple(name for name, token in tokens.items() if token)


def to_site(settings: Settings, core: Core, stop: asyncio.Event) -> Site:
    """Make the server; it is ready while Redis answers and nobody has told us to stop."""

    async def is_ready() -> bool:
        with contextlib.suppress(StoreError):
            await core.store.ping()
            return not stop.is_set()
        return False

    return Site(settings.http_host, settings.http_port, is_ready=is_ready)


def to_platforms(
    settings: Settings, core: Core, names: Sequence[str], site: Site
) -> list[Platform]:
    """Make what is needed to speak some platforms; one that is off is not even imported."""
    make: dict[str, Callable[[Speaker], Adapter]] = {
        "web": lambda speaker: _page(core, site, speaker),
        "telegram": lambda speaker: _telegram(settings, core, site, speaker),
        "discord": lambda speaker: _discord(settings, core, site, speaker),
    }
    speakers = {name: to_speaker(core, name) for name in names}
    return [to_platform(core, make[name](s), s) for name, s in speakers.items()]


def _page(core: Core, site: Site, speaker: Speaker) -> Adapter:
    from adapters.web.adapter import WebAdapter

    return WebAdapter(
        site=site,
        transcript=Transcript(core.store, is_shared=not core.is_alone),
        strings=core.strings,
        bot_name=core.bot.name,
        languages=core.bot.languages,
        greeting=core.bot.greeting,
        may_speak=lambda: speaker.is_speaking,
    )


def _telegram(settings: Settings, core: Core, site: Site, speaker: Speaker) -> Adapter:
    from adapters.telegram.adapter import Api, TelegramAdapter
    from adapters.telegram.webhook import Webhook

    webhook = None
    if settings.telegram_webhook_url:
        secret = settings.telegram_webhook_secret
        webhook = Webhook(url=settings.telegram_webhook_url, secret=secret, site=site)

    return TelegramAdapter(
        settings.telegram_token,
        ledger=Ledger(core.store, speaker),
        strings=core.strings,
        languages=core.bot.languages,
        api=Api(
            url=settings.telegram_api,
            per_second=settings.telegram_per_second,
            chat_per_second=settings.telegram_chat_per_second,
            group_per_minute=settings.telegram_group_per_minute,
        ),
        webhook=webhook,
    )


def _discord(settings: Settings, core: Core, site: Site, speaker: Speaker) -> Adapter:
    from adapters.discord.adapter import Account, DiscordAdapter

    account = Account(
        token=settings.discord_token,
        api=settings.discord_api,
        gateway=settings.discord_gateway,
        shards=parse_shards(settings.discord_shards),
        public_key=settings.discord_public_key,
    )
    return DiscordAdapter(
        account,
        store=core.store,
        ledger=Ledger(core.store, speaker),
        strings=core.strings,
        languages=core.bot.languages,
        site=site,
    )


def to_speaker(core: Core, platform: str) -> Speaker:
    """Make who may hold the right to speak on a platform."""
    return Speaker(core.store, platform=platform, is_alone=core.is_alone)


def to_platform(core: Core, adapter: Adapter, speaker: Speaker) -> Platform:
    """Give an adapter its outbox."""
    outbox = Outbox(
        core.store,
        platform=adapter.name,
        deliver=adapter.deliver,
        act=adapter.act,
        speaker=speaker,
        notices=Notices(core.store),
    )
    return Platform(adapter, speaker, outbox)
