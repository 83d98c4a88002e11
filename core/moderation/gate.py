"""Who gets an answer at all: the muted, the paused, and where the bot keeps silent."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.ability import Ability
from core.message import Command, Conversation, Message, Outcome, Press, Request, dialogue_of
from core.protocol import Commit
from core.store import MEMORY, Store, Write, key
from core.voice import Voice, with_effects
from core.worker import Turn

ALWAYS = frozenset(("appeal", "privacy", "mydata", "forget", "help", "language", "start"))
"""Commands that work for everybody at any time: what a fan has a right to."""

HOUR = 3600
"""Seconds until the same fan is told the same again in the same place."""


class Gate:
    """Ends the turns of those who get no answer, and tells them why, once in a while."""

    def __init__(self, voice: Voice, store: Store) -> None:
        self._voice = voice
        self._store = store
        self.ability = Ability(gate=self._look)

    async def _look(self, turn: Turn) -> Commit | None:
        request = turn.requests[0]
        is_free = isinstance(request, Command) and request.name in ALWAYS
        if isinstance(request, Outcome | Press) or is_free:
            return None
        if self._voice.with_rights(request).rights:
            # Moderators' commands always work, and slow mode is not for them.
            return None if isinstance(request, Command) else await self._look_at_place(turn)
        until = max(turn.state.standing.muted_until, turn.state.standing.banned_until)
        if until > time.time():
            return await self._refuse_muted(turn, until)
        return await self._look_at_place(turn) or await self._look_at_pace(turn)

    async def _refuse_muted(self, turn: Turn, until: float) -> Commit:
        text = f"{self._until(turn, 'muted', until)}\n{self._voice.text(turn, 'told.appeal')}"
        # Once for each case; not kept in the standing, which a moderator may be changing now.
        return await self._refuse(turn, f"muted-{turn.state.standing.case}", text, ttl=MEMORY)

    async def _look_at_place(self, turn: Turn) -> Commit | None:
        request, state = turn.requests[0], turn.state
        until = paused_until(turn)
        if until > time.time():
            return await self._refuse(turn, "paused", self._until(turn, "paused", until))
        place = request.conversation
        if place.is_direct or not isinstance(request, Message):
            return None
        when = state.community.reply_when
        if when == "never":
            return self._voice.keep_silent(turn)
        if when == "threads" and not place.thread:
            return await self._refuse(turn, "threads", self._voice.text(turn, "gate.threads"))
        return None

    async def _look_at_pace(self, turn: Turn) -> Commit | None:
        """Keep the bot's own slow mode, where the platform has none."""
        request, last = turn.requests[0], turn.state.memory.last_turn
        pace = turn.state.community.slow.get(channel_of(request.conversation), 0.0)
        asks = isinstance(request, Message) or (
            isinstance(request, Command) and request.name == "ask"
        )
        if not pace or last is None or not asks:
            return None
        rest = pace - (request.sent_at - last).total_seconds()
        if rest <= 0:
            return None
        lasts = self._voice.strings.format_duration(rest, self._voice.language(turn))
        text = self._voice.text(turn, "gate.slow", duration=lasts)
        return await self._refuse(turn, "slow", text, ttl=math.ceil(rest))

    async def _refuse(self, turn: Turn, what: str, text: str, *, ttl: int = HOUR) -> Commit:
        """End a turn with a text, or in silence if it was said a short while ago.

        A command hears it each time: its platform shows that it waits for a word.
        """
        request = turn.requests[0]
        if isinstance(request, Message) and not request.is_mention:
            return self._voice.keep_silent(turn)  # it was not the bot that they spoke to
        name = key("told", f"{what}:{dialogue_of(request).key}")
        if not isinstance(request, Command) and await self._store.get(name):
            return self._voice.keep_silent(turn)
        told = Write("SET", name, ("1", "EX", ttl))
        return with_effects(self._voice.say(turn, text), writes=(told,))

    def _until(self, turn: Turn, what: str, until: float) -> str:
        if math.isinf(until):
            return self._voice.text(turn, f"gate.{what}_forever")
        return self._voice.text(turn, f"gate.{what}", time=to_moment(self._voice, turn, until))


def paused_until(turn: Turn) -> float:
    """Return until when the bot keeps silent in the place of a turn: Unix time, 0 if it speaks."""
    community = turn.state.community
    place: Request = turn.requests[0]
    here = community.paused.get(channel_of(place.conversation), 0.0)
    return max(here, community.paused_until, turn.state.everywhere.paused_until)


def channel_of(place: Conversation) -> str:
    """Return what is meant by "here": a thread, or a channel."""
    return place.thread or place.channel


def to_moment(voice: Voice, turn: Turn, at: float) -> str:
    """Write a time, Unix in seconds, as a day and a time of day at the venue."""
    language, zone = voice.language(turn), voice.bot.time_zone
    moment = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    day = voice.strings.format_date(moment, language)
    return f"{day}, {voice.strings.format_time(moment, language, zone)}"
