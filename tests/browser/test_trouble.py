from __future__ import annotations

import pytest
from playwright.async_api import expect

from core.errors import StoreError
from core.message import Message
from tests.adapters.web.stage import Stage
from tests.browser.conftest import OpenPage
from tests.browser.test_talk import ask
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PATIENT = 20_000
"""Milliseconds; pages come back at a moment of their own within some seconds."""

WATCH = """
  globalThis.heard = [];
  addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    heard.push(document.getElementById("state").textContent);
  }).observe(document.getElementById("state"), { childList: true }));
"""
"""Notes down what the line says that a screen reader reads out."""

COUNT_PAUSES = """
  const wait = setTimeout;
  globalThis.pauses = [];
  Math.random = () => 0.5;
  globalThis.setTimeout = (run, pause, ...rest) => {
    pauses.push(pause);
    return wait(run, pause, ...rest);
  };
"""


async def test_what_was_missed_while_the_server_was_away_comes_by_itself(
    stage: Stage, open_page: OpenPage
):
    page = await open_page()
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "Half an an", is_final=False)
    await expect(page.locator(".bot .text")).to_have_text("Half an an")
    await stage.stop()
    await expect(page.locator("#state")).to_contain_text("Connection lost")
    await stage.answer(event, "Half an answer, and the rest.")
    await page.fill("#text", "are you there?")
    await page.press("#text", "Enter")
    await expect(page.locator('.fan[data-state="sending"]')).to_have_count(1)
    await stage.restart()
    text = page.locator(".bot .text")
    await expect(text).to_have_text("Half an answer, and the rest.", timeout=PATIENT)
    await expect(page.locator('.fan[data-state="sent"]')).to_have_count(2, timeout=PATIENT)
    await expect(page.locator("#state")).to_be_empty()
    assert [e.text for e in stage.events if isinstance(e, Message)] == ["gates?", "are you there?"]


async def test_what_was_not_sent_survives_a_reload_and_is_sent_once(
    stage: Stage, open_page: OpenPage
):
    page = await open_page()
    await stage.stop()
    await page.fill("#text", "kept?")
    await page.press("#text", "Enter")
    await expect(page.locator('.fan[data-state="sending"]')).to_have_count(1)
    await stage.restart()
    await page.reload()
    await expect(page.locator('.fan[data-state="sent"]')).to_have_count(1)
    await page.reload()
    await expect(page.locator(".fan .text")).to_have_text("kept?")
    assert len(stage.events) == 1


async def test_what_redis_could_not_keep_is_sent_again(stage: Stage, open_page: OpenPage):
    page = await open_page()
    stage.faults = [StoreError("Redis is away")]
    await ask(page, stage, "still there?")
    await expect(page.locator('.fan[data-state="sent"]')).to_have_count(1)
    assert stage.faults == [] and len(stage.events) == 1


async def test_redis_away_costs_one_kind_sentence_and_no_message_and_no_order(
    stage: Stage, open_page: OpenPage
):
    page = await open_page(locale="es")
    await page.context.add_init_script(WATCH)
    await page.reload()
    await page.wait_for_selector("body[data-connection=open]")
    stage.faults = [StoreError("Redis is away")] * 3
    for text in ("one", "two", "three"):
        await page.fill("#text", text)
        await page.press("#text", "Enter")
    state = page.locator("#state")
    await expect(state).to_have_text("Conexión perdida. Reintentando…")
    await expect(page.locator('.fan[data-state="sent"]')).to_have_count(3, timeout=PATIENT)
    await expect(state).to_be_empty()
    assert stage.faults == []
    assert [e.text for e in stage.events if isinstance(e, Message)] == ["one", "two", "three"]
    heard = await page.evaluate("heard.filter((text) => text.includes('perdida'))")
    assert len(heard) == 1


async def test_an_answer_that_is_delivered_again_shows_once(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "17:00")
    await stage.answer(event, "17:00")
    other = await ask(page, stage, "and tomorrow?")
    await stage.answer(other, "18:00")
    await expect(page.locator(".bot .text")).to_have_text(["17:00", "18:00"])


async def test_pages_come_back_each_at_its_own_moment_and_slower_each_time(
    stage: Stage, open_page: OpenPage
):
    page = await open_page()
    await page.context.add_init_script(COUNT_PAUSES)
    await page.reload()
    await page.wait_for_selector("body[data-connection=open]")
    await page.evaluate("pauses.length = 0")
    await stage.stop()
    for count in range(6):
        await wait_until(lambda c=count: page.evaluate(f"pauses.length > {c}"))
        await page.evaluate("dispatchEvent(new Event('online'))")
    # Half of: what the server told its one page; 4 s, doubled with each failure; 30 s at most.
    assert (await page.evaluate("pauses"))[:6] == [500, 2_000, 4_000, 8_000, 15_000, 15_000]
    await stage.restart()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.wait_for_selector("body[data-connection=open]")
