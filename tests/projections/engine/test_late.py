"""Late events, far apart and near, cost the days they touch and give what a replay gives."""

from typing import Any

import pytest

from projections.engine import event_step
from tests.support.book import Book
from tests.support.replay import replay
from tests.support.streams import HOUR, START, telemetry

DAY = 24 * HOUR
PLANT = ("plant", b"plant_id,name,location,timezone\np,P,L,UTC")
HEADER = b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\n"
KNOWN, UNKNOWN = ("inverter", HEADER + b"a,p,V,M,10,"), ("inverter", HEADER + b"a,p,V,M,,")


def flat(days: range, wh: float, growth: float = 0.0) -> list[tuple[str, bytes]]:
    """Return a reading every two hours, its counter growing by as much as said in each."""
    hours = range(days.start * 24, days.stop * 24, 2)
    return [telemetry("a", START + hour * HOUR, wh + growth * number, 0.0) for number, hour in enumerate(hours)]


def check_projected(book: Book, *lines: tuple[str, bytes]) -> None:
    book.append(list(lines))
    book.project()
    assert book.tables() == replay(book.events())


def test_two_late_events_far_apart(book: Book) -> None:
    check_projected(book, PLANT, KNOWN, *flat(range(14), 100_000.0, 100.0))
    check_projected(book, telemetry("a", START + 2 * DAY + HOUR, None, 7.0), telemetry("a", START + 11 * DAY + HOUR, None, 7.0))


def test_a_late_power_that_raises_the_limit_of_an_unknown_capacity_reaches_to_the_end(book: Book) -> None:
    check_projected(book, PLANT, UNKNOWN, *flat(range(10), 100_000.0, 100.0), telemetry("a", START + HOUR, None, 60.0))
    check_projected(book, telemetry("a", START + DAY + HOUR, None, 900.0), telemetry("a", START + 8 * DAY + HOUR, None, 5.0))


def test_a_reset_that_is_voided_while_another_late_event_touches_its_day(book: Book) -> None:
    check_projected(book, PLANT, KNOWN, *flat(range(4), 100_000.0, 100.0), *flat(range(4, 12), 5_000.0, 100.0))
    assert sum(row.counter_resets or 0 for row in book.rows("inverter_daily_summary")) == 1
    check_projected(book, telemetry("a", START + 4 * DAY + HOUR, None, 3.0), telemetry("a", START + 12 * DAY, 105_000.0, 0.0))
    assert sum(row.counter_resets or 0 for row in book.rows("inverter_daily_summary")) == 0


def test_a_glitch_whose_closing_reading_comes_days_late(book: Book) -> None:
    check_projected(book, PLANT, KNOWN, *flat(range(2), 100_000.0, 100.0), *flat(range(2, 4), 900_000.0))
    assert "pending_counter" in book.rows("inverter_daily_summary")[-1].flags
    check_projected(book, telemetry("a", START + 4 * DAY, 102_500.0, 0.0))
    last = book.rows("inverter_daily_summary")[-1]
    assert (last.gap_wh, last.energy_wh) == (200.0, None)


def test_a_late_reading_that_begins_a_long_step_reopens_the_day_it_begins_in(book: Book) -> None:
    check_projected(book, PLANT, KNOWN, *flat(range(2), 100_000.0, 100.0), *flat(range(6, 8), 110_000.0, 100.0))
    check_projected(book, telemetry("a", START + 4 * DAY, 105_000.0, 0.0))
    assert [row.gap_wh for row in book.rows("inverter_daily_summary") if row.gap_wh] == [2_700.0, 5_000.0]


def test_one_more_version_of_a_reading_looks_up_no_other_that_stays_as_it_is(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = [telemetry("a", START, 100_000.0 + number, 0.0, event_id=str(number)) for number in range(60)]
    check_projected(book, PLANT, KNOWN, *versions[:50])
    looked_up: list[int] = []
    rows_at = event_step.rows_at

    def counted(*arguments: Any) -> list[Any]:
        found = rows_at(*arguments)
        looked_up.append(len(found))
        return found

    monkeypatch.setattr(event_step, "rows_at", counted)
    for line in versions[50:]:
        book.append([line])
        book.project()
    # The reading in force: once as one that conflicts, once to be settled with what came.
    assert sum(looked_up) == 2 * len(versions[50:])
    monkeypatch.undo()
    assert book.tables() == replay(book.events())
