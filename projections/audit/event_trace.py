"""From an event to what became of it: its row, or the reason why it is none, and the rows that depend on it."""

from collections.abc import Iterator
from typing import Any, TypedDict

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.format.delivery_state import KIND as STATE_KIND
from ledger.format.event import Recorded
from ledger.format.registry_row import registry_id
from projections.audit.find import EventDocument, FoundEvent, event_document
from projections.audit.rows import (
    NoDays,
    RowDocument,
    TableRow,
    behind,
    checkpoints,
    days_of,
    find_row,
    open_rows,
    say_behind,
    why_unreadable,
)
from projections.calendar.local_days import LocalDays, iso_date
from projections.contract.message import read_message
from projections.contract.reasons import REASONS, REGISTRY_REASONS
from projections.engine.catalog import owner_of
from projections.sql.reader import SqlReader
from projections.table import Table
from projections.tables.counter_days import COUNTER_MARKS
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_latest import LATEST
from projections.tables.inverter_telemetry import CLEAN, REJECTED
from projections.tables.inverters import INVERTERS
from projections.tables.plant_daily_summary import PLANT_SUMMARY
from projections.tables.plants import PLANTS
from projections.tables.registry_rejected import REGISTRY_REJECTED
from projections.values.statement import read_statement

_REGISTERED = {"plant": PLANTS, "inverter": INVERTERS}
_STATES_A_DELIVERY = "comes from no line: it states what delivery {} had brought by then, for tools/audit verify; no figure is made of it"
_IN_NO_TABLE = "in neither table, which cannot be: run tools/project --verify"


@attrs.frozen
class RowCount:
    """How many rows of a table depend on an event."""

    table: str
    rows: int


@attrs.frozen(kw_only=True)
class EventTrace:
    """What became of an event.

    `row` is the row that it made: a reading, a rejected event or a registration (None: it made none, or its projection has not come so
    far). `notes` say in words what there is to know. `dependents` are the rows that depend on it, for example the daily summary that
    counts a reading; `dependent_counts` has their number by table if it is a registration, as there may be many.
    """

    found: FoundEvent
    row: TableRow | None = None
    notes: tuple[str, ...] = ()
    dependents: tuple[TableRow, ...] = ()
    dependent_counts: tuple[RowCount, ...] = ()


class StandingDocument(TypedDict):
    """What became of an event: its table and row (null: none), notes, and what depends on it, each `{table, row}` or `{table, rows}`."""

    table: str | None
    row: RowDocument | None
    notes: list[str]
    rests: list[dict[str, object]]


class EventTraceDocument(EventDocument):
    """An event, and what became of it."""

    standing: StandingDocument


def trace_event(connection: sa.Connection, found: FoundEvent) -> EventTrace:
    """Follow an event from the log into the tables; where they cannot be read, the notes say so."""
    event = found.event
    if event.kind == STATE_KIND:
        return EventTrace(found=found, notes=(_STATES_A_DELIVERY.format(found.line.delivery_id),))
    why = why_unreadable(connection)
    if why:
        return EventTrace(found=found, notes=(why,))
    late = behind(connection, event.position)
    is_telemetry = event.kind == "telemetry"
    owner = owner_of(CLEAN.name if is_telemetry else _REGISTERED[event.kind].name).name
    waits = (say_behind(late),) if late else ()
    if owner in late:
        return EventTrace(found=found, notes=waits)
    reader = open_rows(connection)
    traced = _trace_telemetry(reader, found) if is_telemetry else _trace_statement(connection, reader, found)
    return attrs.evolve(traced, notes=traced.notes + waits)


def event_trace_document(trace: EventTrace) -> EventTraceDocument:
    """Return an event and what became of it, as JSON holds it."""
    rests: list[dict[str, object]] = [{"table": found.table.name, "row": found.shown()} for found in trace.dependents]
    rests += [{"table": found.table, "rows": found.rows} for found in trace.dependent_counts]
    return {
        **event_document(trace.found),
        "standing": {
            "table": None if trace.row is None else trace.row.table.name,
            "row": None if trace.row is None else trace.row.shown(),
            "notes": list(trace.notes),
            "rests": rests,
        },
    }


def _trace_telemetry(reader: SqlReader, found: FoundEvent) -> EventTrace:
    message = read_message(found.event.payload, found.event.event_time)
    inverter_id, at, position = message.inverter_id, message.event_time, found.event.position
    kept = find_row(reader, CLEAN, inverter_id, at) if inverter_id is not None and at is not None else None
    rejected = find_row(reader, REJECTED, position)
    if rejected is not None:
        row, notes = TableRow(REJECTED, rejected), _why_rejected(rejected, kept)
    elif kept is not None and kept.position == position:
        row, notes = TableRow(CLEAN, kept), ()
    else:
        return EventTrace(found=found, notes=(_IN_NO_TABLE,))
    if inverter_id is None or at is None:
        return EventTrace(found=found, row=row, notes=(*notes, "no daily row counts it: its inverter or time cannot be read"))
    days = days_of(reader, inverter_id)
    if isinstance(days, NoDays):
        notes = (*notes, f"no daily row counts it: {days.why}")
    dependents = _dependents(reader, inverter_id, at, days, position, is_clean=rejected is None)
    return EventTrace(found=found, row=row, notes=notes, dependents=tuple(dependents))


def _why_rejected(rejected: Any, kept: Any | None) -> tuple[str, ...]:  # noqa: ANN401 - rows
    why = f"{rejected.reason}: {REASONS[rejected.reason]}"
    if kept is None or rejected.reason not in {"duplicate_reading", "superseded"}:
        return (why,)
    return why, f"the reading kept for that moment is the event at position {kept.position}"


def _dependents(
    reader: SqlReader, inverter_id: str, at: int, days: LocalDays | NoDays, position: int, *, is_clean: bool
) -> Iterator[TableRow]:
    mark = find_row(reader, COUNTER_MARKS, inverter_id, at) if is_clean else None
    if mark is not None:
        yield TableRow(COUNTER_MARKS, mark)
    day = None if isinstance(days, NoDays) else find_row(reader, SUMMARY, inverter_id, iso_date(days.day_of(at)))
    if day is not None:
        yield TableRow(SUMMARY, day)
        plant_day = find_row(reader, PLANT_SUMMARY, day.plant_id, day.local_date)
        if plant_day is not None:
            yield TableRow(PLANT_SUMMARY, plant_day)
    latest = find_row(reader, LATEST, inverter_id)
    if latest is not None and latest.position == position:
        yield TableRow(LATEST, latest)


def _trace_statement(connection: sa.Connection, reader: SqlReader, found: FoundEvent) -> EventTrace:
    event = found.event
    rejected = find_row(reader, REGISTRY_REJECTED, event.position)
    if rejected is not None:
        note = f"{rejected.reason}: {REGISTRY_REASONS[rejected.reason]}"
        return EventTrace(found=found, row=TableRow(REGISTRY_REJECTED, rejected), notes=(note,))
    table = _REGISTERED[event.kind]
    name = registry_id(event.kind, event.payload)
    row = find_row(reader, table, name)
    if row is not None and row.position == event.position:
        counts = tuple(_count_dependents(connection, event.kind, name))
        return EventTrace(found=found, row=TableRow(table, row), notes=("the statement in force",), dependent_counts=counts)
    later = _replaced_at(connection, event, name)
    note = _IN_NO_TABLE if later is None else f"no longer in force: {event.kind} {name} was stated anew at position {later}"
    return EventTrace(found=found, notes=(note,))


def _replaced_at(connection: sa.Connection, event: Recorded, name: str | None) -> int | None:
    """Return the position of the next statement of the same plant or inverter that the tables hold; None if there is none."""
    upto = checkpoints(connection)[owner_of(_REGISTERED[event.kind].name).name].position
    later = log.statements(connection, upto, event.position + 1)
    same = (other for other in later if other.kind == event.kind and registry_id(other.kind, other.payload) == name)
    return next((other.position for other in same if read_statement(other.payload, f"{other.kind}_id") is not None), None)


def _count_dependents(connection: sa.Connection, kind: str, name: str | None) -> Iterator[RowCount]:
    """Yield how many daily rows there are under a plant's or an inverter's registration, by table."""
    tables: tuple[Table, ...] = (SUMMARY, PLANT_SUMMARY) if kind == "plant" else (SUMMARY,)
    for table in tables:
        rows = sa.select(sa.func.count()).select_from(sa.table(table.name)).where(sa.column(f"{kind}_id") == name)
        yield RowCount(table.name, connection.execute(rows).scalar_one())
