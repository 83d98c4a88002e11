"""Checks what goes over the wire against the Bot API's own description, where it is at hand."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, cast

import msgspec
from jsonschema import Draft202012Validator, exceptions

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "telegram.json"
"""Kept beside the repository; without it only the limits below are checked."""

LONGEST = 4096
CALLBACK = 64

Json = dict[str, Any]

_PLAIN: dict[str, Json] = {
    "Integer": {"type": "integer"},
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Float number": {"type": "number"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "True": {"const": True},
    "InputFile": {"type": "string"},
}
_LENGTH = re.compile(r"(\d+)-(\d+) characters")
_CONSTANT = re.compile(r"always [“\"](\w+)[”\"]")


def request_fault(method: str, body: Json) -> str:
    """Return what is wrong with a call, or ""."""
    validator = _method(method)
    return ("" if validator is None else _fault(validator, body)) or _limit_fault(body)


def response_fault(kind: str, body: object) -> str:
    """Return what is wrong with a value of the fake's own, such as a "Message", or ""."""
    validator = _type_validator(kind)
    return "" if validator is None else _fault(validator, body)


def _limit_fault(body: Json) -> str:
    text = cast("str", body.get("text", ""))
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) // 2 > LONGEST:
        return f"text of {len(units) // 2} UTF-16 units"
    entities = cast("list[Json]", body.get("entities") or [])
    for entity in entities:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        if not 0 <= start < end <= len(units):
            return f"{entity} lies outside of {text!r}"
        try:
            units[start:end].decode("utf-16-le")
        except UnicodeDecodeError:
            return f"{entity} cuts a character of {text!r} in two"
    if len(entities) > 100:
        return f"{len(entities)} entities"
    keyboard = cast("Json", body.get("reply_markup") or {}).get("inline_keyboard", [])
    for button in (button for row in keyboard for button in row):
        if not 0 < len(button.get("callback_data", "").encode()) <= CALLBACK:
            return f"callback data of {button}"
    return _nesting_fault(entities)


def _nesting_fault(entities: list[Json]) -> str:
    ordered = sorted(entities, key=lambda e: (e["offset"], -e["length"]))
    for outer, inner in (
        (a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :] if _overlap(a, b)
    ):
        if inner["offset"] + inner["length"] > outer["offset"] + outer["length"]:
            return f"{outer} and {inner} overlap"
        kinds = {outer["type"], inner["type"]}
        if kinds & {"code", "pre"} or kinds in ({"text_link"}, {"blockquote"}):
            return f"{inner} stands in {outer}"
    return ""


def _overlap(one: Json, other: Json) -> bool:
    return other["offset"] < one["offset"] + one["length"]


@functools.cache
def _spec() -> Json:
    return cast("Json", msgspec.json.decode(SPEC.read_bytes())) if SPEC.exists() else {}


@functools.cache
def _definitions() -> Json:
    types = cast("dict[str, Json]", _spec()["types"])
    known = {
        name: {"anyOf": [_type(each) for each in kind["subtypes"]]}
        if kind.get("subtypes")
        else _object(kind.get("fields", []))
        for name, kind in types.items()
    }
    rich = [_type(name) for name in types if name.startswith("RichText") and name != "RichText"]
    either = [{"type": "string"}, {"type": "array", "items": _type("RichText")}, *rich]
    return known | {"RichText": {"anyOf": either}}


def _type(name: str) -> Json:
    if name.startswith("Array of "):
        return {"type": "array", "items": _type(name.removeprefix("Array of "))}
    return _PLAIN.get(name) or {"$ref": f"#/$defs/{name}"}


def _field(field: Json) -> Json:
    kinds = [_type(kind) for kind in field["types"]]
    schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    length = _LENGTH.search(field["description"])
    if length and field["types"] == ["String"]:
        schema = {**schema, "minLength": int(length[1]), "maxLength": int(length[2])}
    constant = _CONSTANT.search(field["description"])
    return {"const": constant[1]} if constant else schema


def _object(fields: list[Json]) -> Json:
    return {
        "type": "object",
        "properties": {field["name"]: _field(field) for field in fields},
        "required": [field["name"] for field in fields if field["required"]],
        "additionalProperties": False,
    }


@functools.cache
def _method(name: str) -> Draft202012Validator | None:
    if not _spec():
        return None
    fields = _spec()["methods"][name].get("fields", [])
    return Draft202012Validator(_object(fields) | {"$defs": _definitions()})


@functools.cache
def _type_validator(name: str) -> Draft202012Validator | None:
    return Draft202012Validator(_type(name) | {"$defs": _definitions()}) if _spec() else None


def _fault(validator: Draft202012Validator, body: object) -> str:
    # The stubs leave some types open, so the library is seen through a keyhole here.
    errors = cast("Any", validator).iter_errors(body)
    best = cast("Any", exceptions).best_match(errors)
    return "" if best is None else f"{best.json_path}: {best.message}"[:400]
