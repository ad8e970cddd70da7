import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.calendar.local_days import LocalDays, day_number
from projections.counter.placement import Share, Step, place
from tests.support.counter_store import HOUR, MINUTE, utc

UTC_DAYS = LocalDays("Etc/UTC")
FIRST, SECOND, THIRD = (day_number(f"2025-04-0{day}") for day in (1, 2, 3))


def placed(start: str, end: str, mwh: int) -> tuple[Share, ...]:
    return place(Step(utc(start), utc(end), mwh), UTC_DAYS)


def test_step_inside_a_day_counts_there() -> None:
    assert placed("2025-04-01 00:00", "2025-04-01 23:00", 7) == (Share(FIRST, 7),)


def test_step_that_ends_on_midnight_lies_within_the_day_before() -> None:
    assert placed("2025-04-01 00:00", "2025-04-02 00:00", 7) == (Share(FIRST, 7),)
    assert placed("2025-04-01 23:45", "2025-04-02 00:00", 0) == (Share(FIRST, 0),)


def test_short_step_over_midnight_is_split_by_time_and_the_later_share_is_the_rest() -> None:
    assert placed("2025-04-01 23:50", "2025-04-02 00:20", 100) == (Share(FIRST, 33), Share(SECOND, 67))


def test_step_of_over_half_an_hour_over_midnight_is_the_later_days() -> None:
    assert placed("2025-04-01 23:50", "2025-04-02 00:21", 100) == (Share(SECOND, 100, is_late=True),)
    assert placed("2025-04-01 14:00", "2025-04-02 10:00", 100) == (Share(SECOND, 100, is_late=True),)
    assert placed("2025-04-01 14:00", "2025-04-02 10:00", 0) == (Share(SECOND, 0),)


def test_step_of_over_twenty_hours_over_midnight_is_no_days() -> None:
    assert placed("2025-04-01 13:59", "2025-04-02 10:00", 100) == (Share(SECOND, None, gap_mwh=100),)


def test_step_over_two_midnights_is_no_days() -> None:
    assert placed("2025-04-01 23:59", "2025-04-03 00:01", 100) == (Share(THIRD, None, gap_mwh=100),)


def test_date_that_a_zone_skipped_is_no_midnight_of_its_own() -> None:
    midnight = utc("2011-12-30 10:00")
    shares = place(Step(midnight - 10 * MINUTE, midnight + 10 * MINUTE, 100), LocalDays("Pacific/Apia"))
    assert shares == (Share(day_number("2011-12-29"), 50), Share(day_number("2011-12-31"), 50))


@pytest.mark.invariant("I17")
@given(st.integers(0, 3 * 24 * HOUR), st.integers(1, 3 * 24 * HOUR), st.integers(0, 10**9))
def test_no_energy_is_made_or_lost(start: int, duration: int, mwh: int) -> None:
    shares = place(Step(start, start + duration, mwh), LocalDays("America/St_Johns"))
    assert sum((share.mwh or 0) + share.gap_mwh for share in shares) == mwh
    assert all((share.mwh or 0) >= 0 for share in shares)
