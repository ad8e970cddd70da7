"""Rows of source tables as derived projections and auditors read them: ranges, single columns, neighbours of a key."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from projections.sql.columns import decoder, loaded_column, stored_key
from projections.sql.drivers import driver_of
from projections.table import Table


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
        """Return single columns of the rows that `scan` returns."""
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
