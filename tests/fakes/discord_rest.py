"""Discord's REST interface on loopback: its routes, refusals, and ways to fail.

Every request and every answer is checked against Discord's own description where that is at
hand, and what Discord would refuse is refused: 2001 characters, an empty message, a used
token.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from tests.fakes import discord_world as world
from tests.fakes.discord_deeds import Deeds
from tests.fakes.discord_files import attach, attachments_of, read
from tests.fakes.discord_spec import query_fault, request_fault, response_fault
from tests.fakes.discord_values import Call, Fault, Interaction, Refusal, Shown

Json = dict[str, Any]
API = "/api/v10"


class FakeRest:
    """What the bot has done, and what people see of it."""

    def __init__(
        self,
        *,
        token: str,
        places: world.World,
        gateway: Callable[[], str],
        tell: Callable[[str, Json], None],
    ) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.pings: list[str] = []
        self.menu: list[Json] = []
        self.has_content = False
        """Whether the bot may read what is not said to it."""

        self.broken_answers = 0
        """How many of the next answers are a page instead of JSON."""

        self.endpoint: str | None = None
        """The application's own address for interactions."""

        self.verify_key = "0" * 64
        self.interactions: list[Interaction] = []
        self.whims: Json = {}
        """Fields of commands that are kept otherwise than they were published."""
        self.faults: list[Fault] = []
        self.shown: dict[str, list[Shown]] = {}
        self.changed = asyncio.Event()
        self._token = token
        self._places = places
        self._gateway = gateway
        self._nonces: dict[str, Shown] = {}
        self._ids = itertools.count(1)
        self.deeds = Deeds(self, places, tell)
        self._routes = self._table()

    def _table(self) -> list[tuple[str, str, re.Pattern[str], Callable[..., Json | None]]]:
        table: dict[str, Callable[[Call], Any]] = {
            "GET /users/@me": lambda _: world.bot() | {"mfa_enabled": True, "locale": "en-US"},
            "GET /oauth2/applications/@me": lambda _: world.application(
                self.endpoint, self.verify_key
            ),
            "GET /gateway/bot": lambda _: world.session_limits(self._gateway()),
            "GET /channels/{channel_id}": self._get_channel,
            "GET /applications/{application_id}/commands": lambda _: self.menu,
            "PUT /applications/{application_id}/commands": self._put_menu,
            "POST /channels/{channel_id}/typing": lambda _: None,
            "GET /channels/{channel_id}/messages": self._list,
            "POST /channels/{channel_id}/messages": self._create,
            "PATCH /channels/{channel_id}/messages/{message_id}": self._edit,
            "POST /interactions/{interaction_id}/{interaction_token}/callback": self._call_back,
            "POST /webhooks/{webhook_id}/{webhook_token}": self._follow,
            "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": self._edit_original,
            "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": self._edit,
            "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": self._remove,
            **self.deeds.table(),
        }
        routes: list[tuple[str, str, re.Pattern[str], Callable[..., Json | None]]] = []
        for key, handler in table.items():
            method, path = key.split(" ")
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
            routes.append((method, path, re.compile(pattern), handler))
        return routes

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any request below the API's address."""
        if self.broken_answers:
            self.broken_answers -= 1
            return web.Response(text="<html>", content_type="text/html")
        path = request.path.removeprefix(API)
        for method, template, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if found is not None and method == request.method:
                call = Call(method, template, found.groupdict(), {}, dict(request.query))
                await read(request, call)
                self.calls.append(call)
                return await self._respond(request, call, handler)
        self.violations.append(f"no such route: {request.method} {path}")
        return _to_response(404, {"message": "404: Not Found", "code": 0})

    async def _respond(
        self, request: web.Request, call: Call, handler: Callable[[Call], Json | None]
    ) -> web.Response:
        fault = self._fault(f"{call.method} {request.path.removeprefix(API)}")
        if fault is not None and fault.status:
            return self._fail(call, fault)
        try:
            self._check(request, call)
            answer = handler(call)
        except Refusal as refusal:
            call.status = refusal.status
            return _to_response(refusal.status, refusal.body)
        finally:
            self.changed.set()
        call.status = 204 if answer is None else call.status or 200
        wrong = response_fault(call.method, call.path, call.status, answer)
        if wrong:
            self.violations.append(f"own answer to {call.method} {call.path}: {wrong}")
        if fault is not None and request.transport is not None:
            request.transport.close()
        return _to_response(call.status, answer)

    def _check(self, request: web.Request, call: Call) -> None:
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise Refusal(401, 0, "401: Unauthorized")
        wrong = query_fault(call.method, call.path, call.query) or request_fault(
            call.method, call.path, call.body
        )
        if wrong:
            self.violations.append(f"{call.method} {call.path}: {wrong}")
            raise Refusal(400, 50035, f"Invalid Form Body: {wrong}")
        token = call.ids.get("webhook_token") or call.ids.get("interaction_token")
        if token is not None:
            self._interaction(call)
        if "content" in call.body:
            _check_content(call.body)
            self.pings += world.pings_of(call.body)

    def _fault(self, request: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, request):
                fault.times -= 1
                return fault
        return None

    def _fail(self, call: Call, fault: Fault) -> web.Response:
        call.status = fault.status
        body: Json = {"message": "made to fail", "code": fault.code}
        response = _to_response(fault.status, body)
        if fault.status == 429:
            body |= {"retry_after": fault.retry_after, "global": False}
            response = _to_response(429, body)
            response.headers["Retry-After"] = str(fault.retry_after)
            if fault.has_via:
                response.headers["Via"] = "1.1 google"
        return response

    # What the routes do

    def _get_channel(self, call: Call) -> Json:
        known = self._places.channel(call.ids["channel_id"])
        if known is None:
            raise Refusal(404, 10003, "Unknown Channel")
        return known

    def _list(self, call: Call) -> list[Json]:
        """Return the newest messages, those before an id, or those right after one."""
        limit = int(call.query.get("limit", 50))
        every = sorted(self.shown.get(call.ids["channel_id"], []), key=lambda shown: int(shown.id))
        every = [shown for shown in every if not shown.ephemeral]
        if "after" in call.query:
            found = [s for s in every if int(s.id) > int(call.query["after"])][:limit]
        else:
            before = int(call.query.get("before", 1 << 63))
            found = [s for s in every if int(s.id) < before][-limit:]
        return [self.payload(shown) for shown in reversed(found)]

    def _put_menu(self, call: Call) -> list[Json]:
        kept: list[Json] = msgspec.json.decode(msgspec.json.encode(call.body))
        for command in kept:  # a number when it is written, a text when it is read
            bits = command.get("default_member_permissions")
            if bits is not None:
                command["default_member_permissions"] = str(bits)
        extra: Json = {
            "application_id": world.APPLICATION,
            "version": self.new_id(),
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
        }
        self.menu = [extra | command | self.whims | {"id": self.new_id()} for command in kept]
        return self.menu

    def _create(self, call: Call) -> Json:
        body = call.body
        earlier = self._nonces.get(str(body.get("nonce"))) if body.get("enforce_nonce") else None
        if earlier is not None:
            return self.payload(earlier)
        reference: Json = body.get("message_reference", {})
        answered = self.find(reference.get("message_id"))
        if reference and answered is None and reference.get("fail_if_not_exists", True):
            raise Refusal(400, 50035, "Invalid Form Body: message_reference: Unknown message")
        reply_to = answered.id if answered is not None else None
        shown = self._show(call.ids["channel_id"], body, call, reply_to=reply_to)
        self._nonces[str(body.get("nonce"))] = shown
        return self.payload(shown)

    def _edit(self, call: Call) -> Json:
        shown = self.find(call.ids["message_id"])
        is_hooked = "webhook_id" in call.ids
        if shown is None or (shown.ephemeral and not is_hooked):
            raise Refusal(404, 10008, "Unknown Message")
        return self._change(shown, call)

    def _edit_original(self, call: Call) -> Json:
        original = self._interaction(call).original
        if original is None or self.find(original.id) is None:
            raise Refusal(404, 10008, "Unknown Message")
        return self._change(original, call)

    def _remove(self, call: Call) -> None:
        shown = self.find(call.ids["message_id"])
        if shown is None:
            raise Refusal(404, 10008, "Unknown Message")
        self.shown[shown.channel].remove(shown)

    def _call_back(self, call: Call) -> Json | None:
        interaction = self._interaction(call)
        if interaction.callback_after is not None:
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        interaction.callback_after = time.monotonic() - interaction.started
        if interaction.callback_after > 3:
            raise Refusal(404, 10062, "Unknown interaction")
        data = call.body.get("data", {})
        if call.body["type"] == 8:
            interaction.choices = data["choices"]
            self.changed.set()
            return None
        shown = self._show(interaction.channel, {"content": "", **data}, call)
        shown.is_deferred = call.body["type"] == 5
        interaction.original = shown
        return {
            "interaction": {"id": interaction.id, "type": 2, "response_message_id": shown.id},
            "resource": {"type": 4, "message": self.payload(shown)},
        }

    def _follow(self, call: Call) -> Json:
        interaction = self._interaction(call)
        if interaction.callback_after is None:
            raise Refusal(404, 10015, "Unknown Webhook")
        return self.payload(self._show(interaction.channel, call.body, call))

    def _interaction(self, call: Call) -> Interaction:
        token = call.ids.get("webhook_token") or call.ids.get("interaction_token")
        found = next((i for i in self.interactions if i.token == token), None)
        if found is None:
            raise Refusal(404, 10015, "Unknown Webhook")
        if found.is_expired:
            raise Refusal(401, 50027, "Invalid Webhook Token")
        return found

    def _show(self, channel: str, body: Json, call: Call, *, reply_to: str | None = None) -> Shown:
        shown = Shown(
            self.new_id(),
            channel,
            "tifo",
            body["content"].strip(),
            flags=body.get("flags", 0),
            reply_to=reply_to,
            components=body.get("components", []),
        )
        attach(shown, call, self.new_id)
        self.shown.setdefault(channel, []).append(shown)
        return shown

    def _change(self, shown: Shown, call: Call) -> Json:
        body = call.body
        attach(shown, call, self.new_id)
        shown.edits.append(shown.content)
        shown.content = body["content"].strip()
        shown.components = body.get("components", shown.components)
        shown.is_deferred = False
        return self.payload(shown)

    def find(self, message: str | None) -> Shown | None:
        """Return a message that still stands."""
        every = itertools.chain.from_iterable(self.shown.values())
        return next((shown for shown in every if shown.id == message), None)

    def payload(self, shown: Shown, *, depth: int = 1) -> Json:
        """Return a message as Discord's payloads show it to the bot."""
        place = self._places.channel(shown.channel) or {}
        is_readable = shown.is_bot or shown.is_for_bot or "guild_id" not in place
        payload = world.message(
            id=shown.id,
            channel_id=shown.channel,
            author=world.bot() if shown.is_bot else world.user(shown.author),
            content=shown.content if is_readable or self.has_content else "",
            flags=shown.flags,
            components=world.numbered(shown.components),
            reply_to=shown.reply_to,
            type=shown.kind,
            pinned=shown.is_pinned,
            attachments=attachments_of(shown),
        )
        if shown.is_for_bot:
            payload["mentions"] = [world.bot()]
        if shown.edits and not shown.is_bot:
            payload["edited_timestamp"] = datetime.now(UTC).isoformat()
        answered = self.find(shown.reply_to)
        if answered is not None and depth:
            payload |= {"type": 19, "referenced_message": self.payload(answered, depth=0)}
        return payload | shown.more

    def new_id(self, age: float = 0.0) -> str:
        """Return an id that tells the time, as Discord's do; `age` seconds ago."""
        given = (datetime.now(UTC) - world.EPOCH).total_seconds() - age
        return str((int(given * 1000) << 22) + next(self._ids))


def _check_content(body: Json) -> None:
    content = body["content"]
    if max(len(content), len(content.encode("utf-16-le")) // 2) > 2000:
        raise Refusal(400, 50035, "Invalid Form Body: content: Must be 2000 or fewer in length.")
    if not content.strip() and not body.get("embeds"):
        raise Refusal(400, 50006, "Cannot send an empty message")


def _to_response(status: int, body: object) -> web.Response:
    """Answer in Discord's manner: exactly `application/json`, with its rate limit headers."""
    if status == 204:
        return web.Response(status=204)
    response = web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )
    response.headers["X-RateLimit-Limit"] = "1000"
    response.headers["X-RateLimit-Remaining"] = "999"
    response.headers["X-RateLimit-Reset-After"] = "1"
    return response
