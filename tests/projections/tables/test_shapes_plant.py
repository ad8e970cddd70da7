"""The shapes that plants, powers and calendars take: lines in, rows of days out, every number worked out by hand from the sunny day."""

import attrs
import pytest

from projections.sql.columns import sql_table
from projections.sql.transactions import connected, transaction
from projections.tables.inverter_daily_summary.projection import SUMMARY
from tests.support.book import Book
from tests.support.sunny_day import (
    DATE,
    MINUTE,
    NEXT,
    Told,
    between,
    clean,
    days,
    deliver,
    figures,
    inverter,
    moment,
    plant,
    plant_days,
    reasons,
    register,
    steady,
    sunny,
)


@pytest.fixture
def roof(book: Book) -> Book:
    """Return a ledger that knows one plant in UTC and its inverters a and b of 10 kW each."""
    register(book, plant(), inverter("a"), inverter("b"))
    return book


def test_nine_hour_gap_of_a_whole_plant_over_midnight_counts_on_the_later_day(roof: Book) -> None:
    for name, wh in (("a", 100_000), ("b", 500_000)):
        night = steady(moment(NEXT, "02:00"), 15, [wh + 24_500] * 14, 0)
        deliver(roof, [*between(sunny(wh=wh), "05:30", "17:00"), *night, *sunny(NEXT, wh + 24_500)], name)
    for name in ("a", "b"):
        rows = days(roof, name)
        assert figures(rows[DATE]) == (22_250, "counter", 0, 22_250, "window_open", "usable")
        # 2250 Wh between 17:00 and 02:00, made before or after midnight.
        assert figures(rows[NEXT]) == (2_250 + 24_500, "counter", 0, 24_500, "boundary_gap", "good")
    first, second = (plant_days(roof)[date] for date in (DATE, NEXT))
    assert (first.energy_wh, first.flags, first.quality) == (2 * 22_250, "window_open", "usable")
    assert (second.energy_wh, second.flags, second.quality) == (2 * 26_750, "boundary_gap", "good")
    assert [(row.inverters_with_energy, row.inverters_reporting, row.inverters_registered) for row in (first, second)] == [(2, 2, 2)] * 2
    assert [row.specific_yield_kwh_per_kw for row in (first, second)] == [2.225, 2.675]


def test_growth_over_a_gap_of_eight_days_belongs_to_no_day(roof: Book) -> None:
    later = "2025-04-09"
    deliver(roof, [*between(sunny(), "05:30", "12:00"), *between(sunny(later, 420_000), "12:15", "18:30")])
    rows, flags = days(roof), "energy_is_lower_bound,window_open"
    assert sorted(rows) == [DATE, later]
    assert figures(rows[DATE]) == (12_250, "counter", 0, 12_250, flags, "usable")
    # From 112 250 to 432 750; then until 444 500.
    assert figures(rows[later]) == (11_750, "counter", 320_500, 11_750, flags, "usable")
    assert rows[later].counter_last_wh - rows[DATE].counter_first_wh == 12_250 + 320_500 + 11_750
    assert {date: (row.energy_wh, row.inverters_with_energy, row.quality) for date, row in plant_days(roof).items()} == {
        DATE: (12_250, 1, "no_data"),
        later: (11_750, 1, "no_data"),
    }, "the other inverter has no row"


def test_tare_at_night_is_no_production(roof: Book) -> None:
    deliver(roof, [attrs.evolve(one, watts=one.watts or -65) for one in sunny()])  # −0.65 % of 10 kW
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "", "good")
    assert reasons(roof) == []
    assert [clock[-5:] for clock, one in clean(roof).items() if one.flags == "standby_negative"] == ["05:30", "05:45", "18:15", "18:30"]
    # Signed, over 13 h: two quarters of −65, two that rise or fall between −65 and 2000, 48 of 2000.
    assert row.avg_ac_power_w == round((2 * -65 + 2 * 967.5 + 48 * 2_000) / 52, 3)
    assert row.sample_mean_ac_power_w == round((4 * -65 + 49 * 2_000) / 53, 3)


@pytest.mark.parametrize(("peak", "flags"), [(10_900, ""), (11_000, ""), (11_001, "over_nameplate"), (12_000, "over_nameplate")])
def test_peak_of_109_percent_is_nothing_remarkable(roof: Book, peak: float, flags: str) -> None:
    deliver(roof, [attrs.evolve(one, watts=peak) if one.clock == "12:00" else one for one in sunny()])
    row = days(roof)[DATE]
    made = 24_500 + (peak - 2_000) * 0.25  # two triangles of a quarter each
    expected = "counter_power_disagree" if made > 1.1 * 24_500 else ""
    assert figures(row) == (24_500, "counter", 0, made, expected, "good")
    assert (row.max_ac_power_w, row.max_ac_power_at, row.reading_count) == (peak, moment(DATE, "12:00"), 53)
    assert row.at_rated_seconds == 0, "both ends of a segment must be at 98 %"
    assert clean(roof)["04-01 12:00"].flags == flags


def from_quarters_to_5_minutes(clock: str) -> list[Told]:
    """Return the sunny day told every 5 min after a clock time, its power gone by 18:05 already."""
    start, until_six = moment(DATE, clock), moment(DATE, "18:00")
    ats = range(start + 5 * MINUTE, moment(DATE, "18:35"), 5 * MINUTE)
    top = [Told(at, round(124_250 - (until_six - at) / MINUTE * 2_000 / 60), 2_000) for at in ats if at <= until_six]
    return [*between(sunny(), "05:30", clock), *top, *(Told(at, 124_333, 0) for at in ats if at > until_six)]


def test_steps_that_grow_shorter_at_noon_leave_the_morning_uncovered_but_counted(roof: Book) -> None:
    deliver(roof, from_quarters_to_5_minutes("12:00"))
    row = days(roof)[DATE]
    # 26 steps of 15 min and 78 of 5: τ = 5 min, so that at most 10 min are bridged; 05:45 is too far from the window to close it.
    assert figures(row) == (24_333, "counter", 0, round(2_000 * 6 + 2_000 / 2 / 12, 3), "window_open", "poor")
    assert (row.step_seconds, row.expected_count, row.reading_count) == (300, 288, 27 + 78)
    assert (row.coverage_window, row.coverage_day, row.longest_gap_seconds) == (0.5, round(6.5 / 24, 6), 6 * 3_600)


def test_steps_that_grow_shorter_late_in_the_day_leave_it_covered(roof: Book) -> None:
    deliver(roof, from_quarters_to_5_minutes("16:00"))
    row = days(roof)[DATE]
    # 42 steps of 15 min and 30 of 5: τ = 15 min, so that up to 30 min are bridged.
    assert figures(row) == (24_333, "counter", 0, round(250 + 24_000 + 2_000 / 2 / 12, 3), "", "good")
    assert (row.step_seconds, row.expected_count, row.reading_count) == (900, 96, 43 + 30)
    assert (row.coverage_window, row.coverage_day, row.longest_gap_seconds) == (1, round(13 / 24, 6), 0)


@pytest.mark.parametrize(
    ("start", "dates", "hours"),
    [
        (moment("2025-03-08", "04:55"), ("2025-03-08", "2025-03-09", "2025-03-10"), (24, 23, 24)),
        (moment("2025-11-01", "03:55"), ("2025-11-01", "2025-11-02", "2025-11-03"), (24, 25, 24)),
    ],
)
def test_day_of_summer_times_change_has_its_own_length(book: Book, start: int, dates: tuple[str, ...], hours: tuple[int, ...]) -> None:
    register(book, plant("America/New_York"), inverter("a"))
    # 1.2 kW, day and night: 300 Wh a quarter, of which 100 lie before each midnight and 200 after it.
    deliver(book, steady(start, 15, [100_000 + 300 * step for step in range(4 * sum(hours) + 2)], 1_200))
    rows = days(book)
    for date, length in zip(dates, hours, strict=True):
        row = rows[date]
        assert figures(row) == (1_200 * length, "counter", 0, 1_200 * length, "window_open", "usable")
        assert (row.day_seconds, row.expected_count, row.reading_count) == (length * 3_600, length * 4, length * 4)
        assert (row.coverage_day, row.capacity_factor, row.specific_yield_kwh_per_kw) == (1, 0.12, 0.12 * length)
    assert rows[dates[1]].day_start_utc == start + (24 * 60 + 5) * MINUTE
    assert rows[dates[1]].day_end_utc == start + ((24 + hours[1]) * 60 + 5) * MINUTE


def test_change_of_one_inverter_reaches_the_other_through_the_window_and_only_on_that_day(roof: Book) -> None:
    for name in ("a", "b"):
        deliver(roof, [*sunny(), *sunny(NEXT, 124_500)], name)
    before = {name: days(roof, name) for name in ("a", "b")}
    spoil_availability(roof)
    deliver(roof, [Told(moment(DATE, "04:00"), None, 500)], "b")
    # The window begins at 04:00 instead of 06:00, and nothing shows that it did not earlier; a tells nothing until 05:30.
    assert days(roof)[DATE] == attrs.evolve(
        before["a"][DATE],
        window_start_utc=moment(DATE, "04:00"),
        coverage_window=round(12.5 / 14, 6),
        longest_gap_seconds=1.5 * 3_600,
        flags="window_open",
        quality="usable",
    )
    assert days(roof, "b")[DATE].reading_count == 54
    spoilt = {name: attrs.evolve(before[name][NEXT], availability=-1.0) for name in ("a", "b")}
    assert {name: days(roof, name)[NEXT] for name in ("a", "b")} == spoilt, "the next day's rows were not even written"
    assert [(plant_days(roof)[date].energy_wh, plant_days(roof)[date].quality) for date in (DATE, NEXT)] == [
        (49_000, "usable"),
        (49_000, "good"),
    ]


def spoil_availability(book: Book) -> None:
    """Make every daily row one that no derivation gives."""
    with connected(book.database) as connection, transaction(connection, write=True):
        connection.execute(sql_table(SUMMARY, SUMMARY.name).update().values(availability=-1.0))
