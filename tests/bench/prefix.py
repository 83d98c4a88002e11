"""How much of a prompt the endpoint has read before: what its prefix cache can save.

    python -m tests.bench.prefix

One fan asks 50 times. Of every later prompt, the share that is byte for byte the beginning of an
earlier prompt of the conversation and its reply. Chat templates write the messages one after the
other, so their texts in that order stand for the prompt.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from pathlib import Path

from core.answer.answer import Answerer
from core.answer.guide import Guide
from core.bot import load_bot
from core.conversation import State, to_state
from core.engine import Engine
from core.language.detect import Detector
from core.language.strings import Strings
from core.message import Dialogue, Reply, Request
from core.qwen.client import Endpoint, Qwen
from core.qwen.tokens import Tokens
from core.voice import Voice
from core.worker import Turn
from tests.core.answer.questions import PARAPHRASES
from tests.fakes.qwen import Answer, FakeQwen
from tests.samples import NOW, message

TURNS = 50
ANSWER = "The gates open ninety minutes before the first event of the day. " * 5


async def main() -> None:
    """Measure and print."""
    shares = await find_shares()
    print(
        f"prefix reused over {TURNS} turns: {100 * sum(shares) / len(shares):.0f} % "
        f"(least {100 * min(shares):.0f} %)"
    )


async def find_shares(turns: int = TURNS) -> list[float]:
    """Return for each prompt but the first the share that was seen before."""
    async with FakeQwen("dashscope") as fake:
        fake.letters_per_token = 4
        fake.respond = lambda _: Answer(text=ANSWER, chunk=400)
        with tempfile.TemporaryDirectory() as folder:
            await _talk(fake, turns, Path(folder))
        prompts = [
            "".join(f"{row['role']}\n{row['content']}\n" for row in request["messages"])
            for request in fake.requests
        ]
    assert len(prompts) == turns
    seen: list[str] = []
    shares: list[float] = []
    for prompt in prompts:
        shares.append(max((_share(prompt, earlier) for earlier in seen), default=0.0))
        seen.append(f"{prompt}assistant\n{ANSWER.strip()}\n")
    return shares[1:]


async def _talk(fake: FakeQwen, turns: int, folder: Path) -> None:
    bot, strings = load_bot(Path("bots/winter_games")), Strings()
    qwen = Qwen([Endpoint(url=fake.url, model="qwen3.8-flash", dialect="dashscope")])

    async def show(dialogue: Dialogue, reply: Reply) -> None:
        pass

    engine = Engine(
        answerer=Answerer(
            bot,
            guide=Guide(bot, strings),
            strings=strings,
            qwen=qwen,
            tokens=Tokens(folder, "qwen3.8-flash"),
        ),
        detector=Detector(bot.languages),
        voice=Voice(bot, strings),
        show=show,
        clock=lambda: NOW,
    )
    state, lines = State(), list[bytes]()
    for _, question, _ in itertools.islice(itertools.cycle(PARAPHRASES), turns):
        asked: tuple[Request, ...] = (message(question),)

        async def refresh(same: tuple[Request, ...] = asked) -> tuple[Request, ...]:
            return same

        turn = Turn(
            requests=asked,
            state=state,
            epoch=1,
            begun_at=1.0,
            is_over_limit=False,
            refresh=refresh,
        )
        commit = await engine.handle(turn)
        lines = [*lines[commit.drop :], *commit.lines]
        state = to_state(commit.memory, lines, [])
    await qwen.close()


def _share(prompt: str, earlier: str) -> float:
    same = 0
    for one, other in zip(prompt, earlier, strict=False):
        if one != other:
            break
        same += 1
    return same / len(prompt)


if __name__ == "__main__":
    asyncio.run(main())
