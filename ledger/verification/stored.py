"""Rows as they are stored, whatever their columns hold, and what cannot be read of them."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table
from sqlalchemy.exc import DBAPIError

from ledger.backends import backend_of

_Found = TypeVar("_Found")
_KINDS = {int: "an integer", bytes: "bytes", str: "text", bool: "yes or no", float: "a float", type(None): "nothing (NULL)"}
_SHOWN_MAX = 60


class UnreadableError(Exception):
    """Something stored cannot be read: the database says why."""


def attempt(conn: Connection, read: Callable[[], _Found]) -> _Found:
    """Return what `read` does; raise UnreadableError if it meets what is damaged or not there, and leave the transaction usable.

    What the machine does, such as a lock or a lost connection, passes as it is.
    """
    backend = backend_of(conn)
    try:
        # On a server a failed statement ends the transaction, but for a savepoint.
        with conn.begin_nested() if backend.on_server else nullcontext():
            return read()
    except UnicodeDecodeError as error:
        raise UnreadableError("what SQLite says of it is no text itself") from error
    except DBAPIError as error:
        if not backend.shows_damage(error.orig):
            raise
        raise UnreadableError(str(error.orig).split("\n", 1)[0]) from error


def columns_there(conn: Connection, table: Table) -> frozenset[str]:
    """Return which columns of a table of ours there are; raise UnreadableError if there is no such table."""
    question = f"SELECT * FROM {table.name} LIMIT 0"  # noqa: S608 - made of constants
    return frozenset(attempt(conn, lambda: list(conn.exec_driver_sql(question).keys()))) & frozenset(table.columns.keys())


def select_stored(table: Table, there: frozenset[str], rest: str) -> str:
    """Return the statement that reads the columns of a table in their order, NULL for one that is not there; `rest` is what follows."""
    columns = ", ".join(name if name in there else f"NULL AS {name}" for name in table.columns.keys())  # noqa: SIM118 - not a mapping
    return f"SELECT {columns} FROM {table.name} {rest}"  # noqa: S608 - made of constants


def fetch(conn: Connection, question: str) -> Sequence[Sequence[Any]]:
    """Return the rows as the driver reads them; SQLAlchemy's types would fail on a value of another. Raise UnreadableError."""
    return attempt(conn, lambda: conn.exec_driver_sql(question).all())


def types_of(column: Column[Any]) -> frozenset[type]:
    """Return the types that a value of a column may have as it is fetched."""
    wanted = {column.type.python_type} | ({int} if column.type.python_type is bool else set())
    return frozenset(wanted | ({type(None)} if column.nullable else set()))


def wrong_type(column: Column[Any], value: object) -> str:
    """Say that a value is of another type than its column: `payload holds text, not bytes`."""
    found = _KINDS.get(type(value), type(value).__name__)
    return f"{column.name} holds {found}, not {_KINDS[column.type.python_type]}"


def as_bytes(value: Any) -> Any:  # noqa: ANN401 - of any type, which is the point
    """Return the bytes of a text that stands where bytes belong, as it is stored; any other value as it is."""
    return value.encode(errors="surrogateescape") if isinstance(value, str) else value


def shown(value: object) -> str:
    """Return a value for a message: in ASCII, of bounded length."""
    text = ascii(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"
