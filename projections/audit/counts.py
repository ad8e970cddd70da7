"""Counts of the tables that a database holds."""

import sqlalchemy as sa

from ledger.database import Database
from projections.engine.catalog import all_tables
from projections.sql.transactions import reading_tables


def existing_tables(connection: sa.Connection) -> set[str]:
    """Name the tables there are."""
    return set(sa.inspect(connection).get_table_names())


def table_counts(database: Database) -> dict[str, int]:
    """Count the rows of each projection table."""
    with reading_tables(database) as connection:
        there = existing_tables(connection)
        names = [table.name for table in all_tables() if table.name in there]
        return {name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one() for name in names}


def rejected_by_reason(database: Database) -> dict[str, int]:
    """Count rejected events by primary reason."""
    rejected = sa.table("inverter_telemetry_rejected", sa.column("reason"))
    with reading_tables(database) as connection:
        if rejected.name not in existing_tables(connection):
            return {}
        counted = sa.select(rejected.c.reason, sa.func.count()).group_by(rejected.c.reason).order_by(rejected.c.reason)
        return {row[0]: int(row[1]) for row in connection.execute(counted)}
