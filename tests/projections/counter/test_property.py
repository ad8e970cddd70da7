"""From a true curve to a damaged counter and back: what the days then say is the truth, or says that it is less."""

from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings

from projections.calendar.local_days import DAY_US, day_number
from projections.counter.walk import DayResult
from tests.support.counter_histories import START
from tests.support.counter_store import HOUR, CounterStore
from tests.support.damaged_counter import (
    DAYS,
    ROWS_A_DAY,
    STEP,
    Damage,
    DamagedCounter,
    Dealing,
    at_of,
    damaged_counters,
    day_of,
    dealings,
)

FIRST_DAY = day_number("1970-01-01") + START // DAY_US
ALL_AT_ONCE = Dealing(late=[], cut=0)
A_DAY_OF_FRACTIONS = DamagedCounter((4, 0, 0, 0, 4), (Damage("fractions", 24, 73, (14,)),))


def fractions_then_silence(high: int) -> DamagedCounter:
    return DamagedCounter((4, 0, 0, 0, 4), (Damage("zeros", 24, 25), Damage("zeros", 58, 118), Damage("fractions", 24, high, (14,))))


def delivered(dealing: Dealing, rows: DamagedCounter) -> CounterStore:
    return CounterStore().deliver(*dealing.batches(rows.samples()))


def results(store: CounterStore) -> list[DayResult | None]:
    return [store.results.get(FIRST_DAY + day) for day in range(DAYS + 1)]


def is_flagged(result: DayResult) -> bool:
    return result.counter.boundary_gap or result.counter.lower_bound or result.counter.pending > 0


@given(dealings, damaged_counters())
@example(ALL_AT_ONCE, A_DAY_OF_FRACTIONS)
@example(ALL_AT_ONCE, fractions_then_silence(72))
@settings(max_examples=60)
def test_exactly_the_true_values_are_accepted(dealing: Dealing, rows: DamagedCounter) -> None:
    assume(not rows.passes_for_a_new_counter())
    marks = delivered(dealing, rows).marks()
    arrived = {one.at for one in rows.samples()}
    assert set(marks) == arrived - {at_of(index) for index in rows.good_rows()}
    assert "pending" not in marks.values()


def test_a_day_of_fractions_whose_end_is_lost_in_silence_is_taken_for_a_new_counter() -> None:
    """State a limit: after 24 hours of growth the rules see a reset, and after 22 hours of zeros the true value is no jump from it.

    So the fractions are accepted, the true values carry them on, and the days say 65.6 kWh too much, each with the flag of a reset. Half
    an hour less, or a true value right after, and they are glitches.
    """
    rows = fractions_then_silence(73)
    store = delivered(ALL_AT_ONCE, rows)
    assert store.marks() == {at_of(24): "counter_replaced"} | {at_of(row): "placeholder" for row in range(73, 118)}
    assert store.total_mwh() == rows.true[-1] + 65_566_734
    assert [day is not None and day.counter.lower_bound for day in results(store)[:DAYS]] == [True, True, True, False, False]
    assert rows.passes_for_a_new_counter()
    assert not fractions_then_silence(72).passes_for_a_new_counter()
    assert not A_DAY_OF_FRACTIONS.passes_for_a_new_counter()


@given(dealings, damaged_counters())
@settings(max_examples=60)
def test_day_equals_the_truth_wherever_its_true_readings_determine_it(dealing: Dealing, rows: DamagedCounter) -> None:
    assume(not rows.passes_for_a_new_counter())
    days = results(delivered(dealing, rows))
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


@pytest.mark.invariant("I17")
@given(dealings, damaged_counters())
@settings(max_examples=60)
def test_days_and_gaps_together_hold_all_that_was_made(dealing: Dealing, rows: DamagedCounter) -> None:
    assume(not rows.passes_for_a_new_counter())
    store = delivered(dealing, rows)
    assert store.total_mwh() == rows.true[-1]
    boundaries = [day.counter.mwh or 0 for day in store.results.values() if not day.counter.lower_bound]
    assert sum(boundaries) <= rows.true[-1]


@given(dealings, damaged_counters(resets=True))
@settings(max_examples=120)
def test_energy_under_damage_shorter_than_a_day_never_exceeds_the_truth_and_less_carries_a_flag(
    dealing: Dealing, rows: DamagedCounter
) -> None:
    # A steady fraction of a young counter for a whole day is, value by value, what a reset looks like: nobody could tell them apart.
    assume(rows.longest_damage() < ROWS_A_DAY)
    days = results(delivered(dealing, rows))
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


@given(dealings, damaged_counters(resets=True, freezes=True))
@settings(max_examples=60)
def test_counter_that_freezes_and_jumps_ahead_may_be_late_with_its_energy_but_never_makes_any_up(
    dealing: Dealing, rows: DamagedCounter
) -> None:
    assume(not rows.passes_for_a_new_counter())
    told = made = 0
    for number, day in enumerate(results(delivered(dealing, rows))[:DAYS]):
        told += 0 if day is None else (day.counter.mwh or 0) + day.counter.gap_mwh
        made += rows.true_of_day(number)
        assert told <= made
