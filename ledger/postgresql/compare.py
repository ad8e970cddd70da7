"""How the schema on a server differs from the one that this version makes. PostgreSQL.

Servers print definitions differently from version to version. So the same server prints both: what is there, and what `ddl` makes as
temporary tables and views, which are rolled back. Functions alone are not made, as not everybody may: they are printed as `guards`
writes them, and what calls them there calls those of the log here.
"""

import re
from collections.abc import Iterable
from typing import Any

from psycopg import Error
from sqlalchemy import Connection

from ledger.postgresql.guards import FUNCTIONS
from ledger.postgresql.setup import ddl
from ledger.store.schema_parts import OFF, Part, SchemaComparison, compare_parts

_PLACE = "SELECT oid, pg_catalog.quote_ident(nspname::text) FROM pg_catalog.pg_namespace WHERE nspname = pg_catalog.current_schema()"
_NO_PATH = "SET LOCAL search_path = ''"
_PARTS = f"""
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = %(place)s AND relname = ANY(%(relations)s) AND relkind <> 'i')
SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'relation of kind ' || relkind::text END, '', relname::text,
  concat_ws(' ', CASE relpersistence WHEN 'u' THEN 'unlogged' END, relrowsecurity, relforcerowsecurity, relispartition,
    CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) END) FROM ours
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
  CASE WHEN tgenabled IN ('D', 'R') THEN '{OFF}' ELSE tgenabled::text || pg_get_triggerdef(pg_trigger.oid) END
FROM ours JOIN pg_trigger ON tgrelid = ours.oid AND NOT tgisinternal
UNION ALL SELECT 'rule', relname::text, rulename::text, '' FROM ours JOIN pg_rewrite ON ev_class = ours.oid AND rulename <> '_RETURN'
UNION ALL SELECT 'policy', relname::text, polname::text, '' FROM ours JOIN pg_policy ON polrelid = ours.oid
UNION ALL SELECT 'child table', relname::text, inhrelid::regclass::text, '' FROM ours JOIN pg_inherits ON inhparent = ours.oid
ORDER BY 1, 2, 3"""  # noqa: S608 - made of constants
_FUNCTIONS = """
SELECT 'function', '', format('%%s(%%s)', proname, pg_get_function_arguments(pg_proc.oid)),
  concat('CREATE FUNCTION ', proname, '(', pg_get_function_arguments(pg_proc.oid), ') RETURNS ', CASE WHEN proretset THEN 'SETOF ' END,
    prorettype::regtype, ' LANGUAGE ', lanname, CASE provolatile WHEN 'i' THEN ' IMMUTABLE' WHEN 's' THEN ' STABLE' END,
    CASE WHEN proisstrict THEN ' STRICT' END, CASE WHEN prosecdef THEN ' SECURITY DEFINER' END,
    CASE WHEN proleakproof THEN ' LEAKPROOF' END,
    (SELECT string_agg(' SET ' || regexp_replace(setting, '=', ' = '), '') FROM unnest(proconfig) AS setting),
    ' AS $$', prosrc, '$$')
FROM pg_proc JOIN pg_language ON pg_language.oid = prolang WHERE pronamespace = %(place)s AND proname = ANY(%(functions)s)"""
# https://www.postgresql.org/docs/current/errcodes-appendix.html: no right to it, a transaction that only reads, not done on a standby
_MAY_NOT = frozenset({"42501", "25006", "0A000"})
# What a statement meets that calls a function which is not what it was: a wrong statement, or one that is not done.
_WRONG = ("42", "0A")
_CALL = re.compile(rf"(?<![\w.])(?=(?:{'|'.join(FUNCTIONS)})\()")
_MAKES = re.compile(r"CREATE (?:CONSTRAINT )?(TABLE|VIEW|INDEX|TRIGGER) (\w+)(?:.*? ON (\w+))?", re.DOTALL)


def compare_schema(conn: Connection) -> SchemaComparison:
    """See `Backend.compare_schema`."""
    parts = [part for statement in _statements() if (part := _made_by(statement))]
    relations = [part.name for part in parts if part.kind in {"table", "view"}]
    place, schema = conn.exec_driver_sql(_PLACE).one()
    asked = {"place": place, "relations": relations, "functions": list(FUNCTIONS)}
    with conn.begin_nested() as path:
        conn.exec_driver_sql(_NO_PATH)
        there = _parts(conn.exec_driver_sql(_PARTS, asked), schema)
        functions_there = _parts(conn.exec_driver_sql(_FUNCTIONS, asked), schema)
        path.rollback()
    functions = {Part("function", "", text.removeprefix("CREATE FUNCTION ").partition(" RETURNS")[0]): text for text in FUNCTIONS.values()}
    by_text = compare_parts(functions, functions_there)
    try:
        made = _make(conn, schema, relations)
    except Error as error:
        if error.sqlstate not in _MAY_NOT:
            raise
        missing = [f"{part} is missing or {OFF}" for part in parts if there.get(part, OFF) == OFF]
        return SchemaComparison(missing + by_text, f"this user can make nothing here to compare with ({' '.join(str(error).split())})")
    return SchemaComparison(compare_parts(made, there) + by_text)


def _make(conn: Connection, schema: str, relations: list[str]) -> dict[Part, str]:
    """Return the parts that this version makes, and undo them."""
    if conn.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "off":
        # An upgrade: what it has made by now, functions among it, no other connection sees.
        with conn.begin_nested() as made:
            parts = _make_parts(conn.connection.driver_connection, schema, relations)
            made.rollback()
        return parts
    other = conn.engine.raw_connection()
    raw: Any = other.driver_connection
    try:
        raw.read_only = False
        return _make_parts(raw, schema, relations)
    finally:
        if not raw.closed:
            raw.rollback()
        other.close()


def _make_parts(raw: Any, schema: str, relations: list[str]) -> dict[Part, str]:  # noqa: ANN401 - the driver's
    failed: dict[Part, str] = {}
    raw.execute("SET LOCAL search_path = pg_temp")
    for statement in _statements():
        called = _CALL.sub(lambda _: f"{schema}.", statement)
        if called == statement:
            raw.execute(statement)
        elif not _try(raw, called):
            # It calls a function that is not what it was, which is found by the function's own text.
            failed |= {part: "cannot be made" for part in [_made_by(statement)] if part}
    raw.execute(_NO_PATH)
    (place,) = raw.execute("SELECT pg_my_temp_schema()").fetchone()
    return _parts(raw.execute(_PARTS, {"place": place, "relations": relations}), schema) | failed


def _try(raw: Any, statement: str) -> bool:  # noqa: ANN401 - the driver's
    try:
        with raw.transaction():
            raw.execute(statement)
    except Error as error:
        if not (error.sqlstate or "").startswith(_WRONG):
            raise
        return False
    return True


def _statements() -> list[str]:
    return [statement for statement in ddl() if statement not in FUNCTIONS.values()]


def _made_by(statement: str) -> Part | None:
    """Return what a statement makes; None if it changes what another has made."""
    found = _MAKES.match(statement)
    return Part(found[1].lower(), found[3] if found[1] in {"INDEX", "TRIGGER"} else "", found[2]) if found else None


def _parts(rows: Iterable[Any], schema: str) -> dict[Part, str]:
    """Return parts by name, without the name of the schema they are in."""
    prefix = re.compile(rf"(?<![\w.])(?:{re.escape(schema)}|pg_temp(?:_\d+)?)\.")
    return {Part(kind, of, name): prefix.sub("", definition) for kind, of, name, definition in rows}
