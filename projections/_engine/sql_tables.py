"""Projection tables in a database: their types, and rows to and from them. The one place that knows how a column is stored."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledger.instant import from_iso, iso
from projections._engine.projection import BEGINNING, END
from projections._table import Table

_TYPES: dict[str, Callable[[], Any]] = {"text": sa.Text, "integer": sa.BigInteger, "real": sa.Double, "instant": sa.Text, "date": sa.Text}


@cache
def sql_table(table: Table, name: str) -> sa.Table:
    """Give the table as SQLAlchemy sees it, under a name of its own (a rebuild uses another than readers do)."""
    columns = [sa.Column(column.name, _TYPES[column.store](), nullable=bool(column.null)) for column in table.columns]
    return sa.Table(name, sa.MetaData(), *columns, sa.PrimaryKeyConstraint(*table.key), sqlite_with_rowid=False)


def create(connection: sa.Connection, table: Table, name: str, generation: int) -> None:
    """Create the table and its indexes; the generation keeps index names apart from those of the table it will replace."""
    target = sql_table(table, name)
    target.create(connection, checkfirst=True)
    for number, columns in enumerate(table.indexes):
        index = f"{table.name}_{generation}_{number}"
        connection.exec_driver_sql(f'CREATE INDEX IF NOT EXISTS "{index}" ON "{name}" ({", ".join(columns)})')


@cache
def encoder(table: Table) -> Callable[[Any], tuple[Any, ...]]:
    """Give the function from a row to the values a driver takes."""
    values_of = table.values_of()
    instants = _instants(table)

    def encode(row: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a row of any table
        values = list(values_of(row))
        for place in instants:
            values[place] = None if values[place] is None else iso(values[place])
        return tuple(values)

    return encode


@cache
def decoder(table: Table) -> Callable[[Iterable[Any]], Any]:
    """Give the function from a driver's values back to a row."""
    instants, flags = _instants(table), _booleans(table)

    def decode(stored: Iterable[Any]) -> Any:  # noqa: ANN401 - a row of any table
        values = list(stored)
        for place in instants:
            values[place] = None if values[place] is None else from_iso(values[place])
        for place in flags:
            values[place] = bool(values[place])
        return table.row(*values)

    return decode


def stored_columns(table: Table, columns: Sequence[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    """Give rows, by column, as the tuples a driver takes."""
    instants = frozenset(_instants(table))
    return zip(*(_iso_column(column) if place in instants else column for place, column in enumerate(columns)), strict=True)


def _iso_column(column: Sequence[int | None]) -> list[str | None]:
    return [None if instant is None else iso(instant) for instant in column]


@cache
def is_instant(table: Table, column: str) -> bool:
    """Tell whether a column holds instants."""
    return table.columns[table.names.index(column)].store == "instant"


def stored_key(table: Table, column: str, value: Any) -> Any:  # noqa: ANN401 - a value of any column
    """Give a key value, or a bound of keys, as the column stores it; a bound beyond all instants becomes the last one before it."""
    return value if value is None or not is_instant(table, column) else iso(min(max(value, BEGINNING), END))


def stored_keys(table: Table, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Give whole keys, of the named columns, as they are stored."""
    instants = [is_instant(table, column) for column in columns]
    if not any(instants):
        return list(keys)
    return [tuple(iso(part) if instant else part for part, instant in zip(key, instants, strict=True)) for key in keys]


def loaded_key(table: Table, column: str, stored: Any) -> Any:  # noqa: ANN401 - a value of any column
    """Give a key value back as rows hold it."""
    return from_iso(stored) if stored is not None and is_instant(table, column) else stored


def loaded_column(table: Table, column: str, stored: Sequence[Any]) -> Sequence[Any]:
    """Give the values of one column back as rows hold them."""
    if column in _flag_names(table):
        return list(map(bool, stored))
    return [None if text is None else from_iso(text) for text in stored] if is_instant(table, column) else stored


@cache
def _flag_names(table: Table) -> frozenset[str]:
    return frozenset(table.names[place] for place in _booleans(table))


def _instants(table: Table) -> tuple[int, ...]:
    return tuple(place for place, column in enumerate(table.columns) if column.store == "instant")


def _booleans(table: Table) -> tuple[int, ...]:
    return tuple(place for place, annotation in enumerate(table.row.__annotations__.values()) if annotation is bool)
