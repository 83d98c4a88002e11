"""Who looks after a chat, and what Telegram lets them do there; the bot itself is one of them.

One call tells it of all of a chat's administrators, so that whoever writes costs nothing more.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from adapters.telegram.inbound import ALL_RIGHTS
from adapters.telegram.refusals import translating
from adapters.telegram.transport import RefusedError
from core.commands import BY_NAME
from core.errors import DeliveryError, UndeliverableError
from core.message import Command, Event, Message, Press, Right

if TYPE_CHECKING:
    from adapters.telegram.client import Client
    from adapters.telegram.moves import Moves

FRESH = 60.0
"""Seconds that what is known of a chat is good enough to let somebody give an order there."""

USUAL = 300.0
"""The same, to know moderators by in what they write."""

_AGAIN = 150.0
"""Seconds after which what is known is looked up anew, beside what goes on."""

_PATIENCE = 3.0
"""Seconds that an event may be held up by the question who sent it."""

_REST = 10.0
"""Seconds without questions after one that Telegram did not answer, for the sake of events."""

_KNOWN = 5_000
"""Chats that are remembered; the one that was not asked about for longest goes first."""

_log = logging.getLogger(__name__)


class _Person(msgspec.Struct, frozen=True):
    id: int


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks after a chat; core.telegram.org/bots/api#chatmemberadministrator."""

    user: _Person
    status: str = ""
    can_change_info: bool = False
    can_restrict_members: bool = False
    can_delete_messages: bool = False
    can_manage_topics: bool = False

    @property
    def is_owner(self) -> bool:
        """Return whether the chat is theirs, and so everything permitted."""
        return self.status == "creator"

    @property
    def rights(self) -> frozenset[Right]:
        """Return what Telegram lets them do, in our words."""
        if self.is_owner:
            return ALL_RIGHTS
        rights: set[Right] = set()
        if self.can_change_info:
            rights.add("manage")
        if self.can_restrict_members:
            rights.update(("restrict", "ban"))
        if self.can_delete_messages:
            rights.add("messages")
        return frozenset(rights)


Staff = Mapping[int, Administrator]
"""By user id."""

_NOBODY: Staff = {}


class _Known(msgspec.Struct):
    staff: Staff = _NOBODY
    asked_at: float = float("-inf")
    """When Telegram told it; what it told counts from before it was asked."""

    failed_at: float = float("-inf")
    asking: asyncio.Task[Staff] | None = None


class Offices:
    """Remembers for a few minutes who looks after which chat."""

    def __init__(self, client: Client, moves: Moves) -> None:
        self._client = client
        self.moves = moves
        self._chats: OrderedDict[int, _Known] = OrderedDict()
        self._failed_at = float("-inf")
        """When Telegram was away or slow: then every chat would have to wait for its answer."""

    async def with_rights(self, event: Event) -> Event:
        """Return an event with what its sender may do; with nothing where Telegram does not tell.

        A chat is asked about anew for orders after `FRESH`, for the rest after `USUAL`.
        """
        if not isinstance(event, Message | Command | Press) or event.conversation.is_direct:
            return event
        if event.user.rights or not event.user.id.isdigit():  # who writes in a chat's name
            return event
        chat, user = int(event.conversation.channel), int(event.user.id)
        most = FRESH if _is_order(event) else USUAL
        try:
            async with asyncio.timeout(_PATIENCE):
                staff = await self.staff(chat, most, rest=_REST)
        except TimeoutError:
            self._failed_at = asyncio.get_running_loop().time()
            _log.warning("Telegram takes too long to say who looks after a chat")
            return event
        except DeliveryError as error:
            _log.info("nobody counts as looking after a chat: %s", error)
            return event
        administrator = staff.get(user)
        if administrator is None:
            return event
        person = msgspec.structs.replace(event.user, rights=administrator.rights)
        return msgspec.structs.replace(event, user=person)

    async def staff(self, chat: int, most: float = FRESH, *, rest: float = 0.0) -> Staff:
        """Return who looks after a chat, the bot among them where it is an administrator.

        Args:
            chat: A group's or supergroup's id.
            most: Seconds that what is known may be old.
            rest: Seconds not to ask in, after Telegram did not tell.

        Raises:
            RetryLaterError: Telegram wants us to wait.
            DeliveryError: It does not tell.
        """
        known = self._know(chat)
        now = asyncio.get_running_loop().time()
        age = now - known.asked_at
        if age <= most:
            if age > min(_AGAIN, most) and now - max(known.failed_at, self._failed_at) > _REST:
                self._ask(chat, known)
            return known.staff
        if now - max(known.failed_at, self._failed_at) < rest:
            raise DeliveryError("Telegram did not tell a moment ago")
        return await asyncio.shield(self._ask(chat, known))

    def forget(self, chat: int) -> None:
        """Ask anew next time: something has changed."""
        self._chats.pop(chat, None)

    def _know(self, chat: int) -> _Known:
        known = self._chats.get(chat)
        if known is None:
            if len(self._chats) >= _KNOWN:
                self._chats.popitem(last=False)
            known = self._chats[chat] = _Known()
        else:
            self._chats.move_to_end(chat)
        return known

    def _ask(self, chat: int, known: _Known) -> asyncio.Task[Staff]:
        """Ask Telegram, once for all who want to know at the same time."""
        if known.asking is None:
            known.asking = asyncio.create_task(self._look_up(chat, known))
            known.asking.add_done_callback(_retrieve)
        return known.asking

    async def _look_up(self, chat: int, known: _Known) -> Staff:
        began = asyncio.get_running_loop().time()
        try:
            with translating():
                found = await self._read(chat)
        except UndeliverableError:  # about this chat
            known.failed_at = began
            raise
        except DeliveryError:
            self._failed_at = began
            raise
        finally:
            known.asking = None
        known.staff = {administrator.user.id: administrator for administrator in found}
        known.asked_at = began
        return known.staff

    async def _read(self, chat: int) -> list[Administrator]:
        try:
            return await self._ask_about(self.moves.find(chat))
        except RefusedError as refusal:
            if refusal.moved_to is None:
                raise
            await self.moves.follow(chat, refusal.moved_to)
            return await self._ask_about(refusal.moved_to)

    async def _ask_about(self, chat: int) -> list[Administrator]:
        return await self._client.ask(
            "getChatAdministrators", {"chat_id": chat}, list[Administrator]
        )


def _is_order(event: Message | Command | Press) -> bool:
    """Return whether something may be done at once because of who this comes from."""
    if isinstance(event, Command):
        spec = BY_NAME.get(event.name)
        return spec is not None and spec.right is not None
    return isinstance(event, Press)


def _retrieve(task: asyncio.Task[Staff]) -> None:
    """Nobody may wait for it; then its fault is no news."""
    if not task.cancelled():
        task.exception()
