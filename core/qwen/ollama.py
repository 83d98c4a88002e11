"""Finds an Ollama on this machine, so that tifo answers with Qwen without being set up."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import msgspec
from yarl import URL

from core.qwen.dialects import read_body
from core.qwen.values import Endpoint

_PATIENCE = 0.3  # seconds; a server on this machine answers in a few milliseconds
_MAX_BODY = 1 << 20  # bytes
_OTHER_TRADES = re.compile(r"embed|rerank|guard|coder|math|ocr|vl\b|audio|omni", re.IGNORECASE)
_GENERATION = re.compile(r"qwen-?(\d+(?:\.\d+)?)", re.IGNORECASE)


class _Model(msgspec.Struct):
    name: str
    size: int = 0


class _Tags(msgspec.Struct):
    models: list[_Model]


async def find_ollama(base: str = "http://127.0.0.1:11434/v1") -> Endpoint | None:
    """Look for an Ollama with a Qwen model that chats.

    Args:
        base: Its address, ending in `/v1`.

    Returns:
        Its newest and largest such model; None when nothing answers within 0.3 s.
    """
    try:
        async with (
            asyncio.timeout(_PATIENCE),
            aiohttp.ClientSession() as session,
            session.get(URL(base).parent / "api" / "tags", allow_redirects=False) as response,
        ):
            models = msgspec.json.decode(await read_body(response, _MAX_BODY), type=_Tags).models
    except (aiohttp.ClientError, OSError, msgspec.DecodeError):
        return None
    best = max(filter(_chats, models), key=_rank, default=None)
    return Endpoint(url=base, model=best.name, dialect="ollama") if best else None


def _chats(model: _Model) -> bool:
    return "qwen" in model.name.lower() and not _OTHER_TRADES.search(model.name)


def _rank(model: _Model) -> tuple[float, int]:
    """Order models: newer before older, then larger before smaller."""
    found = _GENERATION.search(model.name)
    return (float(found.group(1)) if found else 1.0, model.size)
