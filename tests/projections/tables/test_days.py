"""What changes of a source touch: true spans, and the days they ask for."""

from typing import Any

import attrs
import pytest

from projections.calendar.local_days import DAY_US, LocalDays, iso_date
from projections.definition.changes import BEGINNING, END, Change, Span, Touch, everything
from projections.registry.registry import Registry
from projections.tables._days import day_of_row, day_of_row_and_steps_after, days_around_instants, days_of_instants, touched_days
from tests.support.streams import HOUR, START

MADRID = LocalDays("Europe/Madrid")
EMPTY = Registry.empty()
MINUTE = 60_000_000


@attrs.frozen
class Day:
    """A row of a day."""

    plant_id: str
    day_start_utc: int
    day_end_utc: int
    step_seconds: int | None = 300


def dates(*touches: Touch, days: LocalDays = MADRID) -> list[tuple[str, str]]:
    return [(iso_date(first), iso_date(last)) for first, last in touched_days(touches, days)]


def day(date: int, step: int | None = 300) -> Any:
    return Day("p", MADRID.start(date), MADRID.start(date + 1), step)


TODAY = MADRID.day_of(START)


def test_a_row_touches_its_own_day_and_no_other() -> None:
    touches = list(day_of_row("plant_id").touches([Change(None, day(TODAY))], EMPTY))
    assert touches == [Touch("p", MADRID.start(TODAY), MADRID.start(TODAY + 1) - 1)]
    assert touched_days(touches, MADRID) == [(TODAY, TODAY)]


def test_instants_touch_themselves() -> None:
    assert list(days_of_instants.touches([Span("a", 5, 9)], EMPTY)) == [Touch("a", 5, 9)]


@pytest.mark.parametrize(("before_midnight", "days"), [(90 * MINUTE, 2), (90 * MINUTE + 1, 1)])
def test_a_reading_bears_on_figures_90_minutes_away(before_midnight: int, days: int) -> None:
    at = MADRID.start(TODAY + 1) - before_midnight
    ((first, last),) = touched_days(days_around_instants.touches([Span("a", at, at)], EMPTY), MADRID)
    assert (first, last) == (TODAY, TODAY + days - 1)


@pytest.mark.parametrize(
    ("before", "after", "seven_more"),
    [(day(TODAY), day(TODAY), False), (day(TODAY), day(TODAY, 60), True), (None, day(TODAY), True), (day(TODAY), None, True)],
)
def test_days_that_may_have_borrowed_a_step_are_touched_if_it_changed(before: Any, after: Any, *, seven_more: bool) -> None:
    touches = day_of_row_and_steps_after("plant_id").touches([Change(before, after)], EMPTY)
    ((first, last),) = touched_days(touches, MADRID)
    assert first == TODAY
    assert (last >= TODAY + 7) if seven_more else (last == TODAY)


def test_days_that_touch_or_overlap_become_one_range() -> None:
    assert dates(
        Touch("a", START + 3 * DAY_US, START + 3 * DAY_US), Touch("a", START, START), Touch("a", START + DAY_US, START + DAY_US)
    ) == [
        (iso_date(TODAY), iso_date(TODAY + 1)),
        (iso_date(TODAY + 3), iso_date(TODAY + 3)),
    ]
    assert dates(Touch("a", START, START + 5 * DAY_US), Touch("a", START + HOUR, START + HOUR)) == [(iso_date(TODAY), iso_date(TODAY + 5))]


def test_everything_and_beyond_is_from_the_first_date_to_the_last() -> None:
    for touch in (everything("a"), Touch("a", BEGINNING - HOUR, END + HOUR)):
        assert dates(touch) == [("0001-01-01", "9999-12-31")]
