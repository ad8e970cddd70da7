"""Rows of projection tables in a database: looked up, and replaced in sets. A rebuild works on tables of other names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import attrs
import sqlalchemy as sa

from projections._engine.projection import Change
from projections._engine.sql_tables import decoder, encoder, loaded_column, loaded_key, sql_table, stored_key, stored_keys
from projections._table import Table

NEXT, PREVIOUS = "__next", "__previous"
"""What a table under rebuild and the one it replaced are called after the table's own name."""

_KEYS = "claimed_keys"


@attrs.frozen
class Naming:
    """Which projections' tables are the ones under rebuild."""

    rebuilt: frozenset[str] = frozenset()

    def table(self, table: Table, owner: str) -> str:
        """Give the table's name in the database."""
        return table.name + NEXT if owner in self.rebuilt else table.name

    def projection(self, name: str) -> str:
        """Give the name the projection's checkpoint stands under."""
        return name + NEXT if name in self.rebuilt else name


class SqlReader:
    """The `Reader` of derived projections, over one connection and therefore one snapshot."""

    def __init__(self, connection: sa.Connection, name_of: Callable[[Table], str], arrived_after: Callable[[int, int], bool]) -> None:
        self._connection, self._name_of = connection, name_of
        self.arrived_after = arrived_after

    def scan(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], low: Any, high: Any) -> Iterator[Any]:  # noqa: ANN401 - a key
        """Give rows in the order of `by`, within the prefix and the bounds (both included)."""
        return map(decoder(table), self._between(table, by, prefix, (low, high), table.names))

    def columns(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[Sequence[Any], ...]:
        """Give single columns of the rows that `scan` gives."""
        found = list(zip(*self._between(table, by, prefix, bounds, names).fetchall(), strict=True)) or [()] * len(names)
        return tuple(loaded_column(table, name, values) for name, values in zip(names, found, strict=True))

    def _between(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - the driver's cursor: a Row around each tuple would cost as much as fetching it
        bound = by[len(prefix)]
        query = _range_query(self._name_of(table), by, len(prefix), tuple(value is not None for value in bounds), names)
        values = [
            *(stored_key(table, column, value) for column, value in zip(by, prefix, strict=False)),
            *(stored_key(table, bound, value) for value in bounds if value is not None),
        ]
        return self._connection.exec_driver_sql(query, tuple(values)).cursor

    def last_before(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Give the last row below a bound."""
        return self._edge(table, prefix, lambda column, value: (column < value, column.desc()), bound)

    def first_from(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Give the first row at a bound or above it."""
        return self._edge(table, prefix, lambda column, value: (column >= value, column.asc()), bound)

    def _edge(self, table: Table, prefix: tuple[Any, ...], rule: Callable[[Any, Any], tuple[Any, Any]], bound: Any) -> Any | None:  # noqa: ANN401 - a key
        target = sql_table(table, self._name_of(table))
        column = table.key[len(prefix)]
        where, order = rule(target.c[column], stored_key(table, column, bound))
        row = self._connection.execute(self._within(target, table, table.key, prefix).where(where).order_by(order).limit(1)).one_or_none()
        return None if row is None else decoder(table)(row)

    @staticmethod
    def _within(target: sa.Table, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...]) -> sa.Select[Any]:
        query = sa.select(target)
        for column, value in zip(by, prefix, strict=False):
            query = query.where(target.c[column] == stored_key(table, column, value))
        return query


@cache
def _range_query(name: str, by: tuple[str, ...], fixed: int, bounded: tuple[bool, ...], names: tuple[str, ...]) -> str:
    """Write the query for a range of rows: a text, because these are many and small, and composing one costs more than running it."""
    bound = by[fixed]
    bounds = [f"{bound} {comparison} ?" for comparison, is_bounded in zip((">=", "<="), bounded, strict=True) if is_bounded]
    where = " AND ".join([*(f"{column} = ?" for column in by[:fixed]), *bounds]) or "1"
    return f'SELECT {", ".join(names)} FROM "{name}" WHERE {where} ORDER BY {", ".join(by[fixed:])}'


def rows_at(connection: sa.Connection, table: Table, name: str, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Give all rows whose `columns` equal one of the keys, however many keys there are."""
    stored = stored_keys(table, columns, keys)
    parts = ", ".join(f"part_{number}" for number in range(len(columns)))
    connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS {_KEYS}_{len(columns)} ({parts})")
    connection.exec_driver_sql(f"DELETE FROM {_KEYS}_{len(columns)}")
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {_KEYS}_{len(columns)} VALUES ({marks})", stored)
    joined = " AND ".join(f'target."{column}" = keys.part_{number}' for number, column in enumerate(columns))
    listed = ", ".join(f'target."{column}"' for column in table.names)
    found = connection.exec_driver_sql(f'SELECT {listed} FROM {_KEYS}_{len(columns)} keys CROSS JOIN "{name}" target ON {joined}')
    return list(map(decoder(table), found))


def key_parts(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> list[Any]:
    """Give the distinct values of one key column, null left out, where another has a value."""
    target = sql_table(table, name)
    query = sa.select(target.c[wanted]).where(target.c[column] == value, target.c[wanted].is_not(None)).distinct()
    stored = connection.execute(query).scalars()
    return [loaded_key(table, wanted, part) for part in stored]


def newest(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> Any | None:  # noqa: ANN401 - a key
    """Give the largest value of one key column where another has a value; None where there is none."""
    target = sql_table(table, name)
    stored = connection.execute(sa.select(sa.func.max(target.c[wanted])).where(target.c[column] == value)).scalar_one()
    return loaded_key(table, wanted, stored)


def rows_without(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, missing: str
) -> list[Any]:
    """Give the rows where one key column has a value and another is null."""
    target = sql_table(table, name)
    query = sa.select(target).where(target.c[column] == value, target.c[missing].is_(None))
    return list(map(decoder(table), connection.execute(query)))


def apply_changes(connection: sa.Connection, table: Table, name: str, changes: Collection[Change]) -> int:
    """Write changed rows; give by how many the table grew. A row that is not as the change says is a defect: AssertionError."""
    if not changes:
        return 0
    key_of = _key_tuple(table)
    gone = [key_of(change.before) for change in changes if change.before is not None]
    put = [change.after for change in changes if change.after is not None]
    delete_rows(connection, table, name, gone)
    insert_rows(connection, table, name, map(encoder(table), put))
    return len(put) - len(gone)


def delete_rows(connection: sa.Connection, table: Table, name: str, keys: Sequence[tuple[Any, ...]]) -> None:
    """Delete rows by key; every one must be there."""
    if not keys:
        return
    where = " AND ".join(f'"{column}" = ?' for column in table.key)
    stored = stored_keys(table, table.key, keys)
    count = connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE {where}', stored).rowcount
    if count != len(keys):
        raise AssertionError(f"{len(keys)} rows of {name} were to be replaced, {count} were there")


def insert_rows(connection: sa.Connection, table: Table, name: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Insert encoded rows; a key that is taken is a defect and raises IntegrityError."""
    rows = list(values)
    if rows:
        marks = ", ".join("?" * len(table.names))
        connection.exec_driver_sql(f'INSERT INTO "{name}" ({", ".join(table.names)}) VALUES ({marks})', rows)


def diff(table: Table, before: Iterable[Any], after: Iterable[Any]) -> list[Change]:
    """Give the rows that differ between two sets of one table's rows, in key order."""
    key_of = _key_tuple(table)
    old, new = {key_of(row): row for row in before}, {key_of(row): row for row in after}
    keys = sorted(old.keys() | new.keys())
    return [Change(old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _key_tuple(table: Table) -> Callable[[Any], tuple[Any, ...]]:
    key_of = table.key_of()
    return key_of if len(table.key) > 1 else lambda row: (key_of(row),)
