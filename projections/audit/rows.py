"""Rows of projections as an auditor asks for them: one by key, shown with ISO times, and whether they can be read at all."""

from typing import Any

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.format.instant import iso
from projections.calendar.local_days import LocalDays
from projections.engine.catalog import catalog
from projections.engine.prepare import in_another_layout
from projections.sql.checkpoint import CHECKPOINT, Checkpoint, read_checkpoint
from projections.sql.reader import SqlReader
from projections.table import Table
from projections.tables.inverters import INVERTERS
from projections.tables.plants import PLANTS

_RUN = "run tools/project"


def open_rows(connection: sa.Connection) -> SqlReader:
    """Return the reader of the tables in use."""
    return SqlReader(
        connection, lambda table: table.name, lambda position, instant: log.read_positions(connection, [position])[0].recorded_at > instant
    )


def one(reader: SqlReader, table: Table, *key: Any) -> Any | None:  # noqa: ANN401 - a key and a row of any table
    """Return the row with this key; None where there is none."""
    return next(reader.scan(table, table.key, key[:-1], key[-1], key[-1]), None)


def shown(table: Table, row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of any table
    """Return a row by column name, instants as ISO text."""
    values = attrs.asdict(row)
    return {
        column.name: iso(values[column.name]) if column.store == "instant" and values[column.name] is not None else values[column.name]
        for column in table.columns
    }


def why_unreadable(connection: sa.Connection) -> str | None:
    """Say why the projections' tables cannot be read, and what to run; None where they can."""
    if not sa.inspect(connection).has_table(CHECKPOINT.name):
        return f"the database holds a log and no projections yet: {_RUN}"
    in_other_layout = in_another_layout(connection)
    for projection in catalog():
        mark = read_checkpoint(connection, projection.name)
        if mark is None or mark.version != projection.version or projection.name in in_other_layout:
            return f"{projection.name} was not made by this version of its code: {_RUN}"
    return None


def checkpoints(connection: sa.Connection) -> dict[str, Checkpoint]:
    """Return every projection's checkpoint by name; the tables are known to be readable."""
    found = {projection.name: read_checkpoint(connection, projection.name) for projection in catalog()}
    return {name: mark for name, mark in found.items() if mark is not None}


def behind(connection: sa.Connection, position: int) -> list[str]:
    """Name the projections that have not applied the event at a position yet."""
    return [name for name, mark in checkpoints(connection).items() if mark.position <= position]


def say_behind(names: list[str]) -> str:
    """Say which projections have still to apply an event, and what to run."""
    return f"not yet applied by {', '.join(names)}: {_RUN}"


def days_of(reader: SqlReader, inverter_id: str) -> LocalDays | str:
    """Return the local days of an inverter's plant, or say why there are none: its daily rows are held."""
    inverter = one(reader, INVERTERS, inverter_id)
    if inverter is None:
        return f"inverter {inverter_id} is not registered"
    if inverter.plant_id is None:
        return f"inverter {inverter_id} is registered under no plant, so its daily rows are held"
    plant = one(reader, PLANTS, inverter.plant_id)
    if plant is None:
        return f"plant {inverter.plant_id} is not registered, so its daily rows are held"
    if plant.timezone is None:
        return f"plant {plant.plant_id} is held: {plant.issues}"
    return LocalDays(plant.timezone)
