"""Who is in the chats of the fake Telegram, and what the Bot API lets be done to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_chats import BOT, BOT_ID, Chat, Member

Json = dict[str, Any]

_FLAGS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories",
)  # fmt: skip
ALL_FLAGS = (*_FLAGS, "can_pin_messages", "can_manage_topics")

# As Telegram has them; core.telegram.org/bots/api#restrictchatmember, read 2026-11-25.
_SOONEST, _LATEST = 30, 366 * 86_400
_PERMISSIONS = 16


class RefusalError(Exception):
    """The API answers a call with an error."""

    def __init__(self, description: str, status: int = 400, **parameters: float) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


class Staff:
    """The chats, who is in them, and the methods by which some look after the others."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.staff_methods: dict[str, Callable[[Chat, Json], object]] = {
            "getChatAdministrators": self._tell,
            "restrictChatMember": self._restrict,
            "banChatMember": self._ban,
            "unbanChatMember": self._unban,
            "banChatSenderChat": self._ban_channel,
            "unbanChatSenderChat": self._unban_channel,
            "deleteMessage": self._delete,
            "deleteMessages": self._delete_many,
            "createForumTopic": self._open,
        }

    def find(self, chat_id: int) -> Chat:
        return self.chats.setdefault(chat_id, Chat(chat_id))

    def join(self, chat_id: int, user: str, kind: str = "supergroup") -> int:
        """Let somebody be in a chat; return their id."""
        chat = self.chats.setdefault(chat_id, Chat(chat_id, kind))
        person = chat.person(user, None)
        chat.members.setdefault(person["id"], Member(person))
        return int(person["id"])

    def appoint(
        self, chat_id: int, user: str, *flags: str, is_owner: bool = False, kind: str = "supergroup"
    ) -> int:
        """Make somebody an administrator, "" the bot; return their id. The bot is not told."""
        chat = self.chats.setdefault(chat_id, Chat(chat_id, kind))
        person = chat.person(user, None) if user else BOT
        status = "creator" if is_owner else "administrator"
        chat.members[person["id"]] = Member(person, status, frozenset(flags))
        return int(person["id"])

    def dismiss(self, chat_id: int, user: str) -> None:
        """Make an administrator a member like others, "" the bot. The bot is not told."""
        person = self.find(chat_id).person(user, None) if user else BOT
        self.find(chat_id).members[person["id"]] = Member(person)

    def member(self, chat_id: int, user: str) -> Member:
        """Return what somebody is in a chat."""
        chat = self.find(chat_id)
        return chat.members[chat.person(user, None)["id"]]

    def _tell(self, chat: Chat, body: Json) -> list[Json]:
        if chat.kind == "private":
            raise RefusalError("Bad Request: there are no administrators in the private chat")
        staff = [m for m in chat.members.values() if m.status in ("creator", "administrator")]
        return [to_payload(member) for member in staff]

    def _may(self, chat: Chat, flag: str) -> bool:
        bot = chat.members.get(BOT_ID)
        return bot is not None and (bot.status == "creator" or flag in bot.flags)

    def _target(self, chat: Chat, body: Json) -> Member:
        """Return whom something is to be done to, if it may be."""
        if chat.kind == "private":
            raise RefusalError("Bad Request: can't ban members in private chats")
        if not self._may(chat, "can_restrict_members"):
            raise RefusalError("Bad Request: not enough rights to restrict/unrestrict chat member")
        member = chat.members.get(body["user_id"])
        if member is None:
            raise RefusalError("Bad Request: PARTICIPANT_ID_INVALID")
        if member.status == "creator":
            raise RefusalError("Bad Request: can't remove chat owner")
        if member.status == "administrator":
            raise RefusalError("Bad Request: user is an administrator of the chat")
        return member

    def _restrict(self, chat: Chat, body: Json) -> bool:
        if chat.kind == "group":
            raise RefusalError("Bad Request: method is available only for supergroups")
        member = self._target(chat, body)
        permissions: Json = body["permissions"]
        if sum(map(bool, permissions.values())) == _PERMISSIONS:
            member.status, member.permissions, member.until = "member", {}, 0
        else:
            member.status, member.permissions = "restricted", permissions
            member.until = _until(body)
        return True

    def _ban(self, chat: Chat, body: Json) -> bool:
        member = self._target(chat, body)
        member.status, member.until = "kicked", _until(body)
        return True

    def _unban(self, chat: Chat, body: Json) -> bool:
        if chat.kind == "group":
            raise RefusalError(
                "Bad Request: method is available for supergroup and channel chats only"
            )
        member = self._target(chat, body)
        if member.status == "kicked" or not body.get("only_if_banned"):
            member.status, member.until = "left", 0
        return True

    def _ban_channel(self, chat: Chat, body: Json) -> bool:
        if not self._may(chat, "can_restrict_members"):
            raise RefusalError("Bad Request: not enough rights to ban a sender chat")
        chat.shut_out.add(body["sender_chat_id"])
        return True

    def _unban_channel(self, chat: Chat, body: Json) -> bool:
        if not self._may(chat, "can_restrict_members"):
            raise RefusalError("Bad Request: not enough rights to unban a sender chat")
        chat.shut_out.discard(body["sender_chat_id"])
        return True

    def _delete(self, chat: Chat, body: Json) -> bool:
        shown = chat.messages.get(body["message_id"])
        if shown is None:
            raise RefusalError("Bad Request: message to delete not found")
        if not self._may_delete(chat, shown.id):
            raise RefusalError("Bad Request: message can't be deleted")
        del chat.messages[shown.id]
        chat.deleted.append(shown.id)
        return True

    def _delete_many(self, chat: Chat, body: Json) -> bool:
        ids: list[int] = body["message_ids"]
        if not 1 <= len(ids) <= 100:
            raise RefusalError("Bad Request: too many or too few messages to delete")
        there = [number for number in ids if number in chat.messages]
        if not all(self._may_delete(chat, number) for number in there):
            raise RefusalError("Bad Request: not enough rights to delete a message")
        for number in there:
            del chat.messages[number]
        chat.deleted += there
        return True

    def _may_delete(self, chat: Chat, number: int) -> bool:
        is_own = chat.messages[number].is_bot
        return is_own or chat.kind == "private" or self._may(chat, "can_delete_messages")

    def _open(self, chat: Chat, body: Json) -> Json:
        if chat.kind != "forum":
            raise RefusalError("Bad Request: the chat is not a forum")
        if not self._may(chat, "can_manage_topics"):
            raise RefusalError("Bad Request: not enough rights to create a topic")
        topic = chat.new_id()
        chat.topics.add(topic)
        return {"message_thread_id": topic, "name": body["name"], "icon_color": 7322096}


def to_payload(member: Member) -> Json:
    """Tell of a member of the staff, or a plain one, as the Bot API does."""
    told: Json = {"status": member.status, "user": member.user}
    if member.status in ("creator", "administrator"):
        told["is_anonymous"] = False
    if member.status == "administrator":
        told["can_be_edited"] = False
        told |= {flag: flag in member.flags for flag in ALL_FLAGS}
    return told


def _until(body: Json) -> int:
    """Return when it ends; what is too soon or too far away never does."""
    until = int(body.get("until_date", 0))
    return until if _SOONEST <= until - time.time() <= _LATEST else 0
