"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.cli import main
from core.settings import NAMES

ROOT = Path(__file__).parents[1]
OURS = ("core", "adapters", "bots", "tests")
FILES = sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py"))
SOURCES = [path for path in FILES if path.relative_to(ROOT).parts[0] != "tests"]
MAX_LINES = 400
MAX_STATEMENTS = 40
FORBIDDEN_NAMES = re.compile(r"(Manager|Helper|Utils?|Service|Provider|Base|Impl|Abstract)$")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def statements(function: ast.AST) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_small_enough_to_read_in_one_go(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_function_is_small_enough_to_hold_in_the_head(path: Path):
    long = {f.name: statements(f) for f in functions(path) if statements(f) > MAX_STATEMENTS}
    assert not long


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_class_is_called_what_it_is(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert not [name for name in names if FORBIDDEN_NAMES.search(name)]


def test_the_program_has_one_broad_except():
    broad = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        )
    ]
    assert [place.partition(":")[0] for place in broad] == ["core/errors.py"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_mocked(path: Path):
    text = path.read_text(encoding="utf-8")
    words = ("unittest" + ".mock", "Magic" + "Mock", "monkeypatch." + "setattr")
    assert not [word for word in words if word in text]


def test_every_setting_that_the_readme_names_exists_and_the_other_way_round():
    named = set(re.findall(r"TIFO_[A-Z_]*[A-Z]", (ROOT / "README.md").read_text("utf-8")))
    named = {name for name in named if not name.startswith("TIFO_TEST_")}
    assert named == set(NAMES)


def test_every_make_target_that_the_papers_name_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for paper in ("README.md", "CONTRIBUTING.md", ".ci/run"):
        named = re.findall(
            r"(?:`|^ *)make ([a-z-]+)", (ROOT / paper).read_text("utf-8"), re.MULTILINE
        )
        assert named, paper
        assert set(named) <= targets, paper


def test_every_command_that_the_readme_names_is_understood():
    named = set(re.findall(r"-m bots ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named
    for command in named:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0, command


def test_every_file_that_the_map_names_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`((?:core|adapters|bots|tests|deploy)/[\w./-]+)`", text)
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]
    assert len(text.splitlines()) <= 150


def test_every_row_of_the_fault_table_is_a_test():
    text = (ROOT / "tests" / "faults.md").read_text("utf-8")
    rows = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text)
    assert len(rows) == text.count("\n| ") - 2, "each row names one test"
    tests = {path: {function.name for function in functions(ROOT / path)} for path, _ in rows}
    assert not [f"{path}::{name}" for path, name in rows if name not in tests[path]]


def test_lock_files_name_no_host():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text("utf-8")
        assert "://" not in text and "index-url" not in text
        assert "--hash=sha256:" in text


def test_no_file_names_a_path_of_one_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    places = ("/" + "root/", "/" + "work/", "/" + "home/")
    found = [
        f"{name}: {place}"
        for name in tracked
        if (ROOT / name).suffix not in (".png", ".lock") and (ROOT / name).is_file()
        for place in places
        if place in (ROOT / name).read_text("utf-8", errors="replace")
    ]
    assert not found
