"""Telegram's Bot API on loopback for the real library, and hands for a test's fans.

`FakeTelegram` fails the test at its end if a call broke the API's own description.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, cast

import msgspec
from aiohttp import web

from tests.fakes.telegram_chats import BOT, BOT_NAME, Chat, Shown, entities_of
from tests.fakes.telegram_spec import request_fault, response_fault

Json = dict[str, Any]

_TEXTS = ("text", "action", "language_code", "callback_query_id")
_RESULTS = {"getMe": "User", "sendMessage": "Message", "editMessageText": "Message"}
_CONSTANT: dict[str, object] = {
    "getMe": BOT | {"can_join_groups": True, "can_read_all_group_messages": False},
    "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
    "deleteWebhook": True,
    "sendChatAction": True,
}
_GENERAL = 1


class RefusalError(Exception):
    """The API answers a call with an error."""

    def __init__(self, description: str, status: int = 400, **parameters: float) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


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


class FakeTelegram:
    """A Telegram with one bot in it; use as `async with`."""

    def __init__(self, *, token: str = "42:fake-telegram-token") -> None:
        self.token = token
        self.url = ""
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.pressed: list[str] = []
        """Ids of presses that the bot has answered."""
        self.menus: dict[str, list[Json]] = {}
        """Command menus by language code; "" is everybody else's."""
        self.confirmed = 0
        """Updates before this one are forgotten."""
        self.is_revoked = False
        self._faults: list[Fault] = []
        self._chats: dict[int, Chat] = {}
        self._updates: list[Json] = []
        self._last_update = 100
        self._changed = asyncio.Event()
        self._polls = 0
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
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Refuse connections, as if the API were down."""
        if self._runner is not None:
            await self._runner.cleanup()

    def chat(self, chat_id: int) -> list[Shown]:
        """Return what stands in a chat, oldest first."""
        return list(self._chat(chat_id).messages.values())

    def called(self, method: str) -> list[Json]:
        """Return the bodies of all calls of one method."""
        return [call.body for call in self.calls if call.method == method]

    async def say(
        self,
        *,
        chat_id: int,
        user: str,
        text: str,
        language_code: str | None = None,
        kind: str = "private",
        thread: int | None = None,
        reply_to: int | None = None,
        mention: bool = False,
        **more: object,
    ) -> int:
        """Write a message and return its id.

        Args:
            chat_id: Of the chat, which comes into being with its first message.
            user: Display name; the id is made of it, and in a private chat is the chat's.
            text: As typed.
            language_code: Of the app.
            kind: private, group, supergroup, or forum.
            thread: Topic of a forum.
            reply_to: Id of the message that it answers.
            mention: Whether it begins with the bot's mention.
            more: Further fields of the payload; None takes one away.
        """
        chat = self._chats.setdefault(chat_id, Chat(chat_id, kind))
        if thread is not None:
            chat.topics.add(thread)
        text = f"@{BOT_NAME} {text}" if mention else text
        shown = Shown(chat.new_id(), text, user, is_bot=False, reply_to=reply_to, thread=thread)
        shown.entities = entities_of(text)
        chat.messages[shown.id] = shown
        payload = chat.message(shown, language_code=language_code) | more
        self.push({"message": {k: v for k, v in payload.items() if v is not None}})
        return shown.id

    async def press(self, *, chat_id: int, user: str, message: int, button: str) -> str:
        """Press a button by its label; return the press's id."""
        chat = self._chat(chat_id)
        shown = chat.messages[message]
        (data,) = [b["callback_data"] for row in shown.buttons for b in row if b["text"] == button]
        query: Json = {
            "id": f"press{self._last_update}",
            "from": chat.person(user, None),
            "chat_instance": "1",
            "message": chat.message(shown),
            "data": data,
        }
        self.push({"callback_query": query})
        return str(query["id"])

    def push(self, update: Json) -> int:
        """Put an update before the bot as it is; return its id."""
        self._last_update += 1
        update = {"update_id": self._last_update} | update
        self._updates.append(update)
        self._change()
        return self._last_update

    def delete(self, chat_id: int, message: int) -> None:
        """Take a message away, as a person may."""
        del self._chat(chat_id).messages[message]

    def migrate(self, chat_id: int, new_id: int) -> None:
        """Make a group a supergroup."""
        self._chat(chat_id).moved_to = new_id
        self._chats[new_id] = Chat(new_id, "supergroup")

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a method fail, after those that were to fail before."""
        self._faults += [fault] * times

    async def wait_for(
        self,
        chat_id: int,
        expected: str | Callable[[Shown], bool],
        *,
        timeout: float = 5.0,
        count: int = 1,
    ) -> Shown:
        """Return the bot's message that reads so, once there are `count` of them."""

        def is_it(shown: Shown) -> bool:
            return expected(shown) if callable(expected) else shown.text == expected

        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed = self._changed
                    found = [m for m in self.chat(chat_id) if m.is_bot and is_it(m)]
                    if len(found) >= count:
                        return found[count - 1]
                    await changed.wait()
        except TimeoutError:
            texts = [message.text for message in self.chat(chat_id)]
            raise AssertionError(f"not within {timeout} s; chat {chat_id}: {texts}") from None

    def _chat(self, chat_id: int) -> Chat:
        return self._chats.setdefault(chat_id, Chat(chat_id))

    def _change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = {**request.query, **await request.post()}
        body = {name: _value(name, str(value)) for name, value in form.items()}
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
        self._violate(method, request_fault(method, body))
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

    async def _do(self, method: str, body: Json) -> object:
        match method:
            case "getUpdates":
                return await self._poll(body)
            case "sendMessage":
                return self._send(body)
            case "editMessageText":
                return self._edit(body)
            case "deleteMessage":
                if self._chat(body["chat_id"]).messages.pop(body["message_id"], None) is None:
                    raise RefusalError("Bad Request: message to delete not found")
            case "answerCallbackQuery":
                self.pressed.append(body["callback_query_id"])
            case "setMyCommands":
                self.menus[body.get("language_code", "")] = body["commands"]
            case _:
                if method not in _CONSTANT:
                    raise RefusalError("Not Found", 404)
        self._change()
        return _CONSTANT.get(method, True)

    async def _poll(self, body: Json) -> list[Json]:
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

    def _send(self, body: Json) -> Json:
        chat = self._chat(body["chat_id"])
        if chat.moved_to is not None:
            raise RefusalError(
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        thread = body.get("message_thread_id")
        if thread is not None and (thread == _GENERAL or thread not in chat.topics):
            raise RefusalError("Bad Request: message thread not found")
        reply = cast("Json", body.get("reply_parameters") or {})
        answered = reply.get("message_id")
        if answered is not None and answered not in chat.messages:
            if not reply.get("allow_sending_without_reply"):
                raise RefusalError("Bad Request: message to be replied not found")
            answered = None
        shown = Shown(chat.new_id(), "", "", is_bot=True, reply_to=answered, thread=thread)
        _write(shown, body)
        chat.messages[shown.id] = shown
        self._change()
        return chat.message(shown)

    def _edit(self, body: Json) -> Json:
        chat = self._chat(body["chat_id"])
        shown = chat.messages.get(body["message_id"])
        if shown is None or not shown.is_bot:
            raise RefusalError("Bad Request: message to edit not found")
        before = shown.text, shown.entities, shown.buttons
        _write(shown, body)
        if before == (shown.text, shown.entities, shown.buttons):
            raise RefusalError("Bad Request: message is not modified: it is exactly the same")
        shown.history.append(before[0])
        self._change()
        return chat.message(shown)


def _write(shown: Shown, body: Json) -> None:
    if not body["text"].strip():
        raise RefusalError("Bad Request: message text is empty")
    shown.text = body["text"].strip()
    shown.entities = body.get("entities", [])
    shown.buttons = body.get("reply_markup", {}).get("inline_keyboard", [])


def _value(name: str, text: str) -> Any:
    """Read a form value: texts stand as they are, everything else as JSON."""
    if name in _TEXTS:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _refuse(error: RefusalError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.status)
