"""How seven kinds of servers spell the same request, as data, and how to tell them apart.

The intent is always "stream an answer, without thinking, and say what it cost". A spelling that
a server does not know is a 400 or 422 on some and silently ignored on others, so each gets only
what it knows. Where no other source stands: raw requests to vLLM 0.30, SGLang 0.5, llama.cpp
b11139, Ollama 0.34 and transformers 5.23, and DashScope's documentation, all as of 2026-11-23.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping

import aiohttp
import msgspec
from yarl import URL

from core.qwen.question import Json, Question

THINKING = 4_096
"""Tokens that thinking may take where we can say so; DashScope's effort "low" is the same."""

_PROBE = 3.0  # seconds for one question to an unknown server
_MAX_PROBE = 1 << 20  # bytes


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of server understands and sends.

    Both names of the field with the thinking, `reasoning_content` and `reasoning`, are read
    everywhere: proxies rename them.
    """

    name: str
    thinking_off: Mapping[str, Json]
    """Fields that turn thinking off."""

    thinking_on: Mapping[str, Json]

    asks_usage: bool = True
    """Send `stream_options.include_usage`; where not, usage comes unasked."""

    is_thinking_capped: bool = True
    """`max_tokens` bounds thinking and answer together, not the answer alone."""

    is_raw: bool = True
    """Thinking may stand inside the text, even without its opening tag, because the server
    can run without a parser for it."""

    may_mislabel: bool = False
    """With a thinking parser in front of a model that does not think, the whole answer comes
    as thinking."""

    is_quota_temporary: bool = False
    """`insufficient_quota` means too many tokens a minute, not an empty account."""


_TEMPLATE_OFF: dict[str, Json] = {"chat_template_kwargs": {"enable_thinking": False}}
_TEMPLATE_ON: dict[str, Json] = {"chat_template_kwargs": {"enable_thinking": True}}
_EFFORT_OFF: dict[str, Json] = {"reasoning_effort": "none"}
_EFFORT_ON: dict[str, Json] = {"reasoning_effort": "low"}

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            name="dashscope",
            thinking_off={"enable_thinking": False},
            thinking_on={"enable_thinking": True, "thinking_budget": THINKING},
            is_thinking_capped=False,
            is_raw=False,
            is_quota_temporary=True,
        ),
        Dialect(
            name="vllm", thinking_off=_TEMPLATE_OFF, thinking_on=_TEMPLATE_ON, may_mislabel=True
        ),
        Dialect(
            name="sglang", thinking_off=_TEMPLATE_OFF, thinking_on=_TEMPLATE_ON, may_mislabel=True
        ),
        Dialect(name="llamacpp", thinking_off=_TEMPLATE_OFF, thinking_on=_TEMPLATE_ON),
        Dialect(name="ollama", thinking_off=_EFFORT_OFF, thinking_on=_EFFORT_ON),
        Dialect(
            name="transformers",
            thinking_off=_TEMPLATE_OFF,
            thinking_on=_TEMPLATE_ON,
            asks_usage=False,
        ),
        # Any other: api.openai.com and the gateways that follow it.
        Dialect(name="openai", thinking_off=_EFFORT_OFF, thinking_on=_EFFORT_ON),
    )
}

_ALWAYS_THINKS = re.compile(r"-thinking\b|\bqwq\b|2\.4t-a95b", re.IGNORECASE)
_TRANSLATES = re.compile(r"qwen-?mt\b", re.IGNORECASE)
_EFFORT_LEVELS = re.compile(r"qwen-?3\.[89]", re.IGNORECASE)

# What `owned_by` says in /v1/models; "me" is llama_cpp.server, llama.cpp in Python.
_OWNERS = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llamacpp",
    "me": "llamacpp",
    "library": "ollama",
}
# Paths beside /v1, and a word in the answer that only this server gives.
_LANDMARKS = (
    ("api/version", '"version"', "ollama"),
    ("props", "default_generation_settings", "llamacpp"),
    ("get_model_info", "model_path", "sglang"),
    ("version", '"version"', "vllm"),
    ("openapi.json", "/load_model", "transformers"),
)


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What a server tells about itself."""

    dialect: str
    """Name in `DIALECTS`."""

    models: tuple[str, ...]
    """Names that it lists; empty when it does not list any."""


class _Model(msgspec.Struct):
    id: str = ""
    owned_by: str = ""


class _Models(msgspec.Struct):
    data: list[_Model] | None = None


def is_translator(model: str) -> bool:
    """Return whether a model is a Qwen-MT, which takes `translation_options` and no chat."""
    return bool(_TRANSLATES.match(model))


def is_thinker(model: str) -> bool:
    """Return whether a model thinks whatever we ask for."""
    return bool(_ALWAYS_THINKS.search(model))


def to_fields(dialect: Dialect, model: str, question: Question) -> dict[str, Json]:
    """Write everything of a request but its messages.

    Args:
        dialect: Of the server.
        model: As the server calls it; some want thinking spelled in a way of their own.
        question: What is asked.
    """
    if question.options is not None:
        # Qwen-MT knows no thinking, and some of its models cannot stream.
        return {
            "model": model,
            "max_tokens": question.max_tokens,
            "translation_options": dict(question.options),
        }
    thinks = question.think or is_thinker(model)
    allowance = THINKING if thinks and dialect.is_thinking_capped else 0
    fields: dict[str, Json] = {
        "model": model,
        "stream": True,
        "max_tokens": question.max_tokens + allowance,
        "temperature": question.temperature,
    }
    if dialect.asks_usage:
        fields["stream_options"] = {"include_usage": True}
    return fields | _to_thinking(dialect, model, thinks=thinks)


def _to_thinking(dialect: Dialect, model: str, *, thinks: bool) -> dict[str, Json]:
    if not thinks:
        return dict(dialect.thinking_off)
    if _EFFORT_LEVELS.search(model):
        # Qwen3.8 thinks at length by default. On DashScope effort excludes the other two
        # fields; in its template every level but medium writes into the system prompt.
        if dialect.name == "dashscope":
            return dict(_EFFORT_ON)
        if "chat_template_kwargs" in dialect.thinking_on:
            return {"chat_template_kwargs": {"enable_thinking": True, "reasoning_effort": "medium"}}
    return dict(dialect.thinking_on)


def guess(url: str) -> str:
    """Return the dialect that a host's name gives away, or ""."""
    host = URL(url).host or ""
    if host.endswith(("aliyuncs.com", "qwencloud.com")):
        return "dashscope"
    return "openai" if host == "api.openai.com" else ""


async def probe(session: aiohttp.ClientSession, url: str, key: str) -> Probe:
    """Find out what kind of server answers at an address, and which models it lists.

    Args:
        session: To ask with.
        url: Ends in `/v1`.
        key: "" where none is needed.

    Raises:
        aiohttp.ClientError: Nothing answers there.
        TimeoutError: It does not answer in time.
    """
    base = URL(url)
    headers = to_headers(key)
    # The first question may fail loudly: a server that is away must not pass for "openai".
    listing = await _ask(session, base / "models", headers)
    models = _to_models(listing)
    names = tuple(model.id for model in models)
    if guess(url):
        return Probe(dialect=guess(url), models=names)
    for model in models:
        if model.owned_by.lower() in _OWNERS:
            return Probe(dialect=_OWNERS[model.owned_by.lower()], models=names)
    for path, word, name in _LANDMARKS:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            if word in await _ask(session, base.parent / path, headers):
                return Probe(dialect=name, models=names)
    return Probe(dialect="openai", models=names)


def to_headers(key: str) -> dict[str, str]:
    """Return the headers that a key needs."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def _ask(session: aiohttp.ClientSession, url: URL, headers: dict[str, str]) -> str:
    """Return the body of a good JSON answer, "" for any other."""
    async with (
        asyncio.timeout(_PROBE),
        session.get(url, headers=headers, allow_redirects=False) as response,
    ):
        if response.status != 200 or "json" not in response.content_type:
            return ""
        return (await read_body(response, _MAX_PROBE)).decode(errors="replace")


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body, or as much of it as is wanted.

    Args:
        response: Its headers have come.
        limit: Bytes.
    """
    body = bytearray()
    while len(body) < limit and (piece := await response.content.readany()):
        body += piece
    return bytes(body[:limit])


def _to_models(listing: str) -> list[_Model]:
    try:
        return msgspec.json.decode(listing.encode(), type=_Models).data or []
    except msgspec.DecodeError:
        return []
