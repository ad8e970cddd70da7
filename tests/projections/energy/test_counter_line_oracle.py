from collections.abc import Sequence

from counter_oracle import judge, place, spans
from counter_store import HOUR, CounterStore
from hypothesis import given, settings
from hypothesis import strategies as st

from projections._energy.counter_step import Rules
from projections._energy.day_book import Sample
from projections._energy.local_days import DAY_US, FIRST_DAY, day_number

EPOCH_DAY = day_number("1970-01-01")
START = 20_000 * DAY_US
RULES = [
    Rules(nameplate_mw=10_000_000),
    Rules(nameplate_mw=1_000_000),
    Rules(nameplate_mw=None),
    Rules(nameplate_mw=10_000_000, modulus_mwh=100_000_000),
]
# Values an hour or more apart: 12 kWh an hour fit 10 kW; small ones grow as a new counter does, large ones as an old one.
OLD = [50_000_000, 55_000_000, 55_000_500, 62_000_000, 62_001_000, 70_000_000, 95_000_000, 99_000_000]
NEW = [0, 300, 1_000, 1_001_000, 2_003_000, 4_000_000, 9_000_000, 14_001_000, 20_000_000]
STEPS = [1, 1, 1, 2, 4, 5, 9, 14, 26, 60]


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    at, samples = START, []
    for _ in range(draw(st.integers(1, 14))):
        at += draw(st.sampled_from(STEPS)) * draw(st.sampled_from([HOUR // 4, HOUR, HOUR, 2 * HOUR])) + draw(st.sampled_from([0, 0, 7]))
        mwh = draw(st.one_of(st.sampled_from(OLD), st.sampled_from(NEW), st.none()))
        power = draw(st.sampled_from([None, None, 0, 100_000, 4_000_000]))
        samples.append(Sample(at, mwh, power, draw(st.sampled_from([None, None, 0.0, 20.0]))))
    return samples


@st.composite
def growing_histories(draw: st.DrawFn) -> list[Sample]:
    """Two counters that grow, one of them read at a time, in stretches: runs, resets and voided resets are common."""
    at, samples, levels = START, [], {"old": 50_000_000, "new": 300_000, "other": 900_000_000}
    for _ in range(draw(st.integers(1, 6))):
        counter = draw(st.sampled_from(["old", "old", "new", "new", "other"]))
        for _ in range(draw(st.integers(1, 8))):
            at += draw(st.sampled_from([HOUR // 4, HOUR, 5 * HOUR, 5 * HOUR, 6 * HOUR]))
            growth = draw(st.sampled_from([0, 1_000, 1_000_000, 1_000_000, 3_000_000]))
            levels = {name: level + growth for name, level in levels.items()}
            samples.append(Sample(at, levels[counter], None, None))
    return samples


def agrees(samples: Sequence[Sample], rules: Rules) -> None:
    verdict = judge(samples, rules)
    store = CounterStore(rules).deliver(samples)
    placed = place(verdict.accepted, rules.modulus_mwh)
    assert store.marks() == verdict.marks
    for day, result in store.results.items():
        counter, expected = result.counter, placed.pop(day - EPOCH_DAY, None)
        of_day = [one for one in verdict.accepted if one.at // DAY_US == day - EPOCH_DAY]
        assert counter.mwh == (expected.mwh if expected else None)
        assert counter.gap_mwh == (expected.gap_mwh if expected else 0)
        assert (counter.boundary_gap, counter.lower_bound) == ((expected.boundary_gap, expected.lower_bound) if expected else (False, False))
        assert [None if end is None else end.mwh for end in (counter.first, counter.last)] == (
            [of_day[0].level, of_day[-1].level] if of_day else [None, None]
        )
        assert counter.resets == sum(one.opens for one in of_day)
        assert result.spanned == spans(verdict.accepted, day - EPOCH_DAY)
    assert not placed, "energy lands in days that have a row"
    assert FIRST_DAY == 1


@given(histories(), st.sampled_from(RULES))
@settings(max_examples=1500, deadline=None)
def test_random_histories_are_decided_as_by_looking_ahead(samples: list[Sample], rules: Rules) -> None:
    agrees(samples, rules)


@given(growing_histories(), st.sampled_from(RULES))
@settings(max_examples=800, deadline=None)
def test_growing_counters_are_decided_as_by_looking_ahead(samples: list[Sample], rules: Rules) -> None:
    agrees(samples, rules)


@given(growing_histories())
@settings(max_examples=100, deadline=None)
def test_every_prefix_is_decided_as_by_looking_ahead(samples: list[Sample]) -> None:
    for size in range(1, len(samples) + 1):
        agrees(samples[:size], RULES[0])
