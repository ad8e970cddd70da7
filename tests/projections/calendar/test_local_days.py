from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.calendar.local_days import DAY_US, FIRST_DAY, LAST_DAY, LocalDays, day_number, iso_date
from projections.calendar.zones import TZDATA_VERSION, is_zone, zone, zone_names

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
ZONES = sorted(zone_names())
ODD_ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Juneau",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Manila",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kwajalein",
]


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("name", "day", "start", "hours"),
    [
        ("Asia/Kolkata", "2025-04-01", "2025-03-31T18:30Z", 24),
        ("Asia/Kathmandu", "2025-04-01", "2025-03-31T18:15Z", 24),
        ("America/New_York", "2025-03-09", "2025-03-09T05:00Z", 23),
        ("America/New_York", "2025-11-02", "2025-11-02T04:00Z", 25),
        ("Australia/Lord_Howe", "2025-04-06", "2025-04-05T13:00Z", 24.5),
        ("Australia/Lord_Howe", "2025-10-05", "2025-10-04T13:30Z", 23.5),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", 23),
        ("America/Havana", "2025-11-02", "2025-11-02T04:00Z", 25),
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00Z", 23),
    ],
)
def test_day_starts_and_lasts_as_the_table_says(name: str, day: str, start: str, hours: float) -> None:
    days = LocalDays(name)
    number = day_number(day)
    assert days.start(number) == instant(start)
    assert days.length_us(number) == hours * HOUR
    assert days.day_of(days.start(number)) == number
    assert days.day_of(days.start(number) - 1) == number - 1


def test_day_that_a_zone_skipped_is_empty_and_holds_no_instant() -> None:
    days, skipped = LocalDays("Pacific/Apia"), day_number("2011-12-30")
    assert days.length_us(skipped) == 0
    assert days.start(skipped) == instant("2011-12-30T10:00Z")
    assert days.day_of(instant("2011-12-30T10:00Z")) == skipped + 1
    assert days.day_of(instant("2011-12-30T10:00Z") - 1) == skipped - 1


def test_hour_repeated_after_midnight_belongs_to_the_day_that_has_begun() -> None:
    days, name = LocalDays("America/St_Johns"), "America/St_Johns"
    start = days.start(day_number("2010-11-07"))
    assert start == instant("2010-11-07T02:30Z")
    back_on_the_6th = start + HOUR // 2
    assert (EPOCH + timedelta(microseconds=back_on_the_6th)).astimezone(ZoneInfo(name)).date() == date(2010, 11, 6)
    assert iso_date(days.day_of(back_on_the_6th)) == "2010-11-07"
    assert days.length_us(day_number("2010-11-07")) == 25 * HOUR


@pytest.mark.parametrize("name", ODD_ZONES)
@pytest.mark.parametrize("year", [1, 1844, 1867, 1969, 1994, 2010, 2011, 2018, 2025, 2100, 9999])
def test_every_day_of_a_year_holds_its_own_instants(name: str, year: int) -> None:
    days = LocalDays(name)
    first = date(year, 1, 1).toordinal()
    for day in range(first, first + 365):
        start, end = days.start(day), days.start(day + 1)
        assert end >= start
        if end > start:
            assert [days.day_of(at) for at in (start, (start + end) // 2, end - 1)] == [day] * 3


@pytest.mark.invariant("I18")
@pytest.mark.parametrize("name", ["America/St_Johns", "Pacific/Apia", "Africa/Cairo"])
def test_instants_around_every_change_of_the_clock_lie_in_exactly_one_day(name: str) -> None:
    days, tz = LocalDays(name), zone(name)
    changes = 0
    for hour in range(-100 * 8_766, 80 * 8_766, 12):
        at = EPOCH + timedelta(hours=hour)
        if at.astimezone(tz).utcoffset() == (at + timedelta(hours=12)).astimezone(tz).utcoffset():
            continue
        changes += 1
        for minutes in range(0, 24 * 60, 10):
            instant_us = (hour * 60 + minutes) * 60_000_000
            day = days.day_of(instant_us)
            assert days.start(day) <= instant_us < days.start(day + 1)
    assert changes > 10


@pytest.mark.invariant("I18")
@given(st.sampled_from(ZONES), st.integers(FIRST_DAY, LAST_DAY))
@settings(max_examples=1500)
def test_start_and_day_of_are_inverse_in_every_zone(name: str, day: int) -> None:
    days = LocalDays(name)
    start, end = days.start(day), days.start(day + 1)
    assert start <= end <= start + 2 * DAY_US
    if start < end:
        assert days.day_of(start) == days.day_of(end - 1) == day


@pytest.mark.invariant("I18")
@pytest.mark.parametrize("name", ZONES)
def test_every_zone_has_days_one_after_the_other(name: str) -> None:
    days = LocalDays(name)
    for day in (day_number("1969-12-31"), day_number("2025-04-01"), day_number("2100-06-01")):
        assert days.day_of(days.start(day)) == day
        assert days.day_of(days.start(day + 1) - 1) == day
        assert 22 * HOUR <= days.length_us(day) <= 26 * HOUR


@pytest.mark.parametrize("name", ["Etc/GMT+12", "Etc/UTC", "Pacific/Kiritimati"])
def test_beyond_the_calendar_an_instant_counts_to_the_day_beside_it(name: str) -> None:
    days = LocalDays(name)
    assert days.start(FIRST_DAY) == days.start(FIRST_DAY - 5) == instant("0001-01-01T00:00Z")
    assert days.day_of(days.start(FIRST_DAY) - 10 * DAY_US) == FIRST_DAY
    end = days.start(LAST_DAY + 1)
    assert end == days.start(LAST_DAY + 7)
    assert days.day_of(end - 1) == days.day_of(end + 10 * DAY_US) == LAST_DAY


def test_dates_read_back_as_written() -> None:
    assert iso_date(day_number("2025-04-01")) == "2025-04-01"
    assert (iso_date(FIRST_DAY), iso_date(LAST_DAY)) == ("0001-01-01", "9999-12-31")


@pytest.mark.invariant("I10")
def test_zones_are_named_exactly_and_come_from_the_package() -> None:
    assert is_zone("Asia/Kolkata")
    assert not any(is_zone(name) for name in ("asia/kolkata", "IST", "", "../UTC", "zone.tab", " UTC"))
    assert TZDATA_VERSION.startswith("20")
    with pytest.raises(KeyError, match="asia/kolkata"):
        zone("asia/kolkata")
