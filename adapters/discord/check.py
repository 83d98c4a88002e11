"""Looks whether Discord takes the token, without starting anything."""

from __future__ import annotations

import aiohttp
import msgspec

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class _Application(msgspec.Struct, frozen=True):
    name: str
    interactions_endpoint_url: str | None = None


async def check(token: str, *, api: str) -> tuple[bool, str]:
    """Return whether all is well, and one sentence for the operator."""
    headers = {"Authorization": f"Bot {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
            session.get(f"{api}/oauth2/applications/@me", allow_redirects=False) as answer,
        ):
            if answer.status == 401:
                return False, "TIFO_DISCORD_TOKEN is refused; the portal's Bot page makes one."
            if answer.status != 200:
                return False, f"{api} answers with status {answer.status}."
            application = msgspec.json.decode(await answer.read(), type=_Application)
    except (aiohttp.ClientError, TimeoutError):
        return False, f"{api} cannot be reached."
    except msgspec.DecodeError:
        return False, f"{api} does not answer like Discord; is TIFO_DISCORD_API right?"
    except ValueError:  # no header can carry it; the error's own text might show the token
        return False, "TIFO_DISCORD_TOKEN holds characters that no token has."
    if application.interactions_endpoint_url:
        return False, (
            "The application has an Interactions Endpoint URL, so slash commands go there: "
            "empty it on the portal's General Information page."
        )
    return True, f"{application.name} answers"
