"""A true generation curve, the counter that follows from it, and the damage that loggers do to it. Half-hour rows, UTC days, 10 kW."""

from collections.abc import Sequence
from itertools import accumulate

import attrs
from hypothesis import strategies as st

from projections.calendar.local_days import DAY_US
from projections.counter.samples import Sample
from tests.support.counter_histories import START

STEP = 1_800_000_000
ROWS_A_DAY = 48
DAYS = 5
BASE_MWH = 1_000_000_000
PRESET_MWH = 60_000_000_000
AHEAD_MWH = 9_000_000_000
BEHIND_MWH = 300_000_000
STUCK_MWH = BASE_MWH - 50_000_000
UNDAMAGED_ROWS = 24
"""The first half day stays as it is, so that there is a line."""


@attrs.define
class Damaged:
    """Rows by index; `mwh` None: the row never arrived.

    `true` is the energy made before each row, `shown` what the counter showed; `good`: the value that arrived is the one shown.
    """

    true: list[int] = attrs.field(repr=False)
    shown: list[int] = attrs.field(repr=False)
    mwh: list[int | None] = attrs.field(repr=False)
    good: list[bool] = attrs.field(repr=False)
    story: list[str] = attrs.field(factory=list)

    def spoil(self, index: int, mwh: int | None) -> None:
        """Replace one value."""
        self.mwh[index], self.good[index] = mwh, False

    def samples(self) -> list[Sample]:
        """Return the rows that arrived."""
        return [Sample(at_of(index), mwh, None, 20.0) for index, mwh in enumerate(self.mwh) if mwh is not None]

    def good_rows(self) -> list[int]:
        """Return the rows whose value is true."""
        return [index for index, good in enumerate(self.good) if good]

    def longest_damage(self) -> int:
        """Return the largest number of rows in a row without a true value."""
        return max(len(run) for run in "".join("-" if good else "x" for good in self.good).split("-"))

    def true_of_day(self, day: int) -> int:
        """Return what the inverter made on a day, counted from 0."""
        return self.true[min((day + 1) * ROWS_A_DAY, len(self.true) - 1)] - self.true[day * ROWS_A_DAY]


def at_of(index: int) -> int:
    """Return a row's instant."""
    return START + index * STEP


def day_of(index: int) -> int:
    """Return a row's day, counted from START."""
    return index * STEP // DAY_US


@st.composite
def true_counters(draw: st.DrawFn) -> list[int]:
    """Return the energy made before each row: sun from 6 to 18, peaks up to 10 kW, in whole Wh; on the first and last day for certain."""
    peaks = [draw(st.integers(0 if 0 < day < DAYS - 1 else 4, 10)) for day in range(DAYS)]
    made = [0]
    for peak in peaks:
        made += [max(0, 12 - abs(slot - 24)) * peak * 1_000_000 // 24 // 1_000 * 1_000 for slot in range(ROWS_A_DAY)]
    return list(accumulate(made))


@st.composite
def reset_counters(draw: st.DrawFn, true: Sequence[int]) -> list[int]:
    """Return what it shows: one counter throughout, or a new one from some row on, at zero or preset, with a day left to show itself."""
    row = draw(st.integers(UNDAMAGED_ROWS, len(true) - ROWS_A_DAY))
    start = draw(st.sampled_from([None, 0, PRESET_MWH]))
    shown = [BASE_MWH + mwh for mwh in true]
    return shown if start is None else shown[:row] + [start + mwh - true[row] for mwh in true[row:]]


@st.composite
def damaged(draw: st.DrawFn, *, resets: bool = False, freezes: bool = False) -> Damaged:
    """Return a damaged counter; the last row is true, as is every row of the first morning."""
    true = draw(true_counters())
    shown = draw(reset_counters(true)) if resets else [BASE_MWH + mwh for mwh in true]
    rows = Damaged(true, shown, [*shown], [True] * len(true), [f"shows {shown[0]} … {shown[-1]}"])
    kinds = [_zeros, _fractions, _alternating, _ahead, _behind, _gap, *([_frozen] if freezes else [])]
    for _ in range(draw(st.integers(0, 5))):
        low = draw(st.integers(UNDAMAGED_ROWS, len(true) - 2))
        high = min(low + draw(st.integers(1, 60)), len(true) - 1)
        kind = draw(st.sampled_from(kinds))
        kind(draw, rows, low, high)
        rows.story.append(f"{kind.__name__} {low}:{high}")
    return rows


def _zeros(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, high):
        rows.spoil(index, 0)


def _fractions(draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    fifteenths = draw(st.lists(st.integers(1, 14), min_size=1, max_size=5))
    for index in range(low, high):
        rows.spoil(index, rows.shown[index] * fifteenths[index % len(fifteenths)] // 15)


def _alternating(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, high, 2):
        rows.spoil(index, STUCK_MWH)


def _ahead(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, min(high, low + 3)):
        rows.spoil(index, rows.true[index] + AHEAD_MWH)


def _behind(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, min(high, low + 3)):
        rows.spoil(index, rows.true[index] + BEHIND_MWH)


def _gap(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, high):
        rows.spoil(index, None)


def _frozen(_draw: st.DrawFn, rows: Damaged, low: int, high: int) -> None:
    for index in range(low, high):
        rows.spoil(index, rows.shown[low - 1])


@attrs.frozen
class Dealing:
    """Which rows arrive late (and then twice), and where the others are cut in two."""

    late: list[int]
    cut: int

    def batches(self, samples: Sequence[Sample]) -> list[list[Sample]]:
        """Deal rows into batches."""
        early = [one for index, one in enumerate(samples) if index not in self.late and index < self.cut]
        rest = [one for index, one in enumerate(samples) if index not in self.late and index >= self.cut]
        again = [samples[index] for index in sorted(set(self.late)) if index < len(samples)]
        return [early, rest, again[::2], again[1::2], again]


ROWS = DAYS * ROWS_A_DAY + 1
dealings = st.builds(Dealing, st.lists(st.integers(0, ROWS - 1), max_size=8), st.integers(0, ROWS))
