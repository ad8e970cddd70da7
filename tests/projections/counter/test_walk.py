import pytest

from projections.calendar.local_days import DayFinder, LocalDays, day_number
from projections.counter.day_book import DayBook
from tests.support.counter_store import CounterStore, sample, series

FIRST = day_number("2025-04-01")


def month(*, growing_wh: int = 1_000) -> CounterStore:
    """Return thirty days of four readings each."""
    store = CounterStore()
    for day in range(30):
        level = 100_000 + 4 * growing_wh * day
        store.deliver(series(f"2025-04-{day + 1:02} 10:00", 30, *(level + growing_wh * step for step in range(4))))
    return store


def test_day_that_arrives_on_time_costs_that_day_and_the_one_its_first_step_begins_in() -> None:
    passes = month().passes[1:]
    assert [(one.first, [day.day for day in one.days]) for one in passes] == [(day, [day, day + 1]) for day in range(FIRST, FIRST + 29)]


def test_late_reading_inside_a_day_is_followed_over_that_day_alone() -> None:
    store = month().deliver([sample("2025-04-10 10:10", 136_300)])
    last = store.passes[-1]
    assert (last.first, last.last) == (FIRST + 9, FIRST + 9)
    assert store.results == store.from_nothing().results


def test_late_reading_that_changes_a_days_first_value_goes_back_to_where_the_step_began() -> None:
    store = month().deliver([sample("2025-04-10 09:00", 136_000)])
    last = store.passes[-1]
    assert (last.first, last.last) == (FIRST + 8, FIRST + 9)
    assert store.results == store.from_nothing().results


def test_counter_stuck_off_its_line_for_a_month_costs_a_day_a_day() -> None:
    store = CounterStore().deliver(series("2025-04-01 09:00", 30, 100_000, 100_500, 101_000))
    for day in range(2, 31):
        store.deliver(series(f"2025-04-{day:02} 10:00", 30, 400, 90_000_000, 400, 90_000_000))
        assert [one.day for one in store.passes[-1].days] == [FIRST + day - 1]
    store.deliver([sample("2025-05-01 10:00", 101_000)])
    assert store.passes[-1].first == FIRST
    assert set(store.marks().values()) == {"glitch", "glitch_above"}
    assert store.results == store.from_nothing().results


def test_production_counts_readings_alone() -> None:
    ahead = [sample("2025-04-01 09:45", 900_000, watts=5_000), sample("2025-04-01 11:15", 900_000, watts=5_000)]
    store = CounterStore().deliver(series("2025-04-01 10:00", 30, 100_000, 100_500, 101_000, watts=100), ahead)
    store.deliver(series("2025-04-01 11:30", 30, 101_200, watts=99))
    result = store.day("2025-04-01")
    assert result.production == (sample("2025-04-01 10:00", 0).at, sample("2025-04-01 11:00", 0).at)
    assert (result.reading_count, result.step_seconds) == (4, 1_800)


def test_day_without_power_produced_nothing() -> None:
    assert CounterStore().deliver(series("2025-04-01 10:00", 30, 100_000, watts=99)).day("2025-04-01").production is None


@pytest.mark.invariant("I17")
def test_energy_lost_between_line_and_days_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    check = DayBook.check

    def lose_one(book: DayBook) -> None:
        book.day(FIRST).gap_mwh -= 1
        check(book)

    monkeypatch.setattr(DayBook, "check", lose_one)
    with pytest.raises(AssertionError, match="days and gaps hold 999999 mWh, the counter line 1000000 mWh"):
        CounterStore().deliver(series("2025-04-01 10:00", 30, 100_000, 101_000))


def test_line_and_days_that_disagree_are_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DayBook, "last_accepted", property(lambda _book: None))
    with pytest.raises(AssertionError, match="the line ends at"):
        CounterStore().deliver(series("2025-04-01 10:00", 30, 100_000, 101_000))


def test_finder_gives_each_instants_day_in_any_order() -> None:
    days = LocalDays("America/New_York")
    find = DayFinder(days)
    hours = [sample("2025-03-08 00:00", None).at + hour * 3_600_000_000 for hour in (0, 4, 5, 6, 30, 27, 28, 29, 0, 60)]
    assert [find(at) for at in hours] == [days.day_of(at) for at in hours]
