"""What the program needs of others: Redis, and a Qwen endpoint."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from core.budgets import Budget
from core.embedded import find_running, serve
from core.errors import SettingsError, StoreError
from core.language.models import Models
from core.qwen.client import Endpoint, Qwen, Timeouts, find_ollama
from core.qwen.dialects import is_translator
from core.qwen.guard import Guard
from core.settings import Settings
from core.store import Store

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def open_store(settings: Settings, *, home: Path) -> AsyncGenerator[Store]:
    """Connect to Redis, starting a private one over a folder where none is set.

    Raises:
        SettingsError: It would lose messages, or cannot be reached.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = settings.redis_url or await stack.enter_async_context(serve(home))
        store = Store(url)
        stack.push_async_callback(store.close)
        if settings.redis_url and (fault := await find_fault(store)):
            raise SettingsError(fault)
        if warning := find_exposure(settings.redis_url):
            _log.warning("%s", warning)
        yield store


@contextlib.asynccontextmanager
async def open_running(settings: Settings) -> AsyncGenerator[Store]:
    """Reach the Redis of the tifo that runs, or the one that it left.

    Raises:
        SettingsError: It cannot be reached.
    """
    running = "" if settings.redis_url else find_running(settings.home / "redis")
    if not running:
        async with open_store(settings, home=settings.home / "redis") as store:
            yield store
        return
    store = Store(running)
    try:
        yield store
    finally:
        await store.close()


def need_redis(settings: Settings) -> None:
    """Check that processes can meet.

    Raises:
        SettingsError: They cannot.
    """
    if not settings.redis_url:
        raise SettingsError(
            "Gateways and workers meet in Redis: set TIFO_REDIS_URL to one that all of them "
            "reach, or use `run`, which brings its own."
        )


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


def find_exposure(url: str) -> str:
    """Return in one sentence how a Redis is open to more than this bot, or ""."""
    parts = urlsplit(url)
    if parts.scheme == "unix" or not url:
        return ""
    credentials, _, servers = parts.netloc.rpartition("@")
    hosts = [urlsplit(f"//{server}").hostname or "" for server in servers.split(",")]
    if all(_is_here(host) for host in hosts):
        return ""
    if not credentials.partition(":")[2]:
        return (
            "TIFO_REDIS_URL has no password: whoever reaches that Redis reads what fans wrote and "
            "writes answers to them; use the line in deploy/redis.acl."
        )
    if not parts.scheme.startswith("rediss"):
        return (
            "TIFO_REDIS_URL goes over the network in clear: write rediss:// if that network is not "
            "yours alone."
        )
    return ""


def _is_here(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def to_models(settings: Settings, endpoints: Sequence[Endpoint], chat: Qwen | None) -> Models:
    """Return who translates: what is set for it at the first endpoint, else who answers.

    A Qwen-MT does not stream, so its whole answer may take longer than a first word.
    """
    model = settings.qwen_translate_model
    name = ", ".join(endpoint.model for endpoint in endpoints)
    if not model or not endpoints:
        return Models(chat=chat, name=name)
    own = msgspec.structs.replace(endpoints[0], model=model)
    if is_translator(model):
        mt = Qwen([own], limits=Timeouts(first_token=30.0))
        return Models(chat=chat, mt=mt, name=f"{model}, {name}")
    return Models(chat=Qwen([own, *endpoints]), name=f"{model}, {name}")


def to_guard(settings: Settings) -> Guard | None:
    """Return the guard model that is set, if any."""
    if not settings.guard_url:
        return None
    endpoint = Endpoint(url=settings.guard_url, key=settings.guard_key, model=settings.guard_model)
    return Guard(endpoint, dialect=settings.guard_dialect)


def to_small(settings: Settings, endpoints: Sequence[Endpoint]) -> Qwen | None:
    """Return who answers when a budget is spent: a smaller model at the first endpoint."""
    if not settings.qwen_small_model or not endpoints:
        return None
    return Qwen([msgspec.structs.replace(endpoints[0], model=settings.qwen_small_model)])


def to_budget(settings: Settings) -> Budget:
    """Return what may be spent in a day."""
    return Budget(
        fan=settings.fan_tokens,
        community=settings.community_tokens,
        bot=settings.bot_tokens,
        money=settings.bot_money,
        price_in=settings.price_in,
        price_out=settings.price_out,
    )


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
