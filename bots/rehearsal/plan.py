"""What to rehearse: the options of `python -m bots rehearse`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Literal

import msgspec

Shape = Literal["run", "split"]
Victim = Literal["", "gateway", "worker", "redis"]
PLATFORMS = ("telegram", "discord")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that makes one rehearsal; equal plans ask and fail alike."""

    fans: int = 100
    questions: int = 3
    platforms: tuple[str, ...] = PLATFORMS
    shape: Shape = "run"
    workers: int = 2
    has_limits: bool = False
    """The platforms refuse what is above their limits."""

    kill: Victim = ""
    kills: int = 3
    faults: float = 0.0
    """Share of the model's answers that go wrong."""

    groups: float = 0.2
    """Share of the fans that talk in groups of five, the others alone with the bot."""

    tokens: int = 80
    rate: float = 40.0
    """Tokens a second."""

    ttft: float = 0.3
    """Seconds to the first token."""

    is_instant: bool = False
    """The model answers at once."""

    patience: float = 60.0
    """Seconds after which a fan asks on although no answer came."""

    is_cold: bool = False
    """What the program loads at its first questions is measured too."""

    seed: int = 1
    log: Path | None = None
    """What the program says, for later reading."""

    json: Path | None = None
    program: tuple[str, ...] = ()
    """Another program to rehearse, told by the same TIFO_ variables; () is tifo."""

    @property
    def spread(self) -> float:
        """Return within how many seconds the fans begin: one answer's time."""
        return 0.2 if self.is_instant else self.ttft + self.tokens / self.rate


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the options; the defaults are a plan's own."""
    plan = Plan()
    option = parser.add_argument
    option("--fans", type=int, default=plan.fans, help="how many ask at once")
    option("--questions", type=int, default=plan.questions, help="how many each asks")
    option("--platform", default=",".join(PLATFORMS), help="telegram, discord or both")
    option("--shape", choices=("run", "split"), default=plan.shape, help="one process or several")
    option("--workers", type=int, default=plan.workers, help="workers when split")
    option("--flood-limits", action="store_true", help="platforms refuse what is too much")
    option("--kill", choices=("gateway", "worker", "redis"), default="", help="whom to kill -9")
    option("--kills", type=int, default=plan.kills, help="how often")
    option("--endpoint-faults", type=float, default=0.0, help="share of answers that go wrong")
    option("--groups", type=float, default=plan.groups, help="share of fans that talk in groups")
    option("--tokens", type=int, default=plan.tokens, help="length of an answer")
    option("--rate", type=float, default=plan.rate, help="tokens a second")
    option("--ttft", type=float, default=plan.ttft, help="seconds to the first token")
    option("--instant", action="store_true", help="the model answers at once")
    option("--patience", type=float, default=plan.patience, help="seconds until a fan asks on")
    option("--cold", action="store_true", help="measure from the first question on")
    option("--seed", type=int, default=plan.seed, help="repeats a rehearsal")
    option("--log", type=Path, help="file for what the program says")
    option("--json", type=Path, help="file for the figures")


def to_plan(options: argparse.Namespace) -> Plan:
    """Read the options; an unknown platform ends the program as argparse does."""
    platforms = tuple(name.strip() for name in options.platform.split(","))
    if not platforms or set(platforms) - set(PLATFORMS):
        sys.exit("--platform takes telegram, discord or telegram,discord")
    return Plan(
        fans=max(1, options.fans),
        questions=max(1, options.questions),
        platforms=platforms,
        shape=options.shape,
        workers=options.workers,
        has_limits=options.flood_limits,
        kill=options.kill,
        kills=options.kills,
        faults=options.endpoint_faults,
        groups=options.groups,
        tokens=options.tokens,
        rate=options.rate,
        ttft=0.0 if options.instant else options.ttft,
        is_instant=options.instant,
        patience=options.patience,
        is_cold=options.cold,
        seed=options.seed,
        log=options.log,
        json=options.json,
    )
