"""A real Chromium in front of the real adapter."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from core.store import Store
from tests.adapters.web.stage import Stage

OpenPage = Callable[..., Awaitable[Page]]
"""Opens the page as a new visitor; takes a path and what `Browser.new_context` takes."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, from TIFO_TEST_CHROMIUM or the PATH."""
    path = os.environ.get("TIFO_TEST_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: install one, or set TIFO_TEST_CHROMIUM to its path")
    # Chromium's sandbox refuses to run as root, which is what containers are.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def stage(store: Store) -> AsyncIterator[Stage]:
    """The adapter, served."""
    stage = Stage(store)
    await stage.start()
    yield stage
    await stage.stop()


@pytest.fixture
async def open_page(browser: Browser, stage: Stage) -> AsyncIterator[OpenPage]:
    """Opens pages; afterwards none may have complained or asked another host for anything."""
    complaints: list[str] = []

    def look_at(request: Request) -> None:
        if not request.url.startswith(stage.url):
            complaints.append(f"asked for {request.url}")

    async def open_page(path: str = "/", **context: Any) -> Page:
        # Its arguments have one type each, which a dict of them cannot have.
        visitor: BrowserContext = await cast("Any", browser).new_context(
            **{"locale": "en-GB", **context}
        )
        page = await visitor.new_page()
        page.set_default_timeout(10_000)
        page.on("request", look_at)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            # That a server which is down cannot be reached is said by the browser itself.
            lambda line: (
                complaints.append(line.text)
                if line.type == "error" and "WebSocket" not in line.text
                else None
            ),
        )
        await page.goto(stage.url + path)
        await page.wait_for_selector("body[data-connection=open]")
        return page

    yield open_page
    assert complaints == []
