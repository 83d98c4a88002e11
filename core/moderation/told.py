"""What came of an action, told in the answer to who asked for it."""

from __future__ import annotations

import msgspec

from core.ability import Ability
from core.message import Outcome, Reply, Right, Verb
from core.moderation import audit
from core.protocol import Commit
from core.voice import Voice, with_effects
from core.worker import Turn

_KIND = "told"
_NEEDS: dict[Verb, Right] = {
    "delete": "messages", "timeout": "restrict", "release": "restrict", "ban": "ban",
    "unban": "ban", "slowmode": "manage", "purge": "messages", "open_thread": "manage",
}  # fmt: skip

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Reply).decode


def to_note(answer: Reply, kind: str = _KIND) -> str:
    """Return an `Action.note` with which its outcome finds the answer again."""
    return f"{kind}:{_encode(answer).decode()}"


def again(turn: Turn, outcome: Outcome) -> Reply:
    """Return the answer that was given when an action was asked for, to be shown anew."""
    answer = _decode(outcome.action.note.partition(":")[2])
    # An earlier turn has shown it: what stands is to be looked up.
    return msgspec.structs.replace(answer, epoch=turn.epoch, begun_at=0.0)


class Told:
    """Adds a line to an answer when the platform has done, or refused, what was asked."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.ability = Ability(outcomes={_KIND: self._on_outcome})

    async def _on_outcome(self, turn: Turn, outcome: Outcome) -> Commit:
        answer = again(turn, outcome)
        answer = msgspec.structs.replace(answer, text=f"{answer.text}\n{self.line(turn, outcome)}")
        return self.end(turn, outcome, answer)

    def line(self, turn: Turn, outcome: Outcome) -> str:
        """Return in one sentence what the platform did."""
        # In the language of the answer that it is added to.
        language = again(turn, outcome).language or self._voice.language(turn)
        say = self._voice.strings.text
        right = say(f"right.{_NEEDS[outcome.action.verb]}", language)
        platform = outcome.action.conversation.platform.capitalize()
        return say(f"outcome.{outcome.result}", language, platform=platform, right=right)

    def end(self, turn: Turn, outcome: Outcome, answer: Reply) -> Commit:
        """End a turn with the answer shown anew; a refusal of the platform's is noted."""
        commit = self._voice.keep_silent(turn)
        action = outcome.action
        if outcome.result == "done":
            return with_effects(commit, replies=(answer,))
        noted = audit.note(
            action.conversation,
            outcome.user,
            action.verb,
            whom=action.user,
            result=outcome.result,
        )
        return with_effects(commit, replies=(answer,), writes=noted)
