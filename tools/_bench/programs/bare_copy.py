"""Beside append on a server: the same rows, prepared as binary, copied to a staging table and inserted from there into the same table.

Arguments: the URL of the log with the rows, and that of an empty one.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from ledger.database import open_database, writing
from ledger.store.schema import delivery, event_log


def main(rows_of: str, target: str) -> None:
    """Copy the deliveries, then all events in one transaction; print the seconds of staging, insert and commit."""
    with _connected(rows_of) as source:
        prepared = {name: _read(source, name) for name in (delivery.name, event_log.name)}
    with _connected(target) as bare:
        _write(bare, delivery.name, prepared[delivery.name])
        bare.commit()
        # The floor moves no head, which that trigger wants moved first.
        bare.execute("ALTER TABLE event_log DISABLE TRIGGER event_log_refuses_beyond_head")
        bare.commit()
        began = time.perf_counter()
        bare.execute("CREATE TEMP TABLE staged (LIKE event_log) ON COMMIT DROP")
        _write(bare, "staged", prepared[event_log.name])
        rows = bare.execute("INSERT INTO event_log SELECT * FROM staged ORDER BY position").rowcount
        bare.commit()
        seconds = time.perf_counter() - began
    click.echo(msgspec.json.encode({"seconds": seconds, "rows": rows}))


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    """Yield the driver's own connection to a log."""
    with open_database(url, write=True) as database, writing(database) as connection:
        yield connection.connection.driver_connection


def _read(bare: Any, table: str) -> list[bytes]:  # noqa: ANN401 - the driver's
    with bare.cursor().copy(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT (FORMAT binary)") as copy:  # noqa: S608 - a table of ours
        return list(map(bytes, copy))


def _write(bare: Any, table: str, prepared: list[bytes]) -> None:  # noqa: ANN401 - the driver's
    with bare.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"".join(prepared))


if __name__ == "__main__":
    main(*sys.argv[1:])
