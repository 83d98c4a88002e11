"""What went wrong at an endpoint, told apart by status and code.

Error bodies come in seven shapes and their texts change from release to release, so the texts
decide nothing but one thing: that a prompt was too long, for which DashScope, vLLM and SGLang
have no code of its own. Nothing of a body but its cleaned code goes into our errors: a body
may quote what a fan wrote.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Literal, TypeAlias

import msgspec

from core.errors import (
    QwenBrokenError,
    QwenBusyError,
    QwenError,
    QwenRefusedError,
    QwenRequestError,
)
from core.qwen.dialects import Dialect

TOO_LONG = "contextlengthexceeded"
"""Code of a `QwenRequestError` that a shorter prompt would mend."""

EMPTY = "empty"
"""Code of a `QwenBrokenError`: the model ended without a word for the fan."""

GONE = "gone"
"""Code of a `QwenBrokenError`: a kept connection was closed just before we used it again."""

Kind: TypeAlias = Literal["busy", "refused", "request", "broken"]

# DashScope's error table as of 2026-11-23, and OpenAI's names for the same.
_KINDS: dict[str, Kind] = {
    "datainspectionfailed": "refused",
    "contentfilter": "refused",
    "contentpolicyviolation": "refused",
    "throttling": "busy",
    "throttlingratequota": "busy",
    "throttlingburstrate": "busy",
    "throttlingallocationquota": "busy",
    "limitrequests": "busy",
    "limitburstrate": "busy",
    "ratelimitexceeded": "busy",
    "ratelimiterror": "busy",
    "overloadederror": "busy",
    "serviceunavailable": "busy",
    "arrearage": "request",
    "allocationquotafreetieronly": "request",
    "prepaidbilloverdue": "request",
    "postpaidbilloverdue": "request",
    "commoditynotpurchased": "request",
    "accessdenied": "request",
    "accessdeniedunpurchased": "request",
    "modelaccessdenied": "request",
    "workspaceaccessdenied": "request",
    "invalidapikey": "request",
    "invalidparameter": "request",
    "invalidparametererror": "request",
    "internalerroralgoinvalidparameter": "request",
    "modelnotfound": "request",
    "modelnotsupported": "request",
    "internalerror": "broken",
    "internalerroralgo": "broken",
    "gatewaytimeout": "broken",
    TOO_LONG: "request",
}
_ACCOUNT = frozenset(name for name, kind in _KINDS.items() if kind == "request") - {
    TOO_LONG,
    "invalidparameter",
    "invalidparametererror",
    "internalerroralgoinvalidparameter",
}
"""Codes that any request to this endpoint would meet, whatever a fan wrote."""

_SAME = {"exceedcontextsizeerror": TOO_LONG, "stringabovemaxlength": TOO_LONG}
_QUOTA = "insufficientquota"
_LENGTH = re.compile(
    r"context (length|size|window)|range of input length|(prompt|input)[^.]{0,60} too long",
    re.IGNORECASE,
)
_BUSY_STATUS = frozenset({408, 409, 425, 429, 503, 529})
_ACCOUNT_STATUS = frozenset({401, 402, 403, 404})
_SENTENCES: dict[Kind, str] = {
    "busy": "The Qwen endpoint asks for patience",
    "refused": "The Qwen endpoint's moderation refused",
    "request": "The Qwen endpoint does not take our request",
    "broken": "The Qwen endpoint failed",
}
_HINTS = {
    401: "; check the key, and that key, address and plan belong together",
    402: "; the account has no credit",
    403: "; the key may not use this model, or the account is not in order",
    404: "; check the address and the name of the model",
}


class _Fault(msgspec.Struct):
    """The parts of an error body that matter, whatever they are nested in."""

    error: object = None
    code: object = None
    type: object = None
    message: object = None
    detail: object = None


def to_error(
    body: bytes, *, status: int, dialect: Dialect, headers: Mapping[str, str] | None = None
) -> QwenError:
    """Return the error that an answer stands for.

    Args:
        body: The error's body in any of its shapes, possibly cut off or empty.
        status: HTTP status; 200 for an error that came inside a stream.
        dialect: Decides what a lack of quota means.
        headers: Of the answer, where there are any.
    """
    codes, number, text = _read(body)
    if status == 200:
        status = number
    code = next((code for code in codes if code in _KINDS or code == _QUOTA), "")
    code = code or next(iter(codes), "")
    if status in (0, 400, 413, 422, 500) and (status == 413 or _LENGTH.search(text)):
        code = TOO_LONG
    kind = _kind(code, status, dialect)
    tag = " ".join(filter(None, (str(status or ""), code)))
    message = f"{_SENTENCES[kind]} ({tag or 'no code'}){_HINTS.get(status, '')}."
    if kind == "busy":
        after = to_wait(headers or {}) or 0.0
        return QwenBusyError(message, status=status, code=code, after=after)
    kinds = {
        "refused": QwenRefusedError,
        "request": QwenRequestError,
        "broken": QwenBrokenError,
    }
    return kinds[kind](message, status=status, code=code)


def to_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an endpoint asks us to wait, None when it does not say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value):
            return float(value) * unit
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, until.timestamp() - time.time())


def is_endpoint_ill(error: QwenError) -> bool:
    """Return whether other requests would fail as well, as against this one alone."""
    if isinstance(error, QwenRequestError):
        return error.status in _ACCOUNT_STATUS or error.code in _ACCOUNT
    return not isinstance(error, QwenRefusedError) and error.code != EMPTY


def _kind(code: str, status: int, dialect: Dialect) -> Kind:
    if code == _QUOTA:
        return "busy" if dialect.is_quota_temporary else "request"
    if code in _KINDS:
        return _KINDS[code]
    if status in _BUSY_STATUS:
        return "busy"
    return "request" if 300 <= status < 500 else "broken"


def _read(body: bytes) -> tuple[list[str], int, str]:
    """Return cleaned codes, the numeric code or 0, and all text there is."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [], 0, body.decode(errors="replace")
    faults: list[_Fault] = []
    texts: list[str] = []
    while value is not None and len(faults) < 3:
        if not isinstance(value, dict):
            texts.append(str(value))  # pyright: ignore[reportUnknownArgumentType] - any JSON value
            break
        fault = msgspec.convert(value, _Fault)
        faults.append(fault)
        texts.extend(str(part) for part in (fault.message, fault.detail) if part is not None)
        value = fault.error
    names = [name for fault in faults for name in (fault.code, fault.type)]
    numbers = [int(name) for name in map(str, names) if re.fullmatch(r"[1-5]\d\d", name)]
    codes = [_clean(name) for name in names if isinstance(name, str) and not name.isdigit()]
    return list(filter(None, codes)), next(iter(numbers), 0), " ".join(texts)


def _clean(code: str) -> str:
    """Bring a code into one spelling: `Throttling.RateQuota` and `limit_requests` alike."""
    name = re.sub(r"[._\s]", "", code.lower())
    name = _SAME.get(name, name)
    return name if re.fullmatch(r"[a-z0-9/-]{1,64}", name) else ""
