"""Addresses of single messages, where a platform has them."""

from __future__ import annotations

from core.message import Conversation


def to_link(place: Conversation, message: str) -> str:
    """Return the address of a message, by the platform's id, or ""."""
    if not message.isdecimal():
        return ""
    match place.platform:
        case "discord":
            # discord.com/developers/docs/reference#message-formatting, read 2026-11-25
            return (
                "https://discord.com/channels/"
                f"{place.community}/{place.thread or place.channel}/{message}"
            )
        case "telegram" if place.community.startswith("-100"):
            # Supergroups only; core.telegram.org/api/links#message-links, read 2026-11-25
            thread = f"{place.thread}/" if place.thread else ""
            return f"https://t.me/c/{place.community.removeprefix('-100')}/{thread}{message}"
        case _:
            return ""
