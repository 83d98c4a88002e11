"""The command line: `python -m bots run | gateway | worker | say | check | …`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from bots import log
from bots.rehearsal.plan import add_options
from core.errors import TifoError
from core.settings import Settings, find_secrets, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 fine, 1 something is wrong, 2 not understood."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(os.environ, Path.cwd())
        quiet = ("say", "notices", "retry", "detect", "languages", "commands")
        is_quiet = options.command in quiet
        log.start(settings.log, is_quiet=is_quiet, secrets=find_secrets(settings))
        return _run(options, settings)
    except TifoError as error:
        print(f"tifo: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "run":
            from bots.app import run

            _until_told(lambda stop: run(settings, announce=_announce, stop=stop))
        case "gateway":
            from bots.app import gateway

            names = options.platform
            _until_told(lambda stop: gateway(settings, names, announce=_announce, stop=stop))
        case "worker":
            from bots.app import worker

            _until_told(lambda stop: worker(settings, announce=_announce, stop=stop))
        case "say":
            from bots.app import say

            question = " ".join(options.text) or None
            language = options.locale
            _until_told(
                lambda _: say(settings, question=question, language=language), is_patient=False
            )
        case "notices":
            from bots.notices import show

            return asyncio.run(show(settings))
        case "retry":
            from bots.notices import retry

            return asyncio.run(retry(settings, options.id))
        case _:
            return _look(options, settings)
    return 0


def _look(options: argparse.Namespace, settings: Settings) -> int:
    """Run a command that only looks at something; return the exit code."""
    match options.command:
        case "detect":
            from bots.detect import detect, open_input

            return detect(
                open_input(),
                languages=options.languages,
                locale=options.locale,
                is_json=options.json,
                is_dialogue=options.dialogue,
            )
        case "languages":
            from bots.languages import show as show_languages

            return asyncio.run(show_languages(settings, as_json=options.json))
        case "commands":
            from bots.commands import show as show_commands

            return show_commands(as_json=options.json)
        case "rehearse":
            from bots.rehearsal.plan import to_plan
            from bots.rehearsal.rehearse import run as rehearse

            return asyncio.run(rehearse(to_plan(options), settings.bot))
        case _:
            from bots.check import check

            return asyncio.run(check(settings))


def _announce(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bots", description="tifo, a bot for fans")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="everything in one process: the page, Discord, Telegram")
    gateway = commands.add_parser("gateway", help="speak platforms; workers elsewhere think")
    gateway.add_argument("platform", nargs="+", choices=("web", "telegram", "discord"))
    commands.add_parser("worker", help="think for gateways elsewhere; any number may run")
    say = commands.add_parser("say", help="ask in the terminal; without a text, talk")
    say.add_argument("text", nargs="*", help="the question")
    say.add_argument("--locale", help="what a platform would tell of the fan, such as es")
    commands.add_parser("check", help="name everything that is set wrong, and how to mend it")
    commands.add_parser("notices", help="what could not be answered or shown, and why")
    retry = commands.add_parser("retry", help="answer what was set aside after all")
    retry.add_argument("id", help="as `notices` shows it, or `all`")
    detect = commands.add_parser("detect", help="which language each line of the input is in")
    detect.add_argument("--languages", help="tags to tell apart, such as en,es,pt-BR; else all")
    detect.add_argument("--locale", help="what a platform would tell of the fan, such as es")
    detect.add_argument("--json", action="store_true", help="objects with all probabilities")
    detect.add_argument(
        "--dialogue", action="store_true",
        help='lines such as {"fan": "ana", "text": "hola"}, weighed against what was said before',
    )  # fmt: skip
    languages = commands.add_parser("languages", help="how often answers were in the right one")
    languages.add_argument("--json", action="store_true", help="for programs")
    table = commands.add_parser("commands", help="what the bot can be told, by whom and where")
    table.add_argument("--json", action="store_true", help="for programs")
    add_options(commands.add_parser("rehearse", help="run before invented fans, and be judged"))
    return parser


def _until_told(
    start: Callable[[asyncio.Event], Coroutine[None, None, None]], *, is_patient: bool = True
) -> None:
    """Run until it ends; Ctrl-C or SIGTERM asks it to finish, a second one ends it at once.

    Without `is_patient` the first one does.
    """

    async def main() -> None:
        stop = asyncio.Event()
        task = asyncio.current_task()
        assert task is not None
        coroutine = start(stop)

        def tell() -> None:
            if stop.is_set() or not is_patient:
                task.cancel()
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, tell)
        with contextlib.suppress(asyncio.CancelledError):
            await coroutine

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main())
    except* TifoError as errors:
        raise _first(errors) from errors


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return how to make a quick event loop, where there is one."""
    try:
        import uvloop
    except ImportError:  # it has none for Windows
        return None
    return uvloop.new_event_loop


def _first(errors: BaseExceptionGroup[TifoError]) -> TifoError:
    """Return one error of a group: the operator mends one thing at a time."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
