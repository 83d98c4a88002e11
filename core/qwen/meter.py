"""Counts what a turn asks of models: the answer, attempts that were thrown away, translations."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from contextvars import ContextVar

import msgspec

from core.qwen.question import ChatMessage
from core.qwen.stream import Usage
from core.qwen.tokens import Tokens


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            prompt=self.prompt + other.prompt, completion=self.completion + other.completion
        )

    @property
    def total(self) -> int:
        """Return all of them."""
        return self.prompt + self.completion


class Meter:
    """What was spent since it runs."""

    def __init__(self) -> None:
        self.spent = Spent()


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextlib.contextmanager
def metering() -> Generator[Meter]:
    """Count what is asked meanwhile, in this task and in those that it starts."""
    meter = Meter()
    before = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(before)


def count_attempt(
    tokens: Tokens, messages: Sequence[ChatMessage], text: str, usage: Usage | None
) -> None:
    """Count what a model was asked, as far as it came, where somebody wants to know.

    Args:
        tokens: To guess with.
        messages: The prompt.
        text: The answer, or what there is of it; "" costs nothing: nobody was reached.
        usage: What the endpoint counted, where it did.
    """
    meter = _METER.get()
    if meter is None:
        return
    if usage is not None:
        meter.spent += Spent(prompt=usage.prompt_tokens, completion=usage.completion_tokens)
    elif text:
        prompt = sum(tokens.count_message(message.content) for message in messages)
        meter.spent += Spent(prompt=prompt, completion=tokens.count(text))
