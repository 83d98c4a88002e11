"""What moderators can do, wired."""

from __future__ import annotations

from collections.abc import Callable

from core.ability import Ability
from core.budgets import Budget, Budgets
from core.house.handoff import Handoffs
from core.language.translation import Translator
from core.moderation.again import Again
from core.moderation.channel import Channel
from core.moderation.desk import Desk
from core.moderation.filtering import Filtering
from core.moderation.gate import Gate
from core.moderation.glossary import Glossary
from core.moderation.human import Human
from core.moderation.lookup import Lookup
from core.moderation.orders import Orders
from core.moderation.pause import Pause
from core.moderation.raid import Raid
from core.moderation.relay import Relay
from core.moderation.reports import Reports
from core.moderation.review import Review
from core.moderation.sanctions import Sanctions
from core.moderation.settings import Settings
from core.moderation.team import Team
from core.moderation.told import Told
from core.store import Store
from core.voice import Voice

_ENDLESS = Budget()


def to_abilities(
    voice: Voice,
    store: Store,
    translator: Translator | None,
    *,
    count: Callable[[str], int],
    budget: Budget = _ENDLESS,
) -> tuple[Ability, ...]:
    """Return the abilities of moderators; what judges talk is the first to look at a turn.

    `count`: how many tokens a message costs in a prompt.
    """
    sanctions = Sanctions(voice, store, translator)
    desk = Desk(voice, store, translator)
    relay = Relay(voice, store, translator)
    human = Human(voice, Handoffs(store), relay, count=count)
    told, orders = Told(voice), Orders(voice, store, sanctions)
    return (
        Filtering(voice, store, desk, sanctions).ability,
        # People talk with each other also where the bot keeps silent.
        Team(voice, store, relay, human, count=count).ability,
        human.relaying,
        Gate(voice, store).ability,
        human.ability,
        relay.ability,
        Glossary(voice, store).ability,
        told.ability,
        orders.ability,
        Settings(voice, store, desk).ability,
        Pause(voice, store).ability,
        Channel(voice, store, told).ability,
        Lookup(voice, store, orders).ability,
        Again(voice, store).ability,
        Review(voice, store, desk, sanctions).ability,
        Reports(voice, store, desk).ability,
        Raid(voice, store, desk).ability,
        Budgets(budget, voice, store, desk).ability,
    )
