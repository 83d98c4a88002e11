"""Every sentence that a fan can meet comes from the catalogues: none is written in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from core.bot import Bot, load_bot
from core.commands import COMMANDS
from core.conversation import State
from core.language.catalogues import FOLDER, read, to_mo
from core.language.strings import Strings
from core.message import Conversation, Press, Request
from core.worker import Turn
from tests.core.test_engine import Stage
from tests.samples import NOW, command, fan, message

ROOT = Path(__file__).parents[2]
PLACE = Conversation(platform="web", community="1", channel="1", is_direct=True)
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(Path("bots/winter_games"))


@pytest.fixture(scope="module")
def stage(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """An engine whose every own text is in brackets."""
    english = read(FOLDER)[0]["en"]
    for text in english:
        if isinstance(text.id, str):
            text.string = f"⟦{text.string}⟧" if text.id else text.string
        else:
            text.string = tuple(f"⟦{form}⟧" for form in text.string or ())
    folder = tmp_path_factory.mktemp("words")
    (folder / "en.mo").write_bytes(to_mo(english))
    return Stage(bot, Strings(folder), None, folder)


NEED_REDIS = ("appeal", "mydata", "forget")
"""What these say is shown where Redis is real."""

ASKED: dict[str, Request] = {
    **{spec.name: command(spec.name) for spec in COMMANDS if spec.name not in NEED_REDIS},
    "start": command("start", locale="en"),
    "a language": command("language", language="es"),
    "no language": command("language", language="klingon"),
    "auto": command("language", language="auto"),
    "an old button": Press(id="web:p1", conversation=PLACE, user=fan(), sent_at=NOW, button="x:y"),
    "a picture": message(""),
    "long ago": msgspec.structs.replace(message("hi there"), sent_at=NOW - timedelta(hours=2)),
    "not known": message("What is the capital of France?"),
    "very long": message("What is the capital of France? " * 300),
}


def strip(text: str) -> str:
    """Take out what is in brackets, the names that were put into it first."""
    while MARKED.search(text):
        text = MARKED.sub("", text)
    return text


@pytest.mark.parametrize("case", ASKED)
async def test_what_the_bot_says_itself_is_from_the_catalogue(stage: Stage, case: str, bot: Bot):
    (reply,) = (await stage.play(ASKED[case])).replies
    left = strip(reply.text.replace(bot.greeting["en"], ""))
    assert "⟦" in reply.text
    assert not re.search(r"(?<![/\w])[^\W_]", left), left
    names = {stage.strings.language_name(tag, tag) for tag in bot.languages}
    assert all(MARKED.fullmatch(b.label) or b.label in names for b in reply.buttons)


async def test_who_writes_too_fast_and_who_meets_a_fault_is_told_from_the_catalogue(stage: Stage):
    async def refresh() -> tuple[Request, ...]:
        raise AssertionError

    turn = Turn(
        requests=(message("hi"),),
        state=State(),
        epoch=1,
        is_over_limit=True,
        refresh=refresh,
        begun_at=1.0,
    )
    for commit in (await stage.engine.handle(turn), stage.engine.apologise(turn)):
        assert MARKED.fullmatch(commit.replies[0].text)


SENTENCE = re.compile(r"[A-Z]\w*(,? [\w'’]+){2,}.*[.!?…]", re.DOTALL)

FOR_OPERATORS = re.compile(r"(_log\.\w+|blame|Error|problems\.append|re\.compile|Script)$")
"""What is called so takes words that no fan sees."""

NOT_FOR_FANS = {
    "adapters/discord/check.py", "adapters/telegram/check.py", "core/answer/prompt.py",
    "core/language/asking.py", "core/qwen/guard.py",
}  # fmt: skip
"""Files that speak to operators or to the model."""


def literals(path: Path) -> Iterator[str]:
    """Yield the texts in a file that are neither documentation nor for operators."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Raise() | ast.Assert() | ast.Expr(value=ast.Constant()):
                skipped |= set(ast.walk(node))
            case ast.Call() if FOR_OPERATORS.search(ast.unparse(node.func)):
                skipped |= set(ast.walk(node))
            case _:
                pass
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.value


def test_no_sentence_for_fans_is_written_in_the_code():
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for folder in ("core", "adapters")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in NOT_FOR_FANS
        for text in literals(path)
        if SENTENCE.fullmatch(text.strip())
    ]
    assert not found


def test_no_word_for_fans_is_written_in_the_page():
    folder = ROOT / "adapters" / "web" / "page"
    html = (folder / "index.html").read_text(encoding="utf-8")
    html = re.sub(r"<(script|style).*?</\1>|<!--.*?-->", "", html, flags=re.DOTALL)
    shown = re.findall(r">([^<]+)<", html)
    shown += re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', html)
    assert not [text for text in shown if re.search(r"[^\W\d_]", re.sub(r"\$\w+", "", text))]
    for path in folder.glob("*.js"):
        code = re.sub(r"/\*.*?\*/|//.*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r"""(["'`])([A-Z][a-z]+(?: [a-z]+)*[.!?…]?)\1""", code), path.name


def test_every_text_is_said_somewhere():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("core", "adapters")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"""["']([a-z_]+\.[a-z_.]+)["']""", code))
    begun = set(re.findall(r"""f["']([a-z_]+)\.\{""", code))
    keys = {key.removesuffix(".one").removesuffix(".other") for key in Strings().english()}
    assert not {key for key in keys - named if key.split(".")[0] not in begun}
