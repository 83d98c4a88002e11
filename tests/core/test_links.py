"""Links in what a model wrote: alive only where they lead to the bot's own."""

from __future__ import annotations

import time

import pytest

from core.links import Links, without_open_link

LINKS = Links(["see https://club.example/tickets.", "ask@desk.club.example"], ["shop.example.org"])


@pytest.mark.parametrize(
    "text",
    [
        "https://club.example/a?b=c#d",
        "See https://www.club.example/a, or write to ask@desk.club.example.",
        "[tickets](https://club.example/tickets)",
        "[club.example](https://club.example/tickets)",
        "**[Shop](https://shop.example.org)**",
        "Doors 5.30 p.m., i.e. before m.in. and z.B. S.p.A. and node.js, v1.2.3.4.",
        "Bring an ID.Then come in. 2.5 km, 09.00-10.00, Nr.7",
        "门在90分钟前打开。请带证件。",
        "時刻は9.30です。",
        "a: b, 10:30, C:/x",
    ],
)
def test_what_is_the_bots_own_or_no_link_at_all_stays_as_it_is(text: str):
    assert LINKS.tame(text) == text


@pytest.mark.parametrize(
    ("text", "tamed"),
    [
        ("https://evil.com/a", "https[:]//evil[.]com/a"),
        ("evil.com", "evil[.]com"),
        ("t.me/evil", "t[.]me/evil"),
        ("me@evil.com", "me@evil[.]com"),
        ("//evil.example", "//evil[.]example"),
        ("[win](https://evil.com)", "win (https[:]//evil[.]com)"),
        ("[club.example](https://evil.com)", "club.example (https[:]//evil[.]com)"),
        ("[evil.com](https://club.example/a)", "evil[.]com (https://club.example/a)"),
        ("![x](https://club.example/a)", "x (https://club.example/a)"),
        ("[x](tg://user?id=1)", "x (tg[:]//user?id=1)"),
        ("[x](javascript:alert(1))", "x (javascript[:]alert(1))"),
        ("[a]\n\n[a]: https://evil.com", "[a]\n\n[a]\\: https[:]//evil[.]com"),
        ("<https://club.example@evil.com/>", "<https[:]//club.example@evil[.]com/>"),
        ("https://club.example.evil.com/", "https[:]//club[.]example[.]evil[.]com/"),
        ("https://club.example\\@evil.com", "https[:]//club.example\\@evil[.]com"),
        ("http://club.example:80#@evil.com/", "http[:]//club.example:80#@evil[.]com/"),
        ("https://sub.club.example/", "https[:]//sub[.]club[.]example/"),
        ("http://2130706433/", "http[:]//2130706433/"),
        ("http://127.1/", "http[:]//127.1/"),
        ("http://[::1]/", "http[:]//[::1]/"),
        ("gopher://127.0.0.1:70/_X", "gopher[:]//127[.]0[.]0[.]1:70/_X"),
        ("evil\\.com", "evil\\[.]com"),
        ("ev**il.c**om", "ev**il[.]c**om"),
        ("ev&#105;l&#46;com", "evil[.]com"),
        ("&#x68;ttps://evil.com", "https[:]//evil[.]com"),
        ("https://сlub.example/", "https[:]//сlub[.]example/"),
        ("https://xn--lub-8cd.example/", "https[:]//xn--lub-8cd[.]example/"),
        ("a&#14;b &#x202e;c &shy;d &lt;e &amp; f", "ab c d &lt;e &amp; f"),
        ("steam://run/1", "steam[:]//run/1"),
    ],
)
def test_an_address_of_strangers_is_text_that_no_program_takes_for_a_link(text: str, tamed: str):
    assert LINKS.tame(text) == tamed
    assert LINKS.tame(tamed) == tamed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://clu", "see "),
        ("see [the", "see "),
        ("see [the](https://club", "see "),
        ("it ends.", "it ends."),
        ("see [the](https://club.example/a) ", "see [the](https://club.example/a) "),
        ("with", "with"),
    ],
)
def test_a_link_that_is_still_being_written_is_waited_for(text: str, shown: str):
    assert without_open_link(text) == shown


@pytest.mark.parametrize("text", ["[", "![", "[a](", "a.", "http://", "a@", "-.", "*.*", "&#46;"])
def test_no_text_makes_the_look_at_links_slow(text: str):
    begun = time.process_time()
    LINKS.tame(text * (6000 // len(text)))
    assert time.process_time() - begun < 0.5
