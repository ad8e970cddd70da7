"""The read-only views that projections declare over their tables.

In a view's text, `{micros:summary.settles_at}` becomes an expression for that column's instant in µs since 1970 UTC.
"""

from collections.abc import Collection, Mapping

import attrs
import sqlalchemy as sa

from projections.sql.driver import Driver
from projections.sql.drivers import driver_of


def create_views(connection: sa.Connection, views: Mapping[str, str]) -> None:
    """Create the views that are missing, given their texts by name."""
    there = driver_of(connection).relations(connection)
    for name in (name for name in views if name not in there):
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {text_of(connection, views[name])}')


def text_of(connection: sa.Connection, text: str) -> str:
    """Return a view's text for the database at hand."""
    return text.format(micros=_Micros(driver_of(connection)))


def drop_views(connection: sa.Connection, names: Collection[str]) -> None:
    """Drop those of the named views that are there, as the tables below them are to be renamed."""
    there = driver_of(connection).relations(connection)
    for name in (name for name in names if there.get(name) == "view"):
        connection.exec_driver_sql(f'DROP VIEW "{name}"')


@attrs.frozen
class _Micros:
    driver: Driver

    def __format__(self, column: str) -> str:
        return self.driver.micros(column)
