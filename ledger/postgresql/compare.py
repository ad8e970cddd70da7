"""How the schema on a server differs from the one that this version makes. PostgreSQL.

Servers print definitions differently from version to version. So the same server prints both: what is there, and what `ddl` makes as
temporary tables, views and functions, which are rolled back.
"""

import re
from collections.abc import Iterable
from typing import Any

from psycopg import Error
from sqlalchemy import Connection, Engine

from ledger.postgresql.guards import FUNCTIONS, TRIGGERS, VERSION_TABLE, VIEWS
from ledger.postgresql.setup import ddl
from ledger.store.schema import index_names, metadata
from ledger.store.schema_parts import OFF, Part, SchemaComparison, compare_parts

_OURS = [*metadata.tables, VERSION_TABLE, *VIEWS]
_NO_PATH = "SET LOCAL search_path = ''"
_PARTS = f"""
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = %(place)s AND relname = ANY(%(ours)s) AND relkind <> 'i')
SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'relation of kind ' || relkind END AS kind, '' AS of, relname::text AS name,
  concat_ws(' ', CASE relpersistence WHEN 'u' THEN 'unlogged' END, relrowsecurity, relforcerowsecurity, relispartition,
    CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) END) AS definition FROM ours
UNION ALL SELECT 'column', relname::text, attname::text,
  concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attcollation, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL SELECT 'constraint', relname::text, conname::text,
  CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = pg_constraint.oid AND tgenabled <> 'O') THEN '{OFF}'
    ELSE pg_get_constraintdef(pg_constraint.oid) END
FROM ours JOIN pg_constraint ON conrelid = ours.oid AND contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL SELECT 'index', ours.relname::text, i.relname::text, concat_ws(' ', pg_get_indexdef(i.oid), indisvalid, indisready)
FROM ours JOIN pg_index ON indrelid = ours.oid JOIN pg_class AS i ON i.oid = indexrelid
UNION ALL SELECT 'trigger', relname::text, tgname::text,
  CASE WHEN tgenabled IN ('D', 'R') THEN '{OFF}' ELSE tgenabled || pg_get_triggerdef(pg_trigger.oid) END
FROM ours JOIN pg_trigger ON tgrelid = ours.oid AND NOT tgisinternal
UNION ALL SELECT 'rule', relname::text, rulename::text, pg_get_ruledef(pg_rewrite.oid)
FROM ours JOIN pg_rewrite ON ev_class = ours.oid AND rulename <> '_RETURN'
UNION ALL SELECT 'policy', relname::text, polname::text, '' FROM ours JOIN pg_policy ON polrelid = ours.oid
UNION ALL SELECT 'child table', relname::text, inhrelid::regclass::text, '' FROM ours JOIN pg_inherits ON inhparent = ours.oid
UNION ALL SELECT 'function', '', proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')',
  concat_ws(' ', prosrc, lanname, provolatile, proisstrict, prosecdef, prorettype::regtype, proretset, prokind, proconfig)
FROM pg_proc JOIN pg_language ON pg_language.oid = prolang WHERE pronamespace = %(place)s AND proname = ANY(%(functions)s)"""

_THERE = """SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
UNION ALL SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = current_schema()::regnamespace AND tgenabled <> 'D'"""


def compare_schema(conn: Connection) -> SchemaComparison:
    """See `Backend.compare_schema`."""
    try:
        made = _made(conn.engine)
    except Error as error:
        reason = " ".join(str(error).split())
        return SchemaComparison(_missing_names(conn), f"nothing to compare with can be made here ({reason})")
    return SchemaComparison(compare_parts(made, _there(conn)))


def _there(conn: Connection) -> dict[Part, str]:
    place, schema = conn.exec_driver_sql("SELECT current_schema()::regnamespace::oid, quote_ident(current_schema())").one()
    with conn.begin_nested() as path:
        conn.exec_driver_sql(_NO_PATH)
        found = _parts(conn.exec_driver_sql(_PARTS, _names(place)).all(), re.escape(schema))
        path.rollback()
    return found


def _made(engine: Engine) -> dict[Part, str]:
    """Return the parts that this version makes: made on a connection of its own, because that of a reader may make nothing."""
    pooled = engine.raw_connection()
    raw: Any = pooled.driver_connection
    try:
        raw.read_only = False
        raw.execute("SET LOCAL search_path = pg_temp; SET LOCAL check_function_bodies = off")
        for statement in ddl():
            raw.execute(_FUNCTION.sub(r"pg_temp.\1(", statement))
        raw.execute(_NO_PATH)
        return _parts(raw.execute(_PARTS, _names(raw.execute("SELECT pg_my_temp_schema()").fetchone()[0])).fetchall(), r"pg_temp(?:_\d+)?")
    finally:
        raw.rollback()
        pooled.close()


# A function among temporary ones is found by its full name alone.
_FUNCTION = re.compile(rf"(?<![\w.])({'|'.join(FUNCTIONS)})\(")


def _names(place: int) -> dict[str, Any]:
    return {"place": place, "ours": _OURS, "functions": list(FUNCTIONS)}


def _parts(rows: Iterable[Any], schema: str) -> dict[Part, str]:
    """Return parts by name, without the name of the schema they are in."""
    prefix = re.compile(rf"(?<![\w.]){schema}\.")
    return {Part(kind, of, name): prefix.sub("", definition) for kind, of, name, definition in rows}


def _missing_names(conn: Connection) -> list[str]:
    wanted = [*metadata.tables, VERSION_TABLE, *index_names(), *FUNCTIONS, *TRIGGERS, *VIEWS]
    there = set(conn.exec_driver_sql(_THERE).scalars())
    return [f"{name} is missing or switched off" for name in wanted if name not in there]
