"""How many rows the tables hold, and how many events were rejected for which reason."""

import attrs
import sqlalchemy as sa

from projections.engine.catalog import all_tables
from projections.tables.inverter_telemetry import REJECTED


@attrs.frozen
class TableCount:
    """How many rows a projection's table holds."""

    table: str
    rows: int


@attrs.frozen
class ReasonCount:
    """How many telemetry events have this primary reason."""

    reason: str
    events: int


def table_counts(connection: sa.Connection) -> tuple[TableCount, ...]:
    """Return the number of rows of each projection's table that is there."""
    there = set(sa.inspect(connection).get_table_names())
    names = [table.name for table in all_tables() if table.name in there]
    return tuple(
        TableCount(name, connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()) for name in names
    )


def reason_counts(connection: sa.Connection) -> tuple[ReasonCount, ...]:
    """Return how many telemetry events were rejected, by primary reason and its name; none before the first projection."""
    if not sa.inspect(connection).has_table(REJECTED.name):
        return ()
    reason: sa.ColumnElement[str] = sa.column("reason")
    counted = sa.select(reason, sa.func.count()).select_from(sa.table(REJECTED.name)).group_by(reason).order_by(reason)
    return tuple(ReasonCount(name, events) for name, events in connection.execute(counted))
