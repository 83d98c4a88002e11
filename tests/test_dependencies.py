"""What tifo is built from: pinned, whole, under licences that a club can live with."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([\w.-]+)==[\w.!+]+( ; .+)?$")

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|MPL|Mozilla|LGPL|Lesser|"
    r"Zope|CC0|0BSD|Unicode)\b",
    re.IGNORECASE,
)
"""LGPL is for libraries that are used unchanged, such as python-telegram-bot."""


def pins(lock: str) -> dict[str, list[str]]:
    """Return each requirement of a lock with its hashes."""
    found: dict[str, list[str]] = {}
    for row in (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines():
        what, *hashes = row.split(" --hash=")
        assert _PIN.fullmatch(what.strip()), f"{lock}: {what} is not pinned"
        found[canonicalize_name(what.split("==")[0])] = [h.strip() for h in hashes]
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_pinned_with_hashes(lock: str):
    for name, hashes in pins(lock).items():
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), name


def test_the_lock_holds_what_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {canonicalize_name(Requirement(row).name) for row in project["dependencies"]}
    assert declared <= pins("requirements.lock").keys()


def test_every_licence_is_permissive_enough():
    strange: list[str] = []
    for name in pins("requirements.lock"):
        try:
            told = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or version of Python
        rows = [
            row[:200]
            for field in ("License-Expression", "License")
            for row in told.get_all(field, [])
        ]
        rows += [row for row in told.get_all("Classifier", []) if row.startswith("License")]
        rows += [  # a few tell it in a file only
            path.read_text("utf-8")[:200]
            for path in importlib.metadata.files(name) or ()
            if path.name.upper().startswith("LICENSE")
        ]
        text = " ".join(rows)
        if not PERMISSIVE.search(text):
            strange.append(f"{name}: {text}")
    assert not strange


def test_the_container_runs_without_root():
    rows = (ROOT / "deploy" / "Dockerfile").read_text("utf-8").splitlines()
    users = [row.split()[1] for row in rows if row.startswith("USER")]
    assert users and users[-1].isdecimal() and int(users[-1]) > 0
    assert not [row for row in rows[rows.index(f"USER {users[-1]}") :] if row.startswith("RUN")]
