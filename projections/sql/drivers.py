"""Which driver a connection needs: the one place under `projections/` that looks at the kind of database."""

from collections.abc import Callable, Mapping
from functools import cache

import sqlalchemy as sa

from projections.sql.driver import Driver


def driver_of(connection: sa.Connection) -> Driver:
    """Return the driver of a connection's database."""
    return _driver(connection.dialect.name)


def _sqlite() -> Driver:
    from projections.sql.sqlite import SqliteDriver  # noqa: PLC0415 - a backend's packages load only where it is used

    return SqliteDriver()


def _postgresql() -> Driver:
    from projections.sql.postgresql import PostgresqlDriver  # noqa: PLC0415 - as above

    return PostgresqlDriver()


DRIVERS: Mapping[str, Callable[[], Driver]] = {"sqlite": _sqlite, "postgresql": _postgresql}
"""The driver of each backend of `ledger.backends`, by its name, and how it is loaded."""


@cache
def _driver(backend: str) -> Driver:
    return DRIVERS[backend]()
