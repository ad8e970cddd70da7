"""From a daily figure to the readings, rejected events and statements it rests on, each with its line."""

import msgspec
import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError
from ledger.format.event import Recorded
from projections.audit.find import describe, lines_of, sources_of
from projections.audit.rows import checkpoints, days_of, one, open_rows, shown, why_unreadable
from projections.calendar.local_days import day_number
from projections.counter.state import Carry
from projections.sql.reader import SqlReader
from projections.table import Table
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_telemetry import CLEAN, REJECTED
from projections.tables.inverters import INVERTERS
from projections.tables.plants import PLANTS

Document = dict[str, object]
_ACCEPTED = "accepted"


def trace_day(connection: sa.Connection, inverter_id: str, local_date: str) -> Document:
    """Return a day's row, readings, rejected events, statements in force and the counter value it began with.

    Raise LedgerError, saying why, where there is no such row.
    """
    why = why_unreadable(connection)
    if why:
        raise LedgerError(why)
    reader = open_rows(connection)
    day = one(reader, SUMMARY, inverter_id, local_date)
    applied, size = checkpoints(connection)[SUMMARY.name].position, log.head(connection).size
    if day is None:
        later = "" if applied == size else f" (at position {applied} of {size}: run tools/project)"
        raise LedgerError(f"no daily row for {inverter_id} on {local_date}{later}: {_why_no_row(reader, inverter_id, local_date)}")
    start, end = day.day_start_utc, day.day_end_utc - 1
    return {
        "inverter_id": inverter_id,
        "local_date": local_date,
        "applied_position": applied,
        "log_size": size,
        "day": shown(SUMMARY, day),
        "readings": _readings(connection, reader, inverter_id, start, end),
        "rejected": _with_lines(connection, REJECTED, list(reader.scan(REJECTED, REJECTED.indexes[0], (inverter_id,), start, end))),
        "statements": _statements(connection, reader, inverter_id, day.plant_id),
        "counter_before": _counter_before(connection, reader, inverter_id, local_date),
    }


def _why_no_row(reader: SqlReader, inverter_id: str, local_date: str) -> str:
    days = days_of(reader, inverter_id)
    if isinstance(days, str):
        return days
    day = day_number(local_date)
    rejected = list(reader.scan(REJECTED, REJECTED.indexes[0], (inverter_id,), days.start(day), days.start(day + 1) - 1))
    if not rejected:
        return "no event names that inverter and a moment of that day"
    reasons = ", ".join(sorted({event.reason for event in rejected}))
    return f"no reading that day, only {len(rejected)} rejected events that make none ({reasons})"


def _readings(connection: sa.Connection, reader: SqlReader, inverter_id: str, start: int, end: int) -> list[Document]:
    readings = list(reader.scan(CLEAN, CLEAN.key, (inverter_id,), start, end))
    marks = {row.event_time: row.mark for row in reader.scan(COUNTER_MARKS, COUNTER_MARKS.key, (inverter_id,), start, end)}
    plain = [None if row.energy_wh_total is None else _ACCEPTED for row in readings]
    found = [marks.get(row.event_time, mark) for row, mark in zip(readings, plain, strict=True)]
    return [{**row, "mark": mark} for row, mark in zip(_with_lines(connection, CLEAN, readings), found, strict=True)]


def _with_lines(connection: sa.Connection, table: Table, rows: list[object]) -> list[Document]:
    documents = [shown(table, row) for row in rows]
    lines = lines_of(connection, [int(str(row["position"])) for row in documents])
    return [{**row, "line": lines[int(str(row["position"]))]} for row in documents]


def _statements(connection: sa.Connection, reader: SqlReader, inverter_id: str, plant_id: str) -> list[Document]:
    plant, inverter = one(reader, PLANTS, plant_id), one(reader, INVERTERS, inverter_id)
    events: list[Recorded] = log.read_positions(connection, [row.position for row in (plant, inverter) if row is not None])
    sources = sources_of(connection, events)
    return [describe(event, sources[event.delivery_id]) for event in events]


def _counter_before(connection: sa.Connection, reader: SqlReader, inverter_id: str, local_date: str) -> Document | None:
    """Return the reading whose counter the day's first step starts from; None where no value stood before the day."""
    before = reader.last_before(COUNTER_DAYS, (inverter_id,), local_date)
    standing = None if before is None else msgspec.json.decode(before.carry, type=Carry).last_accepted()
    reading = None if standing is None else one(reader, CLEAN, inverter_id, standing.at)
    return None if standing is None or reading is None else {**_with_lines(connection, CLEAN, [reading])[0], "line_wh": standing.mwh / 1e3}
