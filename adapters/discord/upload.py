"""Bodies with files, which Discord takes as a form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from adapters.files import to_safe_name, to_safe_type
from core.message import File

MOST_FILES = 10
"""With one message; discord.com/developers/docs/reference#uploading-files, read 2026-11-25."""


class Upload(msgspec.Struct, frozen=True):
    """A body and the files that its `attachments` name by their place."""

    body: dict[str, object]
    files: tuple[File, ...]


def with_files(body: dict[str, object], files: tuple[File, ...]) -> dict[str, object] | Upload:
    """Return what to send for a body that may have files."""
    return Upload(body, files) if files else body


def to_attachments(files: Sequence[File]) -> list[dict[str, object]]:
    """Return the list that, in an edit, also takes away every file that it does not name."""
    return [
        {"id": str(place), "filename": to_safe_name(file.name)} for place, file in enumerate(files)
    ]


def to_form(upload: Upload) -> list[dict[str, object]]:
    """Return the fields of the form, as discord.py's client takes them."""
    text = msgspec.json.encode(upload.body).decode()
    return [
        {"name": "payload_json", "value": text, "content_type": "application/json"},
        *(
            {
                "name": f"files[{place}]",
                "value": file.content,
                "filename": to_safe_name(file.name),
                "content_type": to_safe_type(file.media_type),
            }
            for place, file in enumerate(upload.files)
        ),
    ]
