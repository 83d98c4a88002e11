"""OpenAI's own specification as a judge of what our client sends and what our fake answers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, cast

import msgspec
from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "openai.json"
"""Where it is absent, everything passes."""


def complaints(schema: str, value: object) -> list[str]:
    """Return what is wrong with a value by one of the schemas that the specification names."""
    validator = _validator(schema)
    if validator is None:
        return []
    return [f"{schema}: {error.json_path}: {error.message}" for error in validator(value)]


@functools.cache
def _validator(schema: str) -> Any:
    document = _document()
    if document is None:
        return None
    rooted = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return cast("Any", Draft202012Validator(rooted)).iter_errors


@functools.cache
def _document() -> Any:
    if not SPEC.is_file():
        return None
    return _with_null(msgspec.json.decode(SPEC.read_bytes()))


def _with_null(node: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable`, which 3.1 ignores, into a choice of null."""
    if isinstance(node, list):
        return [_with_null(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = cast("dict[str, Any]", node)
    rest = {name: _with_null(value) for name, value in members.items() if name != "nullable"}
    if members.get("nullable") is True:
        return {"anyOf": [rest, {"type": "null"}]}
    return rest
