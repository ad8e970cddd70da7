"""Beside append: sqlite3.executemany alone, of the same rows, prepared beforehand, into the same table.

Arguments: the database with the rows, the one to make, and `with` or `without` the triggers that protect a log.
"""

import sys
import time
from contextlib import closing

import click
import msgspec
from sqlalchemy import Connection

from ledger.database import open_database, reading, writing
from ledger.store.schema import delivery, event_log

_COLUMNS = len(event_log.columns)


def main(rows_of: str, target: str, triggers: str) -> None:
    """Copy the deliveries, then insert all events in one transaction; print the seconds of executemany and commit."""
    with open_database(f"sqlite:///{rows_of}", write=False) as source, reading(source) as connection:
        deliveries = _rows(connection, delivery.name)
        events = _rows(connection, event_log.name)
    with open_database(f"sqlite:///{target}", write=True) as database:
        with writing(database) as connection:
            if triggers == "without":
                for name in _triggers(connection):
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql(_insert(delivery.name, len(delivery.columns)), deliveries)
        with closing(database.engine.raw_connection()) as raw:
            bare = raw.driver_connection
            if bare is None:
                raise AssertionError("the engine has no connection")
            began = time.perf_counter()
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany(_insert(event_log.name, _COLUMNS), events)
            bare.execute("COMMIT")
            seconds = time.perf_counter() - began
    click.echo(msgspec.json.encode({"seconds": seconds, "rows": len(events)}))


def _rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608 - a table of ours


def _triggers(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - a table of ours


if __name__ == "__main__":
    main(*sys.argv[1:])
