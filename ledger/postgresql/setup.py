"""The log's tables, triggers and views in an empty PostgreSQL database, and what says of which version they are. PostgreSQL."""

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError
from ledger.postgresql.guards import FUNCTIONS, LOCK_KEY, TRIGGERS, VERSION_TABLE, VIEWS
from ledger.proof.frontier import EMPTY_ROOT
from ledger.store.schema import NO_INSTANT, SCHEMA_VERSION, log_head, metadata


def ddl() -> list[str]:
    """Return the statements that make the schema, in order."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = [str(CreateTable(table).compile(dialect=dialect)).strip() for table in metadata.sorted_tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    version = f"CREATE TABLE {VERSION_TABLE} (version_num varchar(32) PRIMARY KEY)"
    return [*tables, *indexes, *FUNCTIONS.values(), *TRIGGERS.values(), *VIEWS.values(), version]


def create_schema(conn: Connection) -> None:
    """Create the log's tables, triggers and views, empty; the caller's transaction makes it all or nothing."""
    for statement in ddl():
        conn.exec_driver_sql(statement)
    values = {"id": 1, "size": 0, "root": EMPTY_ROOT, "frontier": b"", "recorded_at": 0, "event_time_max": NO_INSTANT}
    conn.execute(insert(log_head).values(values))
    conn.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES ('{SCHEMA_VERSION:04}')")  # noqa: S608 - a constant


def hold_schema(conn: Connection) -> None:
    """Keep others from making or changing the schema until the transaction ends."""
    conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")


def schema_version(conn: Connection) -> int | None:
    """Return the version of the schema that is there; None where there is none."""
    if conn.exec_driver_sql("SELECT to_regclass(%s)", (VERSION_TABLE,)).scalar() is None:
        return None
    found = conn.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - a constant
    return None if found is None else int(found)


def check_version(conn: Connection, shown: str) -> None:
    """Raise LedgerError where the database holds no log, or one of another version than this program's."""
    version = schema_version(conn)
    if version is None:
        raise LedgerError(f"{shown}: holds no log yet; make it with tools/db init")
    if version > SCHEMA_VERSION:
        raise LedgerError(f"{shown}: written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}); update this program")
    if version < SCHEMA_VERSION:
        raise LedgerError(f"{shown}: of an older version (schema {version}, this one needs {SCHEMA_VERSION}); run tools/db upgrade")
