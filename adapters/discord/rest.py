"""The door to discord.py's REST client: its rate limits and retries, our errors.

It lives as long as the adapter, longer than any gateway connection, so that a reply reaches
its channel also while the gateway is away.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any, TypeVar

import aiohttp
import discord
import msgspec
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from adapters.discord.budget import Budget
from adapters.discord.refusals import VOID_WEBHOOK, RefusedError, to_refusal
from adapters.discord.upload import Upload, to_form
from core.errors import AdapterError, DeliveryError, RetryLaterError

API = "https://discord.com/api/v10"

_PATIENCE = 30.0  # seconds that a rate limit may hold a call up; the least the library takes
_PAUSE = 60.0  # seconds to keep still when Discord's front door refuses without saying how long
_TIMEOUT = 20.0  # seconds for one request
_REASON = 512  # characters; discord.com/developers/docs/resources/audit-log, read 2026-11-25
_BOUNDLESS = ("/interactions/", "/webhooks/")
"""Paths that do not count against the calls of a second; see `adapters.discord.budget`."""

_FAILURES = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    msgspec.DecodeError,
    ValueError,  # an answer that claims to be JSON and is not
)

Shape = TypeVar("Shape")


class Identity(msgspec.Struct, frozen=True):
    """Who the token belongs to."""

    user: str
    application: str


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Limits(msgspec.Struct, frozen=True):
    max_concurrency: int = 1


class _Gateway(msgspec.Struct, frozen=True):
    session_start_limit: _Limits = _Limits()


def point_library_at(api: str, gateway: str) -> None:
    """Tell discord.py where Discord is; "" as gateway leaves it to what the API answers.

    The addresses are class attributes of the library, so they hold for the whole process and
    are touched only when they differ. The gateway's is used for reconnections.
    """
    if api != Route.BASE:
        Route.BASE = api
    if gateway and yarl.URL(gateway) != DiscordWebSocket.DEFAULT_GATEWAY:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


class Rest:
    """Calls Discord's REST interface for one bot."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._client: HTTPClient | None = None
        self.budget = Budget()
        self.is_void = asyncio.Event()
        """Set when Discord took the token back: nothing is sent any more."""

    async def open(self) -> Identity:
        """Log in.

        Raises:
            AdapterError: The token is refused.
            DeliveryError: Discord cannot be reached now.
        """
        if not (self._token.isascii() and self._token.isprintable()):
            raise refused_token()  # no header can carry it
        client = HTTPClient(
            asyncio.get_running_loop(),
            max_ratelimit_timeout=_PATIENCE,
            http_trace=self.budget.trace,
        )
        try:
            user = await client.static_login(self._token)
            application = await client.application_info()
            identity = Identity(
                user=msgspec.convert(user, _Id).id,
                application=msgspec.convert(application, _Id).id,
            )
            self._client = client
        except discord.LoginFailure:
            raise refused_token() from None
        except _FAILURES as error:
            raise _to_error(error) from error
        finally:
            if self._client is not client:
                await client.close()
        return identity

    @property
    def is_open(self) -> bool:
        """Return whether calls can be made."""
        return self._client is not None and not self.is_void.is_set()

    async def close(self) -> None:
        """Close the connections; calls fail afterwards."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def call(
        self,
        method: str,
        path: str,
        shape: type[Shape],
        *,
        body: object = None,
        reason: str = "",
        **ids: str,
    ) -> Shape:
        """Make one call.

        Args:
            method: HTTP method.
            path: With the names of `ids` in braces; `channel_id`, `webhook_id` and
                `webhook_token` are what Discord counts rate limits by.
            shape: What the answer is read as; `object` where it does not matter.
            body: Sent as JSON, an `Upload` as a form; None for no body.
            reason: For the server's audit log; 512 characters of it are kept.
            ids: What goes into the path.

        Raises:
            RefusedError: The same call will be refused again.
            RetryLaterError: Discord wants us to wait.
            DeliveryError: Discord failed, or cannot be reached.
        """
        if self._client is None or not self.is_open:
            raise DeliveryError("Discord is not connected")
        self.budget.check()
        if not path.startswith(_BOUNDLESS):
            await self.budget.wait()
        request = functools.partial(
            self._client.request,
            Route(method, path, **ids),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
            reason=reason[:_REASON],
        )
        try:
            answer: object = await request(**_to_arguments(body))
            # Not strictly: what is sent as a number, such as permissions, is told as text.
            return msgspec.convert(answer, shape, strict=False)
        except _FAILURES as error:
            if _is_about_token(error):
                await self._ask_whether_void(self._client)
            raise _to_error(error) from error

    async def concurrency(self) -> int:
        """Return how many sessions may be begun within five seconds.

        Raises:
            DeliveryError: Discord failed, or cannot be reached.
        """
        try:
            told = await self.call("GET", "/gateway/bot", _Gateway)
        except RefusedError:  # one at a time is always right
            return 1
        return max(1, told.session_start_limit.max_concurrency)

    async def _ask_whether_void(self, client: HTTPClient) -> None:
        """Ask once more, before the bot is turned off for a single refusal."""
        try:
            await client.request(Route("GET", "/users/@me"))
        except _FAILURES as error:
            if _is_about_token(error):
                self.is_void.set()


def refused_token() -> AdapterError:
    """Return the sentence for an operator whose token is no good."""
    return AdapterError(
        "Discord refuses the token: copy a new one from the Bot page of your application at "
        "discord.com/developers into TIFO_DISCORD_TOKEN."
    )


def _to_arguments(body: object) -> dict[str, Any]:
    if isinstance(body, Upload):
        return {"form": to_form(body)}
    return {} if body is None else {"json": body}


def _is_about_token(error: Exception) -> bool:
    return (
        isinstance(error, discord.HTTPException)
        and error.status == 401
        and error.code != VOID_WEBHOOK
    )


def _to_error(error: Exception) -> DeliveryError:
    """Return our error for one of discord.py's, or of what lies below it."""
    if isinstance(error, discord.RateLimited):
        return RetryLaterError("Discord's rate limit", after=error.retry_after)
    if isinstance(error, msgspec.DecodeError | ValueError):
        return DeliveryError(f"Discord's answer cannot be read: {error}")
    if not isinstance(error, discord.HTTPException):
        return DeliveryError(f"Discord cannot be reached: {type(error).__name__}")
    if error.status == 429:
        wait = _seconds(error.response.headers.get("Retry-After"))
        return RetryLaterError("Discord wants patience", after=wait)
    if error.status >= 500 or _is_about_token(error):
        return DeliveryError(f"Discord answered {error.status}: {error.text}")
    return to_refusal(error.status, error.code, error.text)


def _seconds(text: str | None) -> float:
    try:
        return float(text or _PAUSE)
    except ValueError:
        return _PAUSE
