"""Strategies for small counter histories in which runs, glitches, resets, voided resets and rollovers are common."""

from hypothesis import strategies as st

from projections.calendar.local_days import DAY_US
from projections.counter.samples import Sample
from projections.counter.step import Rules

HOUR = 3_600_000_000
START = 20_000 * DAY_US
RULES = [
    Rules(nameplate_mw=10_000_000),
    Rules(nameplate_mw=1_000_000),
    Rules(nameplate_mw=None),
    Rules(nameplate_mw=10_000_000, modulus_mwh=100_000_000),
]
_OLD = [50_000_000, 55_000_000, 55_000_500, 62_000_000, 62_001_000, 70_000_000, 95_000_000, 99_000_000]
_NEW = [0, 300, 1_000, 1_001_000, 2_003_000, 4_000_000, 9_000_000, 14_001_000, 20_000_000]
_STEPS_HOURS = [1, 1, 1, 2, 4, 5, 9, 14, 26, 60]
_COUNTERS_MWH = {"old": 50_000_000, "new": 300_000, "other": 900_000_000}


@st.composite
def any_values(draw: st.DrawFn, size_max: int = 14) -> list[Sample]:
    """Return values drawn one by one from a small alphabet."""
    at, samples = START, []
    for _ in range(draw(st.integers(1, size_max))):
        at += draw(st.sampled_from(_STEPS_HOURS)) * draw(st.sampled_from([HOUR // 4, HOUR, HOUR, 2 * HOUR])) + draw(
            st.sampled_from([0, 0, 7])
        )
        mwh = draw(st.one_of(st.sampled_from(_OLD), st.sampled_from(_NEW), st.none()))
        power = draw(st.sampled_from([None, None, 0, 100_000, 4_000_000]))
        samples.append(Sample(at, mwh, power, draw(st.sampled_from([None, None, 0.0, 20.0]))))
    return samples


@st.composite
def growing_counters(draw: st.DrawFn, stretches_max: int = 6) -> list[Sample]:
    """Return counters that all grow, of which one is read at a time, in stretches."""
    at, samples, levels = START, [], dict(_COUNTERS_MWH)
    for _ in range(draw(st.integers(1, stretches_max))):
        counter = draw(st.sampled_from(["old", "old", "new", "new", "other"]))
        for _ in range(draw(st.integers(1, 8))):
            at += draw(st.sampled_from([HOUR // 4, HOUR, 5 * HOUR, 5 * HOUR, 6 * HOUR]))
            growth = draw(st.sampled_from([0, 1_000, 1_000_000, 1_000_000, 3_000_000]))
            levels = {name: level + growth for name, level in levels.items()}
            samples.append(Sample(at, levels[counter], None, None))
    return samples
