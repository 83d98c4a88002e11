"""Presses on moderators' buttons: anybody may press what anybody sees."""

from __future__ import annotations

from core.message import Press, Right
from core.moderation import audit
from core.protocol import Commit
from core.voice import Voice, with_effects
from core.worker import Turn


def refuse_press(voice: Voice, turn: Turn, press: Press, right: Right) -> Commit | None:
    """Return why somebody may not press a button, None where they may; a try is noted."""
    who = voice.with_rights(press)
    if right in who.rights:
        return None
    what = press.button.partition(":")[0]
    tried = audit.note(press.conversation, who, f"press {what}", result="refused")
    return with_effects(voice.say(turn, voice.text(turn, f"refused.{right}")), writes=tried)
