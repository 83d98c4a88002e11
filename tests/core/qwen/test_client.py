from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from itertools import pairwise

import pytest

from core.errors import QwenRefusedError
from core.qwen.client import Endpoint, Qwen, Timeouts, Usage, find_ollama
from core.qwen.dialects import DIALECTS
from core.qwen.patience import Attempt
from tests.core.qwen.asking import ASKED, FAST, SAID, ask, endpoint, fail, listen
from tests.fakes.qwen import Answer, FakeQwen, Fault
from tests.waiting import wait_until

THOUGHT = "The fan asks for the time."


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("think", [False, True])
async def test_every_dialect_answers_whole_and_thinks_only_when_asked(
    dialect: str, think: bool
) -> None:
    async with FakeQwen(dialect) as fake:
        fake.script(Answer(text=SAID, reasoning=THOUGHT))
        snapshots = await ask(endpoint(fake, dialect), think=think)
    assert snapshots[-1].text == SAID
    assert snapshots[-1].finish == "stop"
    assert all(SAID.startswith(snapshot.text) for snapshot in snapshots)
    asked = sum(len(message.content) for message in ASKED)
    told = len(SAID) + len(THOUGHT) * think
    usage = Usage(prompt_tokens=asked, completion_tokens=told, cached_tokens=asked // 2)
    assert snapshots[-1].usage == usage


@pytest.mark.parametrize("dialect", ["transformers", "vllm", "ollama"])
async def test_auto_finds_the_dialect_once(dialect: str) -> None:
    async with FakeQwen(dialect) as fake:
        qwen = Qwen([endpoint(fake, "auto")], limits=FAST)
        await qwen.open()
        fake.script(Answer(text=SAID, reasoning=THOUGHT))
        answer = (await listen(qwen))[-1]
        await qwen.close()
    assert answer.text == SAID
    assert answer.usage is not None
    assert answer.usage.completion_tokens == len(SAID)


async def test_the_first_question_finds_the_dialect_too() -> None:
    async with FakeQwen("transformers") as fake:
        assert (await ask(endpoint(fake, "auto")))[-1].text == "Ciao! Forza!"


async def test_text_arrives_while_it_is_written() -> None:
    async with FakeQwen("dashscope") as fake:
        fake.script(Answer(text=SAID, chunk=3, delay=0.005))
        snapshots = await ask(endpoint(fake, "dashscope"))
    assert len(snapshots) > 5
    assert all(a.text < b.text for a, b in pairwise(snapshots[:-1]))


async def test_a_long_answer_is_looked_at_ten_times_a_second_and_no_more() -> None:
    words = SAID * 5
    async with FakeQwen("dashscope") as fake:
        fake.script(Answer(text=words, chunk=1, delay=0.01))
        loop = asyncio.get_running_loop()
        started = loop.time()
        snapshots = await ask(endpoint(fake, "dashscope"))
        seconds = loop.time() - started
    assert snapshots[-1].text == words
    # Until the rests are as long as the gaps, every piece is shown: a tenth of a second of them.
    assert len(snapshots) < 0.6 * len(words)
    assert seconds * 8 < len(snapshots)


def test_only_a_text_that_has_been_growing_for_a_while_may_rest() -> None:
    attempt = Attempt()
    assert attempt.find_rest(1000.0) == 0.0
    attempt.shown_at = 1000.0
    assert [attempt.find_rest(1000.0 + age) for age in (0.0, 0.05, 0.5, 1.0, 60.0)] == [
        pytest.approx(rest) for rest in (0.0, 0.0, 0.075, 0.15, 0.2)
    ]


async def test_a_server_that_may_think_aloud_is_heard_out_once() -> None:
    async with FakeQwen("vllm") as fake:
        qwen = Qwen([endpoint(fake)], limits=FAST)
        thinking_aloud = f"The fan asks about tonight.</think>{SAID}"
        for is_bare in (True, True, False):
            fake.script(Answer(text=thinking_aloud if is_bare else SAID, chunk=3))
            snapshots = await listen(qwen)
            assert all("fan asks" not in snapshot.text for snapshot in snapshots)
            assert snapshots[-1].text == SAID
        fake.script(Answer(text=SAID, chunk=3, delay=0.005))
        assert len(await listen(qwen)) > 5, "it has shown that it does not, so it streams"
        await qwen.close()


async def test_the_answer_says_who_gave_it_and_nobody_says_the_key() -> None:
    async with FakeQwen(key="sk-secret") as fake:
        good = endpoint(fake, "openai", key="sk-secret")
        assert (await ask(good))[-1].endpoint == good.name
        assert "secret" not in f"{good!r} {good} {good.name}"
        wrong = await fail(endpoint(fake, "openai", key="sk-wrong"))
    assert wrong.status == 401
    assert "wrong" not in str(wrong)


async def test_an_address_with_a_password_gives_it_to_nobody() -> None:
    async with FakeQwen(key="k") as fake:
        url = fake.url.replace("http://", "http://user:hush@")
        named = Endpoint(url=url, model="qwen3.8-flash", dialect="openai", key="k")
        assert (await ask(named))[-1].text
        assert fake.headers[-1]["Authorization"] == "Bearer k"
    gone = await fail(named)
    assert "hush" not in f"{named!r} {gone} {gone.__cause__}"
    assert "127.0.0.1" not in str(gone)


async def test_closing_the_answer_closes_the_stream_at_once() -> None:
    async with FakeQwen("dashscope") as fake:
        fake.respond = lambda _: Answer(text=SAID * 100, chunk=1, delay=0.01)
        qwen = Qwen([endpoint(fake, "dashscope")], limits=FAST)
        async with aclosing(qwen.chat(ASKED, max_tokens=200)) as snapshots:
            async for _ in snapshots:
                break
        await wait_until(lambda: fake.cancelled == 1, timeout=1)
        task = asyncio.create_task(listen(qwen))
        await wait_until(lambda: len(fake.requests) == 2)
        task.cancel()
        await wait_until(lambda: fake.cancelled == 2, timeout=1)
        await qwen.close()


async def test_a_stream_that_was_read_whole_leaves_its_connection_for_the_next() -> None:
    async with FakeQwen() as fake:
        qwen = Qwen([endpoint(fake)], limits=FAST)
        for _ in range(5):
            await listen(qwen)
        await qwen.close()
        assert len(fake.connections) == 1
        assert fake.cancelled == 0


async def test_a_kept_connection_that_died_meanwhile_costs_no_pause() -> None:
    slow = Timeouts(back_off=FAST.back_off.__class__(first=20.0))
    async with FakeQwen() as fake:
        fake.script(Answer(text=SAID), Answer(fault=Fault(kind="reset")), Answer(text=SAID))
        qwen = Qwen([endpoint(fake)], limits=slow)
        async with asyncio.timeout(5):
            await listen(qwen)
            assert (await listen(qwen))[-1].text == SAID
        await qwen.close()


async def test_length_is_told() -> None:
    async with FakeQwen("dashscope") as fake:
        fake.script(Answer(text="Ciao, si gio", finish="length"))
        last = (await ask(endpoint(fake, "dashscope")))[-1]
    assert (last.text, last.finish) == ("Ciao, si gio", "length")


async def test_an_answer_that_the_endpoint_censored_is_refused() -> None:
    async with FakeQwen() as fake:
        fake.script(Answer(text="Ciao", finish="content_filter"))
        assert isinstance(await fail(endpoint(fake)), QwenRefusedError)
        assert len(fake.requests) == 1


async def test_an_answer_that_is_not_streamed_is_an_answer() -> None:
    async with FakeQwen() as fake:
        fake.script(Answer(text=SAID, fault=Fault(kind="whole")))
        assert (await ask(endpoint(fake)))[-1].text == SAID


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n", b"data: [DO"])
@pytest.mark.parametrize("is_left_open", [False, True])
async def test_an_answer_is_final_however_its_stream_ends(end: bytes, is_left_open: bool) -> None:
    async with FakeQwen() as fake:
        fake.script(Answer(text=SAID, end=end, is_left_open=is_left_open))
        async with asyncio.timeout(2):
            last = (await ask(endpoint(fake)))[-1]
        assert len(fake.requests) == 1
    assert last.text == SAID
    assert last.usage is not None


async def test_the_last_line_may_lack_its_end() -> None:
    last = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
    async with FakeQwen() as fake:
        fake.script(Answer(text=SAID, after=len(SAID), fault=Fault(kind="cut", body=last)))
        assert (await ask(endpoint(fake)))[-1].text == SAID
        assert len(fake.requests) == 1


async def test_whole_thinking_in_the_text_is_never_shown() -> None:
    async with FakeQwen("llamacpp") as fake:
        fake.script(Answer(text=f"<think>{THOUGHT}</think>\n\n{SAID}", chunk=3))
        snapshots = await ask(endpoint(fake, "llamacpp"))
    assert snapshots[-1].text == SAID
    assert all(SAID.startswith(snapshot.text) for snapshot in snapshots)


async def test_thinking_without_its_opening_tag_is_held_back_when_it_was_asked_for() -> None:
    async with FakeQwen("llamacpp") as fake:
        fake.script(Answer(text=f"{THOUGHT}</think>\n\n{SAID}", chunk=3))
        snapshots = await ask(endpoint(fake, "llamacpp"), think=True)
    assert snapshots[-1].text == SAID
    assert all(SAID.startswith(snapshot.text) for snapshot in snapshots)


async def test_an_endpoint_that_thinks_in_the_open_is_watched_until_it_stops() -> None:
    async with FakeQwen("llamacpp") as fake:
        raw = Answer(text=f"{THOUGHT}</think>\n\n{SAID}", chunk=3)
        plain = Answer(text=SAID, chunk=3, delay=0.001)
        fake.script(raw, raw, plain, plain)
        qwen = Qwen([endpoint(fake, "llamacpp")], limits=FAST)
        answers = [await listen(qwen) for _ in range(4)]
        await qwen.close()
    assert [snapshots[-1].text for snapshots in answers] == [SAID] * 4
    # It was not expected the first time; from then on not a word of it is shown.
    assert all(SAID.startswith(s.text) for snapshots in answers[1:] for s in snapshots)
    assert len(answers[2]) == 1
    assert len(answers[3]) > 3


async def test_a_leaked_tool_call_is_never_shown() -> None:
    call = '<tool_call>{"name":"get_schedule","arguments":{"team": 7}}</tool_call>'
    async with FakeQwen("llamacpp") as fake:
        fake.script(Answer(text=f"Ciao!{call}", chunk=3))
        snapshots = await ask(endpoint(fake, "llamacpp"))
    assert snapshots[-1].text == "Ciao!"
    assert all("Ciao!".startswith(snapshot.text) for snapshot in snapshots)


async def test_an_answer_labelled_as_thinking_is_shown_and_the_operator_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with FakeQwen("sglang") as fake:
        fake.respond = lambda _: Answer(reasoning=SAID, is_stubborn=True)
        qwen = Qwen([endpoint(fake, "sglang")], limits=FAST)
        with caplog.at_level(logging.WARNING):
            texts = [(await listen(qwen))[-1].text for _ in range(3)]
        await qwen.close()
    assert texts == [SAID] * 3
    assert len(caplog.records) == 1


async def test_check_tells_what_is_there_and_what_is_wrong() -> None:
    async with FakeQwen("vllm", key="k") as fake:
        away = Endpoint(url="http://127.0.0.1:9/v1", model="qwen3.8-flash")
        missing = Endpoint(url=fake.url, model="qwen9", key="k")
        qwen = Qwen([endpoint(fake, "auto", key="k"), endpoint(fake), missing, away], limits=FAST)
        good, keyless, unknown, gone = await qwen.check()
        await qwen.close()
    assert (good.dialect, good.models, good.is_served) == ("vllm", ("qwen3.8-flash",), True)
    assert good.error == ""
    assert not keyless.is_served
    assert "key" in keyless.error
    assert not unknown.is_served
    assert "qwen3.8-flash" in unknown.error
    assert (gone.dialect, gone.is_served) == ("", False)
    assert gone.error


async def test_it_finds_the_newest_qwen_of_a_local_ollama() -> None:
    pulled = {
        "llama3:70b": 40,
        "qwen3:32b": 20,
        "qwen3.5:4b": 3,
        "qwen3.5:9b": 6,
        "qwen3-embedding:8b": 5,
        "qwen3-coder:30b": 19,
        "qwen2.5:72b": 47,
    }
    async with FakeQwen("ollama", models=pulled) as fake:
        found = await find_ollama(fake.url)
        assert found == Endpoint(url=fake.url, model="qwen3.5:9b", dialect="ollama")
    assert await find_ollama(fake.url) is None


@pytest.mark.parametrize("pulled", [{"llama3:70b": 40}, {"qwen3-embedding:8b": 5}])
async def test_an_ollama_without_a_qwen_that_chats_is_none(pulled: dict[str, int]) -> None:
    async with FakeQwen("ollama", models=pulled) as fake:
        assert await find_ollama(fake.url) is None


async def test_what_does_not_answer_at_once_is_no_ollama() -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_000):
            pass
        writer.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(2):
            assert await find_ollama(f"http://127.0.0.1:{port}/v1") is None
        await asyncio.sleep(0)
