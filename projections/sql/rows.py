"""Rows of projection tables in a database: looked up, and replaced in sets. A rebuild works on tables of other names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import attrs
import sqlalchemy as sa

from projections.definition.derived_projection import Change
from projections.sql.columns import decoder, encoder, loaded_column, loaded_key, sql_table, stored_key, stored_keys
from projections.sql.drivers import Driver, Placed, driver_of
from projections.table import Table

NEXT, PREVIOUS = "__next", "__previous"
"""What a table under rebuild and the one it replaced are called after the table's own name."""

_KEYS = "claimed_keys"


@attrs.frozen
class Naming:
    """Which projections' tables are the ones under rebuild."""

    rebuilt: frozenset[str] = frozenset()

    def table(self, table: Table, owner: str) -> str:
        """Return the table's name in the database."""
        return table.name + NEXT if owner in self.rebuilt else table.name

    def projection(self, name: str) -> str:
        """Return the name the projection's checkpoint stands under."""
        return name + NEXT if name in self.rebuilt else name


class SqlReader:
    """The `Reader` of derived projections, over one connection and therefore one snapshot."""

    def __init__(self, connection: sa.Connection, name_of: Callable[[Table], str], arrived_after: Callable[[int, int], bool]) -> None:
        self._connection, self._name_of, self._driver = connection, name_of, driver_of(connection)
        self.arrived_after = arrived_after

    def scan(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], low: Any, high: Any) -> Iterator[Any]:  # noqa: ANN401 - a key
        """Return rows in the order of `by`, within the prefix and the bounds (both included)."""
        fetch = self._driver.stream if high is None else self._driver.rows
        query, values = self._between(table, by, prefix, (low, high), table.names)
        return map(decoder(table, self._driver.codec), fetch(self._connection, query, values))

    def columns(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[Sequence[Any], ...]:
        """Return single columns of the rows that `scan` gives."""
        query, values = self._between(table, by, prefix, bounds, names)
        found = list(zip(*self._driver.rows(self._connection, query, values), strict=True)) or [()] * len(names)
        return tuple(loaded_column(table, self._driver.codec, name, stored) for name, stored in zip(names, found, strict=True))

    def last_before(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the last row below a bound."""
        return self._edge(table, prefix, bound, ("<", "DESC"))

    def first_from(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the first row at a bound or above it."""
        return self._edge(table, prefix, bound, (">=", "ASC"))

    def _edge(self, table: Table, prefix: tuple[Any, ...], bound: Any, rule: tuple[str, str]) -> Any | None:  # noqa: ANN401 - a key
        query = _edge_query(self._driver.mark, self._name_of(table), table.key[: len(prefix) + 1], rule, table.names)
        values = self._values(table, table.key, prefix, bound)
        row = next(self._driver.rows(self._connection, query, values), None)
        return None if row is None else decoder(table, self._driver.codec)(row)

    def _between(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[str, list[Any]]:
        bounded = tuple(value is not None for value in bounds)
        query = _range_query(self._driver.mark, self._name_of(table), (by, len(prefix)), bounded, names)
        return query, self._values(table, by, prefix, *(value for value in bounds if value is not None))

    def _values(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], *bounds: Any) -> list[Any]:  # noqa: ANN401 - keys
        columns = [*by[: len(prefix)], *[by[len(prefix)]] * len(bounds)]
        return [stored_key(table, self._driver.codec, column, value) for column, value in zip(columns, (*prefix, *bounds), strict=True)]


# Texts, because these queries are many and small, and composing one costs more than running it.
@cache
def _range_query(mark: str, name: str, by: tuple[tuple[str, ...], int], bounded: tuple[bool, ...], names: tuple[str, ...]) -> str:
    """Write the query for a range of rows, the first so many columns of `by` fixed."""
    columns, fixed = by
    bounds = [f"{columns[fixed]} {sign} {mark}" for sign, is_bounded in zip((">=", "<="), bounded, strict=True) if is_bounded]
    where = " AND ".join([*(f"{column} = {mark}" for column in columns[:fixed]), *bounds]) or "1 = 1"
    return f'SELECT {", ".join(names)} FROM "{name}" WHERE {where} ORDER BY {", ".join(columns[fixed:])}'


@cache
def _edge_query(mark: str, name: str, by: tuple[str, ...], rule: tuple[str, str], names: tuple[str, ...]) -> str:
    """Write the query for the row next to a bound of the last column of `by`, all others fixed."""
    sign, order = rule
    where = " AND ".join([*(f"{column} = {mark}" for column in by[:-1]), f"{by[-1]} {sign} {mark}"])
    return f'SELECT {", ".join(names)} FROM "{name}" WHERE {where} ORDER BY {by[-1]} {order} LIMIT 1'


def rows_at(connection: sa.Connection, table: Table, name: str, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return all rows whose `columns` equal one of the keys, however many keys there are."""
    driver = driver_of(connection)
    claimed = _put_keys(connection, driver, table, name, columns, keys)
    joined = " AND ".join(f'target."{column}" = keys."{column}"' for column in columns)
    listed = ", ".join(f'target."{column}"' for column in table.names)
    query = f'SELECT {listed} FROM {claimed} keys {driver.join} "{name}" target ON {joined}'
    return list(map(decoder(table, driver.codec), driver.rows(connection, query, ())))


def _put_keys(  # noqa: PLR0917 - where and what
    connection: sa.Connection, driver: Driver, table: Table, name: str, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]
) -> str:
    """Put keys into a table that only this connection sees, and give its name."""
    claimed = f"{_KEYS}_{'_'.join(columns)}"
    connection.exec_driver_sql(f'CREATE TEMP TABLE IF NOT EXISTS {claimed} AS SELECT {", ".join(columns)} FROM "{name}" WHERE 1 = 0')
    connection.exec_driver_sql(f"DELETE FROM {driver.temporary}.{claimed}")
    driver.bulk(connection, f"{driver.temporary}.{claimed}", placed(table, columns), stored_keys(table, driver.codec, columns, keys))
    return f"{driver.temporary}.{claimed}"


def key_parts(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> list[Any]:
    """Return the distinct values of one key column, null left out, where another has a value."""
    target, codec = sql_table(table, name), driver_of(connection).codec
    query = sa.select(target.c[wanted]).where(target.c[column] == value, target.c[wanted].is_not(None)).distinct()
    stored = connection.execute(query).scalars()
    return [loaded_key(table, codec, wanted, part) for part in stored]


def newest(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> Any | None:  # noqa: ANN401 - a key
    """Return the largest value of one key column where another has a value; None where there is none."""
    target = sql_table(table, name)
    stored = connection.execute(sa.select(sa.func.max(target.c[wanted])).where(target.c[column] == value)).scalar_one()
    return loaded_key(table, driver_of(connection).codec, wanted, stored)


def rows_without(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, missing: str
) -> list[Any]:
    """Return the rows where one key column has a value and another is null."""
    target = sql_table(table, name)
    query = sa.select(target).where(target.c[column] == value, target.c[missing].is_(None))
    return list(map(decoder(table, driver_of(connection).codec), connection.execute(query)))


def apply_changes(connection: sa.Connection, table: Table, name: str, changes: Collection[Change]) -> int:
    """Write changed rows; give by how many the table grew. A row that is not as the change says is a defect: AssertionError."""
    if not changes:
        return 0
    key_of = _key_tuple(table)
    gone = [key_of(change.before) for change in changes if change.before is not None]
    put = [change.after for change in changes if change.after is not None]
    delete_rows(connection, table, name, gone)
    insert_rows(connection, table, name, map(encoder(table, driver_of(connection).codec), put))
    return len(put) - len(gone)


def delete_rows(connection: sa.Connection, table: Table, name: str, keys: Sequence[tuple[Any, ...]]) -> None:
    """Delete rows by key; every one must be there."""
    if not keys:
        return
    claimed, key = _put_keys(connection, driver_of(connection), table, name, table.key, keys), ", ".join(table.key)
    count = connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE ({key}) IN (SELECT {key} FROM {claimed})').rowcount
    if count != len(keys):
        raise AssertionError(f"{len(keys)} rows of {name} were to be replaced, {count} were there")


def insert_rows(connection: sa.Connection, table: Table, name: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Insert encoded rows; a key that is taken is a defect and raises the database's error."""
    driver_of(connection).bulk(connection, f'"{name}"', placed(table, table.names), values)


@cache
def placed(table: Table, names: tuple[str, ...]) -> tuple[Placed, ...]:
    """Return columns of a table with how each is stored."""
    stores = {column.name: column.store for column in table.columns}
    return tuple((name, stores[name]) for name in names)


def diff(table: Table, before: Iterable[Any], after: Iterable[Any]) -> list[Change]:
    """Return the rows that differ between two sets of one table's rows, in key order."""
    key_of = _key_tuple(table)
    old, new = {key_of(row): row for row in before}, {key_of(row): row for row in after}
    keys = sorted(old.keys() | new.keys())
    return [Change(old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _key_tuple(table: Table) -> Callable[[Any], tuple[Any, ...]]:
    key_of = table.key_of()
    return key_of if len(table.key) > 1 else lambda row: (key_of(row),)
