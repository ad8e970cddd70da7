from hypothesis import assume, given
from hypothesis import strategies as st

from projections.contract.settle import settle


def test_an_event_alone_is_kept():
    assert settle(["a"]) == [""]


def test_a_repetition_is_a_duplicate_of_the_first():
    assert settle(["a", "a", "a"]) == ["", "duplicate_reading", "duplicate_reading"]


def test_a_correction_supersedes_what_came_before():
    assert settle(["a", "b"]) == ["superseded", ""]


def test_a_correction_repeated_is_kept_where_it_was_first_said():
    assert settle(["a", "b", "b"]) == ["superseded", "", "duplicate_reading"]


def test_a_correction_taken_back_stands_where_it_was_taken_back():
    assert settle(["a", "b", "a"]) == ["duplicate_reading", "superseded", ""]


candidates = st.lists(st.integers(0, 2), min_size=1, max_size=8)


@given(candidates)
def test_exactly_one_is_kept_and_it_has_the_last_values(values):
    reasons = settle(values)
    assert reasons.count("") == 1
    assert values[reasons.index("")] == values[-1]


@given(candidates)
def test_repeating_the_last_event_moves_nothing(values):
    assert settle([*values, values[-1]]) == [*settle(values), "duplicate_reading"]


@given(candidates, st.integers(2, 5))
def test_equal_events_in_any_number_keep_the_first(values, times):
    reasons = settle(values[:1] * times)
    assert reasons == ["", *["duplicate_reading"] * (times - 1)]


@st.composite
def reordered(draw):
    """Return candidates, and those before their final run in another order."""
    values = draw(candidates)
    return values, draw(st.permutations(values[: settle(values).index("")]))


@given(reordered())
def test_what_comes_before_the_final_run_may_come_in_any_order(case):
    values, before = case
    run = len(before)
    assume(before[-1:] != values[-1:])  # the final run would begin earlier
    again = settle([*before, *values[run:]])
    assert again[run:] == settle(values)[run:]
    assert sorted(again) == sorted(settle(values))
