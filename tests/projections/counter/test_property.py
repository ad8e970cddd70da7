"""From a true curve to a damaged counter and back: what the days then say is the truth, or says that it is less."""

from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from projections.calendar.local_days import DAY_US, day_number
from projections.counter.walk import DayResult
from tests.support.counter_histories import START
from tests.support.counter_store import HOUR, CounterStore
from tests.support.damaged_counter import DAYS, ROWS_A_DAY, STEP, Damaged, at_of, damaged, day_of, dealings

FIRST_DAY = day_number("1970-01-01") + START // DAY_US


def delivered(data: st.DataObject, rows: Damaged) -> CounterStore:
    return CounterStore().deliver(*data.draw(dealings).batches(rows.samples()))


def results(store: CounterStore) -> list[DayResult | None]:
    return [store.results.get(FIRST_DAY + day) for day in range(DAYS + 1)]


def is_flagged(result: DayResult) -> bool:
    return result.counter.boundary_gap or result.counter.lower_bound or result.counter.pending > 0


@given(st.data(), damaged())
@settings(max_examples=60, deadline=None)
def test_exactly_the_true_values_are_accepted(data: st.DataObject, rows: Damaged) -> None:
    marks = delivered(data, rows).marks()
    arrived = {one.at for one in rows.samples()}
    assert set(marks) == arrived - {at_of(index) for index in rows.good_rows()}
    assert "pending" not in marks.values()


@given(st.data(), damaged())
@settings(max_examples=60, deadline=None)
def test_day_equals_the_truth_wherever_its_true_readings_determine_it(data: st.DataObject, rows: Damaged) -> None:
    days = results(delivered(data, rows))
    good = rows.good_rows()
    growing = [(low, high) for low, high in pairwise(good) if rows.true[high] > rows.true[low]]
    crossing = [(low, high) for low, high in growing if day_of(low) != (at_of(high) - 1 - START) // DAY_US]
    undetermined = {day for low, high in crossing for day in range(day_of(low), day_of(high) + 1)}
    for number, day in enumerate(days[:DAYS]):
        if number not in undetermined and day is not None:
            assert (day.counter.mwh or 0, is_flagged(day)) == (rows.true_of_day(number), False)
    for low, high in crossing:
        day = days[day_of(high)]
        assert day is not None
        if (high - low) * STEP <= 20 * HOUR:
            assert day.counter.boundary_gap
        else:
            began = days[day_of(low)]
            assert day.counter.gap_mwh > 0
            assert began is not None
            assert began.counter.lower_bound
            assert day.counter.lower_bound


@given(st.data(), damaged())
@settings(max_examples=60, deadline=None)
def test_days_and_gaps_together_hold_all_that_was_made(data: st.DataObject, rows: Damaged) -> None:
    store = delivered(data, rows)
    assert store.total_mwh() == rows.true[-1]
    boundaries = [day.counter.mwh or 0 for day in store.results.values() if not day.counter.lower_bound]
    assert sum(boundaries) <= rows.true[-1]


@given(st.data(), damaged(resets=True))
@settings(max_examples=120, deadline=None)
def test_energy_under_damage_shorter_than_a_day_never_exceeds_the_truth_and_less_carries_a_flag(data: st.DataObject, rows: Damaged) -> None:
    # A steady fraction of a young counter for a whole day is, value by value, what a reset looks like: nobody could tell them apart.
    assume(rows.longest_damage() < ROWS_A_DAY)
    days = results(delivered(data, rows))
    told = made = 0
    for number, day in enumerate(days[:DAYS]):
        counter = None if day is None else day.counter
        told += 0 if counter is None else (counter.mwh or 0) + counter.gap_mwh
        made += rows.true_of_day(number)
        assert told <= made
    if not any(day is not None and is_flagged(day) for day in days):
        assert [day.counter.mwh or 0 for day in days[:DAYS] if day is not None] == [
            rows.true_of_day(number) for number, day in enumerate(days[:DAYS]) if day is not None
        ]


@given(st.data(), damaged(resets=True, freezes=True))
@settings(max_examples=60, deadline=None)
def test_counter_that_freezes_and_jumps_ahead_may_be_late_with_its_energy_but_never_makes_any_up(
    data: st.DataObject, rows: Damaged
) -> None:
    told = made = 0
    for number, day in enumerate(results(delivered(data, rows))[:DAYS]):
        told += 0 if day is None else (day.counter.mwh or 0) + day.counter.gap_mwh
        made += rows.true_of_day(number)
        assert told <= made
