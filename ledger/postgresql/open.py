"""A log's database on a PostgreSQL server: how it is connected to, and how its transactions begin. PostgreSQL."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

from ledger.errors import UsageError
from ledger.postgresql import advice
from ledger.postgresql.guards import VERSION_TABLE
from ledger.postgresql.setup import schema_version
from ledger.store.backend import Timeouts
from ledger.store.failures import operating
from ledger.store.url import show_url
from ledger.store.version import require_current

_DRIVER = "postgresql+psycopg"
# What a user of this program need not know of, and that a server may close behind a firewall's back.
_CONNECTION = {"application_name": "heliolog", "connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 60_000}
# What the server, the role or the URL says otherwise stays in force.
_LIMITS = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND source = 'default'"
# The log's schema is the first in the path with a log in it; temporary tables come after its own, and no other schema is looked into.
_PLACE = f"""SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(schema) || ', pg_temp', false)
FROM (
  SELECT schema FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS place (schema, n)
  WHERE pg_catalog.left(schema, 3) <> 'pg_'
  ORDER BY pg_catalog.to_regclass(pg_catalog.quote_ident(schema) || '.{VERSION_TABLE}') IS NULL, n LIMIT 1
) AS found"""  # noqa: S608 - made of constants

# The driver warns of what it could not do on a connection that is lost; this program says so itself, or tries again.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


@contextmanager
def open_engine(url: URL, *, write: bool, timeouts: Timeouts, any_version: bool) -> Iterator[Engine]:
    """Yield an engine on the database that `url` names, which is not changed; see `Backend.open_engine`.

    Raise UsageError for a URL that names no database, LedgerError if the server cannot be reached, refuses, or (unless `any_version`)
    has no log of this version there.
    """
    shown = show_url(url)
    if url.drivername not in {_DRIVER, "postgresql"} or not url.database:
        raise UsageError(f"not a database URL: {shown}; write postgresql+psycopg://USER@HOST/DATABASE")
    with operating(shown, advice):
        engine = create_engine(
            url.set(drivername=_DRIVER),
            connect_args={name: value for name, value in _CONNECTION.items() if name not in url.query},
            poolclass=QueuePool if write else NullPool,
            pool_pre_ping=write,
        )
        event.listen(engine, "connect", lambda connection, _record: _limit(connection, timeouts))
        event.listen(engine, "begin", lambda connection: _begin(connection, write=write))
        try:
            if not any_version:
                with engine.connect().execution_options(heliolog_reading=True) as connection:
                    require_current(schema_version(connection), shown)
            yield engine
        finally:
            engine.dispose()


def _limit(connection: Any, timeouts: Timeouts) -> None:  # noqa: ANN401 - psycopg's, which is not imported for SQLite
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        for name, value in (("lock_timeout", timeouts.lock_ms), ("statement_timeout", timeouts.statement_ms)):
            cursor.execute(_LIMITS, (str(value), name))
    connection.commit()


def _begin(connection: Connection, *, write: bool) -> None:
    """Pin how the transaction that begins sees others: a reader one state, a writer what is committed when it asks."""
    from psycopg import IsolationLevel  # noqa: PLC0415 - loaded by now, and never for SQLite

    reads = not write or bool(connection.get_execution_options().get("heliolog_reading"))
    raw: Any = connection.connection.driver_connection
    # None leaves it to the server: to ask a standby for "read write" fails in a less telling way than to write there.
    raw.read_only = True if reads else None
    raw.isolation_level = IsolationLevel.REPEATABLE_READ if reads else IsolationLevel.READ_COMMITTED
