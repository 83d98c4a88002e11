"""What a bot does on the fake Discord besides speaking, with Discord's own refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes import discord_members as m
from tests.fakes import discord_world as world
from tests.fakes.discord_values import Call, Deed, Refusal

if TYPE_CHECKING:
    from tests.fakes.discord_rest import FakeRest

Json = dict[str, Any]
Handler = Callable[[Call], Any]

_FIXED = (1, 2, 3, 4, 5, 14, 15, 16, 17, 21)


class Deeds:
    """Routes of moderation, and what came of them."""

    def __init__(
        self, rest: FakeRest, places: world.World, tell: Callable[[str, Json], None]
    ) -> None:
        self.done: list[Deed] = []
        self._rest = rest
        self._places = places
        self._tell = tell

    def table(self) -> dict[str, Handler]:
        message = "/channels/{channel_id}/messages/{message_id}"
        member = "/guilds/{guild_id}/members/{user_id}"
        ban = "/guilds/{guild_id}/bans/{user_id}"
        return {
            "GET /users/@me/guilds": lambda _: self._places.own_guilds(),
            "GET /guilds/{guild_id}": self._guild,
            "GET /guilds/{guild_id}/threads/active": self._threads,
            f"GET {member}": self._member,
            f"PATCH {member}": self._silence,
            f"PUT {ban}": self._ban,
            f"DELETE {ban}": self._unban,
            f"DELETE {message}": self._delete,
            "POST /channels/{channel_id}/messages/bulk-delete": self._delete_many,
            "PATCH /channels/{channel_id}": self._slow,
            f"POST {message}/threads": self._open_thread,
            "POST /channels/{channel_id}/threads": self._open_thread,
        }

    def _guild(self, call: Call) -> Json:
        guild = self._places.guild(call.ids["guild_id"])
        if guild is None:
            raise Refusal(404, 10004, "Unknown Guild")
        return guild

    def _threads(self, call: Call) -> Json:
        threads = self._places.threads(call.ids["guild_id"])
        return {"threads": threads, "members": [], "has_more": False}

    def _member(self, call: Call) -> Json:
        user = call.ids["user_id"]
        if not self._places.members.is_in(user):
            raise Refusal(404, 10007, "Unknown Member")
        return self._places.members.whole(user)

    def _silence(self, call: Call) -> Json:
        self._need(m.MODERATE)
        whole = self._member(call)
        self._need_height(call)
        until = call.body["communication_disabled_until"]
        if until is not None:
            ahead = datetime.fromisoformat(until) - datetime.now(UTC)
            if ahead > timedelta(days=28) or self._is_administrator(call):
                raise Refusal(400, 50035, "Invalid Form Body: communication_disabled_until")
        self._note("release" if until is None else "timeout", call.ids["user_id"], call)
        return whole | {"communication_disabled_until": until}

    def _ban(self, call: Call) -> None:
        self._need(m.BAN)
        self._need_height(call)
        banned = self._places.members.banned.setdefault(call.ids["guild_id"], set())
        banned.add(call.ids["user_id"])
        self._note("ban", call.ids["user_id"], call)

    def _unban(self, call: Call) -> None:
        self._need(m.BAN)
        banned = self._places.members.banned.get(call.ids["guild_id"], set())
        if call.ids["user_id"] not in banned:
            raise Refusal(404, 10026, "Unknown Ban")
        banned.remove(call.ids["user_id"])
        self._note("unban", call.ids["user_id"], call)

    def _delete(self, call: Call) -> None:
        shown = self._rest.find(call.ids["message_id"])
        if shown is None:
            raise Refusal(404, 10008, "Unknown Message")
        if not shown.is_bot:
            if not self._places.guild_of(shown.channel):
                raise Refusal(403, 50003, "Cannot execute action on a DM channel")
            self._need(m.MANAGE_MESSAGES)
        if shown.kind in _FIXED:
            raise Refusal(403, 50021, "Cannot execute action on a system message")
        self._take_away([shown.id], call)

    def _delete_many(self, call: Call) -> None:
        self._need(m.MANAGE_MESSAGES)
        ids: list[str] = call.body["messages"]
        for id in ids:
            made = world.EPOCH + timedelta(milliseconds=int(id) >> 22)
            if datetime.now(UTC) - made > timedelta(days=14):
                raise Refusal(400, 50034, "A message provided was too old to bulk delete")
        self._take_away(ids, call)

    def _take_away(self, ids: list[str], call: Call) -> None:
        gone = [shown for shown in map(self._rest.find, ids) if shown is not None]
        for shown in gone:
            self._rest.shown[shown.channel].remove(shown)
            if not shown.is_bot:
                self._note("delete", shown.id, call)
        told = {"channel_id": call.ids["channel_id"]}
        guild = self._places.guild_of(call.ids["channel_id"])
        if guild and gone:
            ids = [shown.id for shown in gone]
            self._tell("MESSAGE_DELETE_BULK", told | {"guild_id": guild, "ids": ids})

    def _slow(self, call: Call) -> Json:
        place = self._places.channel(call.ids["channel_id"])
        if place is None:
            raise Refusal(404, 10003, "Unknown Channel")
        self._need(m.MANAGE_THREADS if place["type"] == world.THREAD else m.MANAGE_CHANNELS)
        place["rate_limit_per_user"] = call.body["rate_limit_per_user"]
        self._note("slowmode", place["id"], call)
        return place

    def _open_thread(self, call: Call) -> Json:
        self._need(m.PUBLIC_THREADS)
        parent, message = call.ids["channel_id"], call.ids.get("message_id")
        place = self._places.channel(parent)
        if place is None or place["type"] != world.TEXT:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        if message is not None and self._rest.find(message) is None:
            raise Refusal(404, 10008, "Unknown Message")
        if message is not None and self._places.channel(message) is not None:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        id = message or self._rest.new_id()
        thread = self._places.add_thread(id, parent, call.body["name"])
        self._tell("THREAD_CREATE", thread | {"newly_created": True})
        self._note("thread", id, call)
        call.status = 201
        return thread

    def _need(self, bit: int) -> None:
        if not self._places.members.bits(world.BOT) & bit:
            raise Refusal(403, 50013, "Missing Permissions")

    def _need_height(self, call: Call) -> None:
        if not self._places.members.is_below_bot(call.ids["user_id"]):
            raise Refusal(403, 50013, "Missing Permissions")

    def _is_administrator(self, call: Call) -> bool:
        return bool(self._places.members.bits(call.ids["user_id"]) & m.ADMINISTRATOR)

    def _note(self, what: str, whom: str, call: Call) -> None:
        if len(call.reason) > 512:
            self._rest.violations.append(f"{call.method} {call.path}: a reason is too long")
        self.done.append(Deed(what, whom, call.reason, call.body))
