"""What every kind of database must do for projection tables, each in its own way: the one interface, without a choice."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from projections.sql.columns import Codec

Placed = tuple[str, str]
"""A column's name and how it is stored (see `projections.table.Column`)."""


class Driver(Protocol):
    """One kind of database, for all of its connections.

    `mark` is the place of a value in a statement's text. `temporary` is the schema of tables that only this connection sees. `join` is the
    join that begins with its left side. `codec` says how instants are stored.
    """

    mark: str
    temporary: str
    join: str
    codec: Codec

    def micros(self, column: str) -> str:
        """Return an expression for a column of instants in µs since 1970 UTC."""

    def ready(self, connection: sa.Connection) -> None:
        """Set a connection up for projection tables, before its first transaction."""

    def take_role(self, connection: sa.Connection) -> None:
        """Write as whoever the projections' tables belong to, until the transaction that begins here ends."""

    def hold_tables(self, connection: sa.Connection) -> None:
        """Keep the tables that readers see from being exchanged while the transaction that begins here lasts."""

    def allow_temporary(self, connection: sa.Connection) -> None:
        """Let a reading transaction that begins here make tables that only its connection sees."""

    def rows(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the driver's own tuples of a query: a Row around each would cost as much as fetching it."""

    def stream(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the same as `rows`, for a query of which seldom more than the beginning is wanted."""

    def bulk(self, connection: sa.Connection, target: str, columns: Sequence[Placed], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert encoded rows, however many."""
