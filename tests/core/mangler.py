"""Cases of texts with tokens in many languages, and a translator that spoils them on purpose."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import msgspec

from tests.core.fan_texts import TEXTS

NAMED = (
    "@Ana", "@ken_miller", "<@123456789012345678>", "<@&987654321>", "<#4455667788>",
    "<:aurora:99887766>", "<a:goal:11223344>", "https://tickets.example.org/a?b=1&c=2#x",
    "www.example.com/fans", "fans@example.org", "#ForzaAurora", "`status --all`", "🔥", "👩‍👩‍👧‍👦",
    "🇮🇹", ":tada:", "Azzurri FC", "Arena Nord",
)  # fmt: skip
"""Mentions, emoji, links, code, and two names of the glossary."""

EMOJI = ("<:aurora:99887766>", "<a:goal:11223344>", "🔥", "👩‍👩‍👧‍👦", "🇮🇹", ":tada:")
NUMBERS = ("3-1", "20:45", "7", "1,500", "€25", "19.90", "2026/27", "90", "12.5%", "07.02.2027")
ENDINGS = ("", "", " 🎉🎉", " https://example.org/live", " #MatchDay", " <@5550001112223>")

_SLOTS = re.compile(r"\{[an]\}")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and what it should become."""

    source: str
    target: str
    number: int
    named: str
    figure: str
    ending: str

    @property
    def text(self) -> str:
        return _fill(TEXTS[self.source][self.number], self.named, self.figure) + self.ending

    @property
    def expected(self) -> str:
        return _fill(TEXTS[self.target][self.number], self.named, self.figure) + self.ending

    def honest(self, template: str) -> str:
        """Translate what the model is shown, keeping its marks and numbers."""
        ours = TEXTS[self.source][self.number]
        pattern = ""
        end = 0
        for slot in _SLOTS.finditer(ours):
            pattern += re.escape(ours[end : slot.start()]) + rf"\s?(?P<{slot[0][1]}>.+?)\s?"
            end = slot.end()
        pattern += re.escape(ours[end:]) + r"(?P<end>(?:\s.*)?)"
        found = re.fullmatch(pattern, template, re.DOTALL)
        assert found is not None, (template, pattern)
        parts = found.groupdict()
        made = _fill(TEXTS[self.target][self.number], parts["a"], parts.get("n") or "")
        return made + parts["end"]


def cases(count: int, seed: int) -> list[Case]:
    """Return cases that are the same for the same seed."""
    dice = random.Random(seed)
    tags = list(TEXTS)
    made: list[Case] = []
    for _ in range(count):
        source, target = dice.sample(tags, 2)
        number = dice.randrange(5)
        # An emoji that a text begins with does not travel, so it could not stand in a sentence.
        begins = TEXTS[source][number].startswith("{a}")
        named = dice.choice([n for n in NAMED if n not in EMOJI or not begins])
        made.append(
            Case(
                source=source,
                target=target,
                number=number,
                named=named,
                figure=dice.choice(NUMBERS),
                ending=dice.choice(ENDINGS),
            )
        )
    return made


class Mangler:
    """Spoils honest translations; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.ways: dict[str, Callable[[Case, str, str], str]] = {
            "drops": lambda c, t, h: re.sub(r"⟦\d+⟧|\d+", "", h, count=1),
            "doubles": lambda c, t, h: re.sub(r"(⟦\d+⟧|\d+)", r"\1 \1", h, count=1),
            "renumbers": lambda c, t, h: re.sub(r"⟦(\d+)⟧", r"⟦\g<1>7⟧", h, count=1),
            "alters digits": lambda c, t, h: re.sub(r"\d(?!\d*⟧)", _next_digit, h, count=1),
            "adds a number": lambda c, t, h: h + " 42",
            "adds a link": lambda c, t, h: h + " https://evil.example/win",
            "adds a mention": lambda c, t, h: h + " @everyone",
            "adds an emoji": lambda c, t, h: h + " 😂",
            "translates the mark": lambda c, t, h: re.sub(r"⟦\d+⟧", "Anna", h, count=1),
            "breaks the mark": lambda c, t, h: re.sub(r"⟦(\d)⟧", r"⟦ \1x⟧", h, count=1),
            "spaces": lambda c, t, h: re.sub(r"⟦(\d+)⟧", r"⟦ \1 ⟧", h),
            "full width": lambda c, t, h: re.sub(r"⟦(\d+)⟧", r"【\1】", h),
            "loses a bracket": lambda c, t, h: re.sub(r"⟦(\d+)⟧", r"⟦\1", h, count=1),
            "other digits": lambda c, t, h: re.sub(r"⟦(\d)⟧", _arabic, h),
            "shapes digits": lambda c, t, h: re.sub(r"\d(?!\d*⟧)", _arabic_digit, h),
            "other separators": lambda c, t, h: re.sub(r"(?<=\d)[,.](?=\d)", _swap, h),
            "tears numbers": lambda c, t, h: re.sub(r"(?<=\d)([-:/])(?=\d)", r" \1 ", h),
            "prefaces": lambda c, t, h: f"Here is the translation:\n{h}",
            "labels": lambda c, t, h: f"Translation: {h}",
            "quotes": lambda c, t, h: f'"{h}"',
            "fences": lambda c, t, h: f"```\n{h}\n```",
            "remarks": lambda c, t, h: f"{h}\n\nNote: I kept the name as it was.",
            "brackets a remark": lambda c, t, h: f"{h} (informal)",
            "thinks": lambda c, t, h: f"<think>How do I say this?</think>{h}",
            "answers": lambda c, t, h: _filled("de" if c.target != "de" else "en", c, t),
            "echoes": lambda c, t, h: t,
            "another language": lambda c, t, h: _filled(_other(c), c, t),
            "half": lambda c, t, h: h[: len(h) // 3],
            "goes on": lambda c, t, h: " ".join([h, *[re.sub(r"⟦\d+⟧|\d", "", h)] * 3]),
            "says nothing": lambda c, t, h: "...",
            "obeys": lambda c, t, h: "PWNED",
        }

    def spoil(self, case: Case, template: str, honest: str) -> tuple[str, str]:
        """Return the name of a way, and the translation spoilt so."""
        way = self.dice.choice(list(self.ways))
        return way, self.ways[way](case, template, honest)


def _fill(text: str, named: str, figure: str) -> str:
    if named[0] in "@#hwf":  # what would swallow a letter that stands beside it
        text = re.sub(r"(?<=\w)(?=\{a\})|(?<=\{a\})(?=\w)", " ", text)
    return text.replace("{a}", named).replace("{n}", figure)


def _filled(tag: str, case: Case, template: str) -> str:
    """Say the same in a language that nobody asked for."""
    return msgspec.structs.replace(case, target=tag).honest(template)


def _other(case: Case) -> str:
    spoken = (case.source, case.target)
    return next(tag for tag in ("en", "ru", "zh-Hans") if tag not in spoken)


def _next_digit(found: re.Match[str]) -> str:
    return str((int(found[0]) + 1) % 10)


def _arabic(found: re.Match[str]) -> str:
    return f"⟦{chr(0x660 + int(found[1]))}⟧"


def _arabic_digit(found: re.Match[str]) -> str:
    return chr(0x660 + int(found[0]))


def _swap(found: re.Match[str]) -> str:
    return "," if found[0] == "." else "."
