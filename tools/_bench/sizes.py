"""How large a database file is: its log with the indexes, the log's payloads, its projections."""

from pathlib import Path

import attrs
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from ledger.database import open_database, reading

_LOG = "name = 'event_log' OR name LIKE 'event_log_%' OR name LIKE 'sqlite_autoindex_event_log_%'"


@attrs.frozen
class Sizes:
    """Bytes of a database: `payloads` as they were sent, `log` with them and its indexes, `rest` all else. `events` is a count."""

    events: int
    payloads: int
    log: int
    rest: int
    projections: int = 0

    @property
    def log_beyond_payload(self) -> int:
        """Return the bytes that the log needs besides the payloads: keys, hashes, times, indexes."""
        return self.log - self.payloads

    def after(self, before: "Sizes") -> "Sizes":
        """Return the sizes measured before projecting, with what has been added since as the projections'."""
        return attrs.evolve(before, projections=self.rest + self.log - before.rest - before.log)


def measure_sizes(database: Path) -> Sizes:
    """Measure a database that nobody writes. If SQLite cannot tell the pages of each table, the whole file counts as the log."""
    with open_database(f"sqlite:///{database}", write=False) as opened, reading(opened) as connection:
        events, payloads = connection.execute(text("SELECT count(*), total(length(payload)) FROM event_log")).one()
        whole = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")).scalar_one()
        free = connection.execute(text("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")).scalar_one()
        log = _pages_of_log(connection, whole - free)
    return Sizes(events, int(payloads), log, whole - free - log)


def _pages_of_log(connection: Connection, otherwise: int) -> int:
    try:
        return int(connection.execute(text(f"SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND ({_LOG})")).scalar_one())  # noqa: S608 - a constant
    except OperationalError:
        # SQLite was built without its table of pages. Before projecting, nothing but the log is of any size.
        return otherwise
