"""The shapes that counters of real inverters take: lines in, rows of days out, every number worked out by hand from the sunny day."""

import attrs

from tests.support.book import Book
from tests.support.sunny_day import (
    DATE,
    NEXT,
    Told,
    between,
    clean,
    counted,
    days,
    deliver,
    figures,
    inverter,
    marks,
    moment,
    register,
    steady,
    sunny,
)


def test_sunny_day_is_what_the_other_tests_damage(roof: Book) -> None:
    deliver(roof, sunny())
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "", "good")
    assert (row.reading_count, row.glitch_count, row.placeholder_count, row.counter_resets) == (53, 0, 0, 0)
    assert (row.counter_first_wh, row.counter_last_wh, row.coverage_window) == (100_000, 124_500, 1)


def test_zeros_at_dawn_lose_their_counter_and_keep_the_day(roof: Book) -> None:
    told = counted(sunny(), "05:45", 0, 0, 0, 0)
    told[1] = attrs.evolve(told[1], celsius=0)
    deliver(roof, told)
    row = days(roof)[DATE]
    # Without its reading at 05:45 power rises to 2 kW over half an hour from 05:30: 250 Wh more.
    assert figures(row) == (24_500, "counter", 0, 24_500 + 250, "", "good")
    assert (row.reading_count, row.placeholder_count, row.glitch_count, row.counter_resets) == (53 - 1, 1, 0, 0)
    assert marks(roof) == {
        "04-01 05:45": "placeholder_row",
        "04-01 06:00": "placeholder",
        "04-01 06:15": "placeholder",
        "04-01 06:30": "placeholder",
    }


def test_fractions_of_the_counter_are_glitches_and_the_line_goes_on(roof: Book) -> None:
    deliver(roof, counted(sunny(), "10:00", round(108_250 * 8 / 15, 3), 108_750 * 14 / 15, round(109_250 / 15, 3)))
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "", "good")
    assert (row.reading_count, row.glitch_count, row.counter_resets, row.counter_last_wh) == (53, 3, 0, 124_500)
    assert marks(roof) == dict.fromkeys(["04-01 10:00", "04-01 10:15", "04-01 10:30"], "glitch")
    readings = clean(roof)
    assert [readings[f"04-01 10:{minute}"].energy_wh_total for minute in ("00", "15", "30")] == [57_733.333, 101_500, 7_283.333]


def test_stuck_value_alternating_with_the_true_one_for_half_a_day_costs_nothing(roof: Book) -> None:
    stuck = [f"{hour:02}:{minute}" for hour in range(6, 18) for minute in (15, 45)]
    deliver(roof, [attrs.evolve(one, wh=40_000) if one.clock in stuck else one for one in sunny()])
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "", "good")
    assert (row.reading_count, row.glitch_count, row.counter_resets) == (53, 12 * 2, 0)
    assert marks(roof) == {f"04-01 {clock}": "glitch" for clock in stuck}


def test_series_that_starts_on_a_stuck_value_is_pending_until_a_line_has_grown(roof: Book) -> None:
    told = counted(sunny(), "05:30", *[40_000] * 14)
    deliver(roof, between(told, "05:30", "08:45"))
    made = 250 + 2_000 * 2.75
    assert figures(days(roof)[DATE]) == (0, "counter", 0, made, "window_open", "usable"), "one single run serves as the line"
    deliver(roof, between(told, "09:00", "09:15"))
    assert figures(days(roof)[DATE]) == (None, "none", 0, made + 1_000, "pending_counter,window_open", "usable")
    assert list(marks(roof).values()) == ["pending"] * 16
    deliver(roof, between(told, "09:30", "18:30"))
    row = days(roof)[DATE]
    # From 09:00 on: 124 500 − 106 250.
    assert figures(row) == (18_250, "counter", 0, 24_500, "counter_power_disagree,energy_is_lower_bound", "usable")
    assert (row.reading_count, row.glitch_count, row.counter_first_wh) == (53, 14, 106_250)
    assert list(marks(roof).values()) == ["glitch"] * 14


def test_rows_of_another_day_in_good_order_are_no_readings(roof: Book) -> None:
    told = counted(sunny(), "12:00", 180_000, 180_500, 181_000)
    deliver(roof, [attrs.evolve(one, watts=5_000, celsius=60) if one.wh is not None and one.wh >= 180_000 else one for one in told])
    row = days(roof)[DATE]
    # Nothing is known from 11:45 to 12:45: 2000 Wh less from power, 11 of 12 hours covered.
    assert figures(row) == (24_500, "counter", 0, 24_500 - 2_000, "", "usable")
    assert (row.reading_count, row.glitch_count, row.max_ac_power_w, row.max_temperature_c) == (53 - 3, 3, 2_000, 20)
    assert (row.coverage_window, row.longest_gap_seconds) == (round(11 / 12, 6), 3_600)
    assert marks(roof) == dict.fromkeys(["04-01 12:00", "04-01 12:15", "04-01 12:30"], "glitch_above")
    assert len(clean(roof)) == 53, "they stay clean events"


def test_rows_of_an_earlier_day_in_good_order_keep_their_power(roof: Book) -> None:
    deliver(roof, counted(sunny(), "12:00", 60_000, 60_500, 61_000))
    row = days(roof)[DATE]
    assert figures(row) == (24_500, "counter", 0, 24_500, "", "good")
    assert (row.reading_count, row.glitch_count) == (53, 3)
    assert marks(roof) == dict.fromkeys(["04-01 12:00", "04-01 12:15", "04-01 12:30"], "glitch")


def test_two_rows_far_ahead_before_a_silence_of_nine_days_are_thrown_out_after_it(roof: Book) -> None:
    deliver(roof, counted(between(sunny(), "05:30", "12:30"), "12:15", 112_750 + 50_000, 113_250 + 50_000))
    before = days(roof)[DATE]
    assert figures(before) == (12_250, "counter", 0, 250 + 2_000 * 6.5, "pending_counter,window_open", "usable")
    assert (before.reading_count, before.settles_at) == (29, None)
    deliver(roof, steady(moment("2025-04-10", "12:30"), 15, [131_000, 131_500, 132_000], 2_000))
    rows = days(roof)
    assert sorted(rows) == [DATE, "2025-04-10"]
    assert figures(rows[DATE]) == (12_250, "counter", 0, 250 + 2_000 * 6, "energy_is_lower_bound,window_open", "usable")
    assert (rows[DATE].reading_count, rows[DATE].glitch_count, rows[DATE].settles_at) == (27, 2, moment("2025-04-04"))
    # 131 000 − 112 250 since the last value on the line.
    assert figures(rows["2025-04-10"]) == (1_000, "counter", 18_750, 1_000, "energy_is_lower_bound,window_open", "usable")
    assert marks(roof) == dict.fromkeys(["04-01 12:15", "04-01 12:30"], "glitch_above")


def test_whole_kwh_counter_on_a_small_inverter_may_step_by_one_at_any_moment(roof: Book) -> None:
    register(roof, inverter(capacity=3))
    # 1.2 · 3 kW · ¼ h = 900 Wh: a step of 1 kWh is plausible by the counter's resolution alone.
    deliver(roof, [attrs.evolve(one, wh=(one.wh or 0) // 1_000 * 1_000) for one in sunny()])
    row = days(roof)[DATE]
    assert figures(row) == (24_000, "counter", 0, 24_500, "", "good")
    assert (row.reading_count, row.glitch_count, row.counter_last_wh) == (53, 0, 124_000)
    assert marks(roof) == {}


def test_zero_rows_for_28_hours_while_the_counter_went_on_leave_a_gap(roof: Book) -> None:
    start = moment(DATE, "12:00")
    zeros = [Told(start + quarter * 15 * 60_000_000, 0, 0, 0, "off") for quarter in range(28 * 4)]
    deliver(roof, [*between(sunny(), "05:30", "11:45"), *zeros, *between(sunny(NEXT, 124_500), "16:00", "18:30")])
    first, second = days(roof)[DATE], days(roof)[NEXT]
    flags = "energy_is_lower_bound,window_open"
    assert figures(first) == (11_750, "counter", 0, 250 + 2_000 * 5.75, flags, "usable"), "a placeholder row closes no window"
    # From 111 750 to 144 750 in 28.25 h; then until 149 000.
    assert figures(second) == (4_250, "counter", 33_000, 2_000 * 2 + 250, flags, "usable")
    assert [(row.reading_count, row.placeholder_count, row.glitch_count) for row in (first, second)] == [(26, 48, 0), (11, 64, 0)]
    assert [row.availability for row in (first, second)] == [1, 1], "nor are they downtime"


def reset_at_noon() -> list[Told]:
    """Return a day whose counter starts again at 12:00: 0, then 500 Wh a quarter until 12 250."""
    return [attrs.evolve(one, wh=(one.wh or 0) - 112_250) if one.clock >= "12:00" else one for one in sunny()]


def test_true_reset_at_noon_counts_from_its_first_reading_once_it_has_grown_for_a_day(roof: Book) -> None:
    deliver(roof, reset_at_noon())
    row = days(roof)[DATE]
    assert figures(row) == (11_750, "counter", 0, 24_500, "counter_power_disagree,pending_counter", "usable")
    assert (row.counter_last_wh, row.counter_resets, row.settles_at) == (111_750, 0, None)
    second_day = sunny(NEXT, 12_250)
    deliver(roof, between(second_day, "05:30", "12:00"))
    assert days(roof)[DATE].flags == "counter_power_disagree,pending_counter", "the run has lasted for 23 h 45 min"
    deliver(roof, between(second_day, "12:15", "18:30"))
    first, second = days(roof)[DATE], days(roof)[NEXT]
    # Until 11:45; the opening credit of the first value; from there to 12 250.
    assert figures(first) == (11_750 + 500 + 11_750, "counter", 0, 24_500, "energy_is_lower_bound", "usable")
    assert (first.counter_first_wh, first.counter_last_wh, first.counter_resets, first.glitch_count) == (100_000, 12_250, 1, 0)
    assert figures(second) == (24_500, "counter", 0, 24_500, "", "good")
    assert (second.counter_first_wh, second.counter_last_wh, second.counter_resets) == (12_250, 36_750, 0)
    assert marks(roof) == {"04-01 12:00": "placeholder", "04-01 12:15": "epoch"}


def test_new_counter_passing_the_old_ones_last_value_weeks_later_means_nothing(roof: Book) -> None:
    deliver(roof, [*reset_at_noon(), *sunny(NEXT, 12_250)])
    before = days(roof)[DATE]
    deliver(roof, sunny("2025-04-20", 100_500))
    rows = days(roof)
    assert rows[DATE] == before
    # 100 500 − 36 750 in 18 days; then past 111 750 at about 11:30.
    assert figures(rows["2025-04-20"]) == (24_500, "counter", 63_750, 24_500, "energy_is_lower_bound", "usable")
    assert (rows["2025-04-20"].counter_last_wh, rows["2025-04-20"].counter_resets, rows["2025-04-20"].glitch_count) == (125_000, 0, 0)
    assert marks(roof) == {"04-01 12:00": "placeholder", "04-01 12:15": "epoch"}


def test_replaced_inverter_with_a_preset_counter_is_credited_with_growth_only(roof: Book) -> None:
    told = [attrs.evolve(one, wh=5_000_000 + (one.wh or 0) - 112_250) for one in between(sunny(), "12:00", "18:30")]
    deliver(roof, [*between(sunny(), "05:30", "10:00"), *told])
    row = days(roof)[DATE]
    assert figures(row) == (8_250, "counter", 0, 24_500 - 4_000, "pending_counter", "usable")
    assert (row.reading_count, row.counter_resets) == (19 + 27, 0), "what is pending is a reading"
    deliver(roof, sunny(NEXT, 5_012_250))
    first, second = days(roof)[DATE], days(roof)[NEXT]
    # Two hours at 2 kW went unseen.
    assert figures(first) == (8_250 + 12_250, "counter", 0, 24_500 - 4_000, "energy_is_lower_bound", "usable")
    assert (first.counter_last_wh, first.counter_resets, first.glitch_count, first.reading_count) == (5_012_250, 1, 0, 19 + 27)
    assert first.coverage_window == round(10 / 12, 6)
    assert figures(second) == (24_500, "counter", 0, 24_500, "", "good")
    assert marks(roof) == {"04-01 12:00": "counter_replaced"}


def test_inverter_replaced_overnight_leaves_both_days_lower_bounds(roof: Book) -> None:
    deliver(roof, [*sunny(), *sunny(NEXT, 5_000_000)])
    assert [row.flags for row in days(roof).values()] == ["", "pending_counter"]
    deliver(roof, sunny("2025-04-03", 5_024_500)[:1])
    rows = days(roof)
    assert [figures(rows[date]) for date in (DATE, NEXT)] == [(24_500, "counter", 0, 24_500, "energy_is_lower_bound", "usable")] * 2
    assert [rows[date].counter_resets for date in (DATE, NEXT)] == [0, 1]
    assert marks(roof) == {"04-02 05:30": "counter_replaced"}


def test_rollover_counts_through_once_its_modulus_is_registered(roof: Book) -> None:
    told = sunny(wh=4_294_958_750)
    after = [350 + 500 * quarter for quarter in range(32)]  # 10:15 to 18:00
    deliver(roof, counted(told, "10:15", *after, 16_100, 16_100))
    row = days(roof)[DATE]
    assert figures(row) == (8_250, "counter", 0, 24_500, "counter_power_disagree,pending_counter", "usable")
    assert row.counter_last_wh == 4_294_967_000
    register(roof, inverter(modulus=2**32), on=NEXT)
    roof.project()
    row = days(roof)[DATE]
    # 2³² − 4 294 967 000 + 350 = 646; then 16 100 − 350.
    assert figures(row) == (8_250 + 646 + 15_750, "counter", 0, 24_500, "", "good")
    assert (row.counter_first_wh, row.counter_last_wh, row.counter_resets, row.glitch_count) == (4_294_958_750, 16_100, 0, 0)
    assert marks(roof) == {}
