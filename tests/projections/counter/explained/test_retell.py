"""Days retold, each number worked out by hand (10 kW: at most 1 kWh and the resolution in 5 min), and held to the projection's own days."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from projections.calendar.local_days import day_number, iso_date
from projections.counter.explained.retell import PLACED, DayLine, MarkedEvent, Retold, RetoldStep, retell
from projections.counter.explained.why import plausible_mwh
from projections.counter.step import Rules, fits
from tests.support.counter_histories import any_values, growing_counters
from tests.support.counter_store import RULES_10_KW, CounterStore, sample, series
from tests.support.damaged_counter import DamagedCounter, damaged_counters

DATE = "2025-04-01"
LINE = series("2025-04-01 11:00", 30, 99_401, 99_701, 100_001)
"""Three readings to 12:00 that make a line and 600 Wh."""


def retold(store: CounterStore, date: str = DATE) -> Retold:
    """Retell a day from what the store's passes left."""
    day, marks, results = day_number(date), store.marks(), sorted(store.results.items())
    before = [result for number, result in results if number < day]
    lasts = [result.counter.last for result in before if result.counter.last is not None]
    entries = [result.counter.entry for number, result in results if number > day and result.counter.entry is not None]
    days = store.days
    return retell(
        DayLine(
            days=days,
            day=day,
            rules=store.rules,
            power_max_mw=before[-1].carry.power_max_mw if before else 0,
            accepted_before=lasts[-1] if lasts else None,
            events=[
                MarkedEvent(at, one.mwh, one.power_mw, marks.get(at))
                for at, one in sorted(store.samples.items())
                if days.start(day) <= at < days.start(day + 1)
            ],
            accepted_after=entries[0] if entries else None,
        )
    )


def told(readings: Iterable, date: str = DATE, rules: Rules = RULES_10_KW) -> Retold:
    return retold(CounterStore(rules).deliver(list(readings)), date)


def marks_and_why(day: Retold) -> list[tuple[str | None, str]]:
    return [(reading.mark, reading.why) for reading in day.readings]


def steps(day: Retold) -> list[tuple[str, str, int]]:
    return [(step.kind, step.placed, step.step.mwh // 1000) for step in day.steps]


def shares(step: RetoldStep) -> list[tuple[str, int | None, int, bool]]:
    return [(iso_date(one.day), one.mwh, one.gap_mwh, one.is_late) for one in step.shares]


def test_growth_a_still_counter_and_jitter_are_accepted_for_their_own_reasons() -> None:
    day = told(series("2025-04-01 12:00", 5, 100_001, 100_503, 100_503, 100_502, None, 100_700))
    assert marks_and_why(day) == [
        ("accepted", "the line begins here"),
        ("accepted", "502 Wh more in 5 min, at most 1 001 Wh plausible on the line"),
        ("accepted", "equal to the line"),
        ("accepted", "jitter of 1 Wh: the line stays at 100 503 Wh"),
        (None, "no counter value"),
        ("accepted", "197 Wh more in 10 min, at most 2 001 Wh plausible on the line"),
    ]
    assert [reading.line_mwh for reading in day.readings[2:5]] == [100_503_000] * 3
    assert [kind for kind, _, _ in steps(day)] == ["growth"] * 4
    assert (day.mwh, day.gap_mwh) == (502_000 + 197_000, 0)


def test_glitches_name_how_far_off_they_are_and_when_the_line_went_on() -> None:
    day = told([*LINE, *series("2025-04-01 12:05", 5, 100_301, 60_003, 104_581, 100_901)])
    assert marks_and_why(day)[4:] == [
        ("glitch", "40 298 Wh below the line; the line went on at 12:20"),
        ("glitch_above", "4 280 Wh more in 10 min, at most 2 001 Wh plausible on the line; the line went on at 12:20"),
        ("accepted", "600 Wh more in 15 min, at most 3 001 Wh plausible on the line"),
    ]
    assert day.mwh == 1_500_000


def test_zeros_are_told_apart_by_whether_anything_else_was_measured() -> None:
    rows = [*series("2025-04-01 12:00", 5, 100_001, 100_301), sample("2025-04-01 12:10", 0, 5_000, 20), sample("2025-04-01 12:15", 0)]
    assert marks_and_why(told(rows))[2:] == [
        ("placeholder", "zero after a non-zero value: it stands for a lost one"),
        ("placeholder_row", "zero after a non-zero value, without power and temperature: no data"),
    ]


def test_a_pending_value_says_that_nothing_is_decided() -> None:
    day = told([*LINE, *series("2025-04-01 12:05", 5, 100_301, 60_003)])
    assert marks_and_why(day)[-1] == ("pending", "40 298 Wh below the line; not yet decided")


def test_values_before_a_first_line_were_off_no_line_and_say_when_it_began() -> None:
    day = told(series("2025-04-01 12:00", 15, 40_003, 100_001, 101_001, 102_001))
    assert marks_and_why(day)[:2] == [("glitch", "no line was in force; the line began at 12:15"), ("accepted", "the line begins here")]
    assert day.mwh == 2_000_000


def test_a_reset_is_credited_with_what_the_new_counter_shows() -> None:
    day = told([*LINE, *series("2025-04-01 12:05", 300, *range(303, 2_703, 300))])
    assert marks_and_why(day)[3:5] == [
        ("epoch", "a new line begins: 303 Wh counted from zero in 5 min, at most 1 001 Wh plausible, so it is credited"),
        ("accepted", "300 Wh more in 5 h, at most 60 001 Wh plausible on the line"),
    ]
    assert steps(day) == [
        *[("growth", "day", 300)] * 2,
        ("opening_credit", "day", 303),
        *[("growth", "day", 300)] * 2,
        ("growth", "later_day", 300),
    ]
    assert (day.steps[2].from_mwh, day.steps[2].to_mwh) == (0, 303_000)
    assert day.mwh == (600 + 303 + 600) * 1000


def test_a_replaced_counter_is_credited_with_nothing_and_a_suspect_before_it_says_so() -> None:
    day = told([*LINE, sample("2025-04-01 12:05", 7), *series("2025-04-01 12:10", 300, *range(50_003, 52_403, 300))])
    assert marks_and_why(day)[3:5] == [
        ("glitch", "99 994 Wh below the line; a new line began at 12:10"),
        (
            "counter_replaced",
            "a new line begins: 50 003 Wh cannot have been counted from zero in 10 min, at most 2 001 Wh plausible, so nothing is credited",
        ),
    ]
    assert [kind for kind, _, _ in steps(day)] == ["growth"] * 5
    assert day.mwh == (600 + 600) * 1000


def test_the_day_after_a_reset_steps_from_the_new_line_that_was_confirmed_later() -> None:
    day = told([*LINE, *series("2025-04-01 12:05", 300, *range(303, 2_703, 300))], "2025-04-02")
    assert steps(day)[0] == ("growth", "later_day", 300)
    assert (day.steps[0].from_mwh, day.mwh) == (903_000, 5 * 300_000)


def test_a_registered_rollover_is_a_step_through_the_modulus() -> None:
    rules = Rules(nameplate_mw=10_000_000, modulus_mwh=1_000_000_000)
    day = told(series("2025-04-01 12:00", 5, 999_501, 999_901, 301), rules=rules)
    assert marks_and_why(day)[-1] == (
        "accepted",
        "rollover at 1 000 000 Wh: 400 Wh more in 5 min, at most 1 001 Wh plausible on the line",
    )
    assert steps(day) == [("growth", "day", 400), ("rollover", "day", 400)]
    assert day.mwh == 800_000


def test_a_short_step_over_midnight_is_split_and_each_day_gets_its_share() -> None:
    rows = series("2025-04-01 23:50", 20, 100_001, 100_101)
    first, second = told(rows), told(rows, "2025-04-02")
    assert steps(first) == steps(second) == [("growth", "split", 100)]
    assert shares(first.steps[0]) == [("2025-04-01", 50_000, 0, False), ("2025-04-02", 50_000, 0, False)]
    assert (first.mwh, second.mwh) == (50_000, 50_000)


def test_a_night_without_readings_is_the_later_days_and_a_long_gap_no_days() -> None:
    rows = [*series("2025-04-01 18:00", 5, 100_001), *series("2025-04-02 06:00", 5, 100_401), *series("2025-04-04 12:00", 5, 101_001)]
    first, second, fourth = (told(rows, f"2025-04-0{day}") for day in (1, 2, 4))
    assert (first.mwh, second.mwh, fourth.mwh) == (None, 400_000, None)
    assert (first.gap_mwh, second.gap_mwh, fourth.gap_mwh) == (0, 0, 600_000)
    assert [step.placed for step in second.steps] == ["later_day", "no_day"]
    assert shares(second.steps[0]) == [("2025-04-02", 400_000, 0, True)]
    assert [step.placed for step in fourth.steps] == ["no_day"]


def test_a_value_of_a_voided_line_that_the_old_line_could_have_borne_says_where_its_run_began() -> None:
    new = series("2025-04-01 12:05", 300, *range(98_703, 100_303, 200))
    day = told([*LINE, *new, sample("2025-04-02 23:10", 105_001)], "2025-04-02")
    assert marks_and_why(day)[-4:] == [
        ("glitch", "298 Wh below the line; the line went on at 23:10"),
        *[("glitch", "plausible on the line, but one of a run that began off it; the line went on at 23:10")] * 2,
        ("accepted", "5 000 Wh more in 1 d 11 h, at most 422 001 Wh plausible on the line"),
    ]


@given(st.integers(0, 10**6), st.integers(0, 10**10), st.sampled_from([1_000, 10_000, 100_000, 1_000_000]))
def test_the_most_that_is_plausible_fits_and_a_little_more_does_not(seconds: int, limit_mw: int, resolution: int) -> None:
    most = plausible_mwh(seconds * 1_000_000, limit_mw, resolution)
    assert fits(most, seconds * 1_000_000, limit_mw, resolution)
    assert not fits(most + 1, seconds * 1_000_000, limit_mw, resolution)


def check_every_day(store: CounterStore) -> None:
    """Hold each day's retelling to its result: its sum to the day book's, the line's end to the line's, each acceptance to its reason."""
    for number, result in store.results.items():
        day = retold(store, iso_date(number))
        assert (day.mwh, day.gap_mwh) == (result.counter.mwh, result.counter.gap_mwh)
        accepted = [reading for reading in day.readings if reading.mark in ("accepted", "epoch", "counter_replaced")]
        assert [reading.at for reading in accepted][-1:] == ([result.counter.last.at] if result.counter.last else [])
        assert [reading.line_mwh for reading in accepted][-1:] == ([result.counter.last.mwh] if result.counter.last else [])
        assert {step.placed for step in day.steps} <= PLACED.keys()
        for step in day.steps:
            assert sum((share.mwh or 0) + share.gap_mwh for share in step.shares) == step.step.mwh


@given(any_values())
@settings(max_examples=200)
def test_every_day_of_any_values_adds_up_to_what_the_day_book_holds(values: list) -> None:
    check_every_day(CounterStore().deliver(values))


@given(growing_counters())
@settings(max_examples=100)
def test_every_day_of_growing_counters_adds_up_to_what_the_day_book_holds(values: list) -> None:
    check_every_day(CounterStore(Rules(modulus_mwh=10**9)).deliver(values))


@given(damaged_counters(resets=True))
@settings(max_examples=30)
def test_every_day_of_a_damaged_counter_adds_up_to_what_the_day_book_holds(rows: DamagedCounter) -> None:
    check_every_day(CounterStore().deliver(rows.samples()))
