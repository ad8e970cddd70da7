"""What the log promises when a file cannot grow."""

import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import event

from ledger.append.deliver import deliver
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.source.read import open_source
from tests.ledger.append.test_faults import LINES, content
from tests.support.logged import lines_of


def test_a_full_disk_keeps_whole_batches_and_the_next_run_completes_them(
    db: Database, url: str, write: Callable[[str, bytes], str], clock: Callable[[], int]
) -> None:
    path = write("a.jsonl", b"".join(LINES))

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1500}")

    event.listen(db.engine, "connect", limit)
    sizes = []

    def append() -> None:
        with open_source(path) as source:
            for outcome in deliver(db, source, "telemetry", clock=clock):
                sizes.append(outcome.size)  # noqa: PERF401 - what came before the error is wanted

    with pytest.raises(LedgerError, match="no space left"):
        append()
    assert 0 < len(content(url)) == sizes[-1] < len(LINES)
    event.remove(db.engine, "connect", limit)
    db.engine.dispose()
    append()
    assert [event.payload for event in lines_of(content(url))] == [line[:-1] for line in LINES]
