from __future__ import annotations

from typing import Any, cast

import pytest
from playwright.async_api import expect

from core.message import Message
from tests.adapters.web.stage import Stage
from tests.browser.conftest import OpenPage
from tests.browser.test_talk import ask
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

LISTEN = """() => {
  globalThis.heard = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) heard.push(node.textContent);
    }
  }).observe(document.getElementById("announcer"), { childList: true, subtree: true });
}"""


async def test_the_keyboard_alone_will_do(stage: Stage, open_page: OpenPage):
    page = await open_page()
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second line")
    await page.keyboard.press("Enter")
    await wait_until(lambda: stage.events)
    event = stage.events[0]
    assert isinstance(event, Message) and event.text == "first line\nsecond line"
    await expect(page.locator("#text")).to_have_value("")
    await expect(page.locator("#text")).to_be_focused()

    await page.keyboard.press("Shift+Tab")  # what was said: can be scrolled by keys
    await expect(page.locator("#scroller")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#commands")).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("#commands")).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(page.locator("#command-list")).to_be_hidden()
    await expect(page.locator("#commands")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator("#theme")).to_be_focused()


async def test_enter_that_ends_a_composition_sends_nothing(stage: Stage, open_page: OpenPage):
    page = await open_page("/?language=ja")
    await page.focus("#text")
    devtools = cast("Any", await page.context.new_cdp_session(page))
    composed = {"text": "かいもん", "selectionStart": 4, "selectionEnd": 4}
    await devtools.send("Input.imeSetComposition", composed)
    await page.evaluate(
        """document.getElementById("text").dispatchEvent(new KeyboardEvent(
          "keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
    )
    await expect(page.locator("#text")).to_have_value("かいもん")
    await devtools.send("Input.insertText", {"text": "開門は何時?"})
    await page.press("#text", "Enter")
    await wait_until(lambda: stage.events)
    assert isinstance(stage.events[0], Message) and stage.events[0].text == "開門は何時?"
    assert len(stage.events) == 1


async def test_a_screen_reader_hears_each_answer_once_and_whole(stage: Stage, open_page: OpenPage):
    page = await open_page()
    await page.evaluate(LISTEN)
    event = await ask(page, stage, "gates?")
    for text in ("Gates", "Gates open", "Gates open at"):
        await stage.answer(event, text, is_final=False)
        await expect(page.locator(".bot .text")).to_have_text(text)
    await stage.answer(event, "Gates open at 17:00.")
    await wait_until(lambda: page.evaluate("heard.length"))
    assert await page.evaluate("heard") == ["Gates open at 17:00."]
    await expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")


async def test_what_was_said_before_is_not_read_out_again(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "17:00")
    await expect(page.locator(".bot .text")).to_have_text("17:00")
    await page.reload()
    await expect(page.locator(".bot .text")).to_have_text("17:00")
    await expect(page.locator("#announcer")).to_be_empty()


async def test_the_field_grows_with_its_text_and_shrinks_again(stage: Stage, open_page: OpenPage):
    page = await open_page()
    height = "document.getElementById('text').clientHeight"
    small = await page.evaluate(height)
    await page.fill("#text", "one\ntwo\nthree\nfour")
    assert await page.evaluate(height) > small * 1.5
    await page.press("#text", "Enter")
    assert await page.evaluate(height) == small
