"""/slowmode and /purge: what is done to a channel as a whole."""

from __future__ import annotations

import msgspec

from core.ability import Ability
from core.house.community import Community, change_community
from core.message import Action, Button, Command, Outcome, Press, Request
from core.moderation import audit
from core.moderation.gate import channel_of
from core.moderation.presses import refuse_press
from core.moderation.recent import recent_messages
from core.moderation.told import Told, again, to_note
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn


class Channel:
    """Slows a channel down, and deletes its newest messages after a look at how many they are."""

    def __init__(self, voice: Voice, store: Store, told: Told) -> None:
        self._voice = voice
        self._store = store
        self._told = told
        self.ability = Ability(
            commands={"slowmode": self._on_slowmode, "purge": self._on_purge},
            presses={"purge": self._on_press},
            outcomes={"slowmode": self._on_slowed, "purge": self._on_purged},
        )

    async def _on_slowmode(self, turn: Turn, command: Command) -> Commit:
        seconds = float(command.options["duration"])
        language = self._voice.language(turn)
        lasts = self._voice.strings.format_duration(seconds, language)
        name = "slow.on" if seconds else "slow.off"
        text = self._voice.strings.text(name, language, duration=lasts)
        if channel_of(command.conversation) in turn.state.community.slow:
            await self._slow(command, 0.0)  # the platform may have learned it meanwhile
        commit = self._voice.say(turn, text)
        action = Action(
            id=f"action:{command.id}",
            conversation=command.conversation,
            verb="slowmode",
            seconds=seconds,
        )
        return self._ask(commit, action, "slowmode", command)

    async def _on_slowed(self, turn: Turn, outcome: Outcome) -> Commit:
        if outcome.result == "unsupported":
            await self._slow(outcome, outcome.action.seconds)
        answer = again(turn, outcome)
        text = f"{answer.text}\n{self._told.line(turn, outcome)}"
        return self._told.end(turn, outcome, msgspec.structs.replace(answer, text=text))

    async def _slow(self, request: Request, seconds: float) -> None:
        """Let the bot itself be slow in a channel."""
        channel = channel_of(request.conversation)

        def change(community: Community) -> Community:
            slow = {name: pace for name, pace in community.slow.items() if name != channel}
            return msgspec.structs.replace(
                community, slow=slow | ({channel: seconds} if seconds else {})
            )

        await change_community(self._store, request.conversation, change)

    async def _on_purge(self, turn: Turn, command: Command) -> Commit:
        """Look first: nothing is deleted until somebody has seen how much that is."""
        count, user = int(command.options["count"]), command.options.get("person", "")
        commit = self._voice.say(turn, self._voice.text(turn, "purge.looking"))
        action = msgspec.structs.replace(_to_purge(turn, count, user), is_trial=True)
        return self._ask(commit, action, "purge", command)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        """Delete what was looked at: "50:USER", or "50:" for anybody's messages."""
        if refusal := refuse_press(self._voice, turn, press, "messages"):
            return refusal
        count, _, user = value.partition(":")
        commit = self._voice.say(turn, self._voice.text(turn, "purge.deleting"))
        return self._ask(commit, _to_purge(turn, int(count), user), "purge", press)

    async def _on_purged(self, turn: Turn, outcome: Outcome) -> Commit:
        answer, action = again(turn, outcome), outcome.action
        if outcome.result != "done":
            text = self._told.line(turn, outcome)
            return self._told.end(turn, outcome, msgspec.structs.replace(answer, text=text))
        name = "purge.found" if action.is_trial else "purge.done"
        answer = msgspec.structs.replace(
            answer, text=self._voice.text(turn, name, count=outcome.count)
        )
        if action.is_trial and outcome.count:
            label = self._voice.text(turn, "purge.button", count=outcome.count)
            button = Button(id=f"purge:{action.count}:{action.user}", label=label)
            answer = msgspec.structs.replace(answer, buttons=(button,))
        return self._told.end(turn, outcome, answer)

    def _ask(self, commit: Commit, action: Action, kind: str, request: Request) -> Commit:
        """Add an action whose outcome is told in the answer, and note it."""
        answer = commit.replies[0]
        user = self._voice.with_rights(request)
        action = msgspec.structs.replace(
            action,
            asked_by=user,
            answer_to=request.conversation,
            note=to_note(answer, kind),
        )
        why = f"{action.seconds:g} s" if action.verb == "slowmode" else str(action.count)
        if action.is_trial:
            return with_effects(commit, actions=(action,))
        noted = audit.note(request.conversation, user, action.verb, whom=action.user, why=why)
        return with_effects(commit, actions=(action,), writes=noted)


def _to_purge(turn: Turn, count: int, user: str) -> Action:
    """Return what deletes the newest messages; by their ids where the platform shows no history."""
    request = turn.requests[0]
    return Action(
        id=f"action:{request.id}",
        conversation=request.conversation,
        verb="purge",
        user=user,
        count=count,
        messages=recent_messages(turn.state.place, count, user),
    )
