from __future__ import annotations

import json
import re

import aiohttp
import pytest

from adapters.web.page import Page, to_wishes
from core.language.strings import Strings
from tests.adapters.web.stage import Stage


async def get(stage: Stage, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
    async with aiohttp.ClientSession() as http:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with http.get(stage.url + path, headers=named) as response:
            return response, await response.text()


async def test_the_page_speaks_the_browsers_language(stage: Stage):
    response, text = await get(stage, "/", Accept_Language="xx, es-AR;q=0.9, en;q=0.8")
    assert response.status == 200
    assert response.headers["Content-Language"] == "es"
    assert '<html lang="es" dir="ltr">' in text
    assert "¡Hola, aficionado!" in text


async def test_the_address_may_ask_for_a_language(stage: Stage):
    _, text = await get(stage, "/?language=ar", Accept_Language="es")
    assert '<html lang="ar" dir="rtl">' in text


async def test_a_language_without_greeting_gets_one_that_says_what_it_is_in(stage: Stage):
    _, text = await get(stage, "/?language=ja")
    assert '<html lang="ja" dir="ltr">' in text
    assert '<p lang="en" dir="ltr">Welcome, fan!</p>' in text


async def test_an_unknown_language_gets_the_bots_first(stage: Stage):
    for wish in ("", "tlh", "*", "xx;q=", ",,,;q=2"):
        _, text = await get(stage, "/", Accept_Language=wish)
        assert '<html lang="en"' in text


async def test_names_are_text_and_never_markup(stage: Stage):
    _, text = await get(stage, "/")
    assert "Nordkap <Guide>" not in text
    assert "Nordkap &lt;Guide&gt;" in text
    told = re.search(r'id="told">(.*?)</script>', text)
    assert told is not None
    assert json.loads(told[1])["bot"] == "Nordkap <Guide>"


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/healthz", "/nowhere", "/static/no"])
async def test_every_answer_carries_the_security_headers(stage: Stage, path: str):
    response, _ = await get(stage, path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_everything_that_the_page_names_is_served(stage: Stage):
    _, text = await get(stage, "/")
    named = set(re.findall(r'(?:src|href)="(static/[^"]+)"', text))
    _, script = await get(stage, "/static/page.js")
    named |= {f"static/{name}" for name in re.findall(r'from "\./([^"]+)"', script)}
    assert len(named) >= 6
    for path in named:
        async with aiohttp.ClientSession() as http, http.get(f"{stage.url}/{path}") as response:
            assert response.status == 200
            assert await response.read()


async def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline(stage: Stage):
    _, text = await get(stage, "/")
    assert "://" not in text
    assert "<style" not in text and " style=" not in text
    assert not re.search(r"\son\w+=", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script


async def test_what_a_browser_has_already_is_not_sent_again(stage: Stage):
    for path in ("/", "/static/page.css"):
        first, _ = await get(stage, path)
        assert first.headers["Cache-Control"] == "no-cache"
        second, text = await get(stage, path, If_None_Match=first.headers["ETag"])
        assert (second.status, text) == (304, "")


async def test_no_path_leads_out_of_the_folder(stage: Stage):
    for path in ("/static/..%2fadapter.py", "/static/%2e%2e/page.py", "/static/index.html"):
        response, _ = await get(stage, path)
        assert response.status == 404


async def test_health_is_about_the_process_and_readiness_about_the_rest(stage: Stage):
    assert (await get(stage, "/readyz"))[0].status == 200
    stage.is_ready = False
    assert (await get(stage, "/readyz"))[0].status == 503
    assert (await get(stage, "/healthz"))[0].status == 200


def test_wishes_are_read_in_their_order():
    assert to_wishes("de;q=0.5, fr , *;q=0.1, es;q=0.8, it;q=0") == ["fr", "es", "de"]


@pytest.mark.parametrize("language", Strings().locales)
def test_the_page_is_whole_in_every_language(language: str):
    strings = Strings()
    page = Page(strings, bot_name="Guide", languages=strings.locales, greeting={})
    text = page.render(language).body.decode()
    assert "$" not in text
    labels = re.findall(r'aria-label="([^"]*)"', text)
    assert len(labels) >= 6
    assert all(label.strip() for label in labels)
    assert ("Light or dark" in text) == (language == "en")
