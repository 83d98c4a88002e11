"""On both platforms an answer loses nothing but its markup, whatever it is and however it grows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import outbound as discord
from adapters.markdown import utf16
from adapters.telegram import outbound as telegram
from core.language.strings import Strings
from tests.samples import reply

STRINGS = Strings()
Render = Callable[[str, bool], list[str]]


def on_telegram(text: str, is_final: bool = True) -> list[str]:
    return [part.text for part in telegram.render(reply(text, is_final=is_final), STRINGS)]


def on_discord(text: str, is_final: bool = True) -> list[str]:
    return [part.content for part in discord.render(reply(text, is_final=is_final), STRINGS)]


PLATFORMS = {"telegram": (on_telegram, telegram.LONGEST), "discord": (on_discord, discord.LONGEST)}
every_platform = pytest.mark.parametrize(("render", "longest"), PLATFORMS.values(), ids=PLATFORMS)

FAMILY, FLAG, SCOT = "👨‍👩‍👧‍👦", "🇮🇹", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
SKIN, HEART, KEYCAP = "👍🏿", "❤️‍🔥", "7️⃣"
CLUSTERS = (FAMILY, FLAG, SCOT, SKIN, HEART, KEYCAP, "नि", "ที่", "é")
ARABIC = "تُفتح الأبواب في الساعة 10:30 عند البوابة «أ»، ثم يبدأ العرض. "
HEBREW = "השערים נפתחים בשעה 10:30 בשער A1, ואז המופע מתחיל. "
ROW = "| gate {n} | أبواب | 開門 {n} | ten {n} |\n"

LONG = {
    "30,000 characters in paragraphs": "\n\n".join(f"P{n}: " + "word " * 100 for n in range(60)),
    "30,000 characters without a space": "開幕式" * 10_000,
    "one word of 9,000 characters": "x" * 9_000,
    "one word of 9,000 characters in a text": f"Look: {'abc123' * 1_500} **there** it is.",
    "families": FAMILY * 1_500,
    "flags": FLAG * 4_000,
    "flags of regions": SCOT * 700,
    "skin tones": SKIN * 3_000,
    "all kinds of characters": "".join(CLUSTERS) * 300,
    "Arabic": ARABIC * 200,
    "Hebrew and Latin": HEBREW * 200,
    "nested lists": "".join(
        f"- Day {n}\n  - Hall {n}\n    1. first {n}\n    2. second {n}\n" for n in range(300)
    ),
    "a table": "| a | b | c | d |\n|---|---|---|---|\n" + "".join(
        ROW.format(n=n) for n in range(150)
    ),
    "code": "```py\n" + "".join(f"x{n} = {n}\n" for n in range(1_500)) + "```\nend",
    "bold of 9,000 characters": "**" + "bold " * 1_800 + "end**",
    "quotes": "".join(f"> quote {n}\n>\n> more {n}\n\n" for n in range(500)),
}  # fmt: skip

DOCUMENT = f"""# Opening {FLAG}

The **gates** open *at* **10:30** {FAMILY}, see [the map](https://club.example/map_(new)).

- Hall `A1` ~~closed~~
  - row **3**
    1. left {SKIN}
    2. right
- [ ] ticket

> {ARABIC}

| Gate | Time |
|------|------|
| **A** | 10:30 |
| B | `11:00` |

```py
print("*not bold*")
```

__Bye__ and ***see you***, a_b_c 2*3*4 <b>x</b> ||end||
"""


def letters(text: str) -> str:
    """Return what of a text is neither space nor made of characters that may be markup."""
    return "".join(re.findall(r"[^\s!-/:-@\[-`{-~\u200b\u2060•☐☑…─-╿—–]", text))


def plain(text: str) -> str:
    """Take out what markup hides: where a link leads, what language a block of code is in."""
    text = re.sub(r"\]\((?:[^()]|\([^()]*\))*(?:\)|$)", "]", text)
    return re.sub(r"```\w*", "", re.sub(r"- \[[ x]?\]?", "", text))


def clusters(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@every_platform
@pytest.mark.parametrize("name", LONG)
def test_a_long_answer_stands_whole_in_parts_within_the_limit(
    render: Render, longest: int, name: str
):
    text = LONG[name]
    parts = render(text, True)
    assert all(utf16(part) <= longest for part in parts)
    # On Discord a block of code that is cut begins anew in the next part.
    assert letters(re.sub(r"```\w*", "", "".join(parts))) == letters(plain(text))
    assert len(parts) <= utf16(text) // longest * 2 + 2, "no more messages than it needs"


@every_platform
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([*CLUSTERS, "a", " ", "\n"]), min_size=1, max_size=30),
    st.integers(100, 900),
)
def test_no_character_that_people_see_as_one_is_cut(
    render: Render, longest: int, some: list[str], times: int
):
    text = "x" + "".join(some) * times
    parts = render(text, True)
    assert all(utf16(part) <= longest for part in parts)
    shown = [one for part in parts for one in clusters(part) if letters(one)]
    assert shown == [one for one in clusters(text) if letters(one)]


@every_platform
def test_while_it_grows_nothing_of_an_answer_is_missing_or_too_long(render: Render, longest: int):
    for end in range(1, len(DOCUMENT) + 1):
        prefix = DOCUMENT[:end]
        parts = render(prefix, end == len(DOCUMENT))
        assert all(utf16(part) <= longest for part in parts)
        shown = iter(letters("".join(parts)))
        missing = [letter for letter in letters(plain(prefix)) if letter not in shown]
        assert not missing, (prefix[-40:], parts[-1][-80:])


@every_platform
def test_while_a_long_answer_grows_the_parts_that_are_full_stay_as_they_are(
    render: Render, longest: int
):
    text = "\n\n".join(f"{n}. " + f"**word{n}** {FLAG} " * 20 for n in range(40))
    before: list[str] = []
    for end in range(500, len(text), 500):
        parts = render(text[:end], False)
        kept = max(0, len(before) - 1)
        assert parts[:kept] == before[:kept]
        before = parts
    assert len(before) > 2
