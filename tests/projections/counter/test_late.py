import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.counter.samples import Sample
from projections.counter.step import Rules
from tests.support.counter_histories import RULES, any_values, growing_counters
from tests.support.counter_store import CounterStore

HISTORIES = st.one_of(any_values(), growing_counters(5))


@st.composite
def dealt(draw: st.DrawFn) -> list[list[Sample]]:
    """Return a history in batches, in order or in another."""
    samples = draw(HISTORIES)
    shuffled = draw(st.permutations(samples)) if draw(st.booleans()) else samples
    cuts = sorted(draw(st.lists(st.integers(0, len(samples)), max_size=6)))
    return [list(shuffled[low:high]) for low, high in zip([0, *cuts], [*cuts, len(samples)], strict=True)]


@st.composite
def revised(draw: st.DrawFn) -> tuple[list[Sample], list[list[Sample] | list[int]]]:
    """Return a history, and what happens to it afterwards: readings corrected, or the instants of some withdrawn."""
    samples = draw(HISTORIES)
    revisions: list[list[Sample] | list[int]] = []
    for _ in range(draw(st.integers(1, 3))):
        some = draw(st.lists(st.sampled_from(samples), max_size=3))
        if draw(st.booleans()):
            revisions.append([one.at for one in some])
        else:
            revisions.append([attrs.evolve(one, mwh=draw(st.sampled_from([one.mwh, None, 55_000_000, 1_001_000]))) for one in some])
    return samples, revisions


def same_as_from_nothing(store: CounterStore) -> None:
    anew = store.from_nothing()
    assert store.marks() == anew.marks()
    assert store.results == anew.results


@pytest.mark.invariant("I12")
@given(dealt(), st.sampled_from(RULES))
@settings(max_examples=200)
def test_any_order_and_split_of_arrival_gives_what_one_pass_gives(batches: list[list[Sample]], rules: Rules) -> None:
    store = CounterStore(rules)
    store.deliver(*batches)
    same_as_from_nothing(store)


@given(revised(), st.sampled_from(RULES))
@settings(max_examples=200)
def test_readings_withdrawn_and_corrected_leave_what_one_pass_gives(
    history: tuple[list[Sample], list[list[Sample] | list[int]]], rules: Rules
) -> None:
    samples, revisions = history
    store = CounterStore(rules).deliver(samples)
    for revision in revisions:
        store.withdraw([one for one in revision if isinstance(one, int)])
        store.deliver([one for one in revision if isinstance(one, Sample)])
        same_as_from_nothing(store)
