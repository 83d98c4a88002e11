"""A table of lines as people type them, and what they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.arguments import Words, WrongArgumentError, check, read, split
from core.commands import BY_NAME
from core.language.strings import Strings
from core.message import Command, Conversation, User

STRINGS = Strings()
WORDS = Words(STRINGS, ("en", "es", "de"))
GROUP = Conversation(platform="telegram", community="-1", channel="-1")
ANA, BEN = User(id="71", name="Ana"), User(id="72", name="Ben")

TYPED: list[tuple[str, dict[str, str]]] = [
    ("/ask When do\nthe gates open?", {"question": "When do\nthe gates open?"}),
    ("/language auf Deutsch bitte", {"language": "auf Deutsch bitte"}),
    ("/translate Spanish: hello", {"text": "Spanish: hello"}),
    ("/report this guy is rude", {"about": "this guy is rude"}),
    ("/appeal I did nothing", {"text": "I did nothing"}),
    ("/mute 12345", {"person": "12345"}),
    ("/mute 12345 2h spam and insults",
     {"person": "12345", "duration": "2h", "reason": "spam and insults"}),
    ("/mute 2h 12345 spam", {"person": "12345", "duration": "2h", "reason": "spam"}),
    ("/mute 12345 2 hours spam", {"person": "12345", "duration": "2 hours", "reason": "spam"}),
    ("/mute 12345 30 insults", {"person": "12345", "reason": "30 insults"}),
    ("/mute <@12345> 1h 30m", {"person": "<@12345>", "duration": "1h 30m"}),
    ("/mute @name 2h", {"person": "@name", "duration": "2h"}),
    ("/mute spam", {"person": "spam"}),
    ("/mute 12345 immer Spam", {"person": "12345", "reason": "immer Spam"}),
    ("/mute 12345 immer", {"person": "12345", "duration": "immer"}),
    ("/ban 12345 until tomorrow insults",
     {"person": "12345", "duration": "until tomorrow", "reason": "insults"}),
    ("/ban 12345 forever insults",
     {"person": "12345", "duration": "forever", "reason": "insults"}),
    ("/unban 12345 was a mistake", {"person": "12345", "reason": "was a mistake"}),
    ("/cases 12345 spam", {"person": "12345", "search": "spam"}),
    ("/purge 20", {"count": "20"}),
    ("/purge 20 12345", {"count": "20", "person": "12345"}),
    ("/purge 12345 20", {"count": "20", "person": "12345"}),
    ("/purge 500", {"count": "500"}),
    ("/pause", {}),
    ("/pause everywhere 2h", {"where": "everywhere", "duration": "2h"}),
    ("/pause 2h everywhere", {"where": "everywhere", "duration": "2h"}),
    ("/pause nowhere", {"where": "nowhere"}),
    ("/slowmode 10s", {"duration": "10s"}),
    ("/slowmode off", {"duration": "off"}),
    ("/settings", {}),
    ("/settings reply mentioned", {"setting": "reply", "value": "mentioned"}),
    ("/settings when I reply never", {"setting": "reply", "value": "never"}),
    ("/settings tone Short and dry.", {"setting": "tone", "value": "Short and dry."}),
    ("/filter add words mute 1h idiot, moron",
     {"action": "add", "kind": "words", "then": "mute", "duration": "1h", "text": "idiot, moron"}),
    ("/filter add links", {"action": "add", "kind": "links"}),
    ("/filter add pattern ^a b$", {"action": "add", "kind": "pattern", "text": "^a b$"}),
    ("/filter remove 3", {"action": "remove", "text": "3"}),
    ("/filter test you idiot", {"action": "test", "text": "you idiot"}),
    ("/filter ad words x", {"action": "ad", "text": "words x"}),
    ("/glossary add es stands gradas",
     {"action": "add", "language": "es", "term": "stands", "translation": "gradas"}),
    ("/glossary add Spanish “main stand” tribuna principal",
     {"action": "add", "language": "Spanish", "term": "main stand",
      "translation": "tribuna principal"}),
    ("/glossary add stands gradas",
     {"action": "add", "term": "stands", "translation": "gradas"}),
    ("/glossary list", {"action": "list"}),
    ("/reply 12 hello you", {"case": "12", "text": "hello you"}),
    ("/reply hello", {"text": "hello"}),
    ("/handoff take 12", {"action": "take", "case": "12"}),
    ("/stats 7", {"days": "7"}),
    ("/stats many", {"days": "many"}),
    ("/raid on", {"state": "on"}),
    ("/forget-user 12345", {"person": "12345"}),
    ("/forget_user 12345", {"person": "12345"}),
]  # fmt: skip

AS_ANSWERS: list[tuple[str, dict[str, str]]] = [
    ("/mute 2h spam and insults", {"duration": "2h", "reason": "spam and insults"}),
    ("/mute 12345 times is enough", {"reason": "12345 times is enough"}),
    ("/mute @other spam", {"person": "@other", "reason": "spam"}),
    ("/mute 72 1h", {"person": "72", "duration": "1h"}),
    ("/warn", {}),
    ("/translate Spanish", {"text": "you idiot", "to": "Spanish"}),
    ("/report he is rude", {"about": "you idiot", "reason": "he is rude"}),
    ("/reply 12 people wait", {"text": "12 people wait"}),
    ("/cases spam", {"search": "spam"}),
    ("/unban 12345", {"person": "12345"}),
]
"""Written as an answer to "you idiot"; 72 is named by a link."""


@pytest.mark.parametrize(("line", "options"), TYPED, ids=[line for line, _ in TYPED])
def test_a_typed_line_means(line: str, options: dict[str, str]):
    found = read(line, WORDS)
    assert found is not None
    assert found[1] == options


@pytest.mark.parametrize(("line", "options"), AS_ANSWERS, ids=[line for line, _ in AS_ANSWERS])
def test_an_answer_to_a_message_means(line: str, options: dict[str, str]):
    name, _, rest = line[1:].partition(" ")
    spec = BY_NAME[name]
    assert split(spec, rest, WORDS, people=(BEN,), is_answer=True, quoted="you idiot") == options


def test_what_has_no_slash_or_no_such_name_is_no_command():
    assert read("mute 12345", WORDS) is None
    assert read("/nothing 12345", WORDS) is None
    assert read("/", WORDS) is None


def test_a_command_is_known_by_its_name_in_any_language():
    found = read("/traducir hola", WORDS)
    assert found is not None and found[0].name == "translate"


def checked(name: str, language: str = "en", **more: Any) -> dict[str, str]:
    fields: dict[str, Any] = {"options": {}} | more
    now = datetime(2027, 2, 6, 20, 0, tzinfo=UTC)
    command = Command(id="1", conversation=GROUP, user=ANA, name=name, sent_at=now, **fields)
    return check(command, BY_NAME[name], STRINGS, language, now=now).options


def test_options_are_handed_over_as_the_table_says():
    options = {"person": "<@!12345>", "duration": "2h 30m", "reason": "x" * 400}
    assert checked("mute", options=options) == {
        "person": "12345", "duration": "9000", "reason": "x" * 300
    }  # fmt: skip
    assert checked("purge", options={"count": "0020"}) == {"count": "20"}
    assert checked("slowmode", options={"duration": "off"}) == {"duration": "0"}
    assert checked("ban", options={"person": "1", "duration": "forever"})["duration"] == "0"
    assert checked("pause", options={"duration": "tomorrow"}) == {"duration": f"{12 * 3600}"}
    assert checked("settings", options={"setting": "When I reply"}) == {"setting": "reply"}


def test_whom_nobody_names_is_the_author_of_the_message():
    assert checked("mute", people=(BEN, ANA), about="5") == {"person": "71"}
    assert checked("mute", people=(BEN, ANA), about="5", options={"person": "72"}) == {
        "person": "72"
    }


@pytest.mark.parametrize(
    ("name", "options", "wrong"),
    [
        ("ask", {}, "option.missing"),
        ("filter", {}, "option.missing"),
        ("filter", {"action": "ad"}, "option.choice"),
        ("mute", {}, "option.person"),
        ("mute", {"person": "@name"}, "option.person"),
        ("mute", {"person": "spam"}, "option.person"),
        ("mute", {"person": "12345", "duration": "soon"}, "option.duration"),
        ("purge", {"count": "500"}, "option.number"),
        ("purge", {"count": "0"}, "option.number"),
        ("purge", {"count": "many"}, "option.number"),
        ("purge", {"count": "9" * 5000}, "option.number"),
    ],
)
def test_what_is_wrong_is_said(name: str, options: dict[str, str], wrong: str):
    with pytest.raises(WrongArgumentError) as caught:
        checked(name, options=options)
    assert caught.value.name == wrong
    assert STRINGS.text(wrong, "en", **caught.value.values)


def test_choices_are_listed_as_people_read_them():
    with pytest.raises(WrongArgumentError) as caught:
        checked("settings", options={"setting": "mood"})
    assert "when I reply" in str(caught.value.values["choices"])


def test_a_long_line_is_split_in_no_time_to_speak_of():
    line = "/mute " + "2h " * 30_000
    found = read(line, WORDS)
    assert found is not None and len(found[1]["reason"]) > 80_000
