from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from core.message import Button, Event, Source
from tests.adapters.web.stage import Stage
from tests.browser.conftest import OpenPage
from tests.browser.test_talk import ask
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

# Every text that shows, with its colour and the colours behind it, by the formula of
# www.w3.org/TR/WCAG22/#dfn-contrast-ratio, read 2026-11-23.
CONTRASTS = """() => {
  const read = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = read(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const isShown = element.checkVisibility() && !element.closest(".unseen, script");
    if (!walker.currentNode.textContent.trim() || !isShown) continue;
    const pair = [light(read(getComputedStyle(element).color).slice(0, 3)), light(behind(element))];
    const [dark, bright] = pair.sort((one, other) => one - other);
    found.push([walker.currentNode.textContent.trim(), (bright + 0.05) / (dark + 0.05)]);
  }
  return found;
}"""

UNNAMED = """() => [...document.querySelectorAll("button, a, textarea, img, [role]")]
  .filter((element) => !["status", "alert"].includes(element.role))
  .filter((element) => element.checkVisibility())
  .filter((element) => !(element.getAttribute("aria-label") ?? element.getAttribute("alt")
    ?? element.innerText.trim()) && element.getAttribute("alt") !== "")
  .map((element) => element.outerHTML)"""

SMALL = """() => [...document.querySelectorAll("button, a.source")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.outerHTML, element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html]) => html)"""

INNER_WIDTHS = "[scroller.scrollWidth, scroller.clientWidth]"  # by its id
WIDTHS = "[document.documentElement.scrollWidth, innerWidth]"

RICH = """Gates open **90 minutes** before, says [the guide](https://example.org/g):

| Venue | Gates | First event | Last bus | Line | Shelter | Phone |
|---|---|---|---|---|---|---|
| Nordhang Stadium | 08:30 | 10:00 | 23:40 | 7 | yes | 555-0100 |

- `code` and a very long word: Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen

> quoted"""


async def talk(page: Page, stage: Stage) -> Event:
    """Fill the page with one of everything."""
    event = await ask(page, stage, "Wann öffnen die " + "sehr" * 40 + " wichtigen Tore?")
    await stage.answer(
        event,
        RICH,
        sources=(
            Source(title="Venues", url="https://example.org/v", checked="2027-01-30"),
            Source(title="A printed leaflet with quite a long title that has to wrap"),
        ),
        buttons=(
            Button(id="language:de", label="Deutsch"),
            Button(id="language:x", label="x" * 60),
        ),
    )
    await expect(page.locator(".buttons")).to_be_visible()
    return event


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read(stage: Stage, open_page: OpenPage, scheme: Any):
    page = await open_page(color_scheme=scheme)
    await talk(page, stage)
    await page.click("#commands")
    await page.fill("#text", "x" * 4001)
    found = await page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [(text, ratio) for text, ratio in found if ratio < 4.5] == []


async def test_everything_has_a_name_and_can_be_hit_with_a_thumb(stage: Stage, open_page: OpenPage):
    page = await open_page()
    await talk(page, stage)
    await page.click("#commands")
    assert await page.evaluate(UNNAMED) == []
    assert await page.evaluate(SMALL) == []
    await expect(page.get_by_role("log")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Write a message")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nordkap <Guide>")


async def test_the_system_says_light_or_dark_until_the_fan_does(stage: Stage, open_page: OpenPage):
    page = await open_page(color_scheme="dark")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await page.emulate_media(color_scheme="light")
    await expect(root).to_have_attribute("data-theme", "light")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    await page.click("#theme")
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(
    "context",
    [
        {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True},
        {"viewport": {"width": 320, "height": 480}},
        # 1280 x 720 at 200 %.
        {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2},
    ],
    ids=["phone", "smallest", "zoomed"],
)
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_has_to_be_scrolled_sideways(
    stage: Stage, open_page: OpenPage, context: dict[str, Any], language: str
):
    page = await open_page(f"/?language={language}", **context)
    await talk(page, stage)
    await page.click("#commands")
    content, window = await page.evaluate(WIDTHS)
    assert content <= window
    content, window = await page.evaluate(INNER_WIDTHS)
    assert content <= window
    for part in ("#text", "#send", "#theme", "h1"):
        await expect(page.locator(part)).to_be_in_viewport(ratio=1)


async def test_each_message_runs_in_its_own_direction(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "متى تفتح البوابات؟")
    # Its first strong letter is Latin; the language says better.
    await stage.answer(event, "Nordkap تفتح الساعة 17:00", language="ar")
    for place in (".fan .text", ".bot .text"):
        direction = f"getComputedStyle(document.querySelector('{place}')).direction"
        await wait_until(lambda d=direction: page.evaluate(d))
        assert await page.evaluate(direction) == "rtl"
    fan, bot = page.locator(".fan .bubble"), page.locator(".bot .bubble")
    fan_box, bot_box = await fan.bounding_box(), await bot.bounding_box()
    assert fan_box is not None and bot_box is not None
    assert fan_box["x"] > bot_box["x"], "the page itself still runs from left to right"


@pytest.mark.parametrize(("language", "style"), [("es", "italic"), ("ar", "normal")])
async def test_only_scripts_that_have_italics_are_slanted(
    stage: Stage, open_page: OpenPage, language: str, style: str
):
    page = await open_page()
    event = await ask(page, stage, "?")
    await stage.answer(event, "_x_", language=language)
    await expect(page.locator(".bot em")).to_have_css("font-style", style)


async def test_the_arabic_page_is_mirrored(stage: Stage, open_page: OpenPage):
    page = await open_page("/?language=ar")
    event = await ask(page, stage, "When?")
    await stage.answer(event, "17:00", language="en")
    fan = await page.locator(".fan .bubble").bounding_box()
    bot = await page.locator(".bot .bubble").bounding_box()
    send = await page.locator("#send").bounding_box()
    text = await page.locator("#text").bounding_box()
    assert fan is not None and bot is not None and send is not None and text is not None
    assert fan["x"] < bot["x"]
    assert send["x"] < text["x"]
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('.bot .text')).direction")
        == "ltr"
    )


async def test_nothing_jumps_while_an_answer_begins(stage: Stage, open_page: OpenPage):
    page = await open_page()
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "", is_final=False)
    await expect(page.locator(".dots")).to_be_visible()
    before = await page.locator(".bot .bubble").bounding_box()
    await stage.answer(event, "One line.", is_final=False)
    await expect(page.locator(".bot .text")).to_have_text("One line.")
    after = await page.locator(".bot .bubble").bounding_box()
    assert before is not None and after is not None
    assert (before["x"], before["height"]) == (after["x"], after["height"])


def lines(count: int) -> str:
    return "\n\n".join(f"Line {n}." for n in range(count))


async def test_a_long_answer_is_read_from_its_beginning(stage: Stage, open_page: OpenPage):
    page = await open_page(viewport={"width": 800, "height": 500})
    for text in ("first", "second"):
        event = await ask(page, stage, text)
        for count in (3, 30, 60):
            await stage.answer(event, lines(count), is_final=False)
        await stage.answer(event, lines(60))
        await expect(page.locator(".bot").last.get_by_text("Line 59.")).to_be_attached()
        await expect(page.locator(".fan").last).to_be_in_viewport()
        await expect(page.locator(".bot").last.get_by_text("Line 0.")).to_be_in_viewport()
        await expect(page.locator("#newest")).to_be_visible()


async def test_who_reads_elsewhere_is_left_there_and_offered_the_way_down(
    stage: Stage, open_page: OpenPage
):
    page = await open_page(viewport={"width": 800, "height": 500})
    event = await ask(page, stage, "tell me everything")
    await stage.answer(event, lines(60), is_final=False)
    await expect(page.locator("#newest")).to_be_visible()
    await page.click("#newest")
    await expect(page.locator("#newest")).to_be_hidden()
    await stage.answer(event, lines(70), is_final=False)
    await expect(page.locator(".bot").get_by_text("Line 69.")).to_be_in_viewport()
    await page.evaluate("scroller.scrollTop = 600")
    await expect(page.locator("#newest")).to_be_visible()
    await stage.answer(event, lines(80))
    await expect(page.locator(".bot").get_by_text("Line 79.")).to_be_attached()
    assert await page.evaluate("scroller.scrollTop") == 600
    await page.click("#newest")
    await expect(page.locator(".bot").get_by_text("Line 79.")).to_be_in_viewport()


async def test_who_wants_no_motion_sees_none(stage: Stage, open_page: OpenPage):
    page = await open_page(reduced_motion="reduce")
    event = await ask(page, stage, "gates?")
    await stage.answer(event, "", is_final=False)
    await expect(page.locator(".dots")).to_be_visible()
    moving = "document.getAnimations().length"
    assert await page.evaluate(moving) == 0
