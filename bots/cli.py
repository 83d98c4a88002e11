"""The command line: `python -m bots run | say | check`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bots.rehearsal.plan import add_options
from core.errors import TifoError
from core.settings import Settings, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 fine, 1 something is wrong, 2 not understood."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(os.environ, Path.cwd())
        _start_log(settings, is_quiet=options.command == "say")
        match options.command:
            case "run":
                from bots.app import run

                _until_signal(run(settings, announce=lambda text: print(text, flush=True)))
            case "say":
                from bots.app import say

                question = " ".join(options.text) or None
                _until_signal(say(settings, question=question, language=options.locale))
            case "rehearse":
                from bots.rehearsal.plan import to_plan
                from bots.rehearsal.rehearse import run as rehearse

                return asyncio.run(rehearse(to_plan(options), settings.bot))
            case _:
                from bots.check import check

                return asyncio.run(check(settings))
    except TifoError as error:
        print(f"tifo: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bots", description="tifo, a bot for fans")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="serve the page, and Discord and Telegram where set")
    say = commands.add_parser("say", help="ask in the terminal; without a text, talk")
    say.add_argument("text", nargs="*", help="the question")
    say.add_argument("--locale", help="what a platform would tell of the fan, such as es")
    commands.add_parser("check", help="name everything that is set wrong, and how to mend it")
    rehearsal = commands.add_parser("rehearse", help="run before invented fans and judge it")
    add_options(rehearsal)
    return parser


def _until_signal(coroutine: Coroutine[None, None, None]) -> None:
    """Run until it ends, or until Ctrl-C or SIGTERM ends it cleanly."""

    async def main() -> None:
        task = asyncio.current_task()
        if task is not None:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await coroutine

    try:
        asyncio.run(main())
    except* TifoError as errors:
        raise _first(errors) from errors


def _first(errors: BaseExceptionGroup[TifoError]) -> TifoError:
    """Return one error of a group: the operator mends one thing at a time."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class _JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, where from, text, and a traceback if there is one."""
        row = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(row).decode()


def _start_log(settings: Settings, *, is_quiet: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    if settings.log == "json":
        handler.setFormatter(_JsonFormatter())
    else:
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.ERROR if is_quiet else logging.WARNING)
    for name in ("core", "adapters", "bots"):
        logging.getLogger(name).setLevel(logging.ERROR if is_quiet else logging.INFO)
