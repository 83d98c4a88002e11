"""Files in the requests of a bot, and below messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from tests.fakes.discord_values import Attached, Call, Refusal, Shown

Json = dict[str, Any]


async def read(request: web.Request, call: Call) -> None:
    """Read a request's body: JSON, or a form whose first field is."""
    call.reason = unquote(request.headers.get("X-Audit-Log-Reason", ""))
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        call.body = msgspec.json.decode(raw) if raw else {}
        return
    form = await request.post()
    for name, field in form.items():
        if isinstance(field, web.FileField):
            content = field.file.read()
            call.files[name] = Attached("", field.filename, content, field.content_type)
        elif name == "payload_json":
            call.body = msgspec.json.decode(field)


def attach(shown: Shown, call: Call, new_id: Callable[[], str]) -> None:
    """Give a message the files of a request; what its list does not name is taken away.

    discord.com/developers/docs/resources/message#edit-message, read 2026-11-25.
    """
    listed: list[Json] | None = call.body.get("attachments")
    new = {name.removeprefix("files[").removesuffix("]"): f for name, f in call.files.items()}
    if listed is not None:
        ids = {str(entry["id"]) for entry in listed}
        if set(new) - ids:
            raise Refusal(400, 50035, "Invalid Form Body: attachments: a file is not listed")
        shown.attached = [file for file in shown.attached if file.id in ids]
    for file in new.values():
        shown.attached.append(Attached(new_id(), file.name, file.content, file.media_type))


def attachments_of(shown: Shown) -> list[Json]:
    """Return the files of a message as payloads show them."""
    return [
        {
            "id": file.id,
            "filename": file.name,
            "size": len(file.content),
            "url": f"https://cdn.example/{file.id}/{file.name}",
            "proxy_url": f"https://media.example/{file.id}/{file.name}",
            "content_type": file.media_type,
        }
        for file in shown.attached
    ]
