from __future__ import annotations

import asyncio
import json
import time

import pytest

from core.errors import QwenBrokenError, QwenBusyError, QwenRefusedError, QwenRequestError
from core.qwen.breaker import FAILURES, PROBE_EVERY
from core.qwen.client import BackOff, ChatMessage, Qwen, Timeouts
from core.qwen.draft import LONGEST, LONGEST_HEARD
from core.qwen.failures import EMPTY, TOO_LONG
from tests.core.qwen.asking import FAST, SAID, ask, endpoint, fail, listen
from tests.fakes.qwen import Answer, FakeQwen, Fault
from tests.waiting import wait_until

RESET = Fault(kind="reset")
CUT = Fault(kind="cut")
HANG = Fault(kind="hang")
ABORT = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"abort"}]}\n\n'


def status(code: int, name: str = "", **headers: str) -> Answer:
    body = json.dumps({"error": {"code": name, "message": "m"}}).encode()
    shown = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer(fault=Fault(kind="status", status=code, body=body, headers=shown))


def say(body: bytes, *, after: int = 8) -> Answer:
    return Answer(text=SAID, after=after, fault=Fault(kind="say", body=body))


@pytest.mark.parametrize(
    "trouble",
    [
        status(429, "limit_requests"),
        status(500),
        status(503),
        Answer(fault=RESET),
        Answer(fault=HANG),
        Answer(text=SAID, fault=RESET, after=8),
        Answer(text=SAID, fault=CUT, after=8),
        Answer(text=SAID, fault=HANG, after=8),
        Answer(text=SAID, fault=CUT, after=len(SAID)),
        Answer(text=SAID, fault=Fault(kind="hang", body=b": ping\n\n"), after=8),
        say(b'data: {"error":"CUDA out of memory"}\n\n'),
        say(b'event:error\ndata:{"code":"InternalError","message":"m"}\n\n'),
        say(b'data: {"choi\n\n'),
        Answer(text=""),
        Answer(text="", reasoning="hm", is_stubborn=True),
        Answer(text="<think>hm</think>"),
        Answer(text=SAID, fault=Fault(kind="cut", body=ABORT), after=8),
    ],
)
async def test_after_any_passing_trouble_the_answer_comes_whole(trouble: Answer) -> None:
    async with FakeQwen("llamacpp") as fake:
        fake.script(trouble, Answer(text=SAID))
        snapshots = await ask(endpoint(fake, "llamacpp"))
        assert snapshots[-1].text == SAID
        assert all(SAID.startswith(snapshot.text) for snapshot in snapshots)
        assert len(fake.requests) == 2


@pytest.mark.parametrize(
    "noise",
    [
        b": ping\n\n",
        b"<html>\nid: 5\nretry: 10\n\n\n",
        b": " + b"x" * (1 << 20) + b"\n\n",
        b'data: {"id":"' + b"x" * (1 << 20) + b'","choices":[]}\r\n\r\n',
    ],
)
async def test_noise_in_a_stream_costs_nothing(noise: bytes) -> None:
    async with FakeQwen() as fake:
        fake.script(say(noise))
        assert (await ask(endpoint(fake)))[-1].text == SAID
        assert len(fake.requests) == 1


async def test_retries_are_few_and_wait_longer_each_time() -> None:
    slow = Timeouts(back_off=BackOff(first=0.1, longest=1.0))
    async with FakeQwen() as fake:
        fake.respond = lambda _: status(503)
        error = await fail(endpoint(fake), limits=slow)
        first, second, third = fake.times
    assert isinstance(error, QwenBusyError)
    assert 0.1 <= second - first < 0.19
    assert 0.2 <= third - second < 0.35


@pytest.mark.parametrize("header", [{"retry_after_ms": "200"}, {"retry_after": "0.2"}])
async def test_it_waits_as_long_as_it_is_asked_to(header: dict[str, str]) -> None:
    async with FakeQwen() as fake:
        fake.script(status(429, **header))
        await ask(endpoint(fake))
        first, second = fake.times
    assert second - first >= 0.2


async def test_whoever_asks_for_too_much_patience_is_left_alone() -> None:
    async with FakeQwen() as fake, FakeQwen() as other:
        fake.respond = lambda _: status(429, retry_after="30")
        assert (await ask(endpoint(fake), endpoint(other)))[-1].text == "Ciao! Forza!"
        error = await fail(endpoint(fake))
        assert len(fake.requests) == 2
    assert isinstance(error, QwenBusyError)
    assert error.after == 30.0


async def test_an_endpoint_may_say_itself_whether_to_try_again() -> None:
    async with FakeQwen() as fake:
        fake.script(status(500, x_should_retry="false"))
        await fail(endpoint(fake))
        assert len(fake.requests) == 1
        fake.script(status(400, x_should_retry="true"))
        await ask(endpoint(fake))
        assert len(fake.requests) == 3


async def test_another_endpoint_answers_when_the_first_cannot() -> None:
    for trouble, attempts in ((status(500), 3), (Answer(fault=RESET), 3), (status(401), 1)):
        async with FakeQwen() as fake, FakeQwen("ollama") as other:
            fake.respond = lambda _, trouble=trouble: trouble
            last = (await ask(endpoint(fake), endpoint(other, "ollama")))[-1]
            assert last.text == "Ciao! Forza!"
            assert last.endpoint == endpoint(other, "ollama").name
            assert len(fake.requests) == attempts


async def test_every_endpoint_gets_its_own_retries() -> None:
    async with FakeQwen() as fake, FakeQwen() as other:
        fake.respond = lambda _: status(500)
        other.script(status(500), status(500))
        assert (await ask(endpoint(fake), endpoint(other)))[-1].text == "Ciao! Forza!"
        assert len(other.requests) == 3


async def test_it_does_not_wait_for_a_retry_that_would_come_too_late() -> None:
    slow = Timeouts(total=3.0, back_off=BackOff(first=5.0))
    async with FakeQwen() as fake:
        fake.script(status(503))
        async with asyncio.timeout(2):
            assert isinstance(await fail(endpoint(fake), limits=slow), QwenBusyError)


async def test_fans_who_are_refused_do_not_take_the_endpoint_from_the_others() -> None:
    async with FakeQwen() as fake:
        fake.respond = lambda _: status(400, "data_inspection_failed")
        qwen = Qwen([endpoint(fake)], limits=FAST)
        for _ in range(2 * FAILURES):
            with pytest.raises(QwenRefusedError):
                await listen(qwen)
        assert qwen.is_available
        await qwen.close()


async def test_what_is_refused_for_its_content_is_asked_nowhere_else() -> None:
    async with FakeQwen() as fake, FakeQwen() as other:
        fake.respond = lambda _: status(400, "data_inspection_failed")
        error = await fail(endpoint(fake, "dashscope"), endpoint(other))
        assert isinstance(error, QwenRefusedError)
        inside = say(b'event:error\ndata:{"code":"DataInspectionFailed","message":"m"}\n\n')
        fake.respond = lambda _: inside
        assert isinstance(await fail(endpoint(fake), endpoint(other)), QwenRefusedError)
        assert len(fake.requests) == 2
        assert not other.requests


async def test_a_prompt_that_is_too_long_is_told_at_once() -> None:
    async with FakeQwen() as fake, FakeQwen() as other:
        fake.script(status(400, "context_length_exceeded"))
        error = await fail(endpoint(fake), endpoint(other))
        assert isinstance(error, QwenRequestError)
        assert error.code == TOO_LONG
        assert not other.requests


async def test_an_answer_begins_anew_once_and_no_more() -> None:
    for fault in (RESET, CUT, HANG):
        async with FakeQwen("dashscope") as fake, FakeQwen() as other:
            fake.respond = lambda _, fault=fault: Answer(text=SAID, fault=fault, after=12)
            assert isinstance(
                await fail(endpoint(fake, "dashscope"), endpoint(other)), QwenBrokenError
            )
            assert len(fake.requests) == 2
            assert not other.requests


async def test_an_endpoint_without_a_word_is_asked_twice() -> None:
    async with FakeQwen() as fake:
        fake.respond = lambda _: Answer(text="")
        error = await fail(endpoint(fake))
        assert isinstance(error, QwenBrokenError)
        assert error.code == EMPTY
        assert len(fake.requests) == 2


async def test_no_fan_waits_longer_than_the_total() -> None:
    brief = Timeouts(total=0.4, back_off=BackOff(first=0.01))
    begun = time.monotonic()
    for answer in (
        Answer(fault=HANG),
        Answer(text=SAID, fault=HANG, after=8),
        Answer(text=SAID * 1_000, chunk=1, delay=0.01),
    ):
        async with FakeQwen("dashscope") as fake:
            fake.respond = lambda _, answer=answer: answer
            assert isinstance(
                await fail(endpoint(fake, "dashscope"), limits=brief), QwenBrokenError
            )
    assert time.monotonic() - begun < 3.0


async def test_an_endpoint_that_writes_without_end_is_hung_up_on() -> None:
    async with FakeQwen("dashscope") as fake:
        fake.script(Answer(text="x" * 2_000_000, chunk=1_000, delay=0.001))
        snapshots = await ask(endpoint(fake, "dashscope"))
        await wait_until(lambda: fake.cancelled == 1)
    assert (snapshots[-1].text, snapshots[-1].finish) == ("x" * LONGEST, "length")
    assert max(len(snapshot.text) for snapshot in snapshots) == LONGEST


@pytest.mark.parametrize("dialect", ["dashscope", "vllm"])
async def test_an_endpoint_that_thinks_without_end_is_broken(dialect: str) -> None:
    endless = "x" * (LONGEST_HEARD + 5_000)
    async with FakeQwen(dialect) as fake:
        for answer in (
            Answer(reasoning=endless, is_stubborn=True, text=SAID, chunk=5_000),
            Answer(text=f"<think>{endless}</think>{SAID}", chunk=5_000),
        ):
            fake.respond = lambda _, answer=answer: answer
            error = await fail(endpoint(fake, dialect))
            assert (type(error), error.code) == (QwenBrokenError, "oversized")


async def test_an_answer_is_over_when_its_model_says_so_inside_the_text() -> None:
    more = "<|im_end|>\n<|im_start|>user\nHi" * 1_000
    async with FakeQwen() as fake:
        fake.script(Answer(text=SAID + more, delay=0.001))
        last = (await ask(endpoint(fake)))[-1]
        await wait_until(lambda: fake.cancelled == 1)
    assert (last.text, last.finish) == (SAID, "stop")


@pytest.mark.parametrize("field", ["content", "reasoning_content"])
async def test_blanks_are_no_sign_of_life(field: str) -> None:
    blank = json.dumps({"choices": [{"index": 0, "delta": {field: " \n"}}]}).encode()
    async with FakeQwen("dashscope") as fake:
        fake.respond = lambda _: Answer(
            text=SAID, after=8, fault=Fault(kind="hang", body=b"data: " + blank + b"\n\n")
        )
        begun = time.monotonic()
        error = await fail(endpoint(fake, "dashscope"))
    assert error.code == "late"
    assert time.monotonic() - begun < FAST.total / 2


async def test_no_endpoint_at_all_is_an_error_like_any_other() -> None:
    async with FakeQwen() as fake:
        gone = endpoint(fake)
    error = await fail(gone)
    assert isinstance(error, QwenBrokenError)
    assert error.code == "unreachable"


async def test_an_error_with_status_200_is_an_error() -> None:
    async with FakeQwen() as fake:
        body = b'{"code":"Arrearage","message":"m","request_id":"r"}'
        fake.script(Answer(fault=Fault(kind="status", status=200, body=body)))
        error = await fail(endpoint(fake, "dashscope"))
    assert isinstance(error, QwenRequestError)
    assert error.code == "arrearage"


async def test_a_web_page_or_a_redirect_is_no_endpoint() -> None:
    page = Fault(kind="status", body=b"<html>Log in</html>", headers={"Content-Type": "text/html"})
    moved = Fault(kind="status", status=302, headers={"Location": "/v1/models"})
    for fault in (page, moved):
        async with FakeQwen() as fake:
            fake.script(Answer(fault=fault))
            assert isinstance(await fail(endpoint(fake)), QwenRequestError)
            assert len(fake.requests) == 1


async def test_a_dead_endpoint_is_left_alone_and_found_well_again() -> None:
    now = [100.0]
    async with FakeQwen() as fake:
        fake.respond = lambda _: status(500)
        qwen = Qwen([endpoint(fake)], clock=lambda: now[0], limits=FAST)
        while qwen.is_available:
            with pytest.raises(QwenBrokenError):
                await listen(qwen)
        assert len(fake.requests) == FAILURES
        with pytest.raises(QwenBrokenError) as caught:
            await listen(qwen)
        assert caught.value.code == "resting"
        assert len(fake.requests) == FAILURES
        now[0] += PROBE_EVERY
        assert qwen.is_available
        fake.respond = lambda _: Answer(text=SAID)
        assert (await listen(qwen))[-1].text == SAID
        assert qwen.is_available
        await qwen.close()


async def test_a_client_under_load_mixes_no_answers_up() -> None:
    async with FakeQwen() as fake:
        fake.respond = lambda messages: Answer(text=messages[-1]["content"] * 5, chunk=2)
        qwen = Qwen([endpoint(fake)], limits=Timeouts())
        texts: dict[int, str] = {}

        async def one(number: int) -> None:
            message = ChatMessage(role="user", content=f"fan {number} ")
            async for snapshot in qwen.chat([message], max_tokens=50):
                texts[number] = snapshot.text

        async with asyncio.TaskGroup() as group:
            for number in range(60):
                group.create_task(one(number))
        await qwen.close()
    assert texts == {number: (f"fan {number} " * 5).rstrip() for number in range(60)}
