"""The one door to Qwen: growing whole answers from the first endpoint that gives one.

What an endpoint understands stands in `dialects`, what it sends in `stream`, what its errors
mean in `failures`, when to try again in `patience`; this file only connects and waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import aiohttp
import msgspec

from core.errors import QwenBrokenError, QwenError, QwenRequestError
from core.qwen.breaker import Breaker
from core.qwen.dialects import (
    DIALECTS,
    Dialect,
    Probe,
    guess,
    is_thinker,
    probe,
    read_body,
    to_fields,
    to_headers,
)
from core.qwen.draft import Draft
from core.qwen.failures import EMPTY, GONE, is_endpoint_ill, to_error
from core.qwen.meter import count_attempt
from core.qwen.ollama import find_ollama
from core.qwen.patience import Attempt, BackOff, Patience
from core.qwen.question import ChatMessage, Json, Question
from core.qwen.stream import Delta, Events, Usage, to_delta
from core.qwen.tokens import Tokens
from core.qwen.values import Endpoint, EndpointReport, Snapshot, Timeouts

__all__ = [
    "BackOff",
    "ChatMessage",
    "Endpoint",
    "EndpointReport",
    "Qwen",
    "Snapshot",
    "Timeouts",
    "Usage",
    "find_ollama",
]

_MAX_BODY = 1 << 20  # bytes of an answer that is no stream
_log = logging.getLogger(__name__)


class _Line(msgspec.Struct, kw_only=True):
    """An endpoint and what we have learnt about it."""

    endpoint: Endpoint
    breaker: Breaker
    lock: asyncio.Lock
    tokens: Tokens
    """For a guess where the endpoint does not count."""

    dialect: Dialect | None = None
    """None until it is found out."""

    opens_inside: bool | None = None
    """It sends thinking without an opening tag; None until a whole answer told."""


class Qwen:
    """Answers from the first of several endpoints that can.

    Args:
        endpoints: In order of preference.
        session: To connect with, closed by its owner; None for one of our own.
        clock: Monotonic time in seconds, for the circuit breakers.
        limits: How long to wait for what.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        session: aiohttp.ClientSession | None = None,
        clock: Callable[[], float] = time.monotonic,
        limits: Timeouts = Timeouts(),  # noqa: B008 - frozen
    ) -> None:
        self._lines = [
            _Line(
                endpoint=endpoint,
                breaker=Breaker(clock),
                lock=asyncio.Lock(),
                tokens=Tokens(Path(), endpoint.model),
                dialect=DIALECTS.get(endpoint.dialect) or DIALECTS.get(guess(endpoint.url)),
            )
            for endpoint in endpoints
        ]
        self._session = session
        self._owns_session = session is None
        self._limits = limits
        self._has_warned = False

    @property
    def is_available(self) -> bool:
        """Return whether a question asked now would go out to some endpoint."""
        return not all(line.breaker.is_open for line in self._lines)

    async def open(self) -> None:
        """Find out the dialects that are not known yet; without it the first question does."""
        for line in self._lines:
            with contextlib.suppress(QwenError):
                await self._learn(line)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None and self._owns_session:
            await self._session.close()
            self._session = None

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        think: bool = False,
        temperature: float = 0.7,
        options: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[Snapshot, None]:
        """Yield growing whole answers; the last one, and only it, is final.

        Closing the generator closes the connection at once, and with it what the answer costs.

        Args:
            messages: The prompt; a system message only as the first.
            max_tokens: What the visible answer may take.
            think: Let the model think first; that part is never shown.
            temperature: From 0 to below 2.
            options: `translation_options` of a Qwen-MT model, which is asked in its own form.

        Raises:
            QwenBusyError: No endpoint had time for us.
            QwenRefusedError: An endpoint's moderation refused; no other is asked.
            QwenRequestError: No endpoint takes this request; with the code
                `core.qwen.failures.TOO_LONG` a shorter prompt would do.
            QwenBrokenError: Every endpoint failed; what was yielded last is all there is.
        """
        question = Question(
            messages=messages,
            max_tokens=max_tokens,
            think=think,
            temperature=temperature,
            options=options,
            deadline=_now() + self._limits.total,
        )
        patience = Patience(self._limits.back_off)
        error: QwenError = QwenBrokenError(
            "No Qwen endpoint is asked now: all of them failed a moment ago.", code="resting"
        )
        for line in self._lines:
            patience.turn_elsewhere()
            while line.breaker.admit():
                attempt = Attempt()
                try:
                    async with aclosing(self._try(line, question, attempt)) as snapshots:
                        async for snapshot in snapshots:
                            if snapshot.is_final:
                                line.breaker.succeed()
                            yield snapshot
                except QwenError as failed:
                    error = failed
                else:
                    return
                _log.warning("%s: %s", line.endpoint.name, error)
                if is_endpoint_ill(error):
                    line.breaker.fail()
                step = patience.decide(error, attempt)
                if step == "end" or _now() + patience.pause >= question.deadline:
                    raise error
                if step == "elsewhere":
                    break
                await asyncio.sleep(patience.pause)
        raise error

    async def check(self) -> list[EndpointReport]:
        """Ask every endpoint what it is, and one tiny question."""
        return [await self._check(line) for line in self._lines]

    async def _check(self, line: _Line) -> EndpointReport:
        endpoint = line.endpoint
        found = Probe(dialect="", models=())
        error = ""
        try:
            found = await self._probe(line)
            line.dialect = line.dialect or DIALECTS[found.dialect]
            question = Question(
                messages=[ChatMessage(role="user", content="Say: ok")],
                max_tokens=16,
                think=False,
                temperature=0.0,
                deadline=_now() + self._limits.total,
            )
            async with aclosing(self._try(line, question, Attempt())) as snapshots:
                async for _ in snapshots:
                    break
        except QwenError as failed:
            # A model that lost itself in thinking within 16 tokens is there all the same.
            error = "" if failed.code == EMPTY else str(failed)
        is_listed = endpoint.model in found.models or f"{endpoint.model}:latest" in found.models
        if error and found.models and not is_listed:
            error = f"The model is not served here; there are {', '.join(found.models[:10])}."
        return EndpointReport(
            endpoint=endpoint.name,
            dialect=line.dialect.name if line.dialect else "",
            models=found.models,
            is_served=not error,
            error=error,
        )

    async def _try(
        self, line: _Line, question: Question, attempt: Attempt
    ) -> AsyncGenerator[Snapshot, None]:
        """Ask one endpoint once."""
        dialect = await self._learn(line)
        thinks = question.think or is_thinker(line.endpoint.model)
        draft = Draft(
            # Who may send bare thinking, and has not shown otherwise, is heard out first.
            is_held=dialect.is_raw and (thinks or line.opens_inside is not False),
            may_be_mislabelled=dialect.may_mislabel and not thinks,
        )
        shown = text = ""
        name = line.endpoint.name
        try:
            async with aclosing(self._read(line, dialect, question, attempt)) as batches:
                async for batch in batches:
                    for delta in batch:
                        if delta.error:
                            raise to_error(delta.error, status=200, dialect=dialect)
                        draft.add(delta)
                    text = draft.text
                    if text and text != shown:
                        shown = text
                        attempt.shown_at = attempt.shown_at or _now()
                        yield Snapshot(text=text, is_final=False, endpoint=name)
                    if draft.is_enough:
                        break
            if draft.has_orphan or draft.finish == "stop":
                line.opens_inside = draft.has_orphan
            text = draft.conclude()
        finally:
            count_attempt(line.tokens, question.messages, text or shown, draft.usage)
        self._warn(line, draft)
        yield Snapshot(
            text=text, is_final=True, finish=draft.finish, usage=draft.usage, endpoint=name
        )

    async def _read(
        self, line: _Line, dialect: Dialect, question: Question, attempt: Attempt
    ) -> AsyncGenerator[list[Delta], None]:
        """Yield what each piece of the stream says, until it has ended."""
        until = _now() + self._limits.first_token
        response = await self._post(line, dialect, question, attempt, until)
        events = Events()
        is_over = False
        try:
            if response.content_type == "application/json":
                yield await _read_whole(response, min(until, question.deadline))
                return
            while data := await _receive(response, min(until, question.deadline), is_over):
                deltas = events.feed(data)
                yield deltas
                if is_over:
                    continue
                if any(delta.finish or delta.is_done for delta in deltas):
                    is_over = True
                    until = _now() + self._limits.linger
                    continue
                if rest := attempt.find_rest(_now()):
                    await asyncio.sleep(rest)
                if any(delta.text.strip() or delta.thinking.strip() for delta in deltas):
                    until = _now() + self._limits.gap
            if not is_over:
                yield events.close()
        finally:
            # A stream that was read to its end has given its connection back already.
            response.close()

    async def _post(
        self, line: _Line, dialect: Dialect, question: Question, attempt: Attempt, until: float
    ) -> aiohttp.ClientResponse:
        """Send the question; return a good answer before its body."""
        endpoint = line.endpoint
        fields = to_fields(dialect, endpoint.model, question)
        body = msgspec.json.encode(fields | {"messages": question.messages})
        with _translated():
            async with asyncio.timeout_at(min(until, question.deadline)):
                response = await self._connect().post(
                    endpoint.base / "chat" / "completions",
                    data=body,
                    headers=to_headers(endpoint.key) | {"Content-Type": "application/json"},
                    allow_redirects=False,
                    timeout=self._timeout(),
                )
                if response.status == 200 and response.content_type != "text/html":
                    return response
                async with response:
                    fault = await read_body(response, _MAX_BODY)
        if response.status == 200:
            raise QwenRequestError(
                "At the Qwen endpoint's address is a web page; check the address.", status=200
            )
        verdict = response.headers.get("x-should-retry", "").lower()
        attempt.should_retry = {"true": True, "false": False}.get(verdict)
        raise to_error(fault, status=response.status, dialect=dialect, headers=response.headers)

    async def _learn(self, line: _Line) -> Dialect:
        """Return the dialect of an endpoint, finding it out once."""
        async with line.lock:
            if line.dialect is None:
                found = await self._probe(line)
                line.dialect = DIALECTS[found.dialect]
                _log.info("%s speaks %s", line.endpoint.name, found.dialect)
            return line.dialect

    async def _probe(self, line: _Line) -> Probe:
        with _translated():
            return await probe(self._connect(), str(line.endpoint.base), line.endpoint.key)

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Who asks bounds how many ask at once; a queue in here would eat their time.
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "tifo"},
                timeout=self._timeout(),
            )
        return self._session

    def _timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect)

    def _warn(self, line: _Line, draft: Draft) -> None:
        if draft.is_mislabelled and not self._has_warned:
            self._has_warned = True
            _log.warning(
                "%s labels whole answers as thinking: its model does not think, so start the "
                "server without a reasoning parser",
                line.endpoint.name,
            )


async def _read_whole(response: aiohttp.ClientResponse, until: float) -> list[Delta]:
    """Read an answer, or an error, from an endpoint that did not stream."""
    with _translated():
        async with asyncio.timeout_at(until):
            delta = to_delta(await read_body(response, _MAX_BODY))
    return [delta] if delta else []


async def _receive(response: aiohttp.ClientResponse, until: float, is_over: bool) -> bytes:
    """Return the next bytes, b"" at the end; after the end of an answer nothing is an error."""
    try:
        with _translated():
            if _now() >= until:  # bytes that are there already would never let it strike
                raise TimeoutError
            async with asyncio.timeout_at(until):
                return await response.content.readany()
    except QwenBrokenError:
        if is_over:
            return b""
        raise


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Turn what aiohttp raises into errors of ours, which quote neither address nor data."""
    try:
        yield
    except aiohttp.ServerDisconnectedError:
        raise QwenBrokenError("The Qwen endpoint hung up.", code=GONE) from None
    except TimeoutError:
        raise QwenBrokenError("The Qwen endpoint does not answer in time.", code="late") from None
    except (aiohttp.ClientError, OSError) as error:
        name = type(error).__name__
        raise QwenBrokenError(
            f"The connection to the Qwen endpoint failed: {name}.", code="unreachable"
        ) from None


def _now() -> float:
    return asyncio.get_running_loop().time()
