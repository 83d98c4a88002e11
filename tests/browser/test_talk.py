from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from core.message import Button, Event, File, Message, Press, Source
from tests.adapters.web.stage import Stage
from tests.browser.conftest import OpenPage
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


async def ask(page: Page, stage: Stage, text: str) -> Event:
    """Type a text, send it, and return the event that it became."""
    known = len(stage.events)
    await page.fill("#text", text)
    await page.press("#text", "Enter")
    await wait_until(lambda: len(stage.events) > known)
    return stage.events[known]


async def test_a_fan_asks_and_sees_the_answer_being_written(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "¿A qué hora abren las puertas?")
    assert isinstance(event, Message) and event.user.locale == "en-GB"
    await expect(page.locator(".fan .text")).to_have_text("¿A qué hora abren las puertas?")
    await stage.answer(event, "", is_final=False, language="es")
    await expect(page.locator(".bot .dots")).to_be_visible()
    await stage.answer(event, "Las puertas abren **90", is_final=False, language="es")
    await expect(page.locator(".bot .text")).to_have_text("Las puertas abren **90")
    await expect(page.locator(".bot")).to_have_attribute("aria-busy", "true")
    await stage.answer(
        event,
        "Las puertas abren **90 minutos** antes.",
        language="es",
        sources=(Source(title="Sedes", url="https://example.org/s", checked="2027-01-30"),),
    )
    await expect(page.locator(".bot strong")).to_have_text("90 minutos")
    await expect(page.locator(".bot")).to_have_count(1)
    await expect(page.locator(".badge bdi")).to_have_text("español")
    await expect(page.locator(".bot .text")).to_have_attribute("lang", "es")
    chip = page.locator("a.source")
    await expect(chip).to_have_attribute("href", "https://example.org/s")
    await expect(chip).to_contain_text("2027")
    assert await page.locator(".bot").get_attribute("aria-busy") is None


async def test_a_file_is_kept_under_its_name(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "/mydata")
    data = File(name="mydata.json", media_type="application/json", content='{"é": 1}'.encode())
    await stage.answer(event, "Here it is.", files=(data,))
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="mydata.json").click()
    download = await downloading.value
    assert download.suggested_filename == "mydata.json"
    assert (await download.path()).read_bytes() == data.content


async def test_it_works_where_the_browser_keeps_nothing(stage: Stage, open_page: OpenPage):
    page = await open_page()
    await page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } })"
    )
    await page.reload()
    await page.wait_for_selector("body[data-connection=open]")
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "17:00")
    await expect(page.locator(".bot .text")).to_have_text("17:00")
    await page.click("#theme")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_a_second_tab_of_the_same_fan_shows_the_same(stage: Stage, open_page: OpenPage):
    page = await open_page()
    other = await page.context.new_page()
    await other.goto(stage.url)
    await other.wait_for_selector("body[data-connection=open]")
    event = await ask(page, stage, "gates?")
    await expect(other.locator(".fan .text")).to_have_text("gates?")
    await stage.answer(event, "17:00")
    await expect(other.locator(".bot .text")).to_have_text("17:00")
    stranger = await open_page()
    await expect(stranger.locator(".item")).to_have_count(0)


async def test_buttons_come_back_as_presses(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "/language")
    buttons = (Button(id="language:es", label="español"), Button(id="language:de", label="Deutsch"))
    await stage.answer(event, "Choose:", buttons=buttons)
    await page.get_by_role("button", name="Deutsch").click()
    await wait_until(lambda: len(stage.events) == 2)
    press = stage.events[1]
    assert isinstance(press, Press) and press.button == "language:de"
    await expect(page.get_by_role("button", name="Deutsch")).to_have_attribute(
        "aria-pressed", "true"
    )


async def test_the_menu_sends_commands_and_forget_empties_the_page(
    stage: Stage, open_page: OpenPage
):
    page = await open_page()
    event = await ask(page, stage, "something private")
    await stage.answer(event, "I see.")
    await page.click("#commands")
    await page.get_by_role("button", name="/forget").click()
    await wait_until(lambda: len(stage.events) == 2)
    await stage.answer(stage.events[1], "Forgotten.")
    await expect(page.locator(".item")).to_have_count(1)
    await expect(page.locator(".bot .text")).to_have_text("Forgotten.")
    await page.reload()
    await expect(page.locator(".item")).to_have_count(1)


async def test_hostile_text_stays_text(stage: Stage, open_page: OpenPage):
    page = await open_page()
    hostile = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
    event = await ask(page, stage, hostile)
    await expect(page.locator(".fan .text")).to_have_text(hostile)
    title = Source(title="<i>x</i>", url="https://example.org/", checked="<u>")
    await stage.answer(event, hostile, sources=(title,))
    await expect(page.locator(".bot .text")).to_contain_text("<b>bold</b>")
    await expect(page.locator(".source-title")).to_have_text("<i>x</i>")
    assert await page.locator(".item :is(img, b, i, u)").count() == 0
    assert "owned" not in await page.title()


async def test_a_text_that_is_too_long_is_not_sent(stage: Stage, open_page: OpenPage):
    page = await open_page()
    await page.fill("#text", "x" * 4001)
    await expect(page.locator("#warning")).to_contain_text("4,000")
    await page.press("#text", "Enter")
    await expect(page.locator("#text")).to_have_value("x" * 4001)
    await expect(page.locator("#send")).to_be_disabled()
    await page.fill("#text", "🏔" * 4000)
    await expect(page.locator("#warning")).to_be_hidden()
    await page.press("#text", "Enter")
    await wait_until(lambda: len(stage.events) == 1)


async def test_an_answer_can_be_copied_without_its_sources(stage: Stage, open_page: OpenPage):
    page = await open_page(permissions=["clipboard-read", "clipboard-write"])
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "Gates open at **17:00**.", sources=(Source(title="Venues"),))
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "Gates open at 17:00."
