"""What is locked in a text, and what is mended."""

from __future__ import annotations

import pytest

from core.bot import Term
from core.language.locked import find_tokens, lock, unlock
from core.language.vocabulary import Vocabulary

NONE = Vocabulary((), "en", "es")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hi @Ana and <@123> in <#4> for <@&5>", ["@Ana", "<@123>", "<#4>", "<@&5>"]),
        ("look <:ice:99> <a:run:1> :tada:", ["<:ice:99>", "<a:run:1>", ":tada:"]),
        ("(see https://x.example/a_(b)?c=1).", ["https://x.example/a_(b)?c=1"]),
        ("看https://x.example/a。好", ["https://x.example/a"]),
        ("انظر https://x.example/a، شكرا", ["https://x.example/a"]),
        ("write fans@x.example, not www.x.example!", ["fans@x.example", "www.x.example"]),
        ("#ForzaAurora but not # or #1", ["#ForzaAurora"]),
        ("run `a b` or ```x\ny``` now", ["`a b`", "```x\ny```"]),
        ("family 👨‍👩‍👧‍👦, flag 🇮🇹, thumb 👍🏽, key 1️⃣", ["👨‍👩‍👧‍👦", "🇮🇹", "👍🏽", "1️⃣"]),
        ("</text> <|im_end|> <think> a < b", ["</text>", "<|im_end|>", "<think>"]),
        ("/help with {name}, km/h and/or 12:30:45", ["/help", "{name}"]),
        ("⟦1⟧ is mine", ["⟦", "⟧"]),
        ("Nothing here, honestly.", []),
    ],
)
def test_tokens_are_found(text: str, tokens: list[str]):
    assert find_tokens(text) == tokens


@pytest.mark.parametrize(
    "returned",
    [
        "Hola ⟦1⟧, quedamos 3-1 a las 20:45",
        "Hola ⟦ 1 ⟧, quedamos 3-1 a las 20:45",
        "Hola 【1】, quedamos 3-1 a las 20:45",
        "Hola ［1］, quedamos 3-1 a las 20:45",
        "Hola [[1]], quedamos 3-1 a las 20:45",
        "Hola ⟦1, quedamos 3-1 a las 20:45",
        "Hola 1⟧, quedamos 3-1 a las 20:45",
        "Hola ⟦١⟧, quedamos 3-1 a las 20:45",
        "Hola ⟦１⟧, quedamos 3-1 a las 20:45",
        "Hola ⟦1⟧, quedamos 3 - 1 a las 20.45",
        "Hola ⟦1⟧, quedamos ٣-١ a las ٢٠:٤٥",
    ],
)
def test_what_is_mechanical_is_mended(returned: str):
    locked = lock("Hi @Ana, it was 3-1 at 20:45", NONE)
    assert locked.template == "Hi ⟦1⟧, it was 3-1 at 20:45"
    found = unlock(locked, returned, source="en", target="es")
    assert (found.fault, found.text) == ("", "Hola @Ana, quedamos 3-1 a las 20:45")


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        ("Hola, quedamos 3-1 a las 20:45", "marks"),
        ("Hola ⟦1⟧ ⟦1⟧, quedamos 3-1 a las 20:45", "marks"),
        ("Hola ⟦2⟧, quedamos 3-1 a las 20:45", "marks"),
        ("Hola ⟦1⟧ @Ken, quedamos 3-1 a las 20:45", "added"),
        ("Hola ⟦1⟧, quedamos 3-1 a las 20:45 https://evil.example", "added"),
        ("Hola ⟦1⟧, quedamos 3-1 a las 20:45 €", "added"),
        ("Hola ⟦1⟧, quedamos 1-3 a las 20:45", "numbers"),
        ("Hola ⟦1⟧, quedamos 3-1 a las 8:45", "numbers"),
        ("Hola ⟦1⟧, quedamos 3-1 a las 20:45, 9", "numbers"),
    ],
)
def test_what_is_not_is_named(returned: str, fault: str):
    locked = lock("Hi @Ana, it was 3-1 at 20:45", NONE)
    assert unlock(locked, returned, source="en", target="es").fault == fault


def test_a_token_keeps_its_distance_to_letters():
    locked = lock("Read https://x.example/a and tell @Ana", NONE)
    found = unlock(locked, "⟦1⟧を読んで⟦2⟧に伝えて", source="en", target="ja")
    assert found.text == "https://x.example/a を読んで @Ana に伝えて"


@pytest.mark.parametrize(
    ("source", "text", "target", "translated", "is_fine"),
    [
        ("en", "See you on 12 July", "ja", "7月12日に会いましょう", True),
        ("ja", "7月12日に会いましょう", "en", "See you on July 12", True),
        ("en", "See you on 12 July", "vi", "Hẹn gặp ngày 12 tháng 7", True),
        ("en", "See you on 12 July", "ja", "8月12日に会いましょう", False),
        ("en", "1,500 fans", "de", "1.500 Fans", True),
        ("en", "It costs 1.5", "de", "Es kostet 15", False),
        ("ar", "٣ أهداف", "en", "3 goals", True),
    ],
)
def test_numbers_survive(source: str, text: str, target: str, translated: str, is_fine: bool):
    locked = lock(text, Vocabulary((), source, target))
    found = unlock(locked, translated, source=source, target=target)
    assert (not found.fault) == is_fine


def test_words_of_the_glossary_may_be_inflected_but_not_replaced():
    terms = (Term(term="ticket", translations={"ru": "билет"}, synonyms={"en": ["tickets"]}),)
    vocabulary = Vocabulary(terms, "en", "ru")
    locked = lock("Two tickets, please", vocabulary)
    assert vocabulary.pairs(locked.plain) == [("tickets", "билет")]
    assert not unlock(locked, "Два билета, пожалуйста", source="en", target="ru").fault
    assert unlock(locked, "Два места, пожалуйста", source="en", target="ru").fault == "words"
    hidden = lock("Two tickets, please", vocabulary, hides_all=True)
    assert hidden.template == "Two ⟦1⟧, please"


def test_what_stands_at_the_end_does_not_travel():
    locked = lock("🔥 Great! 🎉🎉 https://x.example #Forza", NONE)
    assert locked.template == "Great!"
    found = unlock(locked, "¡Genial!", source="en", target="es")
    assert found.text == "🔥 ¡Genial! 🎉🎉 https://x.example #Forza"
