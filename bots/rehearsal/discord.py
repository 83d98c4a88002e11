"""Discord's REST interface on loopback, made for load; its gateway stands in `discord_gateway`.

tests/bots/test_rehearsal_platforms.py holds it to Discord's own description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from bots.rehearsal import discord_world as world
from bots.rehearsal.board import Asked, Board
from bots.rehearsal.discord_gateway import Gateway
from bots.rehearsal.floods import Window

Json = dict[str, Any]

TOKEN = "MTAw.rehearsal.token"  # noqa: S105 - of a platform that is not there
_API = "/api/v10"
_LONGEST = 2000
"""Characters; discord.com/developers/docs/resources/message, read 2026-11-25."""

_GUILDS = 200
_HISTORY = 100  # messages of a channel that can be asked for
_MESSAGES = "/channels/{channel}/messages"


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """What Discord answers to a request that it does not carry out."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class _Call(NamedTuple):
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


class Discord:
    """One bot's API and gateway; what the bot shows goes to the board."""

    name = "discord"

    def __init__(self, board: Board, *, has_limits: bool) -> None:
        self._board = board
        guilds = [world.guild_of(world.channel_of(0, group)) for group in range(_GUILDS)]
        self._gateway = Gateway(TOKEN, guilds)
        self.is_ready = self._gateway.is_ready
        self._said: dict[str, list[Json]] = {}
        self._nonces: dict[tuple[str, str], str] = {}
        self._menu: list[Json] = []
        # discord.com/developers/docs/topics/rate-limits, read 2026-11-25: 50 a second in all;
        # the others are told in headers only, and these are what they tell.
        calls = 1.0 if has_limits else 1000.0
        self._all = Window(50 * calls, 1.0)
        self._each = Window(5 * calls, 5.0)
        self._verbs: dict[str, Callable[[_Call], object]] = {
            "GET /users/@me": lambda _: world.user(-1) | {"mfa_enabled": True, "locale": "en-US"},
            "GET /oauth2/applications/@me": lambda _: world.application(),
            "GET /applications/@me": lambda _: world.application(),
            "GET /gateway/bot": self._tell_gateway,
            "GET /applications/{application}/commands": lambda _: self._menu,
            "PUT /applications/{application}/commands": self._put_menu,
            "GET /channels/{channel}": lambda call: world.channel(call.ids["channel"]),
            "POST /channels/{channel}/typing": lambda _: None,
            f"GET {_MESSAGES}": self._list,
            f"POST {_MESSAGES}": self._create,
            f"PATCH {_MESSAGES}/{{message}}": self._edit,
            f"DELETE {_MESSAGES}/{{message}}": self._delete,
        }

    def routes(self, app: web.Application) -> None:
        """Add the addresses of the API and the gateway."""
        for verb, handler in self._verbs.items():
            method, path = verb.split(" ")
            app.router.add_route(method, _API + path, self._to_handler(verb, handler))
        app.router.add_get("/gateway", self._gateway.talk)

    def environ(self, url: str) -> dict[str, str]:
        """Return what leads a bot here."""
        self._gateway.url = re.sub("^http", "ws", url) + "/gateway"
        return {
            "TIFO_DISCORD_TOKEN": TOKEN,
            "TIFO_DISCORD_API": url + _API,
            "TIFO_DISCORD_GATEWAY": self._gateway.url,
        }

    def place(self, fan: int, group: int | None) -> str:
        """Return where a fan talks: alone with the bot, or in a guild."""
        return f"discord:{world.channel_of(fan, group)}"

    def say(self, asked: Asked, text: str) -> None:
        """Let a fan write; `asked.message` is set."""
        channel = asked.place.partition(":")[2]
        guild = world.guild_of(channel)
        asked.message = world.new_id()
        self._board.ask(asked)
        author = world.user(asked.mark.fan)
        payload = world.message(asked.message, channel, author, text)
        if guild:
            payload["content"] = f"<@{world.BOT}> {text}"
            payload["mentions"] = [world.user(-1)]
            payload |= {"guild_id": guild, "member": world.member()}
        self._keep(payload)
        self._gateway.dispatch("MESSAGE_CREATE", payload)

    def _to_handler(
        self, verb: str, handler: Callable[[_Call], object]
    ) -> Callable[[web.Request], Any]:
        shows = "{channel}" in verb and not verb.startswith("GET")

        async def handle(request: web.Request) -> web.Response:
            raw = await request.read()
            if request.headers.get("Authorization") != f"Bot {TOKEN}":
                return _json({"message": "401: Unauthorized", "code": 0}, 401)
            ids = request.match_info
            bucket = f"{verb} {ids.get('channel', '')}"
            answer = self._limit(bucket, is_shown=shows)
            if answer is None:
                body: Any = msgspec.json.decode(raw) if raw else {}
                try:
                    done = handler(_Call(ids, request.query, body))
                    answer = web.Response(status=204) if done is None else _json(done)
                except Refusal as refusal:
                    told = {"message": str(refusal), "code": refusal.code}
                    answer = _json(told, refusal.status)
            answer.headers["X-RateLimit-Limit"] = f"{self._each.calls:.0f}"
            answer.headers["X-RateLimit-Remaining"] = str(self._each.left(bucket))
            answer.headers["X-RateLimit-Reset-After"] = f"{self._each.wait(bucket):.3f}"
            return answer

        return handle

    def _limit(self, bucket: str, *, is_shown: bool) -> web.Response | None:
        """Count a request; return the refusal where there are too many."""
        everywhere = not self._all.left()
        is_refused = everywhere or not self._each.left(bucket)
        if is_shown:
            self._board.call(self.name, is_refused=is_refused)
        if not is_refused:
            self._all.take()
            self._each.take(bucket)
            return None
        after = self._all.wait() if everywhere else self._each.wait(bucket)
        told = {"message": "You are being rate limited.", "code": 0, "retry_after": after}
        answer = _json(told | {"global": everywhere}, 429)
        # Without it the library takes a refusal for one of Discord's front door.
        answer.headers["Via"] = "1.1 rehearsal"
        answer.headers["Retry-After"] = f"{after:.3f}"
        answer.headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
        if everywhere:
            answer.headers["X-RateLimit-Global"] = "true"
        return answer

    def _tell_gateway(self, _: _Call) -> Json:
        limits = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
        return {"url": self._gateway.url, "shards": 1, "session_start_limit": limits}

    def _put_menu(self, call: _Call) -> list[Json]:
        extra: Json = {
            "application_id": str(world.APPLICATION),
            "version": world.new_id(),
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
        }
        self._menu = [extra | command | {"id": world.new_id()} for command in call.body]
        for command in self._menu:  # a number when it is written, a text when it is read
            bits = command["default_member_permissions"]
            command["default_member_permissions"] = None if bits is None else str(bits)
        return self._menu

    def _list(self, call: _Call) -> list[Json]:
        """Return what was said in a channel, newest first."""
        after, before = int(call.query.get("after", 0)), int(call.query.get("before", 1 << 63))
        said = self._said.get(call.ids["channel"], [])
        found = [row for row in said if after < int(row["id"]) < before]
        count = int(call.query.get("limit", 50))
        # After a message come those right after it, else the newest; both newest first.
        found = found[:count] if "after" in call.query else found[-count:]
        return found[::-1]

    def _create(self, call: _Call) -> Json:
        channel, body = call.ids["channel"], call.body
        content = _content(body)
        nonce = (channel, str(body.get("nonce", "")))
        known = self._nonces.get(nonce) if body.get("enforce_nonce") else None
        post = self._board.posts.get((f"discord:{channel}", known or ""))
        if known is not None and post is not None:
            return world.message(known, channel, world.user(-1), post.text, post.reply_to)
        number = world.new_id()
        if nonce[1]:
            self._nonces[nonce] = number
        reply_to = str(body.get("message_reference", {}).get("message_id", ""))
        self._board.post(f"discord:{channel}", number, content, reply_to)
        payload = world.message(number, channel, world.user(-1), content, reply_to)
        self._keep(payload)
        return payload

    def _edit(self, call: _Call) -> Json:
        channel, number = call.ids["channel"], call.ids["message"]
        content = _content(call.body)
        if not self._board.edit(f"discord:{channel}", number, content):
            raise Refusal(404, 10008, "Unknown Message")
        return world.message(number, channel, world.user(-1), content)

    def _delete(self, call: _Call) -> None:
        if not self._board.remove(f"discord:{call.ids['channel']}", call.ids["message"]):
            raise Refusal(404, 10008, "Unknown Message")

    def _keep(self, payload: Json) -> None:
        said = self._said.setdefault(payload["channel_id"], [])
        said.append(payload)
        del said[:-_HISTORY]


def _content(body: Json) -> str:
    content = str(body.get("content", "")).strip()
    if not content:
        raise Refusal(400, 50006, "Cannot send an empty message")
    if len(content) > _LONGEST:
        raise Refusal(400, 50035, "Invalid Form Body: content: Must be 2000 or fewer in length.")
    return content


def _json(answer: object, status: int = 200) -> web.Response:
    # Exactly this type: with a charset the library takes it for text.
    return web.Response(
        body=msgspec.json.encode(answer), status=status, content_type="application/json"
    )
