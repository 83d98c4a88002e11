"""Reads the event stream of a chat endpoint, in whatever shape it comes.

Known shapes, each seen on a real server: usage on a chunk without choices, on the last chunk
with them, or never; no `[DONE]`; `event:error` frames without a space on an HTTP 200; an error
as a bare string; a whole answer in one piece from a server that does not stream; lines that end
in CR LF; comments to keep the connection open; characters cut between two network packets.
"""

from __future__ import annotations

import re

import msgspec

from core.errors import QwenBrokenError

MAX_LINE = 2 << 20
"""Bytes of one line; a chunk of an answer has some hundred."""

MAX_TOTAL = 32 << 20
"""Bytes of one stream."""

_BREAK = re.compile(rb"[\r\n]+")
_BOM = b"\xef\xbb\xbf"
_NULL = msgspec.Raw(b"null")
_NOTHING = frozenset({b"null", b'""', b"{}"})


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an answer cost, in tokens, as the endpoint counts them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Of the prompt; 0 also where the endpoint does not say."""


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream."""

    text: str = ""
    thinking: str = ""
    finish: str = ""
    """Why the model ended, "" while it goes on."""

    usage: Usage | None = None
    is_done: bool = False
    """Nothing follows."""

    error: bytes = b""
    """The body of an error that came inside the stream."""


class _Words(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    delta: _Words | None = None
    message: _Words | None = None
    finish_reason: str | None = None


class _Cached(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL
    message: msgspec.Raw = _NULL
    code: msgspec.Raw = _NULL
    detail: msgspec.Raw = _NULL


_to_chunk = msgspec.json.Decoder(_Chunk).decode
_to_usage_or_none = msgspec.json.Decoder(_Usage | None).decode


class Events:
    """Turns bytes, cut anywhere, into deltas.

    Blank lines mean nothing to it: every event of a chat stream has one line of data, and some
    servers leave the blank lines out.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._total = 0
        self._is_error = False
        """What comes is announced by `event: error`."""

    def feed(self, data: bytes) -> list[Delta]:
        """Take the next bytes; return what they complete.

        Raises:
            QwenBrokenError: They are no chat stream, or more than any answer has.
        """
        if not self._total:
            data = data.removeprefix(_BOM)
        self._total += len(data)
        self._buffer += data
        lines: list[bytes] = []
        longest = len(self._buffer)
        if b"\n" in data or b"\r" in data:
            *lines, rest = _BREAK.split(bytes(self._buffer))
            self._buffer[:] = rest
            longest = max(len(rest), max(map(len, lines)))
        if self._total > MAX_TOTAL or longest > MAX_LINE:
            raise QwenBrokenError("The Qwen endpoint sends without end.", code="oversized")
        return [delta for line in lines if (delta := self._read(line))]

    def close(self) -> list[Delta]:
        """Take the end of the stream, where the last line may lack its break.

        Raises:
            QwenBrokenError: The last line is no part of a chat stream.
        """
        return self.feed(b"\n")

    def _read(self, line: bytes) -> Delta | None:
        field, _, value = line.partition(b":")
        value = value.strip()
        if field == b"event":
            self._is_error = value == b"error"
        if field != b"data" or not value:
            return None
        if self._is_error:
            return Delta(error=value)
        return Delta(is_done=True) if value == b"[DONE]" else to_delta(value)


def to_delta(data: bytes) -> Delta | None:
    """Read one event, or the whole answer of a server that did not stream.

    Returns:
        None for what has nothing to do with the answer.

    Raises:
        QwenBrokenError: It is not JSON, so a piece of the answer may be lost.
    """
    try:
        chunk = _to_chunk(data)
    except msgspec.ValidationError:
        return Delta(error=data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # "from None": the cause would quote what was received.
        raise QwenBrokenError("The Qwen endpoint sends garbage.", code="garbled") from None
    faults = [chunk.error]
    if not chunk.choices:
        faults += [chunk.code, chunk.message, chunk.detail]
    if any(fault is not _NULL and bytes(fault) not in _NOTHING for fault in faults):
        return Delta(error=data)
    choice = chunk.choices[0] if chunk.choices else _Choice()
    words = choice.delta or choice.message or _Words()
    text = words.content or ""
    thinking = words.reasoning_content or words.reasoning or ""
    finish = (choice.finish_reason or "").replace("null", "")
    usage = _to_usage(chunk.usage)
    if not (text or thinking or finish or usage):
        return None
    return Delta(text=text, thinking=thinking, finish=finish, usage=usage)


def _to_usage(data: msgspec.Raw) -> Usage | None:
    """Read usage; a server's own idea of it is no reason to lose an answer."""
    if data is _NULL:
        return None
    try:
        usage = _to_usage_or_none(data)
    except msgspec.DecodeError:
        return None
    if usage is None or not usage.prompt_tokens:
        return None
    details = usage.prompt_tokens_details or _Cached()
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens or 0,
        cached_tokens=details.cached_tokens or 0,
    )
