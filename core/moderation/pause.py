"""/pause and /resume: the bot keeps silent in a channel, a community, or everywhere."""

from __future__ import annotations

import math
import time

import msgspec

from core.ability import Ability
from core.house.community import Community, change_community
from core.message import Command
from core.moderation import audit
from core.moderation.gate import channel_of, paused_until, to_moment
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn


class Pause:
    """Silences the bot and lets it speak again.

    `here` is the channel or thread, `everywhere` every community, for who runs the bot; without
    either it is the community.
    """

    def __init__(self, voice: Voice, store: Store) -> None:
        self._voice = voice
        self._store = store
        self.ability = Ability(commands={"pause": self._on_pause, "resume": self._on_resume})

    async def _on_pause(self, turn: Turn, command: Command) -> Commit:
        seconds = float(command.options.get("duration", 0))
        until = time.time() + seconds if seconds else math.inf
        where = command.options.get("where", "")
        if not await self._set(command, where, until):
            return self._voice.say(turn, self._voice.text(turn, "refused.operator"))
        scope = self._voice.text(turn, f"scope.{where or 'community'}")
        if math.isinf(until):
            return self._end(turn, self._voice.text(turn, "pause.forever", where=scope))
        moment = to_moment(self._voice, turn, until)
        return self._end(turn, self._voice.text(turn, "pause.until", where=scope, time=moment))

    async def _on_resume(self, turn: Turn, command: Command) -> Commit:
        where = command.options.get("where", "")
        changed = await self._set(command, where, 0.0)
        if changed is None:
            return self._voice.say(turn, self._voice.text(turn, "refused.operator"))
        left = turn.state.everywhere if where != "everywhere" else changed
        here = turn.state.community if where == "everywhere" else changed
        state = msgspec.structs.replace(turn.state, everywhere=left, community=here)
        is_paused = paused_until(msgspec.structs.replace(turn, state=state)) > time.time()
        return self._end(turn, self._voice.text(turn, f"resume.{'still' if is_paused else 'done'}"))

    async def _set(self, command: Command, where: str, until: float) -> Community | None:
        """Set until when the bot keeps silent; None where that is not for this person."""
        if where == "everywhere" and not self._voice.is_operator(command):
            return None
        channel = channel_of(command.conversation)

        def change(community: Community) -> Community:
            now = time.time()
            paused = {name: end for name, end in community.paused.items() if end > now}
            if where == "here":
                paused[channel] = until
                return msgspec.structs.replace(community, paused=paused)
            # Who lets it speak again in all of the community means every channel.
            return msgspec.structs.replace(
                community, paused_until=until, paused=paused if until else {}
            )

        place = None if where == "everywhere" else command.conversation
        return await change_community(self._store, place, change)

    def _end(self, turn: Turn, text: str) -> Commit:
        command = turn.requests[0]
        assert isinstance(command, Command)
        why = " ".join(command.options.values())
        who = self._voice.with_rights(command)
        noted = audit.note(command.conversation, who, command.name, why=why)
        return with_effects(self._voice.say(turn, text), writes=noted)
