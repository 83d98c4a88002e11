"""Telegram's Bot API on loopback for the real library, and hands for a test's fans.

`FakeTelegram` fails the test at its end if a call broke the API's own description.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, cast

import aiohttp
import msgspec
from aiohttp import web

from tests.fakes.telegram_chats import Upload
from tests.fakes.telegram_fans import Fans
from tests.fakes.telegram_limits import FloodLimits
from tests.fakes.telegram_methods import RefusalError
from tests.fakes.telegram_spec import request_fault, response_fault

Json = dict[str, Any]

_TEXTS = ("text", "name", "action", "language_code", "callback_query_id", "secret_token", "url")
_RESULTS = {
    "getMe": "User",
    "sendMessage": "Message",
    "sendDocument": "Message",
    "editMessageText": "Message",
    "getChatAdministrators": "Array of ChatMember",
    "createForumTopic": "ForumTopic",
}
_LARGEST = 50 << 20
"""Bytes of an upload; core.telegram.org/bots/api#sending-files, read 2026-11-25."""


@dataclass(kw_only=True)
class Fault:
    """What happens to one call instead of, or after, doing it."""

    method: str
    status: int = 0
    description: str = "Bad Request: made to fail"
    retry_after: int | None = None
    is_reset: bool = False
    """The connection breaks off after the call was carried out."""

    silence: float = 0.0
    """Seconds without an answer; the call is not carried out."""


@dataclass(frozen=True)
class Call:
    """A call of the bot's."""

    method: str
    body: Json
    at: float = field(default_factory=time.monotonic)


class FakeTelegram(Fans):
    """A Telegram with one bot in it; use as `async with`."""

    def __init__(
        self, *, token: str = "42:fake-telegram-token", limits: FloodLimits | None = None
    ) -> None:
        super().__init__()
        self.token = token
        self.limits = limits
        """None takes everything."""
        self.url = ""
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.confirmed = 0
        """Updates before this one are forgotten."""
        self.is_revoked = False
        self.is_away = True
        self.pick: Callable[[str], Fault | None] = lambda _: None
        """Says for each method whether this call shall fail."""
        self._faults: list[Fault] = []
        self._polls = 0
        self._postman: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        await self.stop()
        if error is None:
            assert not self.violations, "\n".join(self.violations)

    async def start(self) -> None:
        """Listen; after `stop` at the same address again."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.is_away = False

    async def stop(self) -> None:
        """Refuse connections, as if the API were down."""
        self.is_away = True
        if self._runner is not None:
            await self._runner.cleanup()
        if self._postman is not None:
            self._postman.cancel()
            await asyncio.wait([self._postman])

    def called(self, method: str) -> list[Json]:
        """Return the bodies of all calls of one method."""
        return [call.body for call in self.calls if call.method == method]

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a method fail, after those that were to fail before."""
        self._faults += [fault] * times

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        uploads: dict[str, Upload] = {}
        if request.content_type == "application/json":
            body = cast("Json", msgspec.json.decode(await request.read()))
        else:
            form = {**request.query, **await request.post()}
            files = {name: value for name, value in form.items() if not isinstance(value, str)}
            body = {n: _value(n, v) for n, v in form.items() if isinstance(v, str)}
            uploads = {name: _to_upload(value) for name, value in files.items()}
        if request.match_info["token"] != self.token or self.is_revoked:
            return _refuse(RefusalError("Unauthorized", 401))
        self.calls.append(Call(method, body))
        fault = self._next_fault(method)
        if fault is not None and fault.silence:
            await asyncio.sleep(fault.silence)
            fault = Fault(method=method, status=504, description="Gateway Timeout")
        if fault is not None and fault.status:
            more = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
            return _refuse(RefusalError(fault.description, fault.status, **more))
        named = {name: upload.name for name, upload in uploads.items()}
        self._violate(method, request_fault(method, body | named))
        body |= uploads
        if self.limits is not None and "chat_id" in body:
            wait = self.limits.refuse(method, body["chat_id"])
            if wait is not None:
                return _refuse(RefusalError("Too Many Requests", 429, retry_after=wait))
        try:
            result = await self._do(method, body)
        except RefusalError as error:
            return _refuse(error)
        if method in _RESULTS:
            self._violate(f"answer to {method}", response_fault(_RESULTS[method], result))
        if fault is not None and request.transport is not None:
            request.transport.abort()
        return web.json_response({"ok": True, "result": result})

    def _violate(self, what: str, fault: str) -> None:
        if fault:
            self.violations.append(f"{what}: {fault}")

    def _next_fault(self, method: str) -> Fault | None:
        fault = next((fault for fault in self._faults if fault.method == method), None)
        if fault is not None:
            self._faults.remove(fault)
            return fault
        return self.pick(method)

    async def _do(self, method: str, body: Json) -> object:
        if method == "getUpdates":
            return await self._poll(body)
        result = self.do(method, body)
        if method == "setWebhook" and self._postman is None:
            self._postman = asyncio.create_task(self._post())
        self._change()
        return result

    async def _poll(self, body: Json) -> list[Json]:
        if self.webhook:
            raise RefusalError("Conflict: can't use getUpdates method while webhook is active", 409)
        self._polls += 1
        poll, offset = self._polls, body.get("offset", 0)
        self.confirmed = max(self.confirmed, offset)
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        end = time.monotonic() + body.get("timeout", 0)
        while not self._updates:
            changed = self._changed
            try:
                async with asyncio.timeout(max(0.0, end - time.monotonic())):
                    await changed.wait()
            except TimeoutError:
                return []
            if poll != self._polls:
                raise RefusalError("Conflict: terminated by other getUpdates request", 409)
        updates = self._updates[: body.get("limit", 100)]
        for update in updates:
            self._violate("update", response_fault("Update", update))
        return updates

    async def _post(self) -> None:
        """Post updates to the webhook, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                while not (self._updates and self.webhook):
                    await self._changed.wait()
                header = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
                update = self._updates[0]
                self._violate("update", response_fault("Update", update))
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.post(
                        self.webhook["url"], json=update, headers=header
                    ) as answer:
                        if answer.status // 100 == 2:
                            self._updates.remove(update)
                            self.confirmed = update["update_id"] + 1
                            continue
                await asyncio.sleep(0.05)


def _value(name: str, text: str) -> Any:
    """Read a form value: texts stand as they are, everything else as JSON."""
    if name in _TEXTS:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _to_upload(field: object) -> Upload:
    assert isinstance(field, web.FileField)
    return Upload(field.filename, field.content_type, field.file.read())


def _refuse(error: RefusalError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.status)
