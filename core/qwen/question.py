"""What is asked of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of an endpoint, in nobody's spelling."""

    messages: Sequence[ChatMessage]
    max_tokens: int
    """What the visible answer may take."""

    think: bool
    """Whether the answer is worth the wait and price of thinking."""

    temperature: float
    """From 0 to below 2."""

    options: Mapping[str, Json] | None = None
    """`translation_options` of a Qwen-MT model; None for any other."""

    deadline: float
    """By the event loop's clock."""
