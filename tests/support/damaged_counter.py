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
ROWS = DAYS * ROWS_A_DAY + 1
BASE_MWH = 1_000_000_000
PRESET_MWH = 60_000_000_000
AHEAD_MWH = 9_000_000_000
BEHIND_MWH = 300_000_000
STUCK_MWH = BASE_MWH - 50_000_000
UNDAMAGED_ROWS = 24
"""The first half day stays as it is, so that there is a line."""
MOST_IN_A_ROW_MWH = 12_000_000 // 2
"""What a counter of 10 kW may grow by in half an hour: 20 % more than the nameplate makes."""
NOISE_MWH = 1_000_000
"""What it may grow by besides, or drop by: a step of the coarsest counter."""


@attrs.frozen
class Damage:
    """What a logger does to the rows from `low` up to `high`, which is not included.

    Of the kinds: `zeros` sends 0; `fractions` sends fifteenths of what the counter shows, in turn; `alternating` an old value every other
    row; `ahead` and `behind` three rows of another counter; `gap` nothing; `frozen` goes on showing the row before `low`.
    """

    kind: str
    low: int
    high: int
    fifteenths: tuple[int, ...] = ()

    def spoilt_rows(self) -> range:
        """Return the rows that are replaced."""
        if self.kind == "alternating":
            return range(self.low, self.high, 2)
        return range(self.low, min(self.high, self.low + 3) if self.kind in {"ahead", "behind"} else self.high)

    def value(self, row: int, true: Sequence[int], shown: Sequence[int]) -> int | None:
        """Return what arrives in place of a row's value (mWh), None for a row that does not arrive."""
        values = {
            "zeros": lambda: 0,
            "fractions": lambda: shown[row] * self.fifteenths[row % len(self.fifteenths)] // 15,
            "alternating": lambda: STUCK_MWH,
            "ahead": lambda: true[row] + AHEAD_MWH,
            "behind": lambda: true[row] + BEHIND_MWH,
            "gap": lambda: None,
            "frozen": lambda: shown[self.low - 1],
        }
        return values[self.kind]()


KINDS = ("zeros", "fractions", "alternating", "ahead", "behind", "gap")


@attrs.frozen
class DamagedCounter:
    """Five days of a counter by row: sun from 6 to 18 with each day's peak power, a new counter from `new_at` on, and damages in turn.

    `true` is the energy made before each row, `shown` what the counter shows, `arrived` the value that arrives (None: the row never
    does), all in mWh; `good` whether the value that arrives is the one shown. All follow from what is given, so that its repr makes it.
    """

    peaks_kw: tuple[int, ...]
    damages: tuple[Damage, ...] = ()
    new_at: int = ROWS
    new_mwh: int = 0
    true: list[int] = attrs.field(init=False, repr=False)
    shown: list[int] = attrs.field(init=False, repr=False)
    arrived: list[int | None] = attrs.field(init=False, repr=False)
    good: list[bool] = attrs.field(init=False, repr=False)

    @true.default
    def _made(self) -> list[int]:
        made = [0]
        for peak in self.peaks_kw:
            made += [max(0, 12 - abs(slot - 24)) * peak * 1_000_000 // 24 // 1_000 * 1_000 for slot in range(ROWS_A_DAY)]
        return list(accumulate(made))

    @shown.default
    def _shown(self) -> list[int]:
        old, new = self.true[: self.new_at], self.true[self.new_at :]
        return [BASE_MWH + mwh for mwh in old] + [self.new_mwh + mwh - new[0] for mwh in new]

    @arrived.default
    def _arrived(self) -> list[int | None]:
        arrived: list[int | None] = [*self.shown]
        for damage in self.damages:
            for row in damage.spoilt_rows():
                arrived[row] = damage.value(row, self.true, self.shown)
        return arrived

    @good.default
    def _good(self) -> list[bool]:
        spoilt = {row for damage in self.damages for row in damage.spoilt_rows()}
        return [row not in spoilt for row in range(ROWS)]

    def samples(self) -> list[Sample]:
        """Return the rows that arrived."""
        return [Sample(at_of(row), mwh, None, 20.0) for row, mwh in enumerate(self.arrived) if mwh is not None]

    def good_rows(self) -> list[int]:
        """Return the rows whose value is true."""
        return [row for row, good in enumerate(self.good) if good]

    def longest_damage(self) -> int:
        """Return the largest number of rows in a row without a true value."""
        return max(len(run) for run in "".join("-" if good else "x" for good in self.good).split("-"))

    def passes_for_a_new_counter(self) -> bool:
        """Return whether its untrue values are, value by value, a new counter that nobody could tell from a real one.

        They are if they follow one from the other for 24 hours and grow, as after a reset, and the next true value could follow them, too:
        after a long enough silence it is no longer a jump that gives them away. So are two such stretches without a true value between
        them, since only the line before the latest reset is remembered.
        """
        run: list[tuple[int, int]] = []
        taken_for_lines: dict[int, tuple[int, int]] = {}
        for row, mwh in enumerate(self.arrived):
            if self.good[row]:
                if len(taken_for_lines) > 1 or any(_follows(last, row, mwh) for last in taken_for_lines.values()):
                    return True
                run, taken_for_lines = [], {}
            elif mwh:
                run = [*run, (row, mwh)] if run and _follows(run[-1], row, mwh) else [(row, mwh)]
                if row - run[0][0] >= ROWS_A_DAY and mwh > run[0][1]:
                    taken_for_lines[run[0][0]] = run[-1]
        return False

    def true_of_day(self, day: int) -> int:
        """Return what the inverter made on a day, counted from 0."""
        return self.true[min((day + 1) * ROWS_A_DAY, ROWS - 1)] - self.true[day * ROWS_A_DAY]


def _follows(last: tuple[int, int], row: int, mwh: int | None) -> bool:
    """Return whether a counter of 10 kW may show a value so many rows after its last one."""
    return mwh is not None and -NOISE_MWH <= mwh - last[1] <= (row - last[0]) * MOST_IN_A_ROW_MWH + NOISE_MWH


def at_of(row: int) -> int:
    """Return a row's instant."""
    return START + row * STEP


def day_of(row: int) -> int:
    """Return a row's day, counted from START."""
    return row * STEP // DAY_US


@st.composite
def _damages(draw: st.DrawFn, kinds: Sequence[str]) -> Damage:
    low = draw(st.integers(UNDAMAGED_ROWS, ROWS - 2))
    high = min(low + draw(st.integers(1, 60)), ROWS - 1)
    kind = draw(st.sampled_from(kinds))
    shares = draw(st.lists(st.integers(1, 14), min_size=1, max_size=5)) if kind == "fractions" else []
    return Damage(kind, low, high, tuple(shares))


@st.composite
def damaged_counters(draw: st.DrawFn, *, resets: bool = False, freezes: bool = False) -> DamagedCounter:
    """Return a damaged counter; the last row is true, as is every row of the first morning, and the first and last day have sun.

    With `resets`, it may be replaced by one that starts at zero or preset, with a day left to show itself; with `freezes`, it may freeze.
    """
    peaks = tuple(draw(st.integers(0 if 0 < day < DAYS - 1 else 4, 10)) for day in range(DAYS))
    damages = tuple(draw(st.lists(_damages((*KINDS, "frozen") if freezes else KINDS), max_size=5)))
    start = draw(st.sampled_from([None, 0, PRESET_MWH])) if resets else None
    if start is None:
        return DamagedCounter(peaks, damages)
    return DamagedCounter(peaks, damages, draw(st.integers(UNDAMAGED_ROWS, ROWS - ROWS_A_DAY)), start)


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


dealings = st.builds(Dealing, st.lists(st.integers(0, ROWS - 1), max_size=8), st.integers(0, ROWS))
