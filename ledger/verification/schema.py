"""Whether the schema is the one that this version makes: tables, columns, checks, indexes, triggers, views."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.backends import backend_of
from ledger.store.schema_parts import SchemaComparison
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, attempt


def check_schema(conn: Connection, unchecked: list[str]) -> Iterator[Finding]:
    """Yield what was dropped, replaced, switched off or added; add to `unchecked` why definitions cannot be compared."""
    try:
        found = attempt(conn, lambda: backend_of(conn).compare_schema(conn))
    except UnreadableError as error:
        found = SchemaComparison([f"the schema cannot be read: {error}"])
    if found.only_names:
        unchecked.append(f"of the schema only names were compared: {found.only_names}")
    yield from (Finding(None, sentence) for sentence in found.differences)
