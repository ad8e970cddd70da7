"""The shapes that counters of real inverters take: readings in, days out, every number worked out by hand (10 kW, 12 kWh an hour)."""

from projections.counter.samples import Sample
from projections.counter.step import Rules
from tests.support.counter_store import RULES_10_KW, CounterStore, sample, series

NOTHING: set[str] = set()


def figures(store: CounterStore, date: str) -> tuple[float | None, float, set[str]]:
    counter = store.day(date).counter
    flags = {name for name in ("boundary_gap", "lower_bound", "pending") if getattr(counter, name)}
    return store.energy_wh(date), counter.gap_mwh / 1000, flags


def marks(store: CounterStore) -> list[str]:
    return [mark for _, mark in sorted(store.marks().items())]


def test_zeros_at_dawn_lose_their_counter_and_nothing_else() -> None:
    store = CounterStore().deliver(
        [
            *series("2025-04-01 05:00", 30, 100_000, 100_000, 0),
            sample("2025-04-01 06:30", 0, watts=150),
            *series("2025-04-01 07:00", 30, 100_200, 100_900),
        ]
    )
    assert figures(store, "2025-04-01") == (900, 0, NOTHING)
    assert marks(store) == ["placeholder_row", "placeholder"]
    assert store.day("2025-04-01").reading_count == 5


def test_fractions_of_the_counter_are_glitches_and_the_line_goes_on() -> None:
    fractions = [150_600 * 8 // 15, 150_900 * 14 // 15, 151_200 // 15]
    store = CounterStore().deliver(series("2025-04-01 09:30", 15, 149_400, 149_700, 150_000, 150_300, *fractions, 151_500, 151_800))
    assert figures(store, "2025-04-01") == (2_400, 0, NOTHING)
    assert marks(store) == ["glitch", "glitch", "glitch"]
    assert store.day("2025-04-01").reading_count == 9, "below the line only the counter is lost"


def test_stuck_value_alternating_with_the_true_one_for_half_a_day_costs_nothing() -> None:
    true = series("2025-04-01 06:00", 30, *(52_000 + 1_000 * step for step in range(25)))
    stuck = series("2025-04-01 06:15", 30, *[40_000] * 24)
    store = CounterStore().deliver(series("2025-04-01 05:00", 30, 51_000, 51_500), [*true, *stuck])
    assert figures(store, "2025-04-01") == (1_000 + 24_000, 0, NOTHING)
    assert marks(store) == ["glitch"] * 24


def test_stuck_value_alternating_from_the_first_reading_on_is_pending_until_it_stops() -> None:
    true = series("2025-04-01 06:00", 30, *(52_000 + 1_000 * step for step in range(25)))
    stuck = series("2025-04-01 06:15", 30, *[40_000] * 24)
    store = CounterStore().deliver([*true, *stuck])
    assert figures(store, "2025-04-01") == (None, 0, {"pending"})
    store.deliver(series("2025-04-01 18:30", 30, 76_500))
    assert figures(store, "2025-04-01") == (None, 0, {"pending"})
    store.deliver(series("2025-04-01 19:00", 30, 76_800))
    assert figures(store, "2025-04-01") == (800, 0, {"lower_bound"}), "what came before the line is lost"


def test_series_that_starts_on_a_stuck_value_is_pending_until_a_line_has_grown() -> None:
    stuck, true = series("2025-04-01 06:00", 15, *[40_000] * 4), series("2025-04-01 07:00", 15, 90_000, 90_500, 91_000, 91_500)
    store = CounterStore().deliver(stuck)
    assert figures(store, "2025-04-01") == (0, 0, NOTHING), "a history that is one single run serves as the line"
    store.deliver(true[:1])
    assert figures(store, "2025-04-01") == (None, 0, {"pending"})
    assert marks(store) == ["pending"] * 5
    store.deliver(true[1:])
    assert figures(store, "2025-04-01") == (1_500, 0, {"lower_bound"}), "what the stuck value hid is unknown"
    assert marks(store) == ["glitch"] * 4


def test_rows_of_another_day_in_good_order_are_no_readings() -> None:
    line = [sample(f"2025-04-01 {9 + step // 4:02}:{step % 4 * 15:02}", 100_000 + 500 * step) for step in range(9)]
    later_day = series("2025-04-01 10:00", 15, 180_000, 180_500, 181_000)
    store = CounterStore().deliver([*line, *later_day])
    assert figures(store, "2025-04-01") == (4_000, 0, NOTHING)
    assert marks(store) == ["glitch_above"] * 3
    assert store.day("2025-04-01").reading_count == 6


def test_rows_of_an_earlier_day_in_good_order_keep_their_power() -> None:
    store = CounterStore().deliver(series("2025-04-01 09:45", 15, 99_500, 100_000, 100_500, 60_000, 60_500, 61_000, 102_500))
    assert figures(store, "2025-04-01") == (3_000, 0, NOTHING)
    assert marks(store) == ["glitch"] * 3
    assert store.day("2025-04-01").reading_count == 7


def test_two_rows_far_ahead_before_a_silence_of_nine_days_are_thrown_out_after_it() -> None:
    store = CounterStore().deliver(series("2025-04-01 10:00", 5, 100_000, 100_050, 150_100, 150_150))
    assert figures(store, "2025-04-01") == (None, 0, {"pending"}), "of two runs neither has grown for half an hour"
    store.deliver(series("2025-04-01 08:00", 30, 98_000, 98_500, 99_000, 99_500))
    assert figures(store, "2025-04-01") == (2_050, 0, {"pending"})
    store.deliver(series("2025-04-10 10:05", 5, 131_050, 131_100))
    assert figures(store, "2025-04-01") == (2_050, 0, {"lower_bound"})
    assert figures(store, "2025-04-10") == (50, 31_000, {"lower_bound"})
    assert marks(store) == ["glitch_above"] * 2


def test_whole_kwh_counter_on_a_small_inverter_may_step_by_one_at_any_moment() -> None:
    store = CounterStore(Rules(nameplate_mw=3_000_000)).deliver(
        series("2025-04-01 10:00", 5, 500_000, 500_000, 501_000, 501_000, 501_000, 501_000, 501_000, 502_000)
    )
    assert figures(store, "2025-04-01") == (2_000, 0, NOTHING)
    store.deliver([sample("2025-04-01 10:40", 503_001)])
    assert figures(store, "2025-04-01") == (2_000, 0, {"pending"}), "1001 Wh in 5 min: 300 Wh and a resolution of 1 Wh at most"


def test_zero_rows_for_28_hours_while_the_counter_went_on_leave_a_gap() -> None:
    store = CounterStore().deliver(series("2025-04-01 10:00", 15, 100_000, 100_500, *[0] * 112, 130_500, 130_800))
    assert figures(store, "2025-04-01") == (500, 0, {"lower_bound"})
    assert figures(store, "2025-04-02") == (300, 30_000, {"lower_bound"})
    assert [store.day(date).counter.placeholder_rows for date in ("2025-04-01", "2025-04-02")] == [54, 58]
    assert [store.day(date).reading_count for date in ("2025-04-01", "2025-04-02")] == [2, 2]


def test_nine_hour_gap_over_midnight_counts_on_the_later_day() -> None:
    evening, morning = series("2025-04-01 20:00", 15, 100_000, 100_400), series("2025-04-02 05:15", 15, 100_900, 101_000)
    store = CounterStore().deliver([*evening, *morning])
    assert figures(store, "2025-04-01") == (400, 0, NOTHING)
    assert figures(store, "2025-04-02") == (600, 0, {"boundary_gap"})


def test_gap_over_midnight_without_growth_is_no_boundary_gap() -> None:
    evening, morning = series("2025-04-01 20:00", 15, 100_000, 100_400), series("2025-04-02 05:15", 15, 100_400, 100_500)
    store = CounterStore().deliver([*evening, *morning])
    assert figures(store, "2025-04-02") == (100, 0, NOTHING)


def test_growth_over_a_gap_of_eight_days_belongs_to_no_day() -> None:
    store = CounterStore().deliver([*series("2025-04-01 12:00", 15, 100_000, 100_500), *series("2025-04-09 12:15", 15, 420_500, 421_000)])
    assert figures(store, "2025-04-01") == (500, 0, {"lower_bound"})
    assert figures(store, "2025-04-09") == (500, 320_000, {"lower_bound"})
    assert sorted(store.results) == [store.day("2025-04-01").day, store.day("2025-04-09").day]
    assert store.day("2025-04-01").spanned


RESET_DAY = [
    *series("2025-04-01 08:00", 60, 20_000, 21_000, 22_000, 23_000, 24_000, 0, 1_500, 3_000, 4_500, 6_000, 7_500),
    sample("2025-04-01 20:00", 7_500),
]
NEXT_DAY = series("2025-04-02 06:00", 240, 7_500, 9_000, 12_000)


def test_true_reset_at_noon_counts_from_its_first_reading_once_it_has_grown_for_a_day() -> None:
    store = CounterStore().deliver(RESET_DAY, NEXT_DAY[:2])
    assert figures(store, "2025-04-01") == (4_000, 0, {"pending"})
    assert figures(store, "2025-04-02") == (None, 0, {"pending"})
    store.deliver(NEXT_DAY[2:])
    assert figures(store, "2025-04-01") == (4_000 + 1_500 + 6_000, 0, {"lower_bound"})
    assert figures(store, "2025-04-02") == (4_500, 0, NOTHING)
    assert marks(store) == ["placeholder_row", "epoch"]
    assert [store.day(date).counter.resets for date in ("2025-04-01", "2025-04-02")] == [1, 0]


def test_new_counter_passing_the_old_ones_last_value_weeks_later_means_nothing() -> None:
    weeks_later = series("2025-04-20 14:00", 60, 23_900, 24_900, 26_000)
    store = CounterStore().deliver(RESET_DAY, NEXT_DAY, weeks_later)
    assert figures(store, "2025-04-20") == (1_000 + 1_100, 11_900, {"lower_bound"})
    assert marks(store) == ["placeholder_row", "epoch"]


PRESET = [
    *series("2025-04-01 08:00", 30, 20_000, 20_500, 21_000),
    *series("2025-04-01 10:00", 60, 5_000_000, 5_001_000, 5_002_000),
    sample("2025-04-01 18:00", 5_006_000),
    *series("2025-04-02 06:00", 240, 5_006_000, 5_008_000),
]


def test_replaced_inverter_with_a_preset_counter_is_credited_with_growth_only() -> None:
    store = CounterStore().deliver(PRESET)
    assert figures(store, "2025-04-01") == (1_000 + 6_000, 0, {"lower_bound"})
    assert figures(store, "2025-04-02") == (2_000, 0, NOTHING)
    assert marks(store) == ["counter_replaced"]


def test_rollover_counts_through_where_the_modulus_is_registered() -> None:
    readings = series("2025-04-01 10:00", 15, 4_294_965_000, 4_294_966_000, 4_294_967_000, 350, 1_350)
    store = CounterStore(Rules(10_000_000, modulus_mwh=2**32 * 1000)).deliver(readings)
    assert figures(store, "2025-04-01") == (2_000 + 646 + 1_000, 0, NOTHING)
    assert not store.marks()
    assert figures(CounterStore(RULES_10_KW).deliver(readings), "2025-04-01") == (2_000, 0, {"pending"})


def test_steps_that_change_inside_a_day_change_no_energy() -> None:
    slow, fast = series("2025-04-01 08:00", 15, *range(1_000, 1_900, 100)), series("2025-04-01 10:05", 5, *range(1_840, 2_800, 40))
    store = CounterStore().deliver([*slow, *fast])
    assert figures(store, "2025-04-01") == (800 + 24 * 40, 0, NOTHING)
    assert store.day("2025-04-01").step_seconds == 300


def hourly(start: str, hours: int) -> list[Sample]:
    return series(start, 60, *range(100_000, 100_001 + 100 * hours, 100))


def test_day_of_23_hours_ends_where_its_zone_says() -> None:
    store = CounterStore(timezone="America/New_York").deliver(hourly("2025-03-09 00:00", 48))
    assert [figures(store, f"2025-03-{day}") for day in ("08", "09", "10")] == [
        (500, 0, NOTHING),
        (2_300, 0, NOTHING),
        (2_000, 0, NOTHING),
    ]


def test_day_of_25_hours_ends_where_its_zone_says() -> None:
    store = CounterStore(timezone="America/New_York").deliver(hourly("2025-11-02 00:00", 48))
    assert [figures(store, f"2025-11-{day}") for day in ("01", "02", "03")] == [
        (400, 0, NOTHING),
        (2_500, 0, NOTHING),
        (1_900, 0, NOTHING),
    ]


def test_step_over_a_midnight_of_summer_time_is_split_by_time() -> None:
    store = CounterStore(timezone="America/New_York").deliver(
        series("2025-03-09 04:50", 15, 100_000, 100_300), series("2025-03-10 03:50", 15, 105_000, 105_300)
    )
    assert figures(store, "2025-03-08") == (200, 0, NOTHING)
    assert figures(store, "2025-03-09") == (100 + 4_700 + 200, 0, NOTHING)
    assert figures(store, "2025-03-10") == (100, 0, NOTHING)


def test_glitch_whose_closing_reading_arrives_days_late_is_settled_from_its_own_day_on() -> None:
    store = CounterStore().deliver(
        series("2025-04-01 09:30", 15, 99_000, 99_500, 100_000, 100_500, 7_000, 3_000),
        [sample("2025-04-02 09:00", 8_000), sample("2025-04-03 09:00", 2_000)],
    )
    assert marks(store) == ["pending"] * 4
    store.deliver([sample("2025-04-01 11:00", 101_500)])
    assert figures(store, "2025-04-01") == (2_500, 0, NOTHING)
    assert marks(store) == ["glitch", "glitch", "pending", "pending"]
    store.deliver([sample("2025-04-02 18:00", 103_000)])
    assert figures(store, "2025-04-02") == (None, 1_500, {"lower_bound"})
    assert figures(store, "2025-04-03") == (None, 0, {"pending"})
    assert marks(store) == ["glitch", "glitch", "glitch", "pending"]
    assert store.results == store.from_nothing().results


HALVES = [
    *series("2025-04-01 05:00", 30, 99_000, 99_500, 100_000),
    *series("2025-04-01 07:00", 60, 50_000, 50_500),
    *series("2025-04-01 12:00", 360, 52_000, 55_000),
    *series("2025-04-02 06:00", 120, 55_000, 56_000),
]


def test_reset_is_undone_when_the_old_line_comes_back() -> None:
    store = CounterStore().deliver(HALVES)
    assert figures(store, "2025-04-01") == (1_000 + 5_000, 0, {"lower_bound"})
    assert figures(store, "2025-04-02") == (1_000, 0, NOTHING)
    store.deliver([sample("2025-04-02 09:00", 114_000)])
    assert figures(store, "2025-04-01") == (1_000, 0, {"lower_bound"})
    assert figures(store, "2025-04-02") == (None, 14_000, {"lower_bound"})
    assert marks(store) == ["glitch"] * 6


def test_equal_value_of_the_old_line_does_not_undo_a_reset() -> None:
    store = CounterStore().deliver(HALVES, [sample("2025-04-02 09:00", 100_000)])
    assert marks(store) == ["counter_replaced", "pending"]


def test_reset_undone_by_a_reading_is_in_force_again_when_that_reading_goes() -> None:
    closing = sample("2025-04-02 09:00", 114_000)
    store = CounterStore().deliver(HALVES, [closing])
    store.withdraw([closing.at])
    assert marks(store) == ["counter_replaced"]
    assert store.results == store.from_nothing().results


def test_start_decided_by_a_run_is_open_again_when_a_late_reading_breaks_the_run() -> None:
    garbage, line = series("2025-04-01 10:00", 60, 1_700_000, 5_000), series("2025-04-02 10:00", 15, 900_000, 900_500, 901_000)
    store = CounterStore().deliver(garbage, line)
    assert marks(store) == ["glitch_above", "glitch"]
    store.deliver([sample("2025-04-02 10:05", 12)])
    assert marks(store) == ["pending"] * 6
    store.withdraw([sample("2025-04-02 10:05", 12).at])
    assert marks(store) == ["glitch_above", "glitch"]


def test_only_run_is_the_line_again_when_the_value_that_cast_doubt_on_it_goes() -> None:
    run, doubt = series("2025-04-01 10:00", 10, 100_000, 101_000), sample("2025-04-02 10:00", 5_000)
    store = CounterStore().deliver(run, [doubt])
    assert marks(store) == ["pending"] * 3
    store.deliver([sample(doubt.at, None)])
    assert figures(store, "2025-04-01") == (1_000, 0, NOTHING)
    assert not store.marks()


def test_rollover_inside_a_run_counts_as_growth() -> None:
    rules = Rules(10_000_000, modulus_mwh=2**32 * 1000)
    start = series("2025-04-01 10:00", 15, 500, 4_294_966_500, 4_294_967_000, 350)
    store = CounterStore(rules).deliver(start)
    assert figures(store, "2025-04-01") == (500 + 646, 0, {"lower_bound"})
    assert marks(store) == ["glitch"]
