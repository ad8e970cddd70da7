"""Rows of projection tables in a database: looked up by key, and replaced in sets."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from projections.definition.changes import Change
from projections.sql.columns import decoder, encoder, loaded_key, sql_table, stored_keys
from projections.sql.driver import Driver, Placed
from projections.sql.drivers import driver_of
from projections.table import Table

_KEYS = "looked_up_keys"


def rows_at(connection: sa.Connection, table: Table, name: str, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return all rows whose `columns` equal one of the keys, however many keys there are."""
    driver = driver_of(connection)
    looked_up = _put_keys(connection, driver, table, name, columns, keys)
    joined = " AND ".join(f'target."{column}" = keys."{column}"' for column in columns)
    listed = ", ".join(f'target."{column}"' for column in table.names)
    query = f'SELECT {listed} FROM {looked_up} keys {driver.join} "{name}" target ON {joined}'
    return list(map(decoder(table, driver.codec), driver.rows(connection, query, ())))


def _put_keys(  # noqa: PLR0917 - where and what
    connection: sa.Connection, driver: Driver, table: Table, name: str, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]
) -> str:
    """Put keys into a table that only this connection sees, and return its name."""
    looked_up = f"{_KEYS}_{'_'.join(columns)}"
    connection.exec_driver_sql(f'CREATE TEMP TABLE IF NOT EXISTS {looked_up} AS SELECT {", ".join(columns)} FROM "{name}" WHERE 1 = 0')
    connection.exec_driver_sql(f"DELETE FROM {driver.temporary}.{looked_up}")
    driver.bulk(connection, f"{driver.temporary}.{looked_up}", placed(table, columns), stored_keys(table, driver.codec, columns, keys))
    return f"{driver.temporary}.{looked_up}"


def key_parts(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> list[Any]:
    """Return the distinct values of one key column, null left out, among rows where `column` has a value."""
    target, codec = sql_table(table, name), driver_of(connection).codec
    query = sa.select(target.c[wanted]).where(target.c[column] == value, target.c[wanted].is_not(None)).distinct()
    stored = connection.execute(query).scalars()
    return [loaded_key(table, codec, wanted, part) for part in stored]


def largest(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, wanted: str
) -> Any | None:  # noqa: ANN401 - a key
    """Return the largest value of one key column among rows where `column` has a value; None if there is none."""
    target = sql_table(table, name)
    stored = connection.execute(sa.select(sa.func.max(target.c[wanted])).where(target.c[column] == value)).scalar_one()
    return loaded_key(table, driver_of(connection).codec, wanted, stored)


def rows_without(  # noqa: PLR0917 - where and what, in the order of the query
    connection: sa.Connection, table: Table, name: str, column: str, value: str, missing: str
) -> list[Any]:
    """Return the rows where `column` has a value and the key column `missing` is null."""
    target = sql_table(table, name)
    query = sa.select(target).where(target.c[column] == value, target.c[missing].is_(None))
    return list(map(decoder(table, driver_of(connection).codec), connection.execute(query)))


def apply_changes(connection: sa.Connection, table: Table, name: str, changes: Collection[Change]) -> int:
    """Write changed rows; return by how many the table grew. A row that is not as the change says is a defect: AssertionError."""
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
    looked_up, key = _put_keys(connection, driver_of(connection), table, name, table.key, keys), ", ".join(table.key)
    count = connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE ({key}) IN (SELECT {key} FROM {looked_up})').rowcount
    if count != len(keys):
        raise AssertionError(f"{len(keys)} rows of {name} were to be replaced, {count} were there")


def insert_rows(connection: sa.Connection, table: Table, name: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Insert encoded rows, none of whose keys may be there: that would be a defect, and raises the database's error."""
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
