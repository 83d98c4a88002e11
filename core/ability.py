"""What the bot can do besides answering."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

from core.answer.asked import Answer, Asked
from core.message import Command, Outcome, Press
from core.protocol import Commit
from core.qwen.meter import Spent
from core.worker import Turn

OnCommand: TypeAlias = Callable[[Turn, Command], Awaitable[Commit]]
"""Answers a command whose options were checked and written as `core.commands.Kind` says; who gave
it has the right that the table asks for."""

OnPress: TypeAlias = Callable[[Turn, Press, str], Awaitable[Commit]]
"""Answers a press; the text is what stands behind the first colon of `Press.button`. Who presses
is still to be asked for their rights: anybody may press a button that anybody sees."""

OnOutcome: TypeAlias = Callable[[Turn, Outcome], Awaitable[Commit]]
"""Answers what came of an action."""

Gate: TypeAlias = Callable[[Turn], Awaitable[Commit | None]]
"""Looks at a turn before anything else does, in the order in which abilities are listed; what it
returns ends the turn."""

Prepare: TypeAlias = Callable[[Turn, Asked], Asked]
"""Changes how a message is to be answered; may be asked again for the same turn."""

Finish: TypeAlias = Callable[[Turn, Answer, Commit], Awaitable[Commit]]
"""Adds to the commit of an answer to a message."""


Close: TypeAlias = Callable[[Turn, Spent, Commit], Awaitable[Commit]]
"""Adds to the commit of any turn, with what it asked of models."""


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """One ability, by what calls it."""

    commands: Mapping[str, OnCommand] = {}
    """By `CommandSpec.name`."""

    presses: Mapping[str, OnPress] = {}
    """By what stands before the first colon of `Press.button`."""

    outcomes: Mapping[str, OnOutcome] = {}
    """By what stands before the first colon of `Action.note`."""

    gate: Gate | None = None
    prepare: Prepare | None = None
    finish: Finish | None = None
    close: Close | None = None
