"""Tables and indexes made in a database."""

from itertools import count

import sqlalchemy as sa

from projections.sql.drivers import driver_of
from projections.sql.made import Made


def create(connection: sa.Connection, wanted: Made, base: str, generation: int) -> None:
    """Create a table and its indexes. These are named `BASE_GENERATION_NUMBER`, as those of the table it will replace keep their names."""
    connection.exec_driver_sql(driver_of(connection).ddl(connection, wanted.target))
    for number, columns in enumerate(wanted.indexes):
        create_index(connection, wanted.target.name, columns, f"{base}_{generation}_{number}")


def create_index(connection: sa.Connection, table: str, columns: tuple[str, ...], name: str) -> None:
    """Create an index; under another name if this one is taken, which a generation that was lost may bring about."""
    taken = driver_of(connection).relations(connection).keys()
    free = next(one for one in (name + "_" * more for more in count()) if one not in taken)
    connection.exec_driver_sql(f'CREATE INDEX "{free}" ON "{table}" ({", ".join(columns)})')
