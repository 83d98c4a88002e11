"""Faults that the tests must notice: `python -m tests.chaos.mutants`.

Each row puts one fault into a copy of the sources and names the tests that must fail then. The
first eight are those that a first version of the protocol once had.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.faults import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
_SIDE_BY_SIDE = 2
_LEAN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider")
_LONGEST = 60.0  # seconds; a test that hangs has noticed too


async def survives(mutant: Mutant) -> str:
    """Return "" when the tests notice a mutant, else what they say."""
    with tempfile.TemporaryDirectory(prefix="tifo-mutant-") as name:
        folder = Path(name)
        for part in ("core", "adapters", "tests"):
            shutil.copytree(ROOT / part, folder / part)  # compiled files too: they save seconds
        shutil.copy(ROOT / "pyproject.toml", folder)
        source = folder / mutant.path
        source.write_text(source.read_text().replace(mutant.old, mutant.new))
        path, *functions = mutant.tests.split()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", "-q", "-x", *_PLUGINS,
            *(f"{path}::{function}" for function in functions),
            cwd=folder, env={**os.environ, **_LEAN},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_LONGEST):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            return ""
        # 1: tests failed. Anything else means that they did not run.
        return "" if process.returncode == 1 else said.decode()


async def main() -> int:
    """Try every mutant, or those whose name contains a word; 1 when one survives."""
    chosen = [m for m in MUTANTS if all(word in m.name for word in sys.argv[1:])]
    room, started = asyncio.Semaphore(_SIDE_BY_SIDE), time.monotonic()
    survivors: list[str] = []

    async def attempt(mutant: Mutant) -> None:
        async with room:
            begun = time.monotonic()
            said = await survives(mutant)
            survivors.extend([mutant.name] if said else [])
            verdict = "SURVIVES" if said else "noticed"
            print(f"{verdict:<9}{time.monotonic() - begun:5.1f} s  {mutant.name}", flush=True)
            if said and len(sys.argv) > 1:
                print(said)

    async with asyncio.TaskGroup() as group:
        for mutant in chosen:
            group.create_task(attempt(mutant))
    took = time.monotonic() - started
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} noticed in {took:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
