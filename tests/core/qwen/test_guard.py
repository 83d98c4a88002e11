"""What a guard model says, and what is made of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiohttp import web

from core.qwen.client import Endpoint
from core.qwen.guard import SUICIDE, Guard, Judgement, read


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("Safety: Safe\nCategories: None", Judgement(level="safe")),
        (
            "Safety: Unsafe\nCategories: Violent, PII\nRefusal: No",
            Judgement(level="unsafe", category="Violent", sure=0.9),
        ),
        (
            "safety: controversial\ncategories: Unethical Acts",
            Judgement(level="controversial", category="Unethical Acts", sure=0.6),
        ),
        ("I am not a guard.", None),
        ("", None),
    ],
)
def test_the_words_of_a_guard_model_are_read(text: str, judgement: Judgement | None):
    assert read(text) == judgement


class Decider:
    """A decision model; its shape was seen on transformers 5.23."""

    def __init__(self, *, probability: float = 0.0, name: str = SUICIDE, status: int = 200) -> None:
        self.asked: list[dict[str, Any]] = []
        self.probability, self.name, self.status = probability, name, status

    async def answer(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        assert request.headers["Authorization"] == "Bearer k"
        self.asked.append(body)
        made = {
            name: {"type": "noul", "noul": self.probability if name == self.name else 0.01}
            for name in body["questions"]
        }
        return web.json_response({"answers": made}, status=self.status)

    async def judge(self, *texts: str, wait: float = 30.0) -> list[Judgement | None]:
        app = web.Application()
        app.router.add_post("/v1/systemone", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        guard = Guard(Endpoint(url=url, key="k", model="m"), dialect="systemone", wait=wait)
        try:
            return [await guard.judge(text) for text in texts]
        finally:
            await guard.close()
            await runner.cleanup()


@pytest.mark.parametrize(
    ("probability", "level"), [(0.95, "unsafe"), (0.6, "controversial"), (0.1, "safe")]
)
async def test_a_decision_model_is_asked_in_its_own_form(probability: float, level: str):
    decider = Decider(probability=probability)
    (judgement,) = await decider.judge("Good bye.")
    assert judgement is not None
    assert judgement.level == level
    assert judgement.category == ("" if level == "safe" else SUICIDE)
    (asked,) = decider.asked
    assert asked["model"] == "m"
    assert asked["state"] == "Good bye."
    assert all(question["type"] == "noul" for question in asked["questions"].values())


async def test_one_that_fails_is_left_alone_after_a_few_times():
    decider = Decider(status=500)
    assert await decider.judge(*["x"] * 20) == [None] * 20
    assert len(decider.asked) < 20
