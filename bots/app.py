"""Builds the running program from its parts: the only file that sees adapters and core."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path

import msgspec

from adapters.web.adapter import WebAdapter
from core.adapter import Adapter, Receive
from core.answer.answer import Answerer
from core.answer.guide import Guide
from core.answer.prompt import to_prefix
from core.bot import Bot, load_bot
from core.embedded import serve
from core.engine import Engine, Show
from core.errors import (
    AdapterError,
    DeliveryError,
    SettingsError,
    StoreError,
    UnexpectedError,
    surviving,
)
from core.inbox import Inbox, Worker
from core.language.detect import Detector
from core.language.strings import Strings
from core.message import Dialogue, Reply
from core.outbox import Ledger, Outbox
from core.qwen.client import Endpoint, Qwen, find_ollama
from core.qwen.tokens import Tokens
from core.settings import Settings
from core.speaker import Speaker
from core.store import Store
from core.transcript import Transcript

_PAUSE = 5.0
"""Seconds before an adapter that a fault of ours ended is run again."""

_log = logging.getLogger(__name__)


class Platform(msgspec.Struct, frozen=True):
    """One platform, running."""

    adapter: Adapter
    speaker: Speaker
    outbox: Outbox


class Core(msgspec.Struct, frozen=True):
    """Everything platform-free, connected and ready."""

    bot: Bot
    store: Store
    strings: Strings
    engine: Engine
    qwen: Qwen | None
    tokens: Tokens
    endpoints: tuple[Endpoint, ...]
    platforms: dict[str, Platform]
    """By name, to show snapshots on the way; filled by who starts them."""


async def run(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Run every platform that is set, and a worker, until cancelled.

    Raises:
        SettingsError: Something is set wrong.
        AdapterError: The page cannot be served.
    """
    async with _core(settings, home=settings.home / "redis") as core:
        platforms = _platforms(settings, core)
        announce(_banner(settings, core))
        await _speak(core, platforms, settings, waits_for=None)


async def say(settings: Settings, *, question: str | None, language: str | None) -> None:
    """Ask one question, or talk, in the terminal; nothing else runs.

    Raises:
        SettingsError: Something is set wrong.
    """
    from adapters.terminal.adapter import TerminalAdapter

    private = msgspec.structs.replace(settings, redis_url="")
    # One question leaves nothing behind; a talk is remembered.
    with contextlib.ExitStack() as stack:
        home = settings.home / "terminal"
        if question is not None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tifo-")))
        async with _core(private, home=home) as core:
            terminal = TerminalAdapter(question=question, language=language)
            speaker = Speaker(core.store, platform=terminal.name, is_alone=True)
            platform = _to_platform(core, terminal, speaker)
            await _speak(core, [platform], settings, waits_for=terminal)


@contextlib.asynccontextmanager
async def _core(settings: Settings, *, home: Path) -> AsyncGenerator[Core]:
    bot = load_bot(settings.bot)
    strings = Strings()
    platforms: dict[str, Platform] = {}
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url or await stack.enter_async_context(serve(home))
        store = Store(url)
        stack.push_async_callback(store.close)
        if settings.redis_url and (fault := await find_fault(store)):
            raise SettingsError(fault)
        endpoints = await find_endpoints(settings)
        qwen = Qwen(endpoints) if endpoints else None
        if qwen is not None:
            stack.push_async_callback(qwen.close)
        model = endpoints[0].model if endpoints else settings.qwen_model
        tokens = Tokens(settings.home / "tokenizers", model)
        answerer = Answerer(
            bot, guide=Guide(bot, strings), strings=strings, qwen=qwen, tokens=tokens
        )
        engine = Engine(
            answerer=answerer,
            detector=Detector(bot.languages),
            strings=strings,
            show=_to_show(platforms),
        )
        yield Core(bot, store, strings, engine, qwen, tokens, endpoints, platforms)


async def find_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Return the endpoints that are set; when none is, a local Ollama with a Qwen model."""
    if not settings.qwen_url:
        ollama = await find_ollama()
        return (ollama,) if ollama else ()
    endpoints = [
        Endpoint(
            url=settings.qwen_url,
            key=settings.qwen_key,
            model=settings.qwen_model,
            dialect=settings.qwen_dialect,
        )
    ]
    if settings.qwen_fallback_url:
        endpoints.append(
            Endpoint(
                url=settings.qwen_fallback_url,
                key=settings.qwen_fallback_key,
                model=settings.qwen_fallback_model or settings.qwen_model,
                dialect=settings.qwen_fallback_dialect,
            )
        )
    return tuple(endpoints)


async def find_fault(store: Store) -> str:
    """Return in one sentence why a Redis would lose messages, or ""."""
    try:
        await store.ping()
        policy = await store.setting("maxmemory-policy")
        appends = await store.setting("appendonly")
    except StoreError as error:
        return f"TIFO_REDIS_URL does not answer: {error}"
    # A hosted Redis often does not tell: then it is taken at its word.
    if policy not in ("", "noeviction"):
        return (
            f'Redis would throw messages away: its maxmemory-policy is "{policy}"; set noeviction.'
        )
    if appends == "no":
        return "Redis would lose messages in a crash: turn appendonly on."
    return ""


def _platforms(settings: Settings, core: Core) -> list[Platform]:
    """Make every adapter that is set; a platform that is off is not even imported."""

    async def is_ready() -> bool:
        with contextlib.suppress(StoreError):
            await core.store.ping()
            return True
        return False

    def speaker(platform: str) -> Speaker:
        return Speaker(core.store, platform=platform, is_alone=not settings.redis_url)

    page, telegram, discord = speaker("web"), speaker("telegram"), speaker("discord")
    adapters: list[tuple[Adapter, Speaker]] = [
        (
            WebAdapter(
                host=settings.http_host,
                port=settings.http_port,
                transcript=Transcript(core.store),
                strings=core.strings,
                bot_name=core.bot.name,
                languages=core.bot.languages,
                greeting=core.bot.greeting,
                is_ready=is_ready,
            ),
            page,
        )
    ]
    if settings.telegram_token:
        from adapters.telegram.adapter import TelegramAdapter

        adapters.append(
            (
                TelegramAdapter(
                    settings.telegram_token,
                    ledger=Ledger(core.store, telegram),
                    strings=core.strings,
                    languages=core.bot.languages,
                    api=settings.telegram_api,
                ),
                telegram,
            )
        )
    if settings.discord_token:
        from adapters.discord.adapter import DiscordAdapter

        adapters.append(
            (
                DiscordAdapter(
                    settings.discord_token,
                    ledger=Ledger(core.store, discord),
                    strings=core.strings,
                    api=settings.discord_api,
                    gateway=settings.discord_gateway,
                ),
                discord,
            )
        )
    return [_to_platform(core, adapter, speaker) for adapter, speaker in adapters]


def _to_platform(core: Core, adapter: Adapter, speaker: Speaker) -> Platform:
    outbox = Outbox(core.store, platform=adapter.name, deliver=adapter.deliver, speaker=speaker)
    return Platform(adapter, speaker, outbox)


async def _speak(
    core: Core, platforms: list[Platform], settings: Settings, *, waits_for: Adapter | None
) -> None:
    """Run adapters, their outboxes and a worker; until one given adapter ends, or for ever."""
    inbox = Inbox(core.store, limit=settings.limit)
    is_alone = not settings.redis_url or waits_for is not None
    worker = Worker(core.store, core.engine.handle, core.engine.apologise, is_alone=is_alone)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker.run()), group.create_task(_calibrate(core))]
        for platform in platforms:
            adapter = platform.adapter
            core.platforms[adapter.name] = platform
            tasks.append(group.create_task(platform.speaker.run()))
            tasks.append(group.create_task(platform.outbox.run()))
            running = _run(adapter, inbox.receive)
            if adapter is waits_for:
                await running
                for task in tasks:
                    task.cancel()
            else:
                group.create_task(running)


async def _run(adapter: Adapter, receive: Receive) -> None:
    """Run an adapter; what ends one, a refusal or a fault of ours, leaves the others alone."""
    while True:
        try:
            with surviving(f"the adapter of {adapter.name}"):
                await adapter.run(receive)
        except AdapterError as error:
            if isinstance(adapter, WebAdapter):
                raise
            _log.error("%s is off: %s", adapter.name, error)
            return
        except UnexpectedError:  # already logged
            await asyncio.sleep(_PAUSE)
        else:
            return


async def _calibrate(core: Core) -> None:
    """Measure once what the bot's own texts cost in tokens, when somebody has counted some."""
    await core.tokens.wanted.wait()
    texts = [to_prefix(core.bot), *(passage.text for passage in core.bot.passages)]
    # Where that fails, counts stay rough.
    with contextlib.suppress(UnexpectedError), surviving("counting tokens"):
        await core.tokens.calibrate(texts)


def _to_show(platforms: Mapping[str, Platform]) -> Show:
    async def show(dialogue: Dialogue, reply: Reply) -> None:
        platform = platforms.get(reply.conversation.platform)
        # A text must not stand above the answer before it, which is still on its way.
        if platform is not None and not platform.outbox.is_delivering(dialogue.key):
            # The final snapshot makes good for one on the way that failed.
            with contextlib.suppress(DeliveryError, StoreError):
                await platform.adapter.deliver(reply)

    return show


def _banner(settings: Settings, core: Core) -> str:
    """Say what is on, what is off, and how to turn the rest on."""
    if settings.qwen_url:
        qwen = ("on", ", ".join(endpoint.name for endpoint in core.endpoints))
    elif core.endpoints:
        qwen = ("on", f"{core.endpoints[0].model}, found in the Ollama of this machine")
    else:
        qwen = (
            "off",
            "answers come straight from the guide; set TIFO_QWEN_URL, "
            "or start Ollama with a Qwen model",
        )
    telegram = ("on", "") if settings.telegram_token else ("off", "set TIFO_TELEGRAM_TOKEN")
    discord = ("on", "") if settings.discord_token else ("off", "set TIFO_DISCORD_TOKEN")
    redis = (
        ("on", "TIFO_REDIS_URL")
        if settings.redis_url
        else ("on", f"embedded, in {settings.home / 'redis'}")
    )
    rows = {
        "page": ("on", f"http://{settings.http_host}:{settings.http_port}"),
        "Discord": discord,
        "Telegram": telegram,
        "Qwen": qwen,
        "Redis": redis,
        "languages": (str(len(core.bot.languages)), " ".join(core.bot.languages)),
    }
    width = max(map(len, rows))
    lines = [
        f"  {name:<{width}}  {state:<3}  {how}".rstrip() for name, (state, how) in rows.items()
    ]
    return "\n".join(
        [f"{core.bot.name}", *lines, "README.md tells how to turn the rest on. Ctrl-C ends it."]
    )
