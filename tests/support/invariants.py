"""The promises that hold for every database at any time, and the tests that prove each: those marked `@pytest.mark.invariant("I4")`.

Run as a program (`python -m tests.support.invariants`), this file writes the table in tests/README.md anew.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
README = TESTS / "README.md"
_PART = re.compile(r"(<!-- made from the code: invariants -->\n).*?(<!-- end -->\n)", re.DOTALL)

INVARIANTS = {
    "I1": "Append-only",
    "I2": "Gapless",
    "I3": "One key, one event",
    "I4": "Chained statements",
    "I5": "Time goes on",
    "I6": "Committed",
    "I7": "Whole batches",
    "I8": "Every line counts",
    "I9": "Conservation",
    "I10": "A function of the log",
    "I11": "One result",
    "I12": "Any order",
    "I13": "The registry as it stands",
    "I14": "Never twice",
    "I15": "The same log",
    "I16": "No half-made table",
    "I17": "No energy lost",
    "I18": "One day",
    "I19": "Reading changes nothing",
}
"""Number and headline; DESIGN.md has the whole sentence under the same headline."""


@cache
def proofs() -> dict[str, list[str]]:
    """Return, for each number that a test cites, the tests that do: `ledger/test_log.py::test_x`, by file and place in it."""
    found: dict[str, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        name = file.relative_to(TESTS).as_posix()
        for test in ast.parse(file.read_text(encoding="utf-8")).body:
            for number in _cited(test):
                found.setdefault(number, []).append(f"{name}::{test.name}")  # type: ignore[attr-defined]
    return found


def _cited(test: ast.stmt) -> Iterator[str]:
    for decorator in test.decorator_list if isinstance(test, ast.FunctionDef) else ():
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.invariant":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


def refuse_unknown(item: pytest.Item) -> None:
    """Raise UsageError if a collected test cites a number that there is not."""
    for mark in item.iter_markers("invariant"):
        for number in mark.args:
            if number not in INVARIANTS:
                raise pytest.UsageError(f"{item.nodeid} cites {number}, which tests/support/invariants.py does not have")


def table() -> str:
    """Return the table of invariants and their tests, in Markdown."""
    tests = proofs()
    rows = [f"| {number} {headline} | {_listed(tests.get(number, []))} |\n" for number, headline in INVARIANTS.items()]
    return "| invariant | tests that prove it |\n| --- | --- |\n" + "".join(rows)


def _listed(tests: list[str]) -> str:
    by_file: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        by_file.setdefault(file, []).append(name)
    return "<br>".join(f"`{file}`: {', '.join(f'`{name}`' for name in names)}" for file, names in by_file.items())


def readme_with_table(text: str) -> str:
    """Return a README's text with the table in it made anew."""
    return _PART.sub(lambda part: part[1] + table() + part[2], text)


if __name__ == "__main__":
    README.write_text(readme_with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
