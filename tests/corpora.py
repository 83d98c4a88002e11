"""Where the corpora of hostile texts lie, if they are there: they are not ours to ship."""

from __future__ import annotations

from pathlib import Path

_FOLDERS = [parent / "shared/corpora/security" for parent in Path(__file__).parents]
SECURITY = next((folder for folder in _FOLDERS if folder.is_dir()), None)
