"""Whether the database itself finds its pages and indexes whole."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.backends import backend_of
from ledger.store.schema import metadata
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, attempt


def check_storage(conn: Connection) -> Iterator[Finding]:
    """Yield what the database's own check says of the log's tables."""
    backend = backend_of(conn)
    for table in metadata.tables:
        try:
            lines = attempt(conn, lambda table=table: backend.check_storage(conn, table))  # type: ignore[misc]
        except UnreadableError as error:
            lines = [str(error)]
        yield from (Finding(None, f"{table} is damaged: {line}") for line in lines)
