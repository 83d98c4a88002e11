"""Hands for a test's fans on the fake Telegram."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

from tests.fakes.telegram_chats import BOT, BOT_ID, BOT_NAME, Chat, Member, Shown, entities_of
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_staff import to_payload

Json = dict[str, Any]


class Fans(Methods):
    """What people do, and what they see."""

    def __init__(self) -> None:
        super().__init__()
        self._updates: list[Json] = []
        self._last_update = 100
        self._changed = asyncio.Event()

    def chat(self, chat_id: int) -> list[Shown]:
        """Return what stands in a chat, oldest first."""
        return list(self.find(chat_id).messages.values())

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
        chat = self.chats.setdefault(chat_id, Chat(chat_id, kind))
        if thread is not None:
            chat.topics.add(thread)
        text = f"@{BOT_NAME} {text}" if mention else text
        shown = Shown(chat.new_id(), text, user, is_bot=False, reply_to=reply_to, thread=thread)
        shown.entities = entities_of(text)
        chat.messages[shown.id] = shown
        payload = chat.message(shown, language_code=language_code) | more
        author = cast("Json", payload["from"])
        chat.members.setdefault(author["id"], Member(author))
        self.push({"message": {k: v for k, v in payload.items() if v is not None}})
        return shown.id

    def make_bot(self, chat_id: int, *flags: str, kind: str = "supergroup") -> None:
        """Make the bot an administrator with these rights, and tell it so."""
        chat = self.chats.setdefault(chat_id, Chat(chat_id, kind))
        before = {"status": "member", "user": BOT}
        self.appoint(chat_id, "", *flags, kind=kind)
        change: Json = {
            "chat": chat.payload(),
            "from": chat.person("Owner", None),
            "date": int(time.time()),
            "old_chat_member": before,
            "new_chat_member": to_payload(chat.members[BOT_ID]),
        }
        self.push({"my_chat_member": change})

    async def press(self, *, chat_id: int, user: str, message: int, button: str) -> str:
        """Press a button by its label; return the press's id."""
        chat = self.find(chat_id)
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

    async def edit(self, *, chat_id: int, message: int, text: str, **more: object) -> None:
        """Change a message, as its author may."""
        chat = self.find(chat_id)
        shown = chat.messages[message]
        shown.history.append(shown.text)
        shown.text, shown.entities = text, entities_of(text)
        self.push({"edited_message": chat.message(shown) | {"edit_date": int(time.time())} | more})

    def delete(self, chat_id: int, message: int) -> None:
        """Take a message away, as a person may."""
        del self.find(chat_id).messages[message]

    def migrate(self, chat_id: int, new_id: int) -> None:
        """Make a group a supergroup."""
        self.find(chat_id).moved_to = new_id
        self.chats[new_id] = Chat(new_id, "supergroup")

    def shut(self, chat_id: int, description: str, status: int = 403) -> None:
        """Let every call into a chat be refused: blocked, kicked, silenced."""
        self.find(chat_id).refusal = status, description

    def draft(self, chat_id: int) -> str:
        """Return the text that is being shown as a draft, "" for none."""
        return "".join(self.find(chat_id).drafts.values())

    async def wait_for(
        self,
        chat_id: int,
        expected: str | Callable[[Shown], bool],
        *,
        timeout: float = 15.0,
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

    def _change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
