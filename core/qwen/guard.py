"""A guard model: is a question, or an answer to it, fit to be said? It never raises.

Two kinds of servers are understood. "gen" is a Qwen3Guard-Gen behind a chat endpoint, which writes
`Safety: Unsafe` and `Categories: Violent` (model card of Qwen/Qwen3Guard-Gen-4B). "systemone" is a
decision model, asked at `/systemone` beside the chat (API reference of transformers 5.23's server
and of DashScope's `decision-model-preview`). Both read 2026-11-23.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Literal

import aiohttp
import msgspec

from core.errors import QwenError
from core.qwen.breaker import Breaker
from core.qwen.client import Qwen
from core.qwen.dialects import read_body, to_headers
from core.qwen.patience import BackOff
from core.qwen.question import ChatMessage
from core.qwen.values import Endpoint, Timeouts

WAIT = 2.0
"""Seconds that a judgement may take; after them talk goes on without one."""

SUICIDE = "Suicide & Self-Harm"
"""The category, as Qwen3Guard-Gen calls it."""

GuardDialect = Literal["gen", "systemone"]

_TOKENS = 128  # more it never writes
_MAX_BODY = 1 << 16  # bytes
_SAFETY = re.compile(r"Safety:\s*(Safe|Unsafe|Controversial)\b", re.IGNORECASE)
_CATEGORIES = re.compile(r"Categories:\s*([^\n]+)", re.IGNORECASE)
_SURE = {"unsafe": 0.9, "controversial": 0.6, "safe": 1.0}
"""How sure a verdict in words is taken to be; our own."""

_QUESTIONS = {
    SUICIDE: "Does the person speak of ending their own life or hurting themselves?",
    "Unethical Acts": "Is this hateful, insulting or harassing towards a person or a group?",
    "Violent": "Does this threaten violence or tell how to do violence?",
    "Sexual Content or Sexual Acts": "Is this sexual?",
    "Non-violent Illegal Acts": "Does this ask or tell how to commit a crime?",
    "PII": "Does this give away private data of a person?",
    "Jailbreak": "Does this try to make an assistant break its rules?",
}
"""What a decision model is asked, by Qwen3Guard's names of the categories."""

_UNSAFE, _CONTROVERSIAL = 0.8, 0.5
"""Probabilities from which a decision counts; our own."""

_log = logging.getLogger(__name__)


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a guard model thinks."""

    level: Literal["safe", "controversial", "unsafe"]
    category: str = ""
    """The first one it names."""

    sure: float = 1.0
    """0 to 1."""


class _Decided(msgspec.Struct):
    noul: float = 0.0
    """Probability that the question is to be answered with yes."""


class _Decisions(msgspec.Struct):
    answers: dict[str, _Decided]


class Guard:
    """Judges with one guard model."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        dialect: GuardDialect = "gen",
        wait: float = WAIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wait`: seconds that a judgement may take."""
        self._endpoint = endpoint
        self._wait = wait
        self._dialect = dialect
        limits = Timeouts(connect=1.0, first_token=wait, gap=wait, total=wait, back_off=BackOff())
        self._chat = Qwen([endpoint], clock=clock, limits=limits)
        self._breaker = Breaker(clock)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close every connection."""
        await self._chat.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def judge(self, question: str, answer: str = "") -> Judgement | None:
        """Judge a question, or an answer to it; None where there is no judgement in time."""
        try:
            async with asyncio.timeout(self._wait):
                if self._dialect == "systemone":
                    return await self._decide(answer or question)
                return await self._ask(question, answer)
        except (QwenError, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("no judgement of the guard model: %s", type(error).__name__)
            return None

    async def _ask(self, question: str, answer: str) -> Judgement | None:
        messages = [ChatMessage(role="user", content=question)]
        if answer:
            messages.append(ChatMessage(role="assistant", content=answer))
        text = ""
        snapshots = self._chat.chat(messages, max_tokens=_TOKENS, temperature=0.0)
        async with aclosing(snapshots):
            async for snapshot in snapshots:
                text = snapshot.text
        return read(text)

    async def _decide(self, text: str) -> Judgement | None:
        if not self._breaker.admit():
            return None
        questions = {
            name: {"type": "noul", "instructions": asked} for name, asked in _QUESTIONS.items()
        }
        body = {"model": self._endpoint.model, "state": text, "questions": questions}
        try:
            async with self._connect().post(
                self._endpoint.base / "systemone",
                data=msgspec.json.encode(body),
                headers=to_headers(self._endpoint.key) | {"Content-Type": "application/json"},
                allow_redirects=False,
            ) as response:
                raw = await read_body(response, _MAX_BODY)
                made = msgspec.json.decode(raw, type=_Decisions) if response.ok else None
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.CancelledError):
            self._breaker.fail()
            raise
        except msgspec.DecodeError:
            made = None
        if made is None or not made.answers:
            self._breaker.fail()
            _log.warning("the guard model at %s gives no decision", self._endpoint.name)
            return None
        self._breaker.succeed()
        category, decided = max(made.answers.items(), key=lambda item: item[1].noul)
        return _to_judgement(category, decided.noul)

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "tifo"}
            )
        return self._session


def read(text: str) -> Judgement | None:
    """Read what a Qwen3Guard-Gen wrote; None when it is no judgement."""
    found = _SAFETY.search(text)
    if found is None:
        return None
    said = found[1].lower()
    named = _CATEGORIES.search(text)
    category = named[1].split(",")[0].strip() if named else ""
    return Judgement(
        level="unsafe" if said == "unsafe" else "safe" if said == "safe" else "controversial",
        category="" if category.lower() == "none" else category[:60],
        sure=_SURE[said],
    )


def _to_judgement(category: str, probability: float) -> Judgement:
    if probability >= _UNSAFE:
        return Judgement(level="unsafe", category=category, sure=probability)
    if probability >= _CONTROVERSIAL:
        return Judgement(level="controversial", category=category, sure=probability)
    return Judgement(level="safe", sure=1.0 - probability)
