"""A Qwen endpoint on loopback that speaks the dialects of real servers, and fails like them.

What it does by dialect was seen on vLLM 0.30, SGLang 0.5, llama.cpp b11139, Ollama 0.34 and
transformers 5.23, or stands in DashScope's documentation of October 2026. It knows nothing of
our own table of dialects: where the two disagree, a test fails.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Literal, Self, TypeAlias

import msgspec
from aiohttp import web

from tests.fakes.openai_spec import complaints
from tests.fakes.qwen_mt import refusal

Body: TypeAlias = dict[str, Any]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer goes wrong, once `Answer.after` characters are out."""

    kind: Literal["status", "hang", "reset", "cut", "say", "whole"]
    """status: instead of an answer; hang: silence, or `body` over and over; reset: the
    connection dies; cut: after `body` the stream ends as if all were well; say: `body` goes
    onto the wire as it is, then the answer goes on; whole: the answer is one JSON, unstreamed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to answer to one request."""

    text: str = ""
    reasoning: str = ""
    """Thinking; left out when the request turns thinking off in this server's spelling."""

    is_stubborn: bool = False
    """Thinks whatever it is told."""

    chunk: int = 4
    """Characters per event."""

    delay: float = 0.0
    """Seconds before each event."""

    finish: str = "stop"
    end: bytes = b"data: [DONE]\n\n"
    """Comes last, where the dialect has it."""

    is_left_open: bool = False
    """Does not end the stream after all is said."""

    fault: Fault | None = None
    after: int = 0
    """Characters of the text that come before the fault."""


class _Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of server differs from the others."""

    owned_by: str
    reasoning: str = "reasoning_content"
    switch: Literal["top", "template", "effort"]
    """Where thinking is turned off."""

    usage: Literal["asked", "always"] = "asked"
    has_done: bool = True
    unknown_model: int = 404
    """Status; 200 where any name will do."""

    late_system: int = 200
    """Status for a system message that is not the first."""

    fields: frozenset[str] = frozenset()
    """All that it takes; empty where it ignores what it does not know."""

    landmark: tuple[str, Body] = ("/health", {})
    """A path beside /v1 and its answer."""


_OPENAI_FIELDS = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p"),
        *("max_completion_tokens", "stop", "seed", "reasoning_effort", "chat_template_kwargs"),
        *("n", "tools", "tool_choice", "response_format"),
    }
)
_HABITS = {
    "dashscope": _Habits(owned_by="system", switch="top"),
    "vllm": _Habits(
        owned_by="vllm",
        reasoning="reasoning",
        switch="template",
        late_system=400,
        landmark=("/version", {"version": "0.30.1"}),
    ),
    "sglang": _Habits(
        owned_by="sglang",
        switch="template",
        late_system=400,
        unknown_model=200,
        landmark=("/get_model_info", {"model_path": "Qwen/Qwen3.8-27B"}),
    ),
    "llamacpp": _Habits(
        owned_by="llamacpp",
        switch="template",
        late_system=500,
        unknown_model=200,
        landmark=("/props", {"default_generation_settings": {}}),
    ),
    "ollama": _Habits(
        owned_by="library",
        reasoning="reasoning",
        switch="effort",
        landmark=("/api/version", {"version": "0.34.3"}),
    ),
    "transformers": _Habits(
        owned_by="",
        switch="template",
        usage="always",
        has_done=False,
        unknown_model=400,
        late_system=500,
        fields=_OPENAI_FIELDS,
        landmark=("/openapi.json", {"paths": {"/load_model": {}, "/v1/systemone": {}}}),
    ),
    "openai": _Habits(owned_by="openai", switch="effort"),
}


class FakeQwen:
    """A server for `async with`; leaving it fails when a message broke OpenAI's specification.

    Args:
        dialect: A name that `core.qwen.dialects` knows too.
        model: The one model that it serves.
        key: Refuse requests without it; "" for a server that is open to all.
        models: What an Ollama has pulled, by name and size in bytes.
    """

    def __init__(
        self,
        dialect: str = "openai",
        *,
        model: str = "qwen3.8-flash",
        key: str = "",
        models: Mapping[str, int] | None = None,
    ) -> None:
        self._habits = _HABITS[dialect]
        self._dialect = dialect
        self._model = model
        self._key = key
        self._models = models or {model: 1}
        self._script: deque[Answer] = deque()
        self._numbers = itertools.count(1)
        self._is_closing = False
        self.respond: Callable[[list[Body]], Answer] = lambda _: Answer(text="Ciao! Forza!")
        """Answers when the script is at its end."""

        self.requests: list[Body] = []
        """Bodies of all questions."""

        self.headers: list[Mapping[str, str]] = []
        self.connections: set[int] = set()
        """Ports that questions came from."""

        self.times: list[float] = []
        """When questions came, by the event loop's clock."""

        self.cancelled = 0
        """Streams that the client dropped."""

        self.letters_per_token = 1
        """How it counts what it is asked; a real one has 3 or 4 in English."""

        self.cost: tuple[int, int] | None = None
        """Tokens that it says a question and its answer had, whatever they are."""

        self.tells_usage = True
        self.problems: list[str] = []
        self.url = ""
        """Ends in `/v1`."""

    def script(self, *answers: Answer) -> None:
        """Add answers, one for each request to come."""
        self._script.extend(answers)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_get(self._habits.landmark[0], self._tell)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        assert not self.problems, self.problems

    async def stop(self) -> None:
        """Go away, as a server does that is switched off."""
        self._is_closing = True
        await self._runner.cleanup()

    async def _list(self, _: web.Request) -> web.Response:
        rows = [
            {"id": name, "object": "model", "created": 1, "owned_by": self._habits.owned_by}
            for name in self._models
        ]
        return _json({"object": "list", "data": rows})

    async def _tell(self, _: web.Request) -> web.Response:
        return _json(self._habits.landmark[1])

    async def _tags(self, _: web.Request) -> web.Response:
        if self._dialect != "ollama":
            return web.Response(status=404, text="404 page not found")
        rows = [{"name": name, "size": size} for name, size in self._models.items()]
        return _json({"models": rows})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body: Body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        self._note(request, body)
        refusal = self._refuse(request, body)
        if refusal is not None:
            return refusal
        answer = self._script.popleft() if self._script else self.respond(body["messages"])
        try:
            return await self._answer(request, body, answer)
        except (ConnectionResetError, asyncio.CancelledError):
            self.cancelled += not self._is_closing
            raise

    def _note(self, request: web.Request, body: Body) -> None:
        self.requests.append(body)
        self.headers.append(request.headers)
        self.times.append(asyncio.get_running_loop().time())
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername")[1])
        self.problems += complaints("CreateChatCompletionRequest", body)

    def _refuse(self, request: web.Request, body: Body) -> web.Response | None:
        habits = self._habits
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return _fault(401, "Incorrect API key provided.", "invalid_api_key")
        unknown = set(body) - habits.fields
        if habits.fields and unknown:
            return _json({"detail": f"Unexpected fields in the request: {unknown}"}, 422)
        if body["model"] not in self._models and habits.unknown_model != 200:
            return _fault(habits.unknown_model, "There is no such model.", "model_not_found")
        if complaint := refusal(body):
            return _fault(400, complaint, "invalid_parameter_error")
        is_late = any(message["role"] == "system" for message in body["messages"][1:])
        if is_late and habits.late_system != 200:
            return _fault(habits.late_system, "System message must be at the beginning.", "")
        if self._dialect == "dashscope" and {"reasoning_effort", "enable_thinking"} <= set(body):
            return _fault(400, "Both are set.", "invalid_parameter_error")
        return None

    async def _answer(self, request: web.Request, body: Body, answer: Answer) -> web.StreamResponse:
        fault = answer.fault
        if fault and fault.kind == "status":
            headers = {"Content-Type": "application/json", **fault.headers}
            return web.Response(status=fault.status, body=fault.body, headers=headers)
        if (fault and fault.kind == "whole") or not body.get("stream"):
            return _json(self._whole(body, answer))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        if fault and not answer.after and fault.kind in ("hang", "reset"):
            await self._fail(request, fault, None)
        await response.prepare(request)
        sent = 0
        async for chunk in self._chunks(body, answer):
            choice: Body = chunk["choices"][0] if chunk["choices"] else {"delta": {}}
            words: str = choice["delta"].get("content") or ""
            sent += len(words)
            if fault and ((words and sent > answer.after) or choice.get("finish_reason")):
                await self._fail(request, fault, response)
                if fault.kind == "cut":
                    return response
                fault = None
            self.problems += complaints("CreateChatCompletionStreamResponse", chunk)
            await response.write(b"data: " + self._encode(chunk) + b"\n\n")
        if self._habits.has_done:
            await response.write(answer.end)
        if answer.is_left_open:
            await asyncio.Event().wait()
        return response

    async def _fail(
        self, request: web.Request, fault: Fault, response: web.StreamResponse | None
    ) -> None:
        if response:
            await response.write(fault.body)
        while response and fault.kind == "hang" and fault.body:
            await asyncio.sleep(0.02)
            await response.write(fault.body)
        if fault.kind == "hang":
            await asyncio.Event().wait()
        if fault.kind == "reset":
            assert request.transport is not None
            request.transport.abort()
            # The handler is cancelled for the lost connection, which is not the client's doing.
            self.cancelled -= 1
            await asyncio.Event().wait()

    async def _chunks(self, body: Body, answer: Answer) -> AsyncIterator[Body]:
        habits = self._habits
        number = f"chatcmpl-{next(self._numbers)}"
        yield self._chunk(number, {"role": "assistant", "content": None})
        thinking = self._thinking(body, answer)
        words = [(habits.reasoning, piece) for piece in _cut(thinking, answer.chunk)]
        words += [("content", piece) for piece in _cut(answer.text, answer.chunk)]
        for field, piece in words:
            await asyncio.sleep(answer.delay)
            yield self._chunk(number, {field: piece})
        usage = self._usage(body, answer)
        last = self._chunk(number, {}, finish=answer.finish)
        if habits.usage == "always":
            yield last | {"usage": usage}
            return
        yield last
        if self.tells_usage and body.get("stream_options", {}).get("include_usage"):
            yield self._chunk(number, None) | {"usage": usage}

    def _chunk(self, number: str, delta: Body | None, *, finish: str | None = None) -> Body:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {
            "id": number,
            "object": "chat.completion.chunk",
            "created": 1,
            "model": self._model,
            "choices": [choice] if delta is not None else [],
        }

    def _encode(self, chunk: Body) -> bytes:
        if self._dialect != "transformers":
            return msgspec.json.encode(chunk)
        # It leaves out what is null, against the specification.
        return msgspec.json.encode(_without_null(chunk))

    def _whole(self, body: Body, answer: Answer) -> Body:
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": answer.finish, "logprobs": None}
        whole = self._chunk("chatcmpl-1", {}) | {"object": "chat.completion", "choices": [choice]}
        self.problems += complaints("CreateChatCompletionResponse", whole)
        return whole | {"usage": self._usage(body, answer)}

    def _usage(self, body: Body, answer: Answer) -> Body:
        asked = sum(len(message["content"]) for message in body["messages"])
        asked //= self.letters_per_token
        told = len(answer.text) + len(self._thinking(body, answer))
        asked, told = self.cost or (asked, told)
        return {
            "prompt_tokens": asked,
            "completion_tokens": told,
            "total_tokens": asked + told,
            "prompt_tokens_details": {"cached_tokens": asked // 2},
        }

    def _thinking(self, body: Body, answer: Answer) -> str:
        """Return what is thought, "" where the request turned it off as this server wants it."""
        is_off = {
            "effort": body.get("reasoning_effort") == "none",
            "template": body.get("chat_template_kwargs", {}).get("enable_thinking") is False,
            "top": body.get("enable_thinking") is False,
        }
        is_told = is_off[self._habits.switch] and not answer.is_stubborn
        return "" if is_told else answer.reasoning


def _cut(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _without_null(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_null(item) for item in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
    if isinstance(value, dict):
        return {k: _without_null(v) for k, v in value.items() if v is not None}  # pyright: ignore[reportUnknownVariableType] - any JSON
    return value


def _json(value: object, status: int = 200) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(status=status, body=body, content_type="application/json")


def _fault(status: int, message: str, code: str) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return _json({"error": error}, status)
