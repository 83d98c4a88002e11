"""What is on, what is off, and how to turn the rest on."""

from __future__ import annotations

from collections.abc import Sequence

from core.bot import Bot
from core.qwen.client import Endpoint
from core.settings import Settings


def render(settings: Settings, bot: Bot, endpoints: Sequence[Endpoint]) -> str:
    """Say what is on, what is off, and how to turn the rest on."""
    if settings.qwen_url:
        qwen = ("on", ", ".join(endpoint.name for endpoint in endpoints))
    elif endpoints:
        qwen = ("on", f"{endpoints[0].model}, found in the Ollama of this machine")
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
        "languages": (str(len(bot.languages)), " ".join(bot.languages)),
    }
    width = max(map(len, rows))
    lines = [
        f"  {name:<{width}}  {state:<3}  {how}".rstrip() for name, (state, how) in rows.items()
    ]
    return "\n".join(
        [f"{bot.name}", *lines, "README.md tells how to turn the rest on. Ctrl-C ends it."]
    )
