from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from core.qwen.dialects import DIALECTS, THINKING, guess, probe, to_fields
from core.qwen.question import Json, Question
from tests.fakes.qwen import FakeQwen


def fields(dialect: str, model: str = "qwen3.8-flash", *, think: bool = False) -> dict[str, Json]:
    question = Question(messages=(), max_tokens=100, think=think, temperature=0.7, deadline=0.0)
    return to_fields(DIALECTS[dialect], model, question)


@pytest.mark.parametrize("dialect", sorted(DIALECTS.keys() - {"dashscope"}))
async def test_each_kind_of_server_is_recognised(dialect: str) -> None:
    async with FakeQwen(dialect) as qwen, aiohttp.ClientSession() as session:
        found = await probe(session, qwen.url, "")
    assert found.dialect == dialect
    assert found.models == ("qwen3.8-flash",)


async def test_a_server_that_is_away_passes_for_nothing() -> None:
    async with FakeQwen() as qwen:
        url = qwen.url
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await probe(session, url, "")


async def test_a_web_page_on_every_path_is_no_landmark() -> None:
    async def page(_: web.Request) -> web.Response:
        text = '<script>{"version": 1, "model_path": 1}</script>'
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        found = await probe(session, f"http://127.0.0.1:{runner.addresses[0][1]}/v1", "")
    await runner.cleanup()
    assert (found.dialect, found.models) == ("openai", ())


def test_the_big_hosts_are_known_by_name() -> None:
    for host in (
        "dashscope.aliyuncs.com",
        "dashscope-intl.aliyuncs.com",
        "ws1.ap-southeast-1.maas.aliyuncs.com",
    ):
        assert guess(f"https://{host}/compatible-mode/v1") == "dashscope"
    assert guess("https://api.openai.com/v1") == "openai"
    assert guess("https://aliyuncs.com.example.org/v1") == ""


def test_dashscope_takes_effort_or_a_budget_but_never_both() -> None:
    assert fields("dashscope")["enable_thinking"] is False
    assert "reasoning_effort" not in fields("dashscope")
    newest = fields("dashscope", think=True)
    assert newest["reasoning_effort"] == "low"
    assert not {"enable_thinking", "thinking_budget"} & set(newest)
    older = fields("dashscope", "qwen-plus", think=True)
    assert older["enable_thinking"] is True
    assert older["thinking_budget"] == THINKING
    assert older["max_tokens"] == 100


def test_thinking_has_its_own_tokens_where_one_limit_bounds_both() -> None:
    assert fields("vllm")["max_tokens"] == 100
    assert fields("vllm", think=True)["max_tokens"] == 100 + THINKING


def test_a_model_that_always_thinks_is_not_told_to_stop() -> None:
    always = fields("dashscope", "qwen3.8-2.4t-a95b")
    assert always["reasoning_effort"] == "low"
    assert "enable_thinking" not in always
    local = fields("vllm", "Qwen/Qwen3-4B-Thinking-2507")
    assert local["chat_template_kwargs"] == {"enable_thinking": True}
    assert local["max_tokens"] == 100 + THINKING


def test_a_local_qwen38_gets_the_effort_that_leaves_the_prompt_alone() -> None:
    for dialect in ("vllm", "sglang", "llamacpp", "transformers"):
        kwargs = fields(dialect, "Qwen/Qwen3.8-27B", think=True)["chat_template_kwargs"]
        assert kwargs == {"enable_thinking": True, "reasoning_effort": "medium"}


def test_usage_is_asked_for_only_where_it_is_not_given_anyway() -> None:
    assert "stream_options" not in fields("transformers")
    assert fields("vllm")["stream_options"] == {"include_usage": True}
