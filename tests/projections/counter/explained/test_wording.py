import pytest

from projections.calendar.local_days import FIRST_DAY, LocalDays, day_number
from projections.counter.explained.wording import LocalClock, duration, energy
from tests.support.counter_store import HOUR, MINUTE, utc


@pytest.mark.parametrize(
    ("mwh", "text"),
    [(0, "0 Wh"), (4_280_000, "4 280 Wh"), (1_234_567_890, "1 234 567.89 Wh"), (5, "0.005 Wh"), (-1_500, "−1.5 Wh")],
)
def test_energy_is_written_in_watt_hours_to_the_last_digit(mwh: int, text: str) -> None:
    assert energy(mwh) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0 s"),
        (1_500_000, "1.5 s"),
        (5 * MINUTE, "5 min"),
        (MINUTE + 30_000_000, "1 min 30 s"),
        (9 * HOUR + 5 * MINUTE + 59_000_000, "9 h 5 min"),
        (24 * HOUR, "1 d"),
        (51 * HOUR + 59 * MINUTE, "2 d 3 h"),
    ],
)
def test_duration_is_written_in_its_two_largest_units(us: int, text: str) -> None:
    assert duration(us) == text


def clock(zone: str, date: str) -> LocalClock:
    return LocalClock(LocalDays(zone), day_number(date))


def test_times_are_local_and_another_days_carry_its_date() -> None:
    kolkata = clock("Asia/Kolkata", "2025-04-01")
    assert kolkata.time(utc("2025-04-01 06:00")) == "11:30"
    assert kolkata.time(utc("2025-04-01 06:00") + 1_500_000) == "11:30:01.500000"
    assert kolkata.time(utc("2025-03-31 18:25")) == "2025-03-31 23:55"


def test_the_days_end_is_midnight_of_that_day_and_no_other_time_is() -> None:
    kolkata = clock("Asia/Kolkata", "2025-04-01")
    assert kolkata.end(utc("2025-04-01 18:30")) == "24:00"
    assert kolkata.end(utc("2025-04-01 18:25")) == "23:55"


def test_a_time_that_comes_twice_is_told_apart_by_its_offset() -> None:
    autumn = clock("Europe/Madrid", "2025-10-26")
    assert [autumn.time(utc(f"2025-10-26 0{hour}:30")) for hour in (0, 1)] == ["02:30 +0200", "02:30 +0100"]


def test_a_local_time_before_the_year_one_is_written_in_utc() -> None:
    first = LocalClock(LocalDays("America/New_York"), FIRST_DAY)
    assert first.time(first.days.start(FIRST_DAY) + HOUR) == "0001-01-01T01:00:00+00:00"
