"""Beside append: the SQLite recorder of the package eventsourcing, with the same payloads, prepared beforehand.

Arguments: the database with the log, the one to make. Events are numbered per inverter; nothing is hashed, no duplicate looked for.
"""

import sys
import time
from collections import Counter
from contextlib import closing

import click
import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from sqlalchemy import select

from ledger.database import open_database, reading
from ledger.store.schema import event_log

_BATCH = 20_000


def main(log: str, target: str) -> None:
    """Record all events, a transaction per batch; print the seconds and how many there were."""
    events = _prepare(log)
    with closing(SQLiteDatastore(target, originator_id_type="text")) as store:
        recorder = SQLiteApplicationRecorder(store)
        recorder.create_table()
        began = time.perf_counter()
        for low in range(0, len(events), _BATCH):
            recorder.insert_events(events[low : low + _BATCH])
        seconds = time.perf_counter() - began
    click.echo(msgspec.json.encode({"seconds": seconds, "events": len(events)}))


def _prepare(log: str) -> list[StoredEvent]:
    versions: Counter[str] = Counter()
    found = []
    with open_database(f"sqlite:///{log}", write=False) as database, reading(database) as connection:
        for payload in connection.execute(select(event_log.c.payload).order_by(event_log.c.position)).scalars():
            name = _inverter_of(payload)
            versions[name] += 1
            found.append(StoredEvent(name, versions[name], "reading", payload))
    return found


def _inverter_of(payload: bytes) -> str:
    _, found, rest = payload.partition(b'"inverter_id":"')
    return rest.partition(b'"')[0].decode() if found else "none"


if __name__ == "__main__":
    main(*sys.argv[1:])
