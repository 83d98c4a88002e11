"""How the tests of the client ask."""

from __future__ import annotations

import pytest

from core.errors import QwenError
from core.qwen.client import BackOff, ChatMessage, Endpoint, Qwen, Snapshot, Timeouts
from tests.fakes.qwen import FakeQwen

FAST = Timeouts(
    first_token=0.4, gap=0.4, total=5.0, linger=0.2, back_off=BackOff(first=0.01, longest=0.3)
)
ASKED = [
    ChatMessage(role="system", content="You are the club."),
    ChatMessage(role="user", content="When is the match?"),
]
SAID = "Ciao! 🏒 Si gioca stasera, alle 20:30."


def endpoint(fake: FakeQwen, dialect: str = "vllm", *, key: str = "") -> Endpoint:
    return Endpoint(url=fake.url, model="qwen3.8-flash", dialect=dialect, key=key)


async def listen(qwen: Qwen, *, think: bool = False) -> list[Snapshot]:
    snapshots = [s async for s in qwen.chat(ASKED, max_tokens=200, think=think)]
    assert [s.is_final for s in snapshots] == [False] * (len(snapshots) - 1) + [True]
    return snapshots


async def ask(*endpoints: Endpoint, limits: Timeouts = FAST, think: bool = False) -> list[Snapshot]:
    qwen = Qwen(endpoints, limits=limits)
    try:
        return await listen(qwen, think=think)
    finally:
        await qwen.close()


async def fail(*endpoints: Endpoint, limits: Timeouts = FAST) -> QwenError:
    with pytest.raises(QwenError) as caught:
        await ask(*endpoints, limits=limits)
    return caught.value
