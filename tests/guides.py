"""The example bot, our words and the guide, made once for all tests: they take a second."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.answer.guide import Guide
from core.bot import Bot, load_bot
from core.language.strings import Strings

_made: dict[tuple[int, int], tuple[Bot, Strings, Guide]] = {}


def to_guide(bot: Bot, strings: Strings) -> Guide:
    """Return the guide of a bot; it keeps nothing between questions."""
    known = _made.get((id(bot), id(strings)))
    if known is None:
        known = _made[id(bot), id(strings)] = bot, strings, Guide(bot, strings)
    return known[2]


@cache
def games() -> Bot:
    """Return the example bot."""
    return load_bot(Path("bots/winter_games"))


@cache
def words() -> Strings:
    """Return our own words, for tests that teach them nothing."""
    return Strings()
