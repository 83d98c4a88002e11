"""What moderators do about a person: /warn, /mute, /unmute, /ban, /unban."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from core.ability import Ability
from core.message import Button, Command, Press, Request, User
from core.moderation.cases import Sanction, read_cases
from core.moderation.presses import refuse_press
from core.moderation.sanctions import Effects, Order, Sanctions, describe, plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

HOUR = 3600.0
"""Seconds of a mute for which none are said."""

ENOUGH = 3
"""Warnings within thirty days after which a mute is suggested."""

_SUGGESTED = 24 * HOUR


class Orders:
    """Takes a moderator's order, says what became of it, and lets the platform add its word."""

    def __init__(self, voice: Voice, store: Store, sanctions: Sanctions) -> None:
        self._voice = voice
        self._store = store
        self._sanctions = sanctions
        whats: tuple[Sanction, ...] = ("warn", "mute", "unmute", "ban", "unban")
        self.ability = Ability(
            commands={what: self._to_handler(what) for what in whats},
            presses={"mute": self._on_press},
        )

    def _to_handler(self, what: Sanction) -> Callable[[Turn, Command], Awaitable[Commit]]:
        async def handle(turn: Turn, command: Command) -> Commit:
            return await self._on_command(turn, command, what)

        return handle

    async def _on_command(self, turn: Turn, command: Command, what: Sanction) -> Commit:
        user = await self.find_person(command)
        if user is None:
            return self._say(turn, "option.person")
        if what in ("warn", "mute", "ban"):
            if user.id == command.user.id:
                return self._say(turn, "sanction.self")
            if rights_of(self._voice, command, user):
                return self._say(turn, "sanction.moderator", name=plain(user.name))
        seconds = float(command.options.get("duration", HOUR if what == "mute" else 0))
        order = Order(
            what=what,
            place=command.conversation,
            user=user,
            by=self._voice.with_rights(command),
            seconds=seconds if what in ("mute", "ban") else 0.0,
            reason=command.options.get("reason", ""),
            message=command.about,
        )
        return await self._carry_out(turn, order)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        """Mute who was warned too often: "USER" is muted for a day."""
        if refusal := refuse_press(self._voice, turn, press, "restrict"):
            return refusal
        name = await self._name_then(press, value)
        order = Order(
            what="mute",
            place=press.conversation,
            user=User(id=value, name=name),
            by=self._voice.with_rights(press),
            seconds=_SUGGESTED,
        )
        return await self._carry_out(turn, order)

    async def _carry_out(self, turn: Turn, order: Order) -> Commit:
        effects = await self._sanctions.apply(turn, order)
        language = self._voice.language(turn)
        text = report(self._voice, effects, order.seconds, language)
        buttons: tuple[Button, ...] = ()
        if order.what == "warn" and effects.warnings >= ENOUGH:
            strings, name = self._voice.strings, plain(order.user.name)
            text += "\n" + strings.text("sanction.suggest", language, name=name)
            lasts = strings.format_duration(_SUGGESTED, language)
            label = strings.text("sanction.suggest_button", language, duration=lasts)
            buttons = (Button(id=f"mute:{order.user.id}", label=label),)
        commit = self._voice.say(turn, text, buttons=buttons)
        effects = effects.hearing(commit.replies[0])
        return with_effects(
            commit, writes=effects.writes, actions=effects.actions, replies=effects.replies
        )

    async def find_person(self, command: Command) -> User | None:
        """Return whom a command is about; None where that is not known."""
        person = command.options.get("person", "")
        if not person:
            return command.people[0] if command.people else None
        known = next((user for user in command.people if user.id == person), None)
        if known is not None:
            return known
        if not person.removeprefix("-").isdecimal():
            return None
        return User(id=person, name=await self._name_then(command, person))

    async def _name_then(self, request: Request, user: str) -> str:
        """Return what somebody was called in their newest case, else their id."""
        days = self._voice.bot.privacy.cases_days
        cases = await read_cases(self._store, request.conversation, user, days=days)
        return cases[-1].name if cases else user

    def _say(self, turn: Turn, name: str, /, **values: str | int) -> Commit:
        return self._voice.say(turn, self._voice.text(turn, name, **values))


def report(voice: Voice, effects: Effects, seconds: float, language: str) -> str:
    """Return in one sentence, for a moderator, what was done."""
    case = effects.case
    return describe(
        voice,
        f"sanction.{case.what}",
        language,
        seconds=seconds,
        name=plain(case.name),
        case=str(case.number),
        count=str(effects.warnings),
    )


def rights_of(voice: Voice, request: Request, user: User) -> frozenset[str]:
    """Return what a person may do in the place of a request, as far as that is known."""
    return voice.with_rights(msgspec.structs.replace(request, user=user)).rights
