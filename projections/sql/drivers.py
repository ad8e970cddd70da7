"""Which driver a connection needs: the one place under `projections/` that looks at the kind of database."""

from functools import cache

import sqlalchemy as sa

from projections.sql.driver import Driver


def driver_of(connection: sa.Connection) -> Driver:
    """Return the driver of a connection's database."""
    return _driver(connection.dialect.name)


@cache
def _driver(dialect: str) -> Driver:
    if dialect == "postgresql":
        from projections.sql.postgresql import PostgresqlDriver  # noqa: PLC0415 - its package loads only where it is needed

        return PostgresqlDriver()
    from projections.sql.sqlite import SqliteDriver  # noqa: PLC0415 - as above

    return SqliteDriver()
