"""What the bot does on Discord besides speaking: deletes, silences, shuts out, slows, opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.inbound import DIRECT, Author, snowflake_at
from adapters.discord.refusals import RESULTS, THREAD_EXISTS, UNKNOWN_MESSAGE, RefusedError
from adapters.markdown import split, utf16
from core.adapter import Done
from core.message import Action, Verb

if TYPE_CHECKING:
    from adapters.discord.powers import Powers
    from adapters.discord.rest import Rest
    from core.outbox import Ledger

LONGEST = timedelta(days=28) - timedelta(minutes=1)
"""Of a timeout, less what clocks may differ;
discord.com/developers/docs/resources/guild#modify-guild-member, read 2026-11-25."""

SLOWEST = 21_600
"""Seconds between two messages of one person;
discord.com/developers/docs/resources/channel#modify-channel, read 2026-11-25."""

MOST_LOOKED_AT = 1_000
"""Messages that a purge looks at, at most: ten calls."""

_BULK = 100  # messages; .../resources/message#bulk-delete-messages, read 2026-11-25
_BULK_AGE = timedelta(days=14) - timedelta(minutes=1)  # same page
_NAME = 100  # characters; .../resources/channel#start-thread-from-message, read 2026-11-25
_PUBLIC_THREAD = 11  # .../resources/channel#channel-object-channel-types, read 2026-11-25
_FIXED = frozenset({1, 2, 3, 4, 5, 14, 15, 16, 17, 21})
"""Types of messages that nobody can delete; .../resources/message#message-types, 2026-11-25."""

_BEGUN = "begun"

_CHANNEL = "/channels/{channel_id}"
_MESSAGES = _CHANNEL + "/messages"
_MESSAGE = _MESSAGES + "/{message_id}"
_MEMBER = "/guilds/{guild_id}/members/{user_id}"
_BAN = "/guilds/{guild_id}/bans/{user_id}"


class _Row(msgspec.Struct, frozen=True):
    """A message as far as a purge looks at it."""

    id: str
    author: Author
    type: int = 0
    pinned: bool = False


class _Thread(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    parent_id: str | None = None
    owner_id: str | None = None


class _Threads(msgspec.Struct, frozen=True):
    threads: tuple[_Thread, ...] = ()


class Acts:
    """Carries actions out, each so that a second time does no harm."""

    def __init__(self, rest: Rest, ledger: Ledger, powers: Powers) -> None:
        self._rest = rest
        self._ledger = ledger
        self._powers = powers
        self._verbs: dict[Verb, Callable[[Action], Awaitable[Done]]] = {
            "delete": self._delete,
            "timeout": self._timeout,
            "release": self._release,
            "ban": self._ban,
            "unban": self._unban,
            "slowmode": self._slowmode,
            "purge": self._purge,
            "open_thread": self._open_thread,
        }

    async def act(self, action: Action) -> Done:
        """See `core.adapter.Adapter`.

        A timeout lasts 28 days at most: what is longer, or for ever, is cut to that and not
        renewed. A ban deletes no messages and is for ever; who lifts it is another's business.

        Raises:
            RetryLaterError: Discord wants us to wait.
            UndeliverableError: It refuses for a reason that is not one of `core.message.Result`.
            DeliveryError: It failed; the same call may work later.
            StoreError: The ledger is away; the same call may work later.
        """
        if action.conversation.community == DIRECT and action.verb != "delete":
            return Done("unsupported")
        if action.user and not action.user.isdecimal():
            return Done("missing")
        try:
            if action.conversation.community != DIRECT:
                refused = await self._powers.refuse(action)
                if refused is not None:
                    return Done(refused)
            return await self._verbs[action.verb](action)
        except RefusedError as error:
            result = RESULTS.get(error.code) or ("forbidden" if error.status == 403 else None)
            if result is None:
                raise
            return Done(result)

    async def _delete(self, action: Action) -> Done:
        ids = [m.rpartition(":")[2] for m in action.messages]
        count = await self._delete_all(action, [id for id in ids if id.isdecimal()])
        return Done("done" if count else "missing", count=count)

    async def _timeout(self, action: Action) -> Done:
        seconds = action.seconds or LONGEST.total_seconds()
        until = datetime.now(UTC) + timedelta(seconds=min(LONGEST.total_seconds(), seconds))
        return await self._silence(action, until.isoformat())

    async def _release(self, action: Action) -> Done:
        return await self._silence(action, None)

    async def _silence(self, action: Action, until: str | None) -> Done:
        await self._on_person("PATCH", _MEMBER, action, {"communication_disabled_until": until})
        return Done("done")

    async def _ban(self, action: Action) -> Done:
        await self._on_person("PUT", _BAN, action, {"delete_message_seconds": 0})
        return Done("done")

    async def _unban(self, action: Action) -> Done:
        await self._on_person("DELETE", _BAN, action, None)
        return Done("done")

    async def _on_person(self, method: str, path: str, action: Action, body: object) -> None:
        await self._rest.call(
            method,
            path,
            object,
            body=body,
            reason=action.reason,
            guild_id=action.conversation.community,
            user_id=action.user,
        )

    async def _slowmode(self, action: Action) -> Done:
        seconds = max(0, min(SLOWEST, round(action.seconds)))
        await self._rest.call(
            "PATCH",
            _CHANNEL,
            object,
            body={"rate_limit_per_user": seconds},
            reason=action.reason,
            channel_id=_place(action),
        )
        return Done("done")

    async def _purge(self, action: Action) -> Done:
        """Delete among the newest messages.

        What was looked at first is noted down before anything is deleted: looked at once more,
        the newest messages would be others.
        """
        noted = (await self._ledger.parts(action.id)).get(0)
        if noted is None:
            rows = await self._newest(action, most=min(action.count, MOST_LOOKED_AT))
            chosen = [row.id for row in rows if _is_meant(row, action)]
            if action.is_trial or not chosen:
                return Done("done", count=len(chosen))
            span = f"{rows[-1].id}:{rows[0].id}:{len(chosen)}"
            await self._ledger.note(action.id, 0, span)
            count = len(chosen)
        else:
            oldest, newest, count = map(int, noted.message.split(":"))
            rows = await self._newest(action, most=MOST_LOOKED_AT, before=str(newest + 1))
            chosen = [r.id for r in rows if int(r.id) >= oldest and _is_meant(r, action)]
        await self._delete_all(action, chosen)
        return Done("done", count=count)

    async def _newest(self, action: Action, *, most: int, before: str = "") -> list[_Row]:
        """Return the newest messages of a place, before one of them, the newest first."""
        rows: list[_Row] = []
        while len(rows) < most:
            limit = min(_BULK, most - len(rows))
            path = _MESSAGES + f"?limit={limit}" + (f"&before={before}" if before else "")
            page = await self._rest.call("GET", path, list[_Row], channel_id=_place(action))
            rows += page
            if len(page) < limit:
                break
            before = page[-1].id
        return rows

    async def _delete_all(self, action: Action, ids: Sequence[str]) -> int:
        """Delete messages, the young ones together; return how many were there.

        Discord does not say which of those that are deleted together were gone already.
        """
        oldest = snowflake_at(datetime.now(UTC) - _BULK_AGE)
        young = [id for id in dict.fromkeys(ids) if int(id) > oldest]
        single = [id for id in dict.fromkeys(ids) if int(id) <= oldest]
        count = 0
        for chunk in _chunks(young):
            if len(chunk) == 1 or action.conversation.community == DIRECT:
                single += chunk
                continue
            await self._rest.call(
                "POST",
                _MESSAGES + "/bulk-delete",
                object,
                body={"messages": chunk},
                reason=action.reason,
                channel_id=_place(action),
            )
            count += len(chunk)
        for id in single:
            count += await self._delete_one(action, id)
        return count

    async def _delete_one(self, action: Action, id: str) -> bool:
        try:
            await self._rest.call(
                "DELETE",
                _MESSAGE,
                object,
                reason=action.reason,
                channel_id=_place(action),
                message_id=id,
            )
        except RefusedError as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def _open_thread(self, action: Action) -> Done:
        """Open a thread on a message, whose id the thread then has, or one on its own."""
        if action.conversation.thread:
            return Done("unsupported")
        body: dict[str, object] = {"name": _name(action.name)}
        if not action.messages:
            return Done("done", made=await self._open_alone(action, body))
        message = action.messages[0].rpartition(":")[2]
        try:
            thread = await self._rest.call(
                "POST",
                _MESSAGE + "/threads",
                _Thread,
                body=body,
                reason=action.reason,
                channel_id=action.conversation.channel,
                message_id=message,
            )
        except RefusedError as error:
            if error.code != THREAD_EXISTS:
                raise
            return Done("done", made=message)
        return Done("done", made=thread.id)

    async def _open_alone(self, action: Action, body: dict[str, object]) -> str:
        noted = (await self._ledger.parts(action.id)).get(0)
        if noted is not None:
            made = noted.message if noted.message != _BEGUN else await self._find(action, body)
            if made:
                return made
        await self._ledger.note(action.id, 0, _BEGUN)
        thread = await self._rest.call(
            "POST",
            _CHANNEL + "/threads",
            _Thread,
            body=body | {"type": _PUBLIC_THREAD},
            reason=action.reason,
            channel_id=action.conversation.channel,
        )
        await self._ledger.note(action.id, 0, thread.id)
        return thread.id

    async def _find(self, action: Action, body: dict[str, object]) -> str:
        """Return the thread that an earlier attempt opened without hearing of it, or ""."""
        place = action.conversation
        told = await self._rest.call(
            "GET", "/guilds/{guild_id}/threads/active", _Threads, guild_id=place.community
        )
        found = [
            thread.id
            for thread in told.threads
            if (thread.parent_id, thread.name) == (place.channel, body["name"])
            and thread.owner_id == self._powers.bot
        ]
        return found[0] if found else ""


def _place(action: Action) -> str:
    return action.conversation.thread or action.conversation.channel


def _is_meant(row: _Row, action: Action) -> bool:
    is_theirs = not action.user or row.author.id == action.user
    return is_theirs and not row.pinned and row.type not in _FIXED


def _name(text: str) -> str:
    plain = " ".join(text.split())
    return split(plain, _NAME, utf16)[0].strip() if plain else "…"


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    return (list(ids[start : start + _BULK]) for start in range(0, len(ids), _BULK))
