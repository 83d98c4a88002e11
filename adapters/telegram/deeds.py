"""What moderators have done on Telegram: people silenced and shut out, messages deleted."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from adapters.telegram.refusals import translating
from adapters.telegram.transport import RefusedError
from core.adapter import Done
from core.errors import DeliveryError, UndeliverableError
from core.message import Action, Result, Verb

if TYPE_CHECKING:
    from adapters.telegram.client import Client
    from adapters.telegram.moves import Moves
    from adapters.telegram.staff import Administrator, Offices
    from core.outbox import Ledger

MOST = 100
"""Messages that are deleted in one call; core.telegram.org/bots/api#deletemessages, read
2026-11-25."""

SHORTEST, LONGEST = 45.0, 365 * 86_400.0
"""Seconds that a restriction or ban may last. What is under 30 seconds or over 366 days away when
it arrives lasts for ever; core.telegram.org/bots/api#restrictchatmember, read 2026-11-25. A day
and a few seconds to spare, for clocks that differ."""

_SURE = 5.0  # seconds that what is known of the staff may be old, before something is done

_LONGEST_NAME = 128
"""Characters of a topic's; core.telegram.org/bots/api#createforumtopic, read 2026-11-25."""

_SENDING = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
)
_ALL = (
    *_SENDING,
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""core.telegram.org/bots/api#chatpermissions, read 2026-11-25."""

_NEEDS: Mapping[Verb, str] = {
    "delete": "can_delete_messages",
    "purge": "can_delete_messages",
    "timeout": "can_restrict_members",
    "release": "can_restrict_members",
    "ban": "can_restrict_members",
    "unban": "can_restrict_members",
    "open_thread": "can_manage_topics",
}
"""What the bot must be allowed for it, by the name of `Administrator`'s field."""

_ON_PEOPLE: frozenset[Verb] = frozenset({"timeout", "release", "ban"})

# A refusal is of the first kind whose words it has. Telegram lists them nowhere; these are the ones
# that moderation bots meet, and those of core.telegram.org/method/channels.editBanned and
# channels.deleteMessages, read 2026-11-25.
_MEANINGS: tuple[tuple[Result, tuple[str, ...]], ...] = (
    (
        "above",
        ("is an administrator", "user_admin_invalid", "chat owner", "can't restrict self",
         "remove chat creator", "can't ban self", "group administrators"),
    ),
    (
        "unsupported",
        ("available for supergroup", "available only for supergroup", "not a forum",
         "in private chats", "basic group"),
    ),
    (
        "forbidden",
        ("not enough rights", "admin_required", "administrator rights", "right_forbidden",
         "can't be deleted", "message_delete_forbidden", "have no rights", "not a member",
         "kicked", "chat not found", "channel_private", "chat was deactivated", "not in the chat"),
    ),
    (
        "missing",
        ("user not found", "user_id_invalid", "participant_id_invalid", "user_not_participant",
         "member not found", "invalid user_id", "peer_id_invalid", "user_deactivated",
         "message to delete not found", "message_id_invalid", "message not found"),
    ),
)  # fmt: skip


class _Topic(msgspec.Struct, frozen=True):
    message_thread_id: int


class Deeds:
    """Carries out actions in chats that the bot looks after."""

    def __init__(self, client: Client, offices: Offices, moves: Moves, ledger: Ledger) -> None:
        self._client = client
        self._offices = offices
        self._moves = moves
        self._ledger = ledger
        self.bot: int | None = None
        """The bot's own id, once it is known."""

        self._verbs: dict[Verb, Callable[[int, Action], Awaitable[Done]]] = {
            "delete": self._delete,
            "purge": self._purge,
            "timeout": self._silence,
            "release": self._release,
            "ban": self._ban,
            "unban": self._unban,
            "open_thread": self._open,
        }

    async def act(self, action: Action) -> Done:
        """See `core.adapter.Adapter.act`.

        Raises:
            RetryLaterError: Telegram wants us to wait.
            DeliveryError: It failed; the same call may work later.
        """
        carry_out = self._verbs.get(action.verb)
        if carry_out is None or not _is_whole(action):
            return Done("unsupported")  # Telegram lets no bot set how slowly people may write
        chat = int(action.conversation.channel)
        try:
            if not action.conversation.is_direct:
                hindrance = await self._hindrance(chat, action)
                if hindrance is not None:
                    return Done(hindrance)
            elif action.verb not in ("delete", "purge"):
                return Done("unsupported")
            return await self._insist(chat, lambda there: carry_out(there, action))
        except RefusedError as refusal:
            result = meaning(refusal)
            if result == "forbidden":
                self._offices.forget(chat)  # else it would have been known
            return Done(result)
        except UndeliverableError:
            return Done("forbidden")  # the bot is no longer there

    async def _hindrance(self, chat: int, action: Action) -> Result | None:
        """Return what keeps the bot from it; it is looked at before anything is done.

        Raises:
            DeliveryError: Telegram does not tell.
        """
        if self.bot is None:
            raise DeliveryError("Telegram has not told yet who the bot is")
        staff = await self._offices.staff(chat, _SURE)
        if not _may(staff.get(self.bot), _NEEDS[action.verb]):
            return "forbidden"
        if action.verb not in _ON_PEOPLE:
            return None
        user = int(action.user)
        return "above" if user == chat or user == self.bot or user in staff else None

    async def _insist(self, chat: int, call: Callable[[int], Awaitable[Done]]) -> Done:
        """Make a call where the chat is now.

        Raises:
            RefusedError: Telegram refuses it.
            RetryLaterError: It wants us to wait.
            DeliveryError: It failed.
        """
        try:
            with translating(lets_refusals=True):
                return await call(self._moves.find(chat))
        except RefusedError as refusal:
            if refusal.moved_to is None:
                raise
            await self._moves.follow(chat, refusal.moved_to)
            with translating(lets_refusals=True):
                return await call(refusal.moved_to)

    async def _delete(self, chat: int, action: Action) -> Done:
        ids = _to_ids(action.messages)
        if len(ids) == 1:  # of several, those that are gone are passed over in silence
            await self._client.call("deleteMessage", {"chat_id": chat, "message_id": ids[0]})
        else:
            await self._delete_all(chat, ids)
        return Done("done", count=len(ids))

    async def _purge(self, chat: int, action: Action) -> Done:
        ids = _to_ids(action.messages)
        if not action.is_trial:
            await self._delete_all(chat, ids)
        return Done("done", count=len(ids))

    async def _delete_all(self, chat: int, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), MOST):
            some = ids[start : start + MOST]
            await self._client.call("deleteMessages", {"chat_id": chat, "message_ids": some})

    async def _silence(self, chat: int, action: Action) -> Done:
        if _is_chat(action):
            return Done("unsupported")
        body = _about(chat, action) | {
            "permissions": dict.fromkeys(_SENDING, False),
            "use_independent_chat_permissions": True,
        }
        await self._client.call("restrictChatMember", body | _until(action.seconds))
        return Done("done")

    async def _release(self, chat: int, action: Action) -> Done:
        if _is_chat(action):
            return Done("unsupported")
        # All of them lift the restriction; what the chat lets nobody do, they still may not.
        body = _about(chat, action) | {
            "permissions": dict.fromkeys(_ALL, True),
            "use_independent_chat_permissions": True,
        }
        await self._client.call("restrictChatMember", body)
        return Done("done")

    async def _ban(self, chat: int, action: Action) -> Done:
        if _is_chat(action):
            body: dict[str, object] = {"chat_id": chat, "sender_chat_id": int(action.user)}
            await self._client.call("banChatSenderChat", body)
        else:
            body = _about(chat, action) | _until(action.seconds)
            await self._client.call("banChatMember", body)
        return Done("done")

    async def _unban(self, chat: int, action: Action) -> Done:
        if _is_chat(action):
            body: dict[str, object] = {"chat_id": chat, "sender_chat_id": int(action.user)}
            await self._client.call("unbanChatSenderChat", body)
        else:
            body = _about(chat, action) | {"only_if_banned": True}
            await self._client.call("unbanChatMember", body)
        return Done("done")

    async def _open(self, chat: int, action: Action) -> Done:
        """Open a topic, once: its id is noted as that of a reply's part would be."""
        noted = (await self._ledger.parts(action.id)).get(0)
        if noted is not None:
            return Done("done", made=noted.message)
        body = {"chat_id": chat, "name": action.name.strip()[:_LONGEST_NAME] or "…"}
        topic = await self._client.ask("createForumTopic", body, _Topic)
        made = str(topic.message_thread_id)
        await self._ledger.note(action.id, 0, made)
        return Done("done", made=made)


def meaning(refusal: RefusedError) -> Result:
    """Return what it means for an action that Telegram refuses it.

    Raises:
        DeliveryError: It refuses the token, which is not about the action.
    """
    if refusal.status in (401, 404):
        raise DeliveryError("Telegram refuses the token")
    description = refusal.message.lower()
    for result, words in _MEANINGS:
        if any(word in description for word in words):
            return result
    return "forbidden" if refusal.status == 403 else "failed"


def _is_whole(action: Action) -> bool:
    """Return whether an action names what it is done to, in Telegram's own ids."""
    if action.verb in ("delete", "purge"):
        return bool(_to_ids(action.messages))
    return action.verb == "open_thread" or action.user.removeprefix("-").isdecimal()


def _may(administrator: Administrator | None, what: str) -> bool:
    return administrator is not None and (
        administrator.is_owner or bool(getattr(administrator, what))
    )


def _to_ids(messages: Sequence[str]) -> list[int]:
    """Return message ids as Telegram counts them, whether or not their chat stands before them."""
    ids = (message.rpartition(":")[2] for message in messages)
    return [int(number) for number in ids if number.isdecimal()]


def _is_chat(action: Action) -> bool:
    """Return whether it is done to a channel in whose name somebody writes: ids below 0."""
    return action.user.startswith("-")


def _about(chat: int, action: Action) -> dict[str, object]:
    return {"chat_id": chat, "user_id": int(action.user)}


def _until(seconds: float) -> dict[str, object]:
    """Return until when something lasts; nothing for ever."""
    if seconds <= 0:
        return {}
    return {"until_date": int(time.time() + min(max(seconds, SHORTEST), LONGEST))}
