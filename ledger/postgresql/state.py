"""What a database on a server holds and lacks, for its upkeep. PostgreSQL."""

from sqlalchemy import Connection

from ledger.postgresql.guards import FUNCTIONS, TRIGGERS, TURN_TABLE, VERSION_TABLE, VIEWS
from ledger.postgresql.roles import ROLES, existing_roles, roles_of_user
from ledger.store.schema import index_names, metadata

_THERE = """SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
UNION ALL SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = current_schema()::regnamespace AND tgenabled <> 'D'"""


def server(conn: Connection) -> str:
    """Name the server's product and version."""
    return f"PostgreSQL {conn.exec_driver_sql('SHOW server_version').scalar_one()}"


def missing(conn: Connection) -> list[str]:
    """Name what a log needs and the database lacks; a trigger that is switched off counts as lacking, and so does a role."""
    wanted = [*metadata.tables, VERSION_TABLE, TURN_TABLE, *index_names(), *FUNCTIONS, *TRIGGERS, *VIEWS]
    there = set(conn.exec_driver_sql(_THERE).scalars())
    roles = existing_roles(conn)
    return [name for name in wanted if name not in there] + [name for name in ROLES if name not in roles]


def log_bytes(conn: Connection) -> int:
    """Return the bytes that the log takes on the server, with its indexes."""
    return int(conn.exec_driver_sql("SELECT pg_catalog.pg_total_relation_size('event_log')").scalar_one())


def describe_roles(conn: Connection) -> dict[str, bool]:
    """Return for each of our roles that exists whether the current user has it."""
    mine = roles_of_user(conn)
    return {name: name in mine for name in existing_roles(conn)}
