"""The shield against raids: put up by a moderator, or when many say the same at once."""

from __future__ import annotations

import math
import time

import msgspec

from core.ability import Ability
from core.house.community import Community, change_community
from core.message import Command, Outcome, User
from core.moderation import audit
from core.moderation.desk import Desk
from core.moderation.flag import Flag
from core.moderation.watch import SHIELD, SPAN
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn


class Raid:
    """`/raid`, and what follows when `core.moderation.watch` has seen one."""

    def __init__(self, voice: Voice, store: Store, desk: Desk) -> None:
        self._voice = voice
        self._store = store
        self._desk = desk
        self.ability = Ability(commands={"raid": self._on_raid}, outcomes={"raid": self._on_seen})

    async def _on_raid(self, turn: Turn, command: Command) -> Commit:
        is_on = command.options["state"] == "on"
        await self._set(turn, math.inf if is_on else 0.0)
        who = self._voice.with_rights(command)
        noted = audit.note(command.conversation, who, "raid", why=command.options["state"])
        text = self._voice.text(turn, "raid.on" if is_on else "raid.off")
        return with_effects(self._voice.say(turn, text), writes=noted)

    async def _on_seen(self, turn: Turn, outcome: Outcome) -> Commit:
        """Put the shield up and tell moderators, once."""
        now, place = time.time(), outcome.conversation
        if turn.state.community.raided_until > now + SHIELD:  # a moderator keeps it up
            return self._voice.keep_silent(turn)
        is_up = turn.state.community.raided_until > now
        await self._set(turn, now + SHIELD)
        commit = self._voice.keep_silent(turn)
        if is_up:
            return commit
        flag = Flag(
            kind="raid",
            place=place,
            at=now,
            text=outcome.action.note.partition(":")[2],
            rule=f"{outcome.action.count} / {SPAN:g} s",
        )
        writes, replies = await self._desk.raise_flag(turn, flag)
        noted = audit.note(place, User(id="", name=""), "raid", why="on")
        return with_effects(commit, writes=(*writes, *noted), replies=replies)

    async def _set(self, turn: Turn, until: float) -> None:
        def change(community: Community) -> Community:
            return msgspec.structs.replace(community, raided_until=until)

        await change_community(self._store, turn.requests[0].conversation, change)
