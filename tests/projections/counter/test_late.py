from collections.abc import Sequence

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.counter.samples import Sample
from projections.counter.step import Rules
from tests.support.counter_histories import RULES, any_values, growing_counters
from tests.support.counter_store import CounterStore

HISTORIES = st.one_of(any_values(), growing_counters(5))


def batches(draw: st.DrawFn, samples: Sequence[Sample]) -> list[list[Sample]]:
    """Deal samples, in an order and into batches that Hypothesis picks."""
    dealt = draw(st.permutations(samples)) if draw(st.booleans()) else samples
    cuts = sorted(draw(st.lists(st.integers(0, len(samples)), max_size=6)))
    return [list(dealt[low:high]) for low, high in zip([0, *cuts], [*cuts, len(samples)], strict=True)]


def same_as_from_nothing(store: CounterStore) -> None:
    anew = store.from_nothing()
    assert store.marks() == anew.marks()
    assert store.results == anew.results


@given(st.data(), HISTORIES, st.sampled_from(RULES))
@settings(max_examples=200, deadline=None)
def test_any_order_and_split_of_arrival_gives_what_one_pass_gives(data: st.DataObject, samples: list[Sample], rules: Rules) -> None:
    store = CounterStore(rules)
    store.deliver(*data.draw(st.composite(lambda draw: batches(draw, samples))()))
    same_as_from_nothing(store)


@given(st.data(), HISTORIES, st.sampled_from(RULES))
@settings(max_examples=200, deadline=None)
def test_readings_withdrawn_and_corrected_leave_what_one_pass_gives(data: st.DataObject, samples: list[Sample], rules: Rules) -> None:
    store = CounterStore(rules).deliver(samples)
    for _ in range(data.draw(st.integers(1, 3))):
        some = data.draw(st.lists(st.sampled_from(samples), max_size=3))
        if data.draw(st.booleans()):
            store.withdraw(one.at for one in some)
        else:
            values = [data.draw(st.sampled_from([one.mwh, None, 55_000_000, 1_001_000])) for one in some]
            store.deliver(attrs.evolve(one, mwh=mwh) for one, mwh in zip(some, values, strict=True))
        same_as_from_nothing(store)
