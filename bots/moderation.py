"""What moderators can do, wired."""

from __future__ import annotations

from core.ability import Ability
from core.language.translation import Translator
from core.moderation.gate import Gate
from core.moderation.orders import Orders
from core.moderation.sanctions import Sanctions
from core.moderation.told import Told
from core.store import Store
from core.voice import Voice


def to_abilities(voice: Voice, store: Store, translator: Translator) -> tuple[Ability, ...]:
    """Return the abilities of moderators; the gate is the first to look at a turn."""
    sanctions = Sanctions(voice, store, translator)
    return (
        Gate(voice, store).ability,
        Told(voice).ability,
        Orders(voice, store, sanctions).ability,
    )
