"""Which local days a change of a source touches, and which days a set of touches asks for. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from projections.calendar.local_days import DAY_US, LocalDays
from projections.definition.changes import Change, RowRule, Span, SpanRule, Touch
from projections.measures.sampling import GAP_US_MAX, STEP_LOOKBACK_DAYS
from projections.registry.registry import Registry


@SpanRule
def days_of_instants(spans: Sequence[Span], _registry: Registry) -> Iterable[Touch]:
    """Touch the inverter at the instants of the rows alone."""
    return (Touch(span.subject, span.start, span.end) for span in spans)


@SpanRule
def days_around_instants(spans: Sequence[Span], _registry: Registry) -> Iterable[Touch]:
    """Touch the inverter as far around the instants as a reading bears on figures: 90 min, the longest gap that is bridged."""
    return (around(span.subject, span) for span in spans)


def around(group: str, span: Span) -> Touch:
    """Return the touch of a group as far around a span of readings as they bear on figures."""
    return Touch(group, span.start - GAP_US_MAX, span.end + GAP_US_MAX)


def day_of_row(group: str) -> RowRule:
    """Return the rule for rows with `day_start_utc` and `day_end_utc`: each touches its own day, of the group named in column `group`."""

    @RowRule
    def touch(changes: Sequence[Change], _registry: Registry) -> Iterable[Touch]:
        return (one_day(getattr(row, group), row) for change in changes for row in change.rows)

    return touch


def day_of_row_and_steps_after(group: str) -> RowRule:
    """Return the rule for rows that have a `step_seconds` too: if that changed, the seven days after may have borrowed it."""

    @RowRule
    def touch(changes: Sequence[Change], _registry: Registry) -> Iterator[Touch]:
        for change in changes:
            is_other_step = len(change.rows) == 1 or change.before.step_seconds != change.after.step_seconds
            for row in change.rows:
                yield one_day(getattr(row, group), row)
                if is_other_step:
                    yield Touch(getattr(row, group), row.day_end_utc, row.day_end_utc + STEP_LOOKBACK_DAYS * DAY_US)

    return touch


def one_day(group: str, row: Any) -> Touch:  # noqa: ANN401 - a row of any table with days
    """Return the touch of a group for a row's own local day."""
    return Touch(group, row.day_start_utc, row.day_end_utc - 1)


def touched_days(touches: Iterable[Touch], days: LocalDays) -> list[tuple[int, int]]:
    """Return the local days that touches span, as merged ranges (first, last) of day numbers, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((touch.start, touch.end) for touch in touches):
        first, last = days.day_of(start), days.day_of(end)
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
