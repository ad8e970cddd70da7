"""What a database on a server holds, and which roles it lacks, for its upkeep. PostgreSQL."""

from sqlalchemy import Connection

from ledger.postgresql.roles import ROLES, existing_roles, roles_of_user


def server(conn: Connection) -> str:
    """Name the server's product and version."""
    return f"PostgreSQL {conn.exec_driver_sql('SHOW server_version').scalar_one()}"


def missing_roles(conn: Connection) -> list[str]:
    """Name those of our roles that the server lacks."""
    there = existing_roles(conn)
    return [name for name in ROLES if name not in there]


def log_bytes(conn: Connection) -> int:
    """Return the bytes that the log takes on the server, with its indexes."""
    return int(conn.exec_driver_sql("SELECT pg_catalog.pg_total_relation_size('event_log')").scalar_one())


def describe_roles(conn: Connection) -> dict[str, bool]:
    """Return for each of our roles that exists whether the current user has it."""
    mine = roles_of_user(conn)
    return {name: name in mine for name in existing_roles(conn)}
