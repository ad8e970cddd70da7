from hypothesis import given
from hypothesis import strategies as st

from projections._contract.settle import settle


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


@given(candidates, st.randoms(use_true_random=False))
def test_what_comes_before_the_last_change_may_come_in_any_order(values, shuffled):
    run = settle(values).index("")
    before = values[:run]
    shuffled.shuffle(before)
    # Only the event just before the final run may not equal it, or the run would begin earlier.
    if before and before[-1] == values[-1]:
        before.reverse()
    if not before or before[-1] != values[-1]:
        again = settle(before + values[run:])
        assert again[run:] == settle(values)[run:]
        assert sorted(again) == sorted(settle(values))
