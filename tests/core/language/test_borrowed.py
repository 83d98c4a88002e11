"""Our own words in a language for which nobody wrote them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
import pytest

from core.language.borrowed import Borrowed, is_fit, to_wanted
from core.language.models import Models
from core.language.strings import Strings
from core.qwen.client import Endpoint, Qwen
from core.store import Store
from tests.fakes.qwen import Answer, FakeQwen
from tests.waiting import wait_until

_KEPT = re.compile(r"[{/\d`]")


def translate(messages: list[dict[str, Any]]) -> Answer:
    """Write every letter as a Georgian one but in braces, commands and durations."""
    texts = msgspec.json.decode(messages[-1]["content"].rpartition("\n")[2], type=dict[str, str])
    made: dict[str, str] = {}
    for name, text in texts.items():
        words = [
            word if _KEPT.search(word) else "".join(map(_georgian, word))
            for word in re.findall(r"`[^`]*`\S*|\S+", text)
        ]
        made[name] = " ".join(words)
    return Answer(text=msgspec.json.encode(made).decode(), chunk=10_000)


def _georgian(letter: str) -> str:
    return chr(0x10D0 + ord(letter.lower()) % 33) if letter.isalpha() else letter


async def test_a_language_without_a_locale_is_translated_once_for_all_processes(store: Store):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = translate
        client = Qwen([Endpoint(url=qwen.url, model="qwen3.8-flash", dialect="dashscope")])
        models = Models(chat=client)
        ours = [Strings() for _ in range(3)]
        borrowed = [
            Borrowed(strings, store, models if i < 2 else None, ("en", "ka", "es"))
            for i, strings in enumerate(ours)
        ]
        assert borrowed[0].missing == ["ka"]
        async with asyncio.TaskGroup() as group:
            for one in borrowed:
                group.create_task(one.run(pause=0.05))
        english = ours[0].text("help.commands", "en")
        texts = {strings.text("help.commands", "ka") for strings in ours}
        assert len(texts) == 1 and texts != {english}, "all of them know the same text"
        assert "{bot}" not in ours[2].text("help.intro", "ka", bot="Aurora")
        assert "Aurora" in ours[2].text("help.intro", "ka", bot="Aurora")
        assert ours[2].text("command.help.name", "ka") == "help", "what people type stays"
        assert all(strings.is_borrowed("ka") for strings in ours)
        keys = [name for request in qwen.requests for name in _asked(request)]
        assert len(keys) == len(set(keys)), "nothing was translated twice"
        await client.close()


def _asked(request: dict[str, Any]) -> dict[str, str]:
    content = request["messages"][-1]["content"]
    return msgspec.json.decode(content.rpartition("\n")[2], type=dict[str, str])


async def test_what_comes_back_damaged_is_not_used(store: Store):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text='{"help.intro": "გამარჯობა"}')
        client = Qwen([Endpoint(url=qwen.url, model="qwen3.8-flash", dialect="dashscope")])
        strings = Strings()
        borrowed = Borrowed(strings, store, Models(chat=client), ("ka",))
        task = asyncio.create_task(borrowed.run(pause=60))
        await wait_until(lambda: len(qwen.requests) >= 4)
        task.cancel()
        await asyncio.wait([task])
        assert borrowed.missing == ["ka"]
        assert strings.text("help.intro", "ka", bot="A").startswith("Hi!")
        await client.close()


def test_a_counted_text_is_asked_for_in_every_form_of_the_language():
    english = {"a.one": "{n} day", "a.other": "{n} days", "b": "Hello", "command.x.name": "x"}
    assert set(to_wanted(english, "lt")) == {"a.one", "a.few", "a.other", "b"}
    assert set(to_wanted(english, "ka")) == {"a.one", "a.other", "b"}
    assert set(to_wanted(english, "th")) == {"a.other", "b"}
    assert to_wanted(english, "lt")["a.few"] == "{n} days"


@pytest.mark.parametrize(
    ("name", "english", "text", "fits"),
    [
        ("help.intro", "Hi {bot}, see /help", "გამარჯობა {bot}, /help", True),
        ("help.intro", "Hi {bot}, see /help", "გამარჯობა {bots}, /help", False),
        ("help.intro", "Hi {bot}, see /help", "გამარჯობა {bot}, /დახმარება", False),
        ("help.intro", "Hi {bot}, see /help", "Hallo {bot}, /help", False),
        ("menu.translate", "Translate", "თარგმნა" * 10, False),
        ("command.ask.description", "Ask", "კითხვა " * 20, False),
    ],
)
def test_a_text_fits_or_not(name: str, english: str, text: str, fits: bool):
    assert is_fit(name, english, text, "ka") == fits
