"""The log's tables, triggers and views in an empty PostgreSQL database, and what says of which version they are. PostgreSQL."""

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql

from ledger.postgresql.guards import FUNCTIONS, LOCK_KEY, TRIGGERS, TURN, VERSION_TABLE, VIEWS
from ledger.postgresql.roles import make_roles
from ledger.store.schema import EMPTY_HEAD, SCHEMA_VERSION, log_head, table_ddl
from ledger.store.version import require_current


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
    """Return the version of the schema that is there; None if there is none."""
    if conn.exec_driver_sql("SELECT to_regclass(%s)", (VERSION_TABLE,)).scalar() is None:
        return None
    found = conn.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - a constant
    return None if found is None else int(found)


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
