"""Projection tables on a PostgreSQL server. PostgreSQL."""

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.schema import CreateTable

from ledger.format.instant import from_iso
from ledger.postgresql.roles import PROJECTOR
from projections.sql import postgresql_parts
from projections.sql.columns import SINCE_2000, ServerInstant
from projections.sql.driver import Placed
from projections.sql.made import Made, Parts

_CURSOR = "heliolog_cursor"
_INSTANT = psycopg.adapters.types["timestamptz"]
# A bigint and a timestamptz (µs since 2000 UTC) are the same eight bytes, so that the driver's fast path for the one serves the other.
_WIRE = {"text": "text", "date": "text", "integer": "int8", "real": "float8", "instant": "int8"}
_AT_ONCE = 500
_PAGE_ROWS = 5_000
# https://www.postgresql.org/docs/current/errcodes-appendix.html: data that is damaged, or that the server cannot make out; columns that
# another now is like, or that are of another type
_DAMAGE = ("XX", "22", "42701", "42702", "42804", "42846", "42883")
_LACKING = ("42P01", "42703")
# Tables then belong to the role, whichever of its members makes them: the others change them too, and auditors read them.
_MAY_SET = "CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END"
_AS_PROJECTOR = f"""SELECT set_config('role', rolname, true) FROM pg_roles
WHERE rolname = '{PROJECTOR}' AND pg_catalog.pg_has_role(oid, {_MAY_SET})
AND pg_catalog.has_schema_privilege(oid, current_schema(), 'CREATE')"""


class _TextLoader(Loader):
    """Read an instant that came as text, in a session whose zone is UTC."""

    def load(self, data: Buffer) -> int:
        return int(SINCE_2000.store(from_iso(bytes(data).decode())))


class _InstantDumper(Dumper):
    """Send an instant."""

    format = Format.BINARY
    oid = _INSTANT.oid

    def dump(self, obj: int) -> bytes:
        return struct.pack("!q", obj)


class PostgresqlDriver:
    """The driver for PostgreSQL."""

    mark = "%s"
    temporary = "pg_temp"
    join = "JOIN"
    codec = SINCE_2000

    def __init__(self) -> None:
        self._streams = count(1)

    def micros(self, column: str) -> str:
        """Return an instant's µs, exactly: the epoch is a numeric."""
        return f"(extract(epoch FROM {column}) * 1000000)"

    def ready(self, connection: sa.Connection) -> None:
        """Have instants come and go as whole numbers, and in UTC if they come as text."""
        if _CURSOR in connection.connection.info:
            return
        raw: Any = connection.connection.driver_connection
        whole = psycopg.adapters.get_loader(psycopg.adapters.types["int8"].oid, Format.BINARY)
        raw.adapters.register_loader(_INSTANT.oid, whole)
        raw.adapters.register_loader(_INSTANT.oid, _TextLoader)
        raw.adapters.register_dumper(ServerInstant, _InstantDumper)
        connection.connection.info[_CURSOR] = raw.cursor(binary=True)
        raw.execute("SET TIME ZONE 'UTC'")
        # The planner knows nothing of tables just filled: left to itself it reads a whole table of readings to find a few keys in it.
        raw.execute("SET enable_hashjoin = off")
        raw.execute("SET enable_mergejoin = off")
        raw.commit()

    def take_role(self, connection: sa.Connection) -> None:
        """Go on as the role of those who write projections until the transaction ends, if there is such a role and this user may."""
        connection.exec_driver_sql(_AS_PROJECTOR)

    def hold_tables(self, connection: sa.Connection) -> None:
        """Share a lock with all readers, first of all: a rename shows at once, even to a transaction whose snapshot is older."""
        try:
            connection.exec_driver_sql("LOCK TABLE checkpoint IN ACCESS SHARE MODE")
        except ProgrammingError as error:
            raw: Any = connection.connection.driver_connection
            if not isinstance(error.orig, psycopg.errors.UndefinedTable):
                raise
            # No projections yet: the transaction begins anew with the next statement.
            raw.rollback()

    def allow_temporary(self, connection: sa.Connection) -> None:
        """Allow writing at all, as making a table counts as that; the snapshot stays one."""
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        self.take_role(connection)

    def rows(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query, in binary and through one cursor, so that it is soon a prepared one."""
        cursor = connection.connection.info[_CURSOR]
        return iter(cursor.execute(query, tuple(values)).fetchall())

    def stream(self, connection: sa.Connection, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query, some hundred at a time."""
        raw: Any = connection.connection.driver_connection
        with raw.cursor(name=f"heliolog_{next(self._streams)}") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query, tuple(values), binary=True)

    def bulk(self, connection: sa.Connection, target: str, columns: Sequence[Placed], rows: Iterable[tuple[Any, ...]]) -> None:
        """Copy rows in binary."""
        cursor = connection.connection.info[_CURSOR]
        with cursor.copy(f"COPY {target} ({', '.join(name for name, _ in columns)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types([_WIRE[store] for _, store in columns])
            for row in rows:
                copy.write_row(row)

    def ddl(self, connection: sa.Connection, target: sa.Table) -> str:
        """Return the statement."""
        return str(CreateTable(target).compile(dialect=connection.dialect)).strip()

    def relations(self, connection: sa.Connection) -> Mapping[str, str]:
        """Return what has a name in the schema that is used."""
        return postgresql_parts.relations(connection)

    def found_parts(self, connection: sa.Connection, names: Collection[str]) -> Mapping[str, Parts]:
        """Read the server's catalogs."""
        return postgresql_parts.found_parts(connection, names)

    def wanted_parts(self, connection: sa.Connection, wanted: Made) -> Parts:
        """Say it as the server's catalogs would."""
        return postgresql_parts.wanted_parts(connection.dialect, wanted)

    def is_of_older_make(self, found: Parts, wanted: Parts) -> bool:  # noqa: ARG002 - see the protocol
        """Return False: every server that is supported makes tables alike."""
        return False

    def tells(self, connection: sa.Connection, view: str, text: str) -> tuple[str, str]:
        """Return how the server would work out each: it rewrites a view's text, and two that mean the same are planned alike."""
        return self._plan(connection, f'"{view}"'), self._plan(connection, f'({text}) AS "{view}"')

    def in_the_way(self, connection: sa.Connection, names: Collection[str]) -> Sequence[str]:
        """Name views and foreign keys: they hold on to a table whatever it is called, and would follow it when it is replaced."""
        return [f"{dependent}, which depends on {table}" for dependent, table in postgresql_parts.dependents(connection, names)]

    def pages(self, connection: sa.Connection, query: str, *, any_bytes: bool) -> Iterator[list[tuple[Any, ...]]]:  # noqa: ARG002
        """Return the driver's own tuples; a server's text is text."""
        raw: Any = connection.connection.driver_connection
        with raw.cursor(name=f"heliolog_{next(self._streams)}") as cursor:
            cursor.execute(query, binary=True)
            while page := cursor.fetchmany(_PAGE_ROWS):
                yield page

    def order(self, column: Placed) -> str:
        """Sort text by its bytes."""
        return f'"{column[0]}" COLLATE "C"' if _WIRE[column[1]] == "text" else f'"{column[0]}"'

    def inconsistencies(self, connection: sa.Connection, name: str) -> Sequence[str]:  # noqa: ARG002 - see the protocol
        """Return nothing: a server checks its pages itself (pg_amcheck)."""
        return ()

    def damage(self, cause: BaseException | None) -> str | None:
        """Go by the class of the error, or by its code."""
        return _told(cause) if _state(cause).startswith(_DAMAGE) else None

    def mishap(self, cause: BaseException | None) -> str | None:
        """Go by the code of the error."""
        return _told(cause) if _state(cause) in _LACKING else None

    def _plan(self, connection: sa.Connection, source: str) -> str:
        try:
            with connection.begin_nested():
                columns = list(connection.exec_driver_sql(f"SELECT * FROM {source} LIMIT 0").keys())
                lines = connection.exec_driver_sql(f"EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM {source}").scalars()
                return "\n".join([", ".join(columns), *lines])
        except DBAPIError as error:
            said = self.damage(error.orig) or self.mishap(error.orig)
            if said is None:
                raise
            return said  # what it reads was altered


def _state(cause: BaseException | None) -> str:
    return getattr(cause, "sqlstate", None) or ""


def _told(cause: BaseException | None) -> str:
    return str(cause).partition("\n")[0]
