"""That the table of mutants does not rot; `python -m tests.chaos.mutants` tries them."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.chaos.faults import MUTANTS, Mutant
from tests.chaos.mutants import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_be_made_and_its_tests_exist(mutant: Mutant):
    text = (ROOT / mutant.path).read_text()
    assert text.count(mutant.old) == 1
    if mutant.path.endswith(".py"):
        ast.parse(text.replace(mutant.old, mutant.new))
    path, *functions = mutant.tests.split()
    tests = (ROOT / path).read_text()
    assert functions and all(f"def {function}(" in tests for function in functions)


def test_every_mutant_has_a_name_of_its_own():
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    assert len(MUTANTS) >= 20
