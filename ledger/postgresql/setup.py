"""The log's tables, triggers and views in an empty PostgreSQL database, and what says of which version they are. PostgreSQL."""

import re

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql

from ledger.errors import LedgerError
from ledger.postgresql.guards import FUNCTIONS, LOCK_KEY, TRIGGERS, TURN, VERSION_TABLE, VIEWS
from ledger.postgresql.roles import make_roles
from ledger.store.schema import EMPTY_HEAD, SCHEMA_VERSION, log_head, table_ddl
from ledger.store.url import show_url
from ledger.store.version import require_current

_NUMBER = re.compile("[0-9]{1,9}")


def ddl() -> list[str]:
    """Return the statements that make the schema in an empty database, in order."""
    tables = table_ddl(postgresql.dialect())  # type: ignore[no-untyped-call]
    version = f"CREATE TABLE {VERSION_TABLE} (version_num varchar(32) PRIMARY KEY)"
    return [*tables, *FUNCTIONS.values(), *TRIGGERS.values(), *VIEWS.values(), version, TURN]


def create_schema(conn: Connection) -> None:
    """Create the log's tables, triggers and views, empty; the caller's transaction makes it all or nothing."""
    for statement in ddl():
        conn.exec_driver_sql(statement)
    conn.execute(insert(log_head).values(EMPTY_HEAD))
    conn.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES ('{SCHEMA_VERSION:04}')")  # noqa: S608 - a constant


def hold_schema(conn: Connection) -> None:
    """Keep others from making or changing the schema until the transaction ends, by a lock that only its owner may take.

    Before there is a table to lock, it is one that anybody can take by number.
    """
    if schema_version(conn) is None:
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
    if schema_version(conn) is not None:
        conn.exec_driver_sql(f"LOCK TABLE {VERSION_TABLE} IN SHARE ROW EXCLUSIVE MODE")


def schema_version(conn: Connection) -> int | None:
    """Return the version of the schema that is there; None if there is none. Raise LedgerError if what is recorded is no version."""
    if conn.exec_driver_sql("SELECT to_regclass(%s)", (VERSION_TABLE,)).scalar() is None:
        return None
    # The row as JSON: a column that somebody renamed is none in it, and no error.
    found = conn.exec_driver_sql(f"SELECT pg_catalog.to_jsonb(row) ->> 'version_num' FROM {VERSION_TABLE} AS row").first()  # noqa: S608 - a constant
    if found is None:
        return None
    if not _NUMBER.fullmatch(found[0] or ""):
        raise LedgerError(f"{show_url(conn.engine.url)}: {VERSION_TABLE} holds no version of a schema; restore the database from a backup")
    return int(found[0])


def mark_version(conn: Connection, version: int) -> None:
    """Write the version of the schema into its table."""
    conn.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{version:04}'")  # noqa: S608 - constants


def initialise(conn: Connection, shown: str) -> list[str]:
    """See `Backend.initialise`."""
    hold_schema(conn)
    made = []
    if schema_version(conn) is None:
        create_schema(conn)
        made.append("schema")
    require_current(schema_version(conn), shown)
    return made + make_roles(conn, shown)
