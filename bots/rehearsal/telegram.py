"""Telegram's Bot API on loopback, made for load: nothing is checked but what the bot may do.

tests/bots/test_rehearsal_platforms.py holds it to the Bot API's own description.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from bots.rehearsal.board import Asked, Board
from bots.rehearsal.floods import Limit

Json = dict[str, Any]

TOKEN = "42:rehearsal"  # noqa: S105 - of a platform that is not there
_BOT: Json = {"id": 42, "is_bot": True, "first_name": "Rehearsal", "username": "RehearsalBot"}
_MENTION = "@RehearsalBot"
_LONGEST = 4096
"""UTF-16 units; core.telegram.org/bots/api#sendmessage, read 2026-11-25."""

_UNLIMITED = {
    "TIFO_TELEGRAM_PER_SECOND": "100000",
    "TIFO_TELEGRAM_CHAT_PER_SECOND": "100",
    "TIFO_TELEGRAM_GROUP_PER_MINUTE": "6000",
}
"""What tells tifo that there is no need to pace itself."""

_BATCH = 100
_GROUPS = -1000


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """What the API answers to a call that it does not carry out."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


class Telegram:
    """One bot's API; what the bot shows goes to the board."""

    name = "telegram"

    def __init__(self, board: Board, *, has_limits: bool) -> None:
        self._board = board
        self._has_limits = has_limits
        self._updates: list[Json] = []
        self._next_update = itertools.count(1)
        self._ids: dict[int, itertools.count[int]] = {}
        self._entities: dict[tuple[int, int], object] = {}
        self._changed = asyncio.Event()
        self._polls = 0
        self.is_ready = asyncio.Event()
        """Set by the first poll: the bot is there."""

        # One a second in a chat, where short bursts pass; 20 a minute in a group; 30 a second
        # in all: core.telegram.org/bots/faq#my-bot-is-hitting-limits, read 2026-11-25.
        self._chat = Limit(1, 1, burst=3)
        self._group = Limit(20, 60)
        self._all = Limit(30, 1)
        self._methods: dict[str, Callable[[Json], object]] = {
            "getMe": lambda _: _BOT | {"can_join_groups": True},
            "getWebhookInfo": lambda _: {
                "url": "",
                "has_custom_certificate": False,
                "pending_update_count": len(self._updates),
            },
            "sendMessage": self._send,
            "sendMessageDraft": self._draft,
            "editMessageText": self._edit,
            "deleteMessage": self._delete,
            "getChatAdministrators": lambda _: [],
        }
        self._silent = {"deleteWebhook", "setMyCommands", "answerCallbackQuery", "sendChatAction"}

    def routes(self, app: web.Application) -> None:
        """Add the API's addresses."""
        app.router.add_route("*", f"/bot{TOKEN}/{{method}}", self._handle)

    def environ(self, url: str) -> dict[str, str]:
        """Return what leads a bot here."""
        ours = {"TIFO_TELEGRAM_TOKEN": TOKEN, "TIFO_TELEGRAM_API": url}
        return ours if self._has_limits else ours | _UNLIMITED

    def place(self, fan: int, group: int | None) -> str:
        """Return where a fan talks: alone with the bot, or in a group."""
        return f"telegram:{_GROUPS - group if group is not None else fan + 1}"

    def say(self, asked: Asked, text: str) -> None:
        """Let a fan write; `asked.message` is set."""
        chat, fan = int(asked.place.partition(":")[2]), asked.mark.fan
        number = next(self._ids.setdefault(chat, itertools.count(1)))
        asked.message = str(number)
        self._board.ask(asked)
        message: Json = {
            "message_id": number,
            "date": int(time.time()),
            "chat": _chat(chat),
            "from": {
                "id": fan + 1,
                "is_bot": False,
                "first_name": f"Fan {fan}",
                "language_code": asked.language.lower(),
            },
            "text": text,
        }
        if chat < 0:
            message["text"] = f"{_MENTION} {text}"
            message["entities"] = [{"type": "mention", "offset": 0, "length": len(_MENTION)}]
        self._updates.append({"update_id": next(self._next_update), "message": message})
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = _read(request, await request.read())
        try:
            result = await self._poll(body) if method == "getUpdates" else self._do(method, body)
        except Refusal as refusal:
            answer: Json = {
                "ok": False,
                "error_code": refusal.status,
                "description": str(refusal),
            }
            if refusal.parameters:
                answer["parameters"] = refusal.parameters
            return _json(answer, refusal.status)
        return _json({"ok": True, "result": result})

    def _do(self, method: str, body: Json) -> object:
        if method in self._silent:
            return True
        if method not in self._methods:  # as a server of an older version answers
            raise Refusal(404, "Not Found")
        return self._methods[method](body)

    async def _poll(self, body: Json) -> list[Json]:
        self._polls += 1
        poll = self._polls
        self.is_ready.set()
        offset = int(body.get("offset", 0))
        kept = itertools.dropwhile(lambda update: update["update_id"] < offset, self._updates)
        self._updates = list(kept)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(body.get("timeout", 0))):
                while not self._updates:
                    await self._changed.wait()
                    if poll != self._polls:
                        raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return self._updates[:_BATCH]

    def _send(self, body: Json) -> Json:
        chat, text = int(body["chat_id"]), _text(body)
        self._limit(chat)
        number = next(self._ids.setdefault(chat, itertools.count(1)))
        reply = cast("Json", _value(body, "reply_parameters") or {})
        self._entities[chat, number] = body.get("entities"), body.get("reply_markup")
        self._board.post(f"telegram:{chat}", str(number), text, str(reply.get("message_id", "")))
        return _message(chat, number, text)

    def _draft(self, body: Json) -> bool:
        chat = int(body["chat_id"])
        self._limit(chat)
        self._board.draft(f"telegram:{chat}", str(body.get("text", "")))
        return True

    def _edit(self, body: Json) -> Json:
        chat, number, text = int(body["chat_id"]), int(body["message_id"]), _text(body)
        post = self._board.posts.get((f"telegram:{chat}", str(number)))
        if post is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        self._limit(chat)
        extras = body.get("entities"), body.get("reply_markup")
        if post.text == text and self._entities[chat, number] == extras:
            raise Refusal(400, "Bad Request: message is not modified")
        self._entities[chat, number] = extras
        self._board.edit(f"telegram:{chat}", str(number), text)
        return _message(chat, number, text)

    def _delete(self, body: Json) -> bool:
        if not self._board.remove(f"telegram:{int(body['chat_id'])}", str(body["message_id"])):
            raise Refusal(400, "Bad Request: message to delete not found")
        return True

    def _limit(self, chat: int) -> None:
        """Count a call that shows something; refuse it where there are too many."""
        key = str(chat)
        own = self._group if chat < 0 else self._chat
        wait = max(own.wait(key), self._all.wait()) if self._has_limits else 0.0
        self._board.call(self.name, is_refused=wait > 0)
        if wait:
            after = math.ceil(wait)
            raise Refusal(429, f"Too Many Requests: retry after {after}", retry_after=after)
        own.take(key)
        self._all.take()


def _chat(chat: int) -> Json:
    if chat < 0:
        return {"id": chat, "type": "supergroup", "title": f"Group {-chat}"}
    return {"id": chat, "type": "private", "first_name": f"Fan {chat - 1}"}


def _message(chat: int, number: int, text: str) -> Json:
    return {
        "message_id": number,
        "date": int(time.time()),
        "chat": _chat(chat),
        "from": _BOT,
        "text": text,
    }


def _text(body: Json) -> str:
    text = str(body.get("text", "")).strip()
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > _LONGEST:
        raise Refusal(400, "Bad Request: message is too long")
    return text


def _read(request: web.Request, raw: bytes) -> Json:
    """Read a call: in the address, as a form or as JSON."""
    body: Json = dict(request.query)
    if request.content_type == "application/json":
        return body | (msgspec.json.decode(raw, type=dict[str, Any]) if raw else {})
    return body | dict(parse_qsl(raw.decode(), keep_blank_values=True))


def _value(body: Json, name: str) -> object:
    """Return a value that a form carries as JSON."""
    value = body.get(name)
    return msgspec.json.decode(value) if isinstance(value, str) and value else value


def _json(answer: Json, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(answer), status=status, content_type="application/json"
    )
