"""No table changes by accident: every projection's layout is kept in a file, beside the version it belongs to.

Run as a program, this file writes the kept layouts anew.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from projections.definition.layout import layout
from projections.engine.catalog import catalog

GOLDEN = Path(__file__).with_name("layouts_golden.json")
COMMAND = "PYTHONPATH=. .venv/test/bin/python -P tests/projections/tables/test_layouts.py"


def declared() -> dict[str, Any]:
    """Return every projection's version and layout, as the code has them."""
    return {projection.name: {"version": projection.version, **layout(projection)} for projection in catalog()}


def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found


def version_not_raised(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name the projections with another layout and no higher version."""
    return sorted(name for name in old.keys() & new.keys() if old[name] != new[name] and new[name]["version"] <= old[name]["version"])


def complaint(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Say what to do about layouts that are not the kept ones; empty if they are."""
    if unraised := version_not_raised(old, new):
        return f"{', '.join(unraised)}: raise `version` where it is declared, then write the kept layouts anew: {COMMAND}"
    return "" if old == new else f"write the kept layouts anew: {COMMAND}"


def test_layouts_are_the_kept_ones() -> None:
    assert complaint(kept(), declared()) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"version": 8}, "write the kept layouts anew"),
        ({"sources": ["s"]}, "one: raise `version`"),
        ({"sources": ["s"], "version": 6}, "one: raise `version`"),
        ({"sources": ["s"], "version": 8}, "write the kept layouts anew"),
    ],
)
def test_another_layout_needs_a_higher_version(change: dict[str, Any], said: str) -> None:
    old = {"one": {"version": 7, "sources": []}, "two": {"version": 1, "sources": []}}
    new = {"one": {**old["one"], **change}, "two": old["two"]}
    found = complaint(old, new)
    assert found.startswith(said)
    assert bool(found) == bool(said)


if __name__ == "__main__":
    if GOLDEN.exists() and (refused := version_not_raised(kept(), declared())):
        sys.exit(f"{', '.join(refused)}: raise `version` where it is declared first")
    GOLDEN.write_text(json.dumps(declared(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
