"""Every example that the counter line's README draws is run: its readings in, its marks and days out."""

import re
from pathlib import Path

import attrs
import pytest

from projections.counter.marks import MARKS
from projections.counter.samples import Sample
from tests.support.counter_store import RULES_10_KW, CounterStore, sample

README = Path(__file__).resolve().parents[3] / "projections" / "counter" / "README.md"
_BLOCK = re.compile(r"```text example(?:, modulus ([\d ]+))?\n(.*?)```", re.DOTALL)
_READING = re.compile(r"(\d\d \d\d:\d\d) +(\d[\d ]*\d|\d) +[●xo0](?: +(\d+) W)?(?: +([a-z_]+))?")
_DAY = re.compile(r"day (\d\d): (?:none|([\d .]+) Wh)(?:, gap ([\d ]+) Wh)?(, boundary gap)?(, lower bound)?(, pending)?")
EXAMPLES = _BLOCK.findall(README.read_text(encoding="utf-8"))


@attrs.frozen
class Figures:
    """What a day has: mWh (None: no step is placed in it), and what is flagged."""

    mwh: int | None
    gap_mwh: int
    boundary_gap: bool
    lower_bound: bool
    pending: bool


def mwh(text: str) -> int:
    return round(float(text.replace(" ", "")) * 1000)


def readings(lines: list[str]) -> tuple[list[Sample], dict[int, str]]:
    """Read the rows of an example: samples, and the marks that they are to get."""
    samples, marks = [], {}
    for line in lines:
        row = _READING.fullmatch(line)
        assert row, line
        when, counter, watts, mark = row.groups()
        samples.append(sample(f"2025-04-{when}", mwh(counter) / 1000, float(watts) if watts else None))
        if mark:
            assert mark in MARKS, line
            marks[samples[-1].at] = mark
    return samples, marks


def days(lines: list[str]) -> dict[str, Figures]:
    found = {}
    for line in lines:
        day = _DAY.fullmatch(line)
        assert day, line
        date, energy, gap, *flags = day.groups()
        found[f"2025-04-{date}"] = Figures(mwh(energy) if energy else None, mwh(gap) if gap else 0, *map(bool, flags))
    return found


def figures(store: CounterStore, date: str) -> Figures:
    counter = store.day(date).counter
    return Figures(counter.mwh, counter.gap_mwh, counter.boundary_gap, counter.lower_bound, counter.pending > 0)


@pytest.mark.parametrize(("modulus", "text"), EXAMPLES)
def test_an_example_of_the_readme_comes_out_as_drawn(modulus: str, text: str) -> None:
    lines = text.splitlines()
    samples, marks = readings([line for line in lines if not line.startswith("day")])
    rules = attrs.evolve(RULES_10_KW, modulus_mwh=mwh(modulus)) if modulus else RULES_10_KW
    store = CounterStore(rules).deliver(samples)
    expected = days([line for line in lines if line.startswith("day")])
    assert store.marks() == marks
    assert {date: figures(store, date) for date in expected} == expected
    assert len(store.results) == len(expected)


def test_every_mark_and_every_way_of_placing_is_drawn() -> None:
    drawn = {
        mark for _, text in EXAMPLES for mark in readings([line for line in text.splitlines() if not line.startswith("day")])[1].values()
    }
    assert drawn == set(MARKS) - {"accepted"}
    told = [figures for _, text in EXAMPLES for figures in days([line for line in text.splitlines() if line.startswith("day")]).values()]
    assert {name for name in ("gap_mwh", "boundary_gap", "lower_bound", "pending") if any(getattr(one, name) for one in told)} == {
        "gap_mwh", "boundary_gap", "lower_bound", "pending",
    }  # fmt: skip
