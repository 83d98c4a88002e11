"""/retry: turns of a community that failed and were set aside, answered after all."""

from __future__ import annotations

from core import aside
from core.ability import Ability
from core.aside import SetAside
from core.message import Button, Command, Press, Request
from core.moderation import audit
from core.moderation.gate import to_moment
from core.moderation.presses import refuse_press
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

SHOWN = 5
"""Turns that are offered at once, the newest ones."""


class Again:
    """Puts back what was set aside."""

    def __init__(self, voice: Voice, store: Store) -> None:
        self._voice = voice
        self._store = store
        self.ability = Ability(
            commands={"retry": self._on_command}, presses={"retry": self._on_press}
        )

    async def _on_command(self, turn: Turn, command: Command) -> Commit:
        kept = await self._list(command)
        if not kept:
            return self._voice.say(turn, self._voice.text(turn, "retry.none"))
        rows = [self._voice.text(turn, "retry.found", count=len(kept))]
        buttons: list[Button] = []
        for number, one in enumerate(reversed(kept[-SHOWN:]), 1):
            name = plain(one.turn.requests[0].user.name, 30)
            rows.append(f"{number}. {name} · {to_moment(self._voice, turn, one.turn.at)}")
            label = self._voice.text(turn, "retry.button", name=name)
            buttons.append(Button(id=f"retry:{one.id}", label=f"{number}. {label}"))
        return self._voice.say(turn, "\n".join(rows), buttons=buttons)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        """Put back the turn with an id."""
        if refusal := refuse_press(self._voice, turn, press, "manage"):
            return refusal
        kept = next((one for one in await self._list(press) if one.id == value), None)
        if kept is None or not await aside.restore(self._store, kept):
            return self._voice.say(turn, self._voice.text(turn, "retry.gone"))
        fan = kept.turn.requests[0].user
        noted = audit.note(press.conversation, self._voice.with_rights(press), "retry", whom=fan.id)
        text = self._voice.text(turn, "retry.done", name=plain(fan.name))
        return with_effects(self._voice.say(turn, text), writes=noted)

    async def _list(self, request: Request) -> list[SetAside]:
        """Return what is set aside in the community of a request, oldest first."""
        here = request.conversation
        return [
            one
            for one in await aside.list_aside(self._store)
            for place in (one.turn.requests[0].conversation,)
            if (place.platform, place.community) == (here.platform, here.community)
        ]
