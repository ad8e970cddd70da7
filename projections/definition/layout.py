"""What a projection's tables look like in a database, as declared: what must not change unless the tables are made anew. Pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from projections.table import Table


class Declared(Protocol):
    """What both kinds of projection declare."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Return its tables."""

    @property
    def views(self) -> Mapping[str, str]:
        """Return its views' texts, by name."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the tables it reads."""


def layout(projection: Declared) -> dict[str, Any]:
    """Return the layout of a projection as a JSON document: its tables with columns, key and indexes, its views, and what it reads.

    A column is written as it is stored: `"energy_wh": "real or null"`. In which order columns are declared is no part of the layout.
    """
    return {
        "tables": {
            table.name: {
                "columns": {column.name: f"{column.store} or null" if column.null else column.store for column in table.columns},
                "flags": [name for name, annotation in table.row.__annotations__.items() if annotation is bool],
                "key": list(table.key),
                "indexes": [list(columns) for columns in table.indexes],
            }
            for table in projection.tables
        },
        "views": dict(projection.views),
        "sources": sorted(projection.sources),
    }


def layout_digest(projection: Declared) -> str:
    """Return the SHA-256 of a projection's layout, in hexadecimal."""
    return sha256(msgspec.json.encode(layout(projection), order="deterministic")).hexdigest()
