from pathlib import Path

from ledger.database import open_database
from projections import Book
from projections.audit.rows import open_rows
from projections.sql.transactions import reading_tables
from tests.support.audited import LATEST


def test_the_reader_knows_whether_an_event_arrived_after_an_instant(whole: Path, book: Book) -> None:
    at = book.event(LATEST)[0].found.event.recorded_at
    with open_database(f"sqlite:///{whole}", write=False) as database, reading_tables(database) as connection:
        reader = open_rows(connection)
        assert [reader.arrived_after(LATEST, instant) for instant in (at - 1, at)] == [True, False]
