"""From a daily figure to the readings, rejected events and statements it was made of, each with its line."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, TypedDict

import attrs
import msgspec
import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError
from projections.audit.find import EventDocument, FoundEvent, SourceLine, event_document, line_document, lines_of, with_lines
from projections.audit.rows import NoDays, RowDocument, checkpoints, days_of, find_row, open_rows, require_readable, shown
from projections.calendar.local_days import day_number
from projections.counter.state import Carry
from projections.sql.reader import SqlReader
from projections.table import Table
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_telemetry import CLEAN, REJECTED, SUBJECT_AND_TIME, CleanReading, RejectedEvent
from projections.tables.inverters import INVERTERS
from projections.tables.plants import PLANTS

_ACCEPTED = "accepted"


@attrs.frozen
class TracedReading:
    """A reading, what its counter value is to the counter line (None: it has no counter value), and the line it came from."""

    reading: CleanReading
    mark: str | None
    line: SourceLine


@attrs.frozen
class TracedRejection:
    """A rejected event, and the line it came from."""

    event: RejectedEvent
    line: SourceLine


@attrs.frozen
class CounterBefore:
    """The reading from whose counter value a day's first step starts, and the counter line's value there (Wh)."""

    reading: CleanReading
    line: SourceLine
    line_wh: float


@attrs.frozen(kw_only=True)
class DayTrace:
    """An inverter's daily row and all that it was made of.

    Readings and rejected events come by time; the statements are those in force of the inverter and its plant. `applied_position` of the
    log's `log_size` events are in it. `counter_before` is None if no counter value was accepted before the day.
    """

    day: InverterDailySummary
    readings: tuple[TracedReading, ...]
    rejected: tuple[TracedRejection, ...]
    statements: tuple[FoundEvent, ...]
    counter_before: CounterBefore | None
    applied_position: int
    log_size: int


class DayTraceDocument(TypedDict):
    """A day's row and all that it was made of: rows by column name, each with its `line`, readings with their `mark`."""

    inverter_id: str
    local_date: str
    applied_position: int
    log_size: int
    day: RowDocument
    readings: list[RowDocument]
    rejected: list[RowDocument]
    statements: list[EventDocument]
    counter_before: RowDocument | None


def trace_day(connection: sa.Connection, inverter_id: str, local_date: str) -> DayTrace:
    """Return a day's row and all it was made of; raise LedgerError, saying why, if there is no such row."""
    require_readable(connection)
    reader = open_rows(connection)
    day: InverterDailySummary | None = find_row(reader, SUMMARY, inverter_id, local_date)
    applied, size = checkpoints(connection)[SUMMARY.name].position, log.head(connection).size
    if day is None:
        later = "" if applied == size else f" (at position {applied} of {size}: run tools/project)"
        raise LedgerError(f"no daily row for {inverter_id} on {local_date}{later}: {_why_no_row(reader, inverter_id, local_date)}")
    return DayTrace(
        day=day,
        readings=tuple(_readings(connection, reader, day)),
        rejected=tuple(_rejected(connection, reader, day)),
        statements=tuple(_statements(connection, reader, day)),
        counter_before=_counter_before(connection, reader, day),
        applied_position=applied,
        log_size=size,
    )


def day_trace_document(trace: DayTrace) -> DayTraceDocument:
    """Return a traced day as JSON holds it."""
    before = trace.counter_before
    return {
        "inverter_id": trace.day.inverter_id,
        "local_date": trace.day.local_date,
        "applied_position": trace.applied_position,
        "log_size": trace.log_size,
        "day": shown(SUMMARY, trace.day),
        "readings": [{**_row_with_line(CLEAN, found.reading, found.line), "mark": found.mark} for found in trace.readings],
        "rejected": [_row_with_line(REJECTED, found.event, found.line) for found in trace.rejected],
        "statements": [event_document(found) for found in trace.statements],
        "counter_before": None if before is None else {**_row_with_line(CLEAN, before.reading, before.line), "line_wh": before.line_wh},
    }


def _row_with_line(table: Table, row: Any, line: SourceLine) -> RowDocument:  # noqa: ANN401 - a row of any table
    return {**shown(table, row), "line": line_document(line)}


def _why_no_row(reader: SqlReader, inverter_id: str, local_date: str) -> str:
    days = days_of(reader, inverter_id)
    if isinstance(days, NoDays):
        return days.why
    day = day_number(local_date)
    rejected = list(reader.scan(REJECTED, SUBJECT_AND_TIME, (inverter_id,), days.start(day), days.start(day + 1) - 1))
    if not rejected:
        return "no event names that inverter and a moment of that day"
    reasons = ", ".join(sorted({event.reason for event in rejected}))
    return f"no reading that day, only {len(rejected)} rejected events that make none ({reasons})"


def _readings(connection: sa.Connection, reader: SqlReader, day: InverterDailySummary) -> list[TracedReading]:
    bounds = day.day_start_utc, day.day_end_utc - 1
    readings: list[CleanReading] = list(reader.scan(CLEAN, CLEAN.key, (day.inverter_id,), *bounds))
    marks = {row.event_time: row.mark for row in reader.scan(COUNTER_MARKS, COUNTER_MARKS.key, (day.inverter_id,), *bounds)}
    lines = _lines_of(connection, readings)
    plain = (None if row.energy_wh_total is None else _ACCEPTED for row in readings)
    return [TracedReading(row, marks.get(row.event_time, mark), lines[row.position]) for row, mark in zip(readings, plain, strict=True)]


def _rejected(connection: sa.Connection, reader: SqlReader, day: InverterDailySummary) -> list[TracedRejection]:
    bounds = day.day_start_utc, day.day_end_utc - 1
    scanned: Iterator[RejectedEvent] = reader.scan(REJECTED, SUBJECT_AND_TIME, (day.inverter_id,), *bounds)
    events = sorted(scanned, key=attrgetter("event_time", "position"))
    lines = _lines_of(connection, events)
    return [TracedRejection(event, lines[event.position]) for event in events]


def _statements(connection: sa.Connection, reader: SqlReader, day: InverterDailySummary) -> list[FoundEvent]:
    registered = find_row(reader, PLANTS, day.plant_id), find_row(reader, INVERTERS, day.inverter_id)
    return with_lines(connection, log.read_positions(connection, [row.position for row in registered if row is not None]))


def _counter_before(connection: sa.Connection, reader: SqlReader, day: InverterDailySummary) -> CounterBefore | None:
    before = reader.last_before(COUNTER_DAYS, (day.inverter_id,), day.local_date)
    last = None if before is None else msgspec.json.decode(before.carry, type=Carry).last_accepted()
    reading: CleanReading | None = None if last is None else find_row(reader, CLEAN, day.inverter_id, last.at)
    if last is None or reading is None:
        return None
    return CounterBefore(reading, _lines_of(connection, [reading])[reading.position], last.mwh / 1e3)


def _lines_of(connection: sa.Connection, rows: Sequence[CleanReading] | Sequence[RejectedEvent]) -> dict[int, SourceLine]:
    return lines_of(connection, [row.position for row in rows])
