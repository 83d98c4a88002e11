"""What is asked, with all that is known around it, and the answer as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from core.bot import Term
from core.conversation import Line, Memory, Overheard
from core.message import Source
from core.safety import Finding

Thrift = Literal["full", "small", "guide"]
"""How dear an answer may be: by the model, by the small one where there is one, by none."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question and what is known around it."""

    text: str
    is_cut: bool
    """The fan wrote more than is read."""

    fan: str
    quoted: str
    overheard: tuple[Overheard, ...]
    history: tuple[Line, ...]
    memory: Memory
    """As it will be after this turn: its language is the one to answer in."""

    now: datetime
    locale: str | None = None
    """What the platform says of the fan; names the variety of a language, such as "es-MX"."""

    spoken: str = ""
    """Tag of the language that the question surely is in, or ""."""

    thrift: Thrift = "full"
    note: Literal["", "answer.spent", "answer.spent_own"] = ""
    """What the fan should read below the answer: why it is a cheap one."""
    terms: tuple[Term, ...] = ()
    """The glossary of the community."""

    tone: str = ""
    """How moderators want it answered, in their words."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer as it stands now."""

    text: str
    is_final: bool
    sources: tuple[Source, ...] = ()
    lines: Sequence[Line] = ()
    """What the history gains; only on the final one."""

    drop: int = 0
    """How many of the oldest lines the history loses; only on the final one."""

    counts: tuple[str, ...] = ()
    """What `core.language.tally` counts; only on the final one."""

    is_unsure: bool = False
    """It says that the bot does not know; only on the final one."""

    flag: Finding | None = None
    """What moderators should hear of; only on the final one."""
