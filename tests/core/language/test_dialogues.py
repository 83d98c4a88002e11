"""Five hundred talks, each message weighed against what was said before."""

from __future__ import annotations

from core.language.contract import LanguageMemory, choose
from core.language.detect import Detector
from tests.bench.lid.dialogues import Texts, invent
from tests.core.language.test_detect import FANS, OFFERED

_TALKS = 500


def _sort() -> Texts:
    """Take the shorter half of what fans wrote for one-worders, and so on: lengths vary enough."""
    texts: Texts = {}
    for bucket, part in (("w1", slice(5, 8)), ("w2", slice(2, 5)), ("w3-5", slice(0, 5))):
        texts[bucket] = {
            tag: sorted(said, key=len, reverse=True)[part] for tag, said in FANS.items()
        }
    return texts


def test_five_hundred_talks_are_answered_in_their_languages():
    detector = Detector(OFFERED)
    right: dict[str, list[bool]] = {}
    for talk in invent(_sort(), _TALKS):
        memory = LanguageMemory()
        for said in talk:
            found = detector.detect(said.text, locale=said.locale)
            memory = choose(memory, found, locale=said.locale, offered=OFFERED, default="en")
            is_right = memory.language == said.language or found.language == "und"
            right.setdefault(said.kind, []).append(is_right)
    shares = {kind: sum(hits) / len(hits) for kind, hits in right.items()}
    assert shares["talk"] >= 0.985, shares
    assert shares["switch1"] >= 0.9, shares
    assert shares["switch2"] >= 0.95, shares


def test_what_tells_nothing_changes_nothing_however_often_it_is_said():
    detector = Detector(OFFERED)
    hello = choose(
        LanguageMemory(), detector.detect("¿A qué hora empieza el partido?"),
        locale="de", offered=OFFERED, default="en",
    )  # fmt: skip
    memory = hello
    for text in (
        "ok",
        "😂",
        "gg",
        "2-1",
        "lol",
        "👍",
        "@ana",
        "https://example.org/der-spielplan",
    ) * 5:
        memory = choose(memory, detector.detect(text), locale="fr", offered=OFFERED, default="en")
    assert memory == hello


def test_one_phrase_in_another_language_does_not_flip_a_talk():
    detector = Detector(OFFERED)
    memory = LanguageMemory()
    said = ("Wann beginnt das Spiel heute?", "Wo gibt es Karten?", "that was amazing", "danke")
    for text in said:
        memory = choose(memory, detector.detect(text), locale="de", offered=OFFERED, default="en")
    assert memory.language == "de"
    memory = choose(memory, detector.detect("super"), locale="de", offered=OFFERED, default="en")
    assert memory.language == "de"
