"""How the schema in a file differs from the one that this version makes. SQLite."""

import sqlite3
from collections.abc import Callable, Container, Iterable
from contextlib import closing
from typing import Any

from sqlalchemy import Connection

from ledger.sqlite.setup import ddl
from ledger.sqlite.stored import as_stored
from ledger.store.schema_parts import Part, SchemaComparison, compare_parts

Ask = Callable[[str], Iterable[Any]]


def compare_schema(conn: Connection) -> SchemaComparison:
    """See `Backend.compare_schema`. SQLite keeps each statement's text; those that `ddl` makes in memory are compared with it."""
    with closing(sqlite3.connect(":memory:")) as memory:
        for statement in ddl():
            memory.execute(statement)
        made = _parts(memory.execute)
    ours = {part.name for part in made if part.kind != "column"}
    with as_stored(conn):
        there = _parts(lambda question: conn.exec_driver_sql(question).all(), ours)
    for table in [part for part in made if part.kind == "table" and part in there]:
        # Columns that differ say more than "the table differs", which they make true.
        if _columns(made, table) != _columns(there, table):
            there[table] = made[table]
    return SchemaComparison(compare_parts(made, there))


def _parts(ask: Ask, ours: Container[str] | None = None) -> dict[Part, str]:
    """Return what there is, with its text; of `ours`, only what is or hangs on one of these: other tables are none of the log's."""
    found: dict[Part, str] = {}
    # SQLite keeps names as they were written, and finds them however they are: ON EVENT_LOG is a trigger of event_log.
    for kind, name, of, text in ask("SELECT type, lower(name), lower(tbl_name), sql FROM sqlite_master ORDER BY rowid"):
        if ours is None or of in ours or name in ours:
            found[Part(kind, "" if name == of else of, name)] = text or ""
    for table in [part.name for part in found if part.kind == "table"]:
        for _, name, *definition in ask(f'PRAGMA table_xinfo("{table}")'):
            found[Part("column", table, name)] = repr(definition)
    return found


def _columns(parts: dict[Part, str], table: Part) -> dict[Part, str]:
    return {part: text for part, text in parts.items() if (part.kind, part.of) == ("column", table.name)}
