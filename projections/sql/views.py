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
    micros = _Micros(driver_of(connection))
    there = set(sa.inspect(connection).get_view_names())
    for name in (name for name in views if name not in there):
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {views[name].format(micros=micros)}')


def drop_views(connection: sa.Connection, names: Collection[str]) -> None:
    """Drop views, as the tables below them are to be renamed."""
    for name in names:
        connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')


@attrs.frozen
class _Micros:
    driver: Driver

    def __format__(self, column: str) -> str:
        return self.driver.micros(column)
