"""Checks what goes over the wire against Discord's own OpenAPI description, where it is at hand."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, cast

import msgspec
from jsonschema import Draft202012Validator, exceptions

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discord.json"
"""Kept beside the repository; without it nothing is checked."""

Json = dict[str, Any]


@functools.cache
def _spec() -> Json:
    return cast("Json", msgspec.json.decode(SPEC.read_bytes())) if SPEC.exists() else {}


def _validator(schema: Json) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": _spec()["components"]})


@functools.cache
def _request(method: str, path: str) -> Draft202012Validator | None:
    operation: Json = _spec().get("paths", {}).get(path, {}).get(method.lower(), {})
    content: Json = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return _validator(schema) if schema else None


@functools.cache
def _response(method: str, path: str, status: int) -> Draft202012Validator | None:
    operation: Json = _spec().get("paths", {}).get(path, {}).get(method.lower(), {})
    content: Json = operation.get("responses", {}).get(str(status), {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return _validator(schema) if schema else None


def request_fault(method: str, path: str, body: object) -> str:
    """Return what is wrong with a request, or ""; `path` is a template as in the spec."""
    validator = _request(method, path)
    return "" if validator is None else _fault(validator, body)


def query_fault(method: str, path: str, query: dict[str, str]) -> str:
    """Return what is wrong with the part of an address after "?", or ""."""
    operation: Json = _spec().get("paths", {}).get(path, {}).get(method.lower(), {})
    known = {p["name"]: p["schema"] for p in operation.get("parameters", []) if p["in"] == "query"}
    for name, value in query.items() if known else ():
        if name not in known:
            return f"{name} is no parameter"
        # Everything is text in an address: it is read as what its schema allows.
        read: object = {"true": True, "false": False}.get(value, value)
        if "integer" in str(known[name]) and value.isdigit():
            read = int(value)
        fault = _fault(_validator(known[name]), read)
        if fault:
            return f"{name}: {fault}"
    return ""


def response_fault(method: str, path: str, status: int, body: object) -> str:
    """Return what is wrong with an answer of the fake's own, or ""."""
    validator = _response(method, path, status)
    return "" if validator is None else _fault(validator, body)


_LARGE = 20_000  # bytes
_IDS = re.compile(rb'"(?:id|version)":"\d+"')
_judged: dict[tuple[int, bytes], str] = {}


def _fault(validator: Draft202012Validator, body: object) -> str:
    """Judge a body; the whole menu of commands, which takes a second, once but for its ids."""
    written = msgspec.json.encode(body)
    if len(written) < _LARGE:
        return _judge(validator, body)
    key = id(validator), _IDS.sub(b"", written)
    if key not in _judged:
        _judged[key] = _judge(validator, body)
    return _judged[key]


def _judge(validator: Draft202012Validator, body: object) -> str:
    # The stubs leave some types open, so the library is seen through a keyhole here.
    errors = cast("Any", validator).iter_errors(body)
    best = cast("Any", exceptions).best_match(errors)
    return "" if best is None else f"{best.json_path}: {best.message}"[:400]
