"""Who may do what on a server: three roles without login, for users to be made members of. PostgreSQL."""

from sqlalchemy import Connection

from ledger.errors import LedgerError
from ledger.postgresql.guards import DELIVERY_MOVES, HEAD_MOVES, TURN_TABLE, VERSION_TABLE, VIEWS

WRITER, PROJECTOR, AUDITOR = ROLES = ("heliolog_writer", "heliolog_projector", "heliolog_auditor")
_LOG = f"event_log, delivery, log_head, {VERSION_TABLE}, {', '.join(VIEWS)}"

# To make a function takes a language; a DO block, plpgsql. The log's owner needs that to make and to change the guards.
_TO_REVOKE = f"""SELECT taking, pg_catalog.pg_has_role(owner, 'USAGE') FROM (
  SELECT 1, 'REVOKE CREATE ON SCHEMA ' || quote_ident(nspname) || ' FROM PUBLIC', nspowner, 'CREATE',
    coalesce(nspacl, acldefault('n', nspowner))
  FROM pg_namespace WHERE nspname = current_schema()
  UNION ALL
  SELECT 2, 'REVOKE TEMPORARY ON DATABASE ' || quote_ident(datname) || ' FROM PUBLIC', datdba, 'TEMPORARY',
    coalesce(datacl, acldefault('d', datdba))
  FROM pg_database WHERE datname = current_database()
  UNION ALL
  SELECT 3, 'GRANT USAGE ON LANGUAGE ' || lanname || ' TO '
    || (SELECT relowner::regrole FROM pg_class WHERE oid = '{VERSION_TABLE}'::regclass) || '; REVOKE USAGE ON LANGUAGE '
    || lanname || ' FROM PUBLIC', lanowner, 'USAGE',
    coalesce(lanacl, acldefault('l', lanowner))
  FROM pg_language WHERE lanpltrusted AND lanname IN ('plpgsql', 'sql')
  UNION ALL
  SELECT 4, 'REVOKE EXECUTE ON FUNCTION ' || proc.oid::regprocedure || ' FROM PUBLIC', proowner, 'EXECUTE',
    coalesce(proacl, acldefault('f', proowner))
  FROM pg_proc AS proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea')
) AS rights (n, taking, owner, privilege, acl)
WHERE EXISTS (SELECT FROM aclexplode(acl) WHERE grantee = 0 AND privilege_type = privilege)
ORDER BY n, taking"""  # noqa: S608 - made of constants


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
    grant_rights(conn)
    return missing


def grant_rights(conn: Connection) -> None:
    """Grant each role its rights in the current schema, take from a writer those of an earlier version, and from everybody what is no use.

    Do nothing where a role is missing: tools/db init makes them all.
    """
    if len(existing_roles(conn)) == len(ROLES):
        for statement in (*_grants(conn), *(taking for taking, may_take in _to_revoke(conn) if may_take)):
            conn.exec_driver_sql(statement)


def rights_to_revoke(conn: Connection) -> list[str]:
    """Return the statements by which an administrator takes from everybody what no role needs, as far as that is not done.

    Programs in the database, DO blocks included, large objects, temporary tables, tables in the log's schema. What is the server's own,
    only a superuser may take away.
    """
    return [taking for taking, _ in _to_revoke(conn)]


def existing_roles(conn: Connection) -> list[str]:
    """Name those of our roles that exist."""
    there = set(conn.exec_driver_sql("SELECT rolname FROM pg_roles").scalars())
    return [name for name in ROLES if name in there]


def roles_of_user(conn: Connection) -> list[str]:
    """Name those of our roles that the current user has."""
    return [name for name in existing_roles(conn) if conn.exec_driver_sql("SELECT pg_catalog.pg_has_role(%s, 'MEMBER')", (name,)).scalar()]


def _may_create_roles(conn: Connection) -> bool:
    return bool(conn.exec_driver_sql("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user").scalar())


def _to_revoke(conn: Connection) -> list[tuple[str, bool]]:
    """Return what everybody may do and nobody needs to: the statement that takes it away, and whether this user may run it."""
    return [(taking, may_take) for taking, may_take in conn.exec_driver_sql(_TO_REVOKE)]


def _grants(conn: Connection) -> list[str]:
    quote = conn.dialect.identifier_preparer.quote
    database, schema = conn.exec_driver_sql("SELECT current_database(), current_schema()").one()
    everyone = ", ".join(ROLES)
    place = quote(schema)
    by_default = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {place} GRANT SELECT ON TABLES TO {AUDITOR}"
    return [
        f"GRANT USAGE ON SCHEMA {place} TO {everyone}",
        f"GRANT SELECT ON {_LOG} TO {everyone}",
        # Batches are staged in temporary tables; an auditor's verification looks up in them, too.
        f"GRANT TEMPORARY ON DATABASE {quote(database)} TO {everyone}",
        f"GRANT INSERT ON event_log, delivery TO {WRITER}",
        f"REVOKE UPDATE ON delivery, log_head FROM {WRITER}",
        f"GRANT UPDATE ({', '.join(DELIVERY_MOVES)}) ON delivery TO {WRITER}",
        f"GRANT UPDATE ({', '.join(HEAD_MOVES)}) ON log_head TO {WRITER}",
        f"GRANT CREATE ON SCHEMA {place} TO {PROJECTOR}",
        f"GRANT UPDATE ON {TURN_TABLE} TO {PROJECTOR}",
        # The projections' tables are made later, by members of the projector, or by the owner.
        by_default,
        by_default.replace("PRIVILEGES", f"PRIVILEGES FOR ROLE {PROJECTOR}"),
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {place} TO {AUDITOR}",
    ]
