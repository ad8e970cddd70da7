"""What every kind of database must do for projection tables, each in its own way: the one interface, without a choice."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from projections.sql.columns import Codec
from projections.sql.made import Made, Parts

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

    # What is there, and whether it is as made

    def ddl(self, connection: sa.Connection, target: sa.Table) -> str:
        """Return the statement that makes a table, without its indexes."""

    def relations(self, connection: sa.Connection) -> Mapping[str, str]:
        """Return what is there by name: `table`, `view`, `index`, or what else takes a name."""

    def found_parts(self, connection: sa.Connection, names: Collection[str]) -> Mapping[str, Parts]:
        """Return the parts of those of the named tables that are there, their indexes and triggers included."""

    def wanted_parts(self, connection: sa.Connection, wanted: Made) -> Parts:
        """Return the parts that a table has when this code makes it on this database."""

    def is_of_older_make(self, found: Parts, wanted: Parts) -> bool:
        """Return whether a table holds the same rows, and only an older library or older code makes it so."""

    def tells(self, connection: sa.Connection, view: str, text: str) -> tuple[str, str]:
        """Return what a view tells and what it should by its text, each written so that both are equal if they mean the same."""

    def in_the_way(self, connection: sa.Connection, names: Collection[str]) -> Sequence[str]:
        """Name what belongs to others and would be misled, or hinder, if the named tables were exchanged."""

    # What is stored

    def pages(self, connection: sa.Connection, query: str, *, any_bytes: bool) -> Iterator[list[tuple[Any, ...]]]:
        """Return the rows of a query as they are stored, some thousand at a time.

        `any_bytes`: take text that is not UTF-8, too, with the bytes that are not as surrogates; that is slower.
        """

    def order(self, column: Placed) -> str:
        """Return how to sort by a column so that text is sorted by code points, however the column was altered."""

    def inconsistencies(self, connection: sa.Connection, name: str) -> Sequence[str]:
        """Return what the database itself finds wrong in a table or its indexes, a line each."""

    def damage(self, cause: BaseException | None) -> str | None:
        """Return what was said if a table cannot be read as it is damaged or altered; None if the failure is another."""

    def mishap(self, cause: BaseException | None) -> str | None:
        """Return what was said if a table, view or column is not there, or holds what is no text; None if the failure is another."""
