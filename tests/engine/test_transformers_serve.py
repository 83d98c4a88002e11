"""Our client against `transformers serve`: its engine, tokenizer, template and parsers."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from core.errors import QwenRequestError
from core.qwen.client import BackOff, ChatMessage, Endpoint, Qwen, Snapshot, Timeouts
from core.qwen.exact import load_tokenizer
from core.qwen.tokens import FENCE
from core.qwen.vocabulary import VOCABULARIES, find_source, write_tokenizer
from tests.engine.recite import SCRIPTS
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

PYTHON = os.environ.get("TIFO_TEST_ENGINE_PYTHON", "")
SPOKEN = SCRIPTS["\n\n"]
THOUGHT, SPOKEN_AFTER = SCRIPTS["\n"].removeprefix("<think>").split("</think>")
ASKED = [ChatMessage(role="user", content="Wer spielt heute?")]
PATIENT = Timeouts(first_token=60, gap=30, total=120, back_off=BackOff(retries=0))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    if not PYTHON:
        pytest.skip("TIFO_TEST_ENGINE_PYTHON names no Python with torch and transformers[serving]")
    folder = tmp_path_factory.mktemp("engine")
    model = folder / "recite"
    model.mkdir()
    (folder / "hub").mkdir()
    vocabulary = VOCABULARIES["qwen3"]
    source = find_source(vocabulary)
    assert source is not None
    write_tokenizer(vocabulary, source, model / "tokenizer.json")
    environment = os.environ | {
        "HF_HUB_CACHE": str(folder / "hub"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    recite = Path(__file__).with_name("recite.py")
    subprocess.run([PYTHON, str(recite), str(model)], check=True, env=environment)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "transformers.cli.transformers", "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            asyncio.run(wait_until(lambda: is_up(port, process), timeout=180))
            yield Endpoint(url=f"http://127.0.0.1:{port}/v1", model=str(model))
        finally:
            process.terminate()


def is_up(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the engine ended"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


async def ask(endpoint: Endpoint, *, think: bool = False) -> list[Snapshot]:
    qwen = Qwen([endpoint], limits=PATIENT)
    try:
        return [s async for s in qwen.chat(ASKED, max_tokens=100, think=think, temperature=0.0)]
    finally:
        await qwen.close()


async def test_it_answers_without_thinking(engine: Endpoint) -> None:
    *growing, last = await ask(engine)
    assert (last.text, last.finish) == (SPOKEN, "stop")
    assert len(growing) > 3
    assert all(SPOKEN.startswith(snapshot.text) for snapshot in growing)


async def test_thinking_is_never_shown(engine: Endpoint) -> None:
    *growing, last = await ask(engine, think=True)
    assert last.text == SPOKEN_AFTER
    assert all(SPOKEN_AFTER.startswith(snapshot.text) for snapshot in growing)
    assert last.usage is not None
    assert last.usage.completion_tokens > len(THOUGHT.split()) + len(SPOKEN_AFTER.split())


async def test_its_count_of_the_prompt_is_ours(engine: Endpoint, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(VOCABULARIES["qwen3"], tmp_path)

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False))

    usage = (await ask(engine))[-1].usage
    assert usage is not None
    begun = count("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    asked = sum(count(message.content) + FENCE for message in ASKED)
    assert usage.prompt_tokens == asked + begun


async def test_it_is_told_from_other_servers(engine: Endpoint) -> None:
    qwen = Qwen([engine], limits=PATIENT)
    (report,) = await qwen.check()
    await qwen.close()
    assert (report.dialect, report.is_served, report.error) == ("transformers", True, "")


async def test_a_model_that_it_does_not_have_is_our_mistake(engine: Endpoint) -> None:
    with pytest.raises(QwenRequestError):
        await ask(Endpoint(url=engine.url, model="qwen9"))


async def test_an_answer_that_nobody_waits_for_holds_up_nobody(engine: Endpoint) -> None:
    qwen = Qwen([engine], limits=PATIENT)
    async with aclosing(qwen.chat(ASKED, max_tokens=100)) as snapshots:
        async for _ in snapshots:
            break
    assert [s async for s in qwen.chat(ASKED, max_tokens=100)][-1].text == SPOKEN
    await qwen.close()
