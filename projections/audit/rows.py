"""Rows of projections as an auditor asks for them: one by key, shown with ISO times, and whether they can be read at all."""

from collections.abc import Iterable
from typing import Any

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError
from ledger.format.instant import iso
from projections.calendar.local_days import LocalDays
from projections.engine.catalog import catalog
from projections.engine.prepare import in_another_layout
from projections.sql.checkpoint import CHECKPOINT, Checkpoint, read_checkpoint
from projections.sql.reader import SqlReader
from projections.table import Table
from projections.tables.inverters import INVERTERS
from projections.tables.plants import PLANTS

RowDocument = dict[str, object]
"""A row by column name, instants as ISO text in UTC, for example `{"inverter_id": "a", "local_date": "2025-04-01", …}`."""

_RUN = "run tools/project"


@attrs.frozen
class TableRow:
    """A row, and the table that holds it."""

    table: Table
    row: Any

    def shown(self) -> RowDocument:
        """Return the row by column name, instants as ISO text."""
        return shown(self.table, self.row)


@attrs.frozen
class NoDays:
    """An inverter has no local days, so no daily row counts what it sends; `why` says what its registration lacks."""

    why: str


def open_rows(connection: sa.Connection) -> SqlReader:
    """Return the reader of the tables in use."""
    return SqlReader(connection, lambda table: table.name, lambda position, instant: _arrived_at(connection, position) > instant)


def find_row(reader: SqlReader, table: Table, *key: Any) -> Any | None:  # noqa: ANN401 - a key and a row of any table
    """Return the row with this key; None if there is none."""
    return next(reader.scan(table, table.key, key[:-1], key[-1], key[-1]), None)


def shown(table: Table, row: Any) -> RowDocument:  # noqa: ANN401 - a row of any table
    """Return a row by column name, instants as ISO text."""
    values = attrs.asdict(row)
    return {
        column.name: iso(values[column.name]) if column.store == "instant" and values[column.name] is not None else values[column.name]
        for column in table.columns
    }


def require_readable(connection: sa.Connection) -> None:
    """Raise LedgerError, saying why and what to run, if the projections' tables cannot be read."""
    why = why_unreadable(connection)
    if why:
        raise LedgerError(why)


def why_unreadable(connection: sa.Connection) -> str | None:
    """Return why the projections' tables cannot be read, and what to run; None if they can."""
    if not has_projections(connection):
        return f"the database holds a log and no projections yet: {_RUN}"
    in_other_layout = in_another_layout(connection)
    for projection in catalog():
        checkpoint = read_checkpoint(connection, projection.name)
        if checkpoint is None or checkpoint.version != projection.version or projection.name in in_other_layout:
            return f"{projection.name} was not made by this version of its code: {_RUN}"
    return None


def has_projections(connection: sa.Connection) -> bool:
    """Return whether tools/project ever ran on this database."""
    return sa.inspect(connection).has_table(CHECKPOINT.name)


def checkpoints(connection: sa.Connection) -> dict[str, Checkpoint]:
    """Return the checkpoint of every projection that has one, by name; `has_projections` is known to be true."""
    found = {projection.name: read_checkpoint(connection, projection.name) for projection in catalog()}
    return {name: checkpoint for name, checkpoint in found.items() if checkpoint is not None}


def behind(connection: sa.Connection, position: int) -> list[str]:
    """Return the names of the projections that have not applied the event at a position yet."""
    return [name for name, checkpoint in checkpoints(connection).items() if checkpoint.position <= position]


def say_behind(names: Iterable[str]) -> str:
    """Return which projections have still to apply an event, and what to run."""
    return f"not yet applied by {', '.join(names)}: {_RUN}"


def days_of(reader: SqlReader, inverter_id: str) -> LocalDays | NoDays:
    """Return the local days of an inverter's plant, or why it has none."""
    inverter = find_row(reader, INVERTERS, inverter_id)
    if inverter is None:
        return NoDays(f"inverter {inverter_id} is not registered")
    if inverter.plant_id is None:
        return NoDays(f"inverter {inverter_id} is registered under no plant, so its daily rows are held")
    plant = find_row(reader, PLANTS, inverter.plant_id)
    if plant is None:
        return NoDays(f"plant {inverter.plant_id} is not registered, so its daily rows are held")
    if plant.timezone is None:
        return NoDays(f"plant {plant.plant_id} is held: {plant.issues}")
    return LocalDays(plant.timezone)


def _arrived_at(connection: sa.Connection, position: int) -> int:
    return log.read_positions(connection, [position])[0].recorded_at
