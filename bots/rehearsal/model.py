"""A model on loopback that marks its answers, speaks as fast as told, and fails when told to."""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from bots.rehearsal.plan import Plan
from bots.rehearsal.words import Mark, Words, find_begins

Json = dict[str, Any]

MODEL = "rehearsal"
_LANGUAGE = re.compile(r"^answer in: .*\(([\w-]+)\)$", re.MULTILINE)
_KINDS = ("500", "429", "reset", "hang", "empty")
_HANG = 1.0  # seconds


@dataclass(slots=True)
class Spoken:
    """What became of one question at the model; the times are monotonic seconds."""

    asked: list[float] = field(default_factory=list[float])
    """When it was asked, and asked again."""

    first: float = 0.0
    done: float = 0.0
    is_open: bool = False


class Model:
    """Answers whatever is asked, in the language that the prompt asks for."""

    def __init__(self, plan: Plan, words: Words) -> None:
        self._plan = plan
        self._words = words
        self._random = random.Random(plan.seed)  # noqa: S311 - a rehearsal can be repeated
        self.spoken: dict[Mark, Spoken] = {}
        self.faults: dict[str, int] = {}

    def routes(self, app: web.Application) -> None:
        """Add the endpoint's addresses."""
        app.router.add_get("/v1/models", self._list)
        app.router.add_post("/v1/chat/completions", self._chat)

    def environ(self, url: str) -> dict[str, str]:
        """Return what leads a bot here."""
        return {
            "TIFO_QWEN_URL": f"{url}/v1",
            "TIFO_QWEN_KEY": "rehearsal",
            "TIFO_QWEN_MODEL": MODEL,
            "TIFO_QWEN_DIALECT": "openai",
        }

    def open_marks(self) -> set[Mark]:
        """Return the questions that the model is answering now."""
        return {mark for mark, spoken in self.spoken.items() if spoken.is_open}

    async def _list(self, _: web.Request) -> web.Response:
        row = {"id": MODEL, "object": "model", "created": 1, "owned_by": "rehearsal"}
        return web.json_response({"object": "list", "data": [row]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        question: str = msgspec.json.decode(await request.read())["messages"][-1]["content"]
        # What others said comes along in front of the fan's own words.
        marks = find_begins(question.rpartition("</data>")[2])
        if not marks:
            return web.json_response({"error": {"message": "no mark"}}, status=400)
        spoken = [self.spoken.setdefault(mark, Spoken()) for mark in marks]
        now = time.monotonic()
        for each in spoken:
            each.asked.append(now)
            each.is_open = True
        fault = self._draw()
        refusal = _refuse(fault)
        try:
            if refusal is not None:
                return refusal
            found = _LANGUAGE.search(question)
            language = found[1] if found else self._words.language(marks[0].fan)
            return await self._speak(request, self._words.answer(marks, language), spoken, fault)
        finally:
            for each in spoken:
                each.is_open = False

    def _draw(self) -> str:
        if self._random.random() >= self._plan.faults:
            return ""
        kind = self._random.choice(_KINDS)
        self.faults[kind] = self.faults.get(kind, 0) + 1
        return kind

    async def _speak(
        self, request: web.Request, pieces: list[str], spoken: list[Spoken], fault: str
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        broken = self._random.randrange(len(pieces)) if fault in ("reset", "hang") else -1
        if fault == "empty":
            pieces = []
        events = [_event({"content": piece}) for piece in pieces]
        begun = time.monotonic() + self._plan.ttft
        if self._plan.is_instant and broken < 0:
            events, pieces = [b"".join(events)], pieces[:1]
        for number, event in enumerate(events):
            if number == broken:
                if fault == "reset":
                    _break(request)
                await asyncio.sleep(_HANG)
                begun += _HANG
            wait = begun + number / self._plan.rate - time.monotonic()
            if wait > 0 and not self._plan.is_instant:
                await asyncio.sleep(wait)
            if not number:
                for each in spoken:
                    each.first = time.monotonic()
            await response.write(event)
        await response.write(_event({}, finish="stop") + _usage(len(pieces)) + b"data: [DONE]\n\n")
        for each in spoken:
            each.done = time.monotonic()
        return response


def _refuse(fault: str) -> web.Response | None:
    if fault == "500":
        return web.json_response({"error": {"message": "made to fail"}}, status=500)
    if fault == "429":
        answer = web.json_response({"error": {"message": "too many"}}, status=429)
        answer.headers["Retry-After"] = "1"
        return answer
    return None


def _break(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _event(delta: Json, *, finish: str | None = None) -> bytes:
    return _data([{"index": 0, "delta": delta, "finish_reason": finish}])


def _usage(tokens: int) -> bytes:
    usage = {"prompt_tokens": 1000, "completion_tokens": tokens, "total_tokens": 1000 + tokens}
    return _data([], usage=usage)


def _data(choices: list[Json], **more: object) -> bytes:
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    return b"data: " + msgspec.json.encode(chunk | {"choices": choices} | more) + b"\n\n"
