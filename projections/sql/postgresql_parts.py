"""The parts of a table, read from the server's catalogs. PostgreSQL."""

import re
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from projections.sql.made import Made, Parts, index_part

_RELATIONS = "SELECT relname, relkind FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
_KINDS = {
    "r": "table",
    "v": "view",
    "i": "index",
    "m": "materialized view",
    "S": "sequence",
    "p": "partitioned table",
    "f": "foreign table",
}

_OURS = "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s)"
_PARTS = f"""
SELECT c.relname, 'table', concat_ws(', ', CASE c.relpersistence WHEN 'p' THEN 'plain' ELSE 'not logged' END,
  CASE WHEN c.relrowsecurity THEN 'rows hidden by policies' END,
  CASE WHEN EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhparent, inhrelid)) THEN 'inherits' END) {_OURS}
UNION ALL
SELECT c.relname, 'column ' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
  (SELECT format('collate "%%s"', collname) FROM pg_collation o WHERE o.oid = attcollation AND collname <> 'default'),
  CASE WHEN attnotnull THEN 'not null' END, CASE WHEN attidentity <> '' THEN 'identity' END,
  (SELECT CASE WHEN attgenerated <> '' THEN 'generated ' ELSE 'default ' END || CASE WHEN pg_get_expr(adbin, adrelid) LIKE 'nextval(%%'
    THEN 'nextval' ELSE pg_get_expr(adbin, adrelid) END FROM pg_attrdef WHERE adrelid = c.oid AND adnum = attnum))
{_OURS.replace(" WHERE", " JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped WHERE", 1)}
UNION ALL
SELECT c.relname, pg_get_constraintdef(k.oid), 'so'
{_OURS.replace(" WHERE", " JOIN pg_constraint k ON conrelid = c.oid WHERE", 1)} AND contype <> 'n'
UNION ALL
SELECT c.relname, 'index ' || regexp_replace(pg_get_indexdef(indexrelid), '^.* USING btree ', ''),
  concat_ws(', ', CASE WHEN indisunique THEN 'unique' ELSE 'plain' END, CASE WHEN NOT indisvalid THEN 'not valid' END)
{_OURS.replace(" WHERE", " JOIN pg_index ON indrelid = c.oid WHERE", 1)} AND NOT indisprimary
UNION ALL
SELECT c.relname, 'trigger ' || tgname, pg_get_triggerdef(t.oid)
{_OURS.replace(" WHERE", " JOIN pg_trigger t ON tgrelid = c.oid WHERE", 1)} AND NOT tgisinternal
UNION ALL
SELECT c.relname, 'rule ' || rulename, pg_get_ruledef(r.oid) {_OURS.replace(" WHERE", " JOIN pg_rewrite r ON ev_class = c.oid WHERE", 1)}
"""
_QUOTED = re.compile(r'"(\w+)"')
_DEPENDENTS = """
SELECT DISTINCT v.relname, c.relname FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_class v ON v.oid = r.ev_class JOIN pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s) AND v.oid <> c.oid
UNION SELECT k.conrelid::regclass::text, c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s)
ORDER BY 1, 2"""


def relations(connection: sa.Connection) -> Mapping[str, str]:
    """Return what is in the schema, by name."""
    return {name: _KINDS.get(kind, "another thing") for name, kind in connection.exec_driver_sql(_RELATIONS)}


def found_parts(connection: sa.Connection, names: Iterable[str]) -> Mapping[str, Parts]:
    """Return the parts of the tables of these names."""
    found: dict[str, dict[str, str]] = {}
    for table, part, text in connection.exec_driver_sql(_PARTS, {"names": list(names)}):
        # A server quotes a name that is a word of SQL's.
        found.setdefault(table, {})[_QUOTED.sub(r"\1", part)] = text
    return found


def wanted_parts(dialect: sa.Dialect, wanted: Made) -> Parts:
    """Return the parts of a table as the server would have them."""
    key = ", ".join(column.name for column in wanted.target.primary_key)
    columns = {f"column {column.name}": " ".join(_column(dialect, column)) for column in wanted.target.columns}
    return {"table": "plain", **columns, f"PRIMARY KEY ({key})": "so", **{index_part(one): "plain" for one in wanted.indexes}}


def dependents(connection: sa.Connection, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each view, or table with a foreign key, that depends on one of the tables, and that table."""
    yield from connection.exec_driver_sql(_DEPENDENTS, {"names": list(names)})


def _column(dialect: sa.Dialect, column: "sa.Column[object]") -> Iterator[str]:
    kind, collate, collation = str(column.type.compile(dialect=dialect)).partition(" COLLATE ")
    yield kind.lower() + collate.lower() + collation
    if not column.nullable:
        yield "not null"
    if column is column.table.autoincrement_column:
        yield "default nextval"
