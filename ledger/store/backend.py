"""What every backend does: the whole of it, as one Protocol. `ledger.backends` lists those that there are."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen
from sqlalchemy import URL, Connection, Engine

from ledger.format.batch import Events
from ledger.format.event import LogRow
from ledger.store.exchange import Addition, LockedLog
from ledger.store.failures import Advisor
from ledger.store.reading import Head
from ledger.store.schema_parts import SchemaComparison


@frozen
class Timeouts:
    """How long a statement may wait for a lock, and how long a server may work at it, in ms; 0 for the second: without end."""

    lock_ms: int
    statement_ms: int


class Backend(Advisor, Protocol):
    """One kind of database a log can be kept in. Each is a module `backend` of its folder, such as `ledger.sqlite.backend`.

    `conn` is always a connection to a database of this kind, inside a transaction; the caller ends it, unless a method says that it
    commits.
    """

    @property
    def name(self) -> str:
        """Return SQLAlchemy's name of it, as in a URL: `sqlite` or `postgresql`."""

    @property
    def on_server(self) -> bool:
        """Return whether a server keeps the database, with roles, for programs on several machines; False: it is a file."""

    # Opening

    def open_engine(self, url: URL, *, write: bool, timeouts: Timeouts, any_version: bool) -> AbstractContextManager[Engine]:
        """Open the database that `url` names.

        To write, make what can be made without asking for rights: a file is, with its tables; a server's log is not. To read, change
        nothing. A transaction on the engine sees one state and is refused to write if its connection has the execution option
        `heliolog_reading`. Raise UsageError if the URL names no database, and LedgerError if it is missing, cannot be reached, belongs to
        another program or is damaged, or (unless `any_version`) holds no log of this version.
        """

    # The schema

    def ddl(self) -> list[str]:
        """Return the statements that make the schema in an empty database, in order."""

    def schema_version(self, conn: Connection) -> int | None:
        """Return the version of the schema that is there; None if there is none."""

    def hold_schema(self, conn: Connection) -> None:
        """Keep others from making or changing the schema until the transaction ends."""

    def initialise(self, conn: Connection, shown: str) -> list[str]:
        """Make the schema and the roles that are missing, and name what was made, as `["schema", "heliolog_writer"]`.

        `shown` is the URL for messages. Raise LedgerError if the user lacks the rights, or the schema is of another version.
        """

    def compare_schema(self, conn: Connection) -> SchemaComparison:
        """Compare all that belongs to the log, texts of triggers and views included, with what `ddl` makes; change nothing.

        What is foreign on a table of ours is a difference, too; other tables in the database are not. Owners and rights are not compared.
        """

    def grant_rights(self, conn: Connection) -> None:
        """Give the roles that there are the rights of this version, and take away others; what an upgrade ends with."""

    def rights_to_revoke(self, conn: Connection) -> list[str]:
        """Return the statements by which an administrator takes from everybody what no role needs, as far as that was not done."""

    def mark_version(self, conn: Connection, version: int) -> None:
        """Record that the schema is of this version; the last step of an upgrade."""

    # Appending, in this order and in one transaction

    def lock(self, conn: Connection, events: Events | None, delivery_id: int | None) -> LockedLog:
        """Lock the log against other appends until the transaction ends; look up `events` and the delivery of this number, if given."""

    def find_known(self, conn: Connection, head: Head, events: Events) -> Collection[bytes]:
        """Return the keys of those events that are in the log, under the lock; for events not known when it was taken."""

    def add(self, conn: Connection, addition: Addition) -> None:
        """Write an addition, last in its transaction, which it may commit; raise TakenError if a position or a key is taken."""

    # Reading

    def read_rows(self, conn: Connection, after: int, limit: int) -> list[LogRow]:
        """Return up to `limit` events at positions above `after` as plain tuples, by position."""

    def as_stored(self, conn: Connection) -> AbstractContextManager[None]:
        """Read what is there, while this lasts, as far as it can be read.

        Text that is not UTF-8 comes with its bytes as surrogates, as by `bytes.decode(errors="surrogateescape")`; a damaged page fails only
        who asks for what is on it.
        """

    def check_storage(self, conn: Connection, table: str) -> list[str]:
        """Return a line for each thing that is wrong with a table's pages and indexes, as far as the database checks that by itself."""

    # What is there, for upkeep

    def server(self, conn: Connection) -> str:
        """Name product and version, as `PostgreSQL 15.14`."""

    def missing_roles(self, conn: Connection) -> list[str]:
        """Name those of our roles that the server lacks; nothing for a file."""

    def log_bytes(self, conn: Connection) -> int:
        """Return the bytes that the log takes."""

    def describe_roles(self, conn: Connection) -> dict[str, bool]:
        """Return for each of our roles that exists whether the current user has it; nothing for a file."""
