"""Where an event ended up: its row, or its reason, and the rows that rest on it."""

from collections.abc import Iterator
from typing import Any

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.format.event import Recorded
from ledger.format.registry_row import registry_id
from projections.audit.rows import behind, checkpoints, days_of, one, open_rows, say_behind, shown, why_unreadable
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


@attrs.frozen
class Standing:
    """What became of an event: the table and row that hold it (None: none does), what there is to say, and the rows that rest on it.

    `rests` are pairs of a table's name and a row, or, for a statement, of how many rows.
    """

    table: str | None
    row: dict[str, object] | None
    notes: list[str]
    rests: list[dict[str, object]]


def standing_of(connection: sa.Connection, event: Recorded) -> Standing:
    """Follow an event from the log into the tables."""
    why = why_unreadable(connection)
    if why:
        return Standing(None, None, [why], [])
    late = behind(connection, event.position)
    telemetry = event.kind == "telemetry"
    owner = owner_of(CLEAN.name if telemetry else _REGISTERED[event.kind].name).name
    notes = [say_behind(late)] if late else []
    if owner in late:
        return Standing(None, None, notes, [])
    reader = open_rows(connection)
    found = _telemetry(reader, event) if telemetry else _statement(connection, reader, event)
    return attrs.evolve(found, notes=found.notes + notes)


def _telemetry(reader: SqlReader, event: Recorded) -> Standing:
    message = read_message(event.payload, event.event_time)
    inverter_id, at = message.inverter_id, message.event_time
    kept = one(reader, CLEAN, inverter_id, at) if inverter_id is not None and at is not None else None
    rejected = one(reader, REJECTED, event.position)
    if rejected is not None:
        notes = [f"{rejected.reason}: {REASONS[rejected.reason]}"]
        if rejected.reason in {"duplicate_reading", "superseded"} and kept is not None:
            notes.append(f"the reading kept for that moment is the event at position {kept.position}")
        table, row, clean = REJECTED, rejected, False
    elif kept is not None and kept.position == event.position:
        table, row, clean, notes = CLEAN, kept, True, []
    else:
        return Standing(None, None, ["in neither table, which cannot be: run tools/project --verify"], [])
    if inverter_id is None or at is None:
        return Standing(table.name, shown(table, row), [*notes, "no daily row counts it: its inverter or time cannot be read"], [])
    days = days_of(reader, inverter_id)
    if isinstance(days, str):
        notes.append(f"no daily row counts it: {days}")
    resting = _rests(reader, inverter_id, at, days, event, clean=clean)
    rests: list[dict[str, object]] = [{"table": other.name, "row": shown(other, found)} for other, found in resting]
    return Standing(table.name, shown(table, row), notes, rests)


def _rests(
    reader: SqlReader, inverter_id: str, at: int, days: LocalDays | str, event: Recorded, *, clean: bool
) -> Iterator[tuple[Table, Any]]:
    mark = one(reader, COUNTER_MARKS, inverter_id, at) if clean else None
    if mark is not None:
        yield COUNTER_MARKS, mark
    day = None if isinstance(days, str) else one(reader, SUMMARY, inverter_id, iso_date(days.day_of(at)))
    if day is not None:
        yield SUMMARY, day
        plant_day = one(reader, PLANT_SUMMARY, day.plant_id, day.local_date)
        if plant_day is not None:
            yield PLANT_SUMMARY, plant_day
    latest = one(reader, LATEST, inverter_id)
    if latest is not None and latest.position == event.position:
        yield LATEST, latest


def _statement(connection: sa.Connection, reader: SqlReader, event: Recorded) -> Standing:
    rejected = one(reader, REGISTRY_REJECTED, event.position)
    if rejected is not None:
        note = f"{rejected.reason}: {REGISTRY_REASONS[rejected.reason]}"
        return Standing(REGISTRY_REJECTED.name, shown(REGISTRY_REJECTED, rejected), [note], [])
    table = _REGISTERED[event.kind]
    name = registry_id(event.kind, event.payload)
    row = one(reader, table, name)
    if row is not None and row.position == event.position:
        return Standing(table.name, shown(table, row), ["the statement in force"], _rows_of(connection, event.kind, name))
    next_one = _replaced_by(connection, event, name)
    return Standing(None, None, [f"no longer in force: {event.kind} {name} was stated anew at position {next_one}"], [])


def _replaced_by(connection: sa.Connection, event: Recorded, name: str | None) -> int | None:
    upto = checkpoints(connection)[owner_of(_REGISTERED[event.kind].name).name].position
    for other in log.statements(connection, upto):
        same = other.kind == event.kind and other.position > event.position and registry_id(other.kind, other.payload) == name
        if same and read_statement(other.payload, f"{other.kind}_id") is not None:
            return other.position
    return None


def _rows_of(connection: sa.Connection, kind: str, name: str | None) -> list[dict[str, object]]:
    """Count the daily rows that a plant's or an inverter's registration bears."""
    tables = (SUMMARY, PLANT_SUMMARY) if kind == "plant" else (SUMMARY,)
    counts = {
        table.name: connection.execute(
            sa.select(sa.func.count()).select_from(sa.table(table.name)).where(sa.column(f"{kind}_id") == name)
        ).scalar_one()
        for table in tables
    }
    return [{"table": table, "rows": count} for table, count in counts.items()]
