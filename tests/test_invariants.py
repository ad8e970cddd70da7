"""Every invariant has its tests, and tests/README.md lists them."""

import re
from pathlib import Path

import pytest

from tests.support.invariants import INVARIANTS, README, proofs, readme_with_table, refuse_unknown

DESIGN = Path(__file__).resolve().parents[1] / "DESIGN.md"


@pytest.mark.parametrize("number", INVARIANTS)
def test_every_invariant_is_proved_by_a_test(number: str) -> None:
    assert proofs().get(number), f'mark the tests that prove it with @pytest.mark.invariant("{number}")'


def test_tests_cite_only_invariants_that_there_are() -> None:
    assert proofs().keys() <= INVARIANTS.keys()


def test_the_design_names_the_same_invariants() -> None:
    named = re.findall(r"\*\*(I\d+) ([^*]+?)\.\*\*", DESIGN.read_text(encoding="utf-8"))
    assert dict(named) == INVARIANTS
    assert [number for number, _ in named] == [f"I{number}" for number in range(1, len(INVARIANTS) + 1)]


def test_the_table_of_invariants_is_the_one_that_the_tests_make() -> None:
    text = README.read_text(encoding="utf-8")
    assert "made from the code: invariants" in text
    assert readme_with_table(text) == text, "python -m tests.support.invariants writes it anew"


def test_a_test_that_cites_an_unknown_invariant_is_refused(request: pytest.FixtureRequest) -> None:
    request.node.add_marker(pytest.mark.invariant("X4"))
    with pytest.raises(pytest.UsageError, match=r"refused cites X4, which tests/support/invariants\.py does not have"):
        refuse_unknown(request.node)
