"""The shapes of what arrives late: closing readings, registrations and their corrections; lines in, rows out, worked out by hand."""

import attrs
import pytest

from tests.support.book import Book
from tests.support.sunny_day import (
    DATE,
    NEXT,
    Told,
    clean,
    counted,
    days,
    deliver,
    figures,
    inverter,
    marks,
    moment,
    plant,
    plant_days,
    reasons,
    register,
    sunny,
)


def test_glitch_whose_closing_reading_arrives_days_late_is_settled_by_it(roof: Book) -> None:
    deliver(roof, counted(sunny(), "17:00", *[7_000] * 7))
    row = days(roof)[DATE]
    assert figures(row) == (21_750, "counter", 0, 24_500, "counter_power_disagree,pending_counter", "usable")
    assert (row.counter_last_wh, row.settles_at) == (121_750, None)
    deliver(roof, [Told(moment(DATE, "18:45"), 124_500, 0)], at=moment("2025-04-05"))
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "restated", "good")
    assert (row.reading_count, row.glitch_count, row.settles_at) == (54, 7, moment("2025-04-04"))
    assert row.log_position == roof.line_positions()[2 + 53]
    assert list(marks(roof).values()) == ["glitch"] * 7


def test_glitch_that_lasts_over_midnight_takes_the_days_energy_when_its_closing_reading_arrives(roof: Book) -> None:
    stuck = [attrs.evolve(one, wh=7_000) for one in sunny(NEXT)]
    deliver(roof, [*counted(sunny(), "17:00", *[7_000] * 7), *stuck])
    assert figures(days(roof)[NEXT]) == (24_500, "power", 0, 24_500, "pending_counter", "usable"), "no step spans the day"
    deliver(roof, [Told(moment(NEXT, "18:45"), 149_000, 0)], at=moment("2025-04-08"))
    first, second = days(roof)[DATE], days(roof)[NEXT]
    assert figures(first) == (21_750, "counter", 0, 24_500, "counter_power_disagree,energy_is_lower_bound", "usable")
    # 149 000 − 121 750 over 26 h.
    assert figures(second) == (None, "none", 27_250, 24_500, "energy_is_lower_bound,restated", "usable")
    assert (first.glitch_count, second.glitch_count, second.reading_count) == (7, 53, 54)


@pytest.mark.parametrize(("on", "flags"), [(NEXT, ""), ("2025-04-04", ""), ("2025-04-05", "restated")])
def test_registry_after_telemetry_gives_the_days_their_rows(book: Book, on: str, flags: str) -> None:
    deliver(book, sunny())
    assert reasons(book) == ["unknown_inverter"] * 53
    assert (clean(book), days(book)) == ({}, {})
    register(book, inverter(), on=on)
    book.project()
    assert (reasons(book), len(clean(book)), days(book)) == ([], 53, {}), "without the plant's zone there are no days"
    register(book, plant(), on=on)
    book.project()
    row = days(book)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, flags, "good")
    assert (row.reading_count, row.rejected_count, row.log_position) == (53, 0, book.line_positions()[54])
    assert (plant_days(book)[DATE].energy_wh, plant_days(book)[DATE].quality) == (24_500, "good")


def test_zone_corrected_afterwards_parts_the_energy_at_its_own_midnight(roof: Book) -> None:
    deliver(roof, sunny())
    register(roof, plant("Pacific/Auckland"), on=NEXT)
    roof.project()
    rows = days(roof)
    assert sorted(rows) == [DATE, NEXT]
    assert [(row.day_start_utc, row.day_end_utc) for row in rows.values()] == [
        (moment("2025-03-31", "11:00"), moment(DATE, "11:00")),
        (moment(DATE, "11:00"), moment(NEXT, "11:00")),
    ]
    # Midnight is at 11:00 UTC, where the counter stands at 110 250 and power at 2 kW: neither day's window is closed there.
    assert figures(rows[DATE]) == (10_250, "counter", 0, 250 + 10_000, "window_open", "usable")
    assert figures(rows[NEXT]) == (14_250, "counter", 0, 14_000 + 250, "window_open", "usable")
    assert [row.reading_count for row in rows.values()] == [22, 31]
    assert [(date, row.energy_wh, row.timezone) for date, row in plant_days(roof).items()] == [
        (DATE, 10_250, "Pacific/Auckland"),
        (NEXT, 14_250, "Pacific/Auckland"),
    ]


def test_capacity_corrected_afterwards_changes_what_is_measured_by_it(roof: Book) -> None:
    deliver(roof, sunny())
    before = days(roof)[DATE]
    assert (before.capacity_factor, before.specific_yield_kwh_per_kw, before.at_rated_seconds) == (round(24.5 / 240, 6), 2.45, 0)
    register(roof, inverter(capacity=2), on=NEXT)
    roof.project()
    assert days(roof)[DATE] == attrs.evolve(
        before,
        capacity_factor=round(24.5 / 48, 6),
        specific_yield_kwh_per_kw=12.25,
        at_rated_seconds=12 * 3_600,
        log_position=roof.line_positions()[2 + 53],
    )
    assert (plant_days(roof)[DATE].capacity_kw, plant_days(roof)[DATE].specific_yield_kwh_per_kw) == (2, 12.25)


def test_capacity_corrected_to_less_than_was_made_rejects_the_powers_and_what_they_carried(roof: Book) -> None:
    deliver(roof, sunny())
    register(roof, inverter(capacity=1.6), on=NEXT)
    roof.project()
    row = days(roof)[DATE]
    # 2 kW is 125 %. Of the four readings left, 24 500 Wh in 12.5 h are 1960 W on average, more than the 1920 W of 120 %.
    assert reasons(roof) == ["power_over_limit"] * 49
    assert figures(row) == (None, "none", 0, 0, "pending_counter", "poor")
    assert (row.reading_count, row.rejected_count, row.max_ac_power_w, row.window_start_utc) == (4, 49, 0, None)


def test_event_rejected_by_a_corrected_capacity_no_longer_supersedes_another(roof: Book) -> None:
    deliver(roof, sunny())
    deliver(roof, [Told(moment(DATE, "12:00"), 112_250, 9_000)], at=moment(NEXT))
    corrected = days(roof)[DATE]
    assert figures(corrected) == (24_500, "counter", 0, 24_500 + 7_000 * 0.25, "", "good")
    assert (corrected.max_ac_power_w, corrected.reading_count, corrected.rejected_count) == (9_000, 53, 1)
    assert reasons(roof) == ["superseded"]
    register(roof, inverter(capacity=5), on=NEXT)
    roof.project()
    restored = days(roof)[DATE]
    # 9 kW is 180 % of 5 kW: what it had superseded stands again.
    assert figures(restored) == (24_500, "counter", 0, 24_500, "", "good")
    assert (restored.max_ac_power_w, restored.reading_count, restored.rejected_count) == (2_000, 53, 1)
    assert (reasons(roof), clean(roof)["04-01 12:00"].ac_power_w) == (["power_over_limit"], 2_000)
    register(roof, inverter(), on=NEXT)
    roof.project()
    assert days(roof)[DATE] == attrs.evolve(corrected, log_position=roof.line_positions()[2 + 53 + 2])
    assert reasons(roof) == ["superseded"]
