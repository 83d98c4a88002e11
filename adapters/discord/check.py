"""Looks whether Discord takes the token, and what it lets the bot do, without starting anything."""

from __future__ import annotations

from typing import TypeVar

import aiohttp
import msgspec

from adapters.discord.inbound import ADMINISTRATOR, RIGHTS
from adapters.discord.powers import CREATE_PUBLIC_THREADS, MANAGE_CHANNELS, READ_HISTORY

_TIMEOUT = aiohttp.ClientTimeout(total=10)

_NEEDED = {
    "Moderate Members": RIGHTS["restrict"],
    "Ban Members": RIGHTS["ban"],
    "Manage Messages": RIGHTS["messages"],
    "Manage Channels": MANAGE_CHANNELS,
    "Read Message History": READ_HISTORY,
    "Create Public Threads": CREATE_PUBLIC_THREADS,
}
"""What moderation takes, as Discord's own settings call it."""

_MOST_NAMED = 3
"""Servers that are told of one by one."""

Shape = TypeVar("Shape")


class _Application(msgspec.Struct, frozen=True):
    name: str
    verify_key: str = ""
    interactions_endpoint_url: str | None = None


class _Guild(msgspec.Struct, frozen=True):
    name: str
    permissions: str = "0"


async def check(token: str, *, api: str, public_key: str = "") -> tuple[bool, str]:
    """Return whether all is well, and one sentence for the operator.

    What the bot may not do on some servers is told, and no fault: not everybody wants a moderator.
    """
    headers = {"Authorization": f"Bot {token}"}
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session:
            application = await _ask(session, f"{api}/oauth2/applications/@me", _Application)
            if isinstance(application, str):
                return False, application
            guilds = await _ask(session, f"{api}/users/@me/guilds", list[_Guild])
    except (aiohttp.ClientError, TimeoutError):
        return False, f"{api} cannot be reached."
    except msgspec.DecodeError:
        return False, f"{api} does not answer like Discord; is TIFO_DISCORD_API right?"
    except ValueError:  # no header can carry it; the error's own text might show the token
        return False, "TIFO_DISCORD_TOKEN holds characters that no token has."
    fault = _find_fault(application, public_key)
    if fault:
        return False, fault
    lacks = _tell_lacks(guilds) if not isinstance(guilds, str) else ""
    return True, f"{application.name} answers{lacks}"


async def _ask(session: aiohttp.ClientSession, url: str, shape: type[Shape]) -> Shape | str:
    """Return what Discord says, or what is wrong."""
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status == 401:
            return "TIFO_DISCORD_TOKEN is refused; the portal's Bot page makes one."
        if answer.status != 200:
            return f"{url} answers with status {answer.status}."
        return msgspec.json.decode(await answer.read(), type=shape)


def _find_fault(application: _Application, public_key: str) -> str:
    if public_key and application.verify_key.lower() != public_key.lower():
        return (
            "TIFO_DISCORD_PUBLIC_KEY is not the Public Key on the portal's General Information "
            "page: nothing that Discord posts would be taken."
        )
    if application.interactions_endpoint_url and not public_key:
        return (
            "The application has an Interactions Endpoint URL, so slash commands go there: "
            "empty it on the portal's General Information page, or set TIFO_DISCORD_PUBLIC_KEY "
            "and let it lead to /discord/interactions of this bot."
        )
    return ""


def _tell_lacks(guilds: list[_Guild]) -> str:
    """Return what the bot lacks to moderate, server by server, or ""."""
    told: list[str] = []
    for guild in guilds:
        bits = int(guild.permissions)
        lacks = [] if bits & ADMINISTRATOR else [n for n, bit in _NEEDED.items() if not bits & bit]
        if lacks:
            told.append(f"on {guild.name} it lacks {', '.join(lacks)}")
    if not told:
        return ""
    more = f"; and so on {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return f"; to moderate, {'; '.join(told[:_MOST_NAMED])}{more}"
