"""What a table is made of in a database, part by part, so that what is there can be held against what this code makes. Pure."""

from collections.abc import Iterator, Mapping

import attrs
import sqlalchemy as sa

from projections.sql.columns import sql_table
from projections.table import Table

Parts = Mapping[str, str]
"""A table's parts, for example `{"table": "STRICT, WITHOUT ROWID", "column plant_id": "TEXT NOT NULL", "index (plant_id)": "plain"}`."""

NOTHING = "nothing"
"""Said of a part that is not there."""


@attrs.frozen(eq=False)
class Made:
    """A table as it is to be made: columns and key as SQLAlchemy sees them, and the column tuples it is also looked up by."""

    target: sa.Table
    indexes: tuple[tuple[str, ...], ...]


def made(table: Table, name: str) -> Made:
    """Return how a projection's table is made under a name."""
    return Made(sql_table(table, name), table.indexes)


def index_part(columns: tuple[str, ...]) -> str:
    """Return what the part of an index is called: by its columns, as its name changes with every rebuild."""
    return f"index ({', '.join(columns)})"


def differing(found: Parts, wanted: Parts) -> Iterator[tuple[str, str, str]]:
    """Yield each part that is not as wanted: what it is called, as it is, as it should be."""
    for part in sorted(found.keys() | wanted.keys()):
        one, two = found.get(part, NOTHING), wanted.get(part, NOTHING)
        if one != two:
            yield part, one, two
