"""How the schema in a file differs from the one that this version makes. SQLite."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection

from ledger.sqlite.guards import TRIGGERS, VIEWS
from ledger.sqlite.setup import ddl
from ledger.sqlite.stored import any_text
from ledger.store.schema import index_names, metadata
from ledger.store.schema_parts import Part, SchemaComparison, compare_parts

Ask = Callable[[str], Iterable[Any]]
_OURS = {*metadata.tables, *VIEWS}
_NAMES = {*_OURS, *index_names(), *TRIGGERS}


def compare_schema(conn: Connection) -> SchemaComparison:
    """See `Backend.compare_schema`. SQLite keeps each statement's text; those that `ddl` makes in memory are compared with it."""
    with closing(sqlite3.connect(":memory:")) as memory:
        for statement in ddl():
            memory.execute(statement)
        made = _parts(memory.execute)
    with any_text(conn):
        there = _parts(lambda question: conn.exec_driver_sql(question).all())
    for table in metadata.tables:
        # Columns that differ say more than "the table differs", which they make true.
        if _columns(made, table) != _columns(there, table) and Part("table", "", table) in there:
            there[Part("table", "", table)] = made[Part("table", "", table)]
    return SchemaComparison(compare_parts(made, there))


def _parts(ask: Ask) -> dict[Part, str]:
    """Return what is ours, or hangs on a table or view of ours; other tables in the file are none of the log's."""
    found: dict[Part, str] = {}
    for kind, name, of, text in ask("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid"):
        if of in _OURS or name in _NAMES:
            found[Part(kind, "" if name == of else of, name)] = text or ""
    for table in sorted(part.name for part in found if part.kind == "table"):
        for _, name, *definition in ask(f'PRAGMA table_xinfo("{table}")'):
            found[Part("column", table, name)] = repr(definition)
    return found


def _columns(parts: dict[Part, str], table: str) -> dict[Part, str]:
    return {part: definition for part, definition in parts.items() if (part.kind, part.of) == ("column", table)}
