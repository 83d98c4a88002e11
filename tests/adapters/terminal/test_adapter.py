from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.terminal.adapter import Seat, TerminalAdapter
from core.arguments import Words
from core.errors import StoreError
from core.language.strings import Strings
from core.message import Button, Command, Event, File, Message, Press, Reply, Source
from tests.waiting import wait_until

WORDS = Words(Strings())


class Screen(io.StringIO):
    """What a person sees; as a terminal or as a file."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Core:
    """Takes events, and answers them one by one."""

    def __init__(self, adapter: TerminalAdapter) -> None:
        self.adapter = adapter
        self.events: list[Event] = []
        self.task = asyncio.create_task(adapter.run(self.receive))

    async def receive(self, event: Event) -> None:
        self.events.append(event)

    async def next(self, count: int = 1) -> Event:
        await wait_until(lambda: len(self.events) >= count)
        return self.events[count - 1]

    async def answer(
        self,
        event: Event,
        text: str,
        *,
        is_final: bool = True,
        sources: tuple[Source, ...] = (),
        buttons: tuple[Button, ...] = (),
        files: tuple[File, ...] = (),
    ) -> None:
        await self.adapter.deliver(
            Reply(
                id=f"reply:{event.id}",
                conversation=event.conversation,
                text=text,
                is_final=is_final,
                reply_to=event.id,
                sources=sources,
                buttons=buttons,
                files=files,
            )
        )


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_one_question_is_asked_and_the_program_ends_with_its_answer():
    screen = Screen(is_terminal=False)
    core = Core(
        TerminalAdapter(
            WORDS, question="When do the gates open?", seat=Seat(language="es"), out=screen
        )
    )
    event = await core.next()
    assert isinstance(event, Message)
    assert event.text == "When do the gates open?"
    assert event.user.locale == "es"
    assert event.is_mention and event.conversation.is_direct
    await core.answer(event, "Gates", is_final=False)
    assert screen.getvalue() == "", "what is no terminal gets the answer once, whole"
    source = Source(title="Venues", url="https://example.org/v", checked="2027-01-30")
    await core.answer(event, "Gates open at **17:00**.", sources=(source,))
    await core.task
    assert screen.getvalue() == (
        "Gates open at 17:00.\n↳ Venues 2027-01-30 https://example.org/v\n"
    )


async def test_a_short_file_is_shown_and_a_long_one_is_kept_for_one_person(tmp_path: Path):
    screen = Screen(is_terminal=False)
    folder = tmp_path / "files"
    core = Core(TerminalAdapter(WORDS, question="/mydata", out=screen, seat=Seat(folder=folder)))
    event = await core.next()
    short = File(name="a.txt", media_type="text/plain", content="é \x1b[31mred".encode())
    long = File(name="../b c.json", media_type="application/json", content=b"1" * 5000)
    await core.answer(event, "Here.", files=(short, long))
    await core.task
    kept = folder / "b-c.json"
    assert screen.getvalue() == f"Here.\n↓ a.txt\né red\n↓ {kept}\n"
    assert kept.read_bytes() == long.content
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_on_a_terminal_the_answer_grows_by_what_is_new():
    screen = Screen()
    core = Core(TerminalAdapter(WORDS, question="gates?", out=screen))
    event = await core.next()
    await core.answer(event, "", is_final=False)
    assert screen.getvalue() == "…"
    await core.answer(event, "", is_final=False)
    for text in (
        "Gates",
        "Gates **",
        "Gates **open**",
        "Gates **open** at [17",
        "Gates **open** at",
    ):
        await core.answer(event, text, is_final=False)
    await core.answer(event, "Gates **open** at 17:00.")
    await core.task
    assert screen.getvalue() == "…\r\x1b[KGates open at 17:00.\n"


async def test_an_answer_that_begins_anew_starts_on_its_own_line():
    screen = Screen()
    core = Core(TerminalAdapter(WORDS, question="gates?", out=screen))
    event = await core.next()
    await core.answer(event, "The gates op", is_final=False)
    await core.answer(event, "From the guide: 17:00.")
    await core.task
    assert screen.getvalue() == "The gates op\nFrom the guide: 17:00.\n"


async def test_a_talk_goes_line_by_line_until_the_input_ends():
    screen = Screen()
    core = Core(TerminalAdapter(WORDS, out=screen, lines=typed("hello", "  ", "and the bus?")))
    await core.answer(await core.next(), "Hi.")
    second = await core.next(2)
    assert isinstance(second, Message) and second.text == "and the bus?"
    await core.answer(second, "Line 7.")
    await core.task
    assert screen.getvalue() == "› Hi.\n› › Line 7.\n› \n"


async def test_a_slash_is_a_command_and_a_number_a_button():
    screen = Screen()
    lines = typed("/language", "2", "7", "/Language Deutsch", "/nonsense")
    core = Core(TerminalAdapter(WORDS, out=screen, lines=lines))
    event = await core.next()
    assert isinstance(event, Command) and (event.name, event.options) == ("language", {})
    buttons = (Button(id="language:es", label="español"), Button(id="language:de", label="Deutsch"))
    await core.answer(event, "Choose:", buttons=buttons)
    press = await core.next(2)
    assert screen.getvalue().endswith("Choose:\n[1] español\n[2] Deutsch\n› ")
    assert isinstance(press, Press) and press.button == "language:de"
    await core.answer(press, "Gut.")
    number = await core.next(3)
    assert isinstance(number, Message), "there are no buttons any more"
    await core.answer(number, "Seven?")
    fixed = await core.next(4)
    assert isinstance(fixed, Command) and fixed.options == {"language": "Deutsch"}
    await core.answer(fixed, "Gut.")
    nonsense = await core.next(5)
    assert isinstance(nonsense, Message)
    await core.answer(nonsense, "?")
    await core.task


async def test_answers_to_an_earlier_run_are_not_shown():
    screen = Screen()
    core = Core(TerminalAdapter(WORDS, question="now", out=screen))
    event = await core.next()
    old = Reply(
        id="reply:old", conversation=event.conversation, text="old", reply_to="terminal:x:1"
    )
    await core.adapter.deliver(old)
    assert screen.getvalue() == ""
    await core.answer(event, "new")
    await core.answer(event, "new")
    await core.task
    assert screen.getvalue() == "new\n"


async def test_two_runs_never_use_the_same_id():
    ids: set[str] = set()
    for _ in range(2):
        core = Core(TerminalAdapter(WORDS, question="x", out=Screen()))
        event = await core.next()
        ids.add(event.id)
        await core.answer(event, "y")
        await core.task
    assert len(ids) == 2


async def test_a_store_that_is_away_ends_it_with_its_error():
    async def receive(event: Event) -> None:
        raise StoreError("Redis is away")

    with pytest.raises(StoreError, match="Redis is away"):
        await TerminalAdapter(WORDS, question="x", out=Screen()).run(receive)


READ = """
import asyncio
from adapters.terminal.keyboard import read_lines
async def main():
    async for line in read_lines():
        print(repr(line))
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("uno\r\ndós\n", ["uno", "dós"]),
        ("日本", ["日本"]),
        ("", []),
        ("a\n\nb\n", ["a", "", "b"]),
    ],
)
async def test_lines_are_read_from_a_pipe(typed: str, lines: list[str]):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", READ, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(typed.encode())
    assert output.decode().splitlines() == [repr(line) for line in lines]


@pytest.mark.parametrize(
    ("source", "read"), [("lines", "'one'\n'two'\n"), ("/dev/null", "")], ids=["file", "nothing"]
)
def test_what_cannot_be_waited_for_is_read_too(tmp_path: Path, source: str, read: str):
    (tmp_path / "lines").write_text("one\ntwo")
    with (tmp_path / source).open("rb") as stdin:
        output = subprocess.run([sys.executable, "-c", READ], stdin=stdin, capture_output=True)
    assert output.stdout.decode() == read


def test_the_adapter_is_called_terminal():
    assert TerminalAdapter(WORDS).name == "terminal"
