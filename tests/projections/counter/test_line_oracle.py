from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.calendar.local_days import DAY_US, day_number
from projections.counter.samples import Sample
from projections.counter.step import Rules
from tests.support.counter_histories import RULES, any_values, growing_counters
from tests.support.counter_oracle import judge, place, spans
from tests.support.counter_store import CounterStore

EPOCH_DAY = day_number("1970-01-01")


def agrees(samples: Sequence[Sample], rules: Rules) -> None:
    verdict = judge(samples, rules)
    store = CounterStore(rules).deliver(samples)
    placed = place(verdict, rules.modulus_mwh)
    assert store.marks() == verdict.marks
    for day, result in store.results.items():
        counter, expected = result.counter, placed.pop(day - EPOCH_DAY, None)
        of_day = [one for one in verdict.accepted if one.at // DAY_US == day - EPOCH_DAY]
        assert counter.mwh == (expected.mwh if expected else None)
        assert counter.gap_mwh == (expected.gap_mwh if expected else 0)
        assert (counter.boundary_gap, counter.lower_bound) == (
            (expected.boundary_gap, expected.lower_bound) if expected else (False, False)
        )
        assert [None if end is None else end.mwh for end in (counter.first, counter.last)] == (
            [of_day[0].level, of_day[-1].level] if of_day else [None, None]
        )
        assert counter.resets == sum(one.opens for one in of_day)
        assert result.spanned == spans(verdict.accepted, day - EPOCH_DAY)
    assert not placed, "energy lands in days that have a row"


@pytest.mark.invariant("I17")
@given(any_values(), st.sampled_from(RULES))
@settings(max_examples=250)
def test_random_histories_are_decided_as_by_looking_ahead(samples: list[Sample], rules: Rules) -> None:
    agrees(samples, rules)


@given(growing_counters(), st.sampled_from(RULES))
@settings(max_examples=200)
def test_growing_counters_are_decided_as_by_looking_ahead(samples: list[Sample], rules: Rules) -> None:
    agrees(samples, rules)


@given(growing_counters())
@settings(max_examples=25)
def test_every_prefix_is_decided_as_by_looking_ahead(samples: list[Sample]) -> None:
    for size in range(1, len(samples) + 1):
        agrees(samples[:size], RULES[0])
