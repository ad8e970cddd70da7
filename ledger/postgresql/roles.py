"""Who may do what on a server: three roles without login, for users to be made members of. PostgreSQL."""

from sqlalchemy import Connection

from ledger.errors import LedgerError
from ledger.postgresql.guards import VERSION_TABLE, VIEWS

WRITER, PROJECTOR, AUDITOR = ROLES = ("heliolog_writer", "heliolog_projector", "heliolog_auditor")
_LOG = f"event_log, delivery, log_head, {VERSION_TABLE}, {', '.join(VIEWS)}"


def make_roles(conn: Connection, shown: str) -> list[str]:
    """Create the roles that are missing, grant each its rights in the current schema, and name those created.

    A role that exists is left as it is but for these rights. Raise LedgerError if the user may not do that.
    """
    missing = [name for name in ROLES if name not in existing_roles(conn)]
    if missing and not _may_create_roles(conn):
        raise LedgerError(
            f"{shown}: this user may not create roles, and {', '.join(missing)} are missing; run tools/db init as one with CREATEROLE"
        )
    for name in missing:
        conn.exec_driver_sql(f"CREATE ROLE {name} NOLOGIN")
    if PROJECTOR in missing:
        conn.exec_driver_sql(f"GRANT {PROJECTOR} TO CURRENT_USER")
    elif PROJECTOR not in roles_of_user(conn):
        user = conn.exec_driver_sql("SELECT quote_ident(current_user)").scalar()
        raise LedgerError(f"{shown}: {PROJECTOR} is another's role; have an administrator run: GRANT {PROJECTOR} TO {user}")
    for statement in _grants(conn):
        conn.exec_driver_sql(statement)
    return missing


def existing_roles(conn: Connection) -> list[str]:
    """Name those of our roles that exist."""
    there = set(conn.exec_driver_sql("SELECT rolname FROM pg_roles").scalars())
    return [name for name in ROLES if name in there]


def roles_of_user(conn: Connection) -> list[str]:
    """Name those of our roles that the current user has."""
    return [name for name in existing_roles(conn) if conn.exec_driver_sql("SELECT pg_has_role(%s, 'MEMBER')", (name,)).scalar()]


def _may_create_roles(conn: Connection) -> bool:
    return bool(conn.exec_driver_sql("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user").scalar())


def _grants(conn: Connection) -> list[str]:
    quote = conn.dialect.identifier_preparer.quote
    database, schema = conn.exec_driver_sql("SELECT current_database(), current_schema()").one()
    everyone = ", ".join(ROLES)
    place = quote(schema)
    by_default = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {place} GRANT SELECT ON TABLES TO {AUDITOR}"
    return [
        f"GRANT USAGE ON SCHEMA {place} TO {everyone}",
        f"GRANT SELECT ON {_LOG} TO {everyone}",
        # Batches are staged in temporary tables.
        f"GRANT TEMPORARY ON DATABASE {quote(database)} TO {WRITER}, {PROJECTOR}",
        f"GRANT INSERT ON event_log, delivery TO {WRITER}",
        f"GRANT UPDATE ON delivery, log_head TO {WRITER}",
        f"GRANT CREATE ON SCHEMA {place} TO {PROJECTOR}",
        # The projections' tables are made later, by members of the projector, or by the owner.
        by_default,
        by_default.replace("PRIVILEGES", f"PRIVILEGES FOR ROLE {PROJECTOR}"),
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {place} TO {AUDITOR}",
    ]
