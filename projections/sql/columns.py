"""Projection tables in a database: their types, and rows to and from them. The one place that knows how a column is stored."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import attrs
import sqlalchemy as sa

from ledger.errors import VerificationError
from ledger.format.instant import from_iso, iso
from projections.definition.changes import BEGINNING, END
from projections.table import Table

_YEAR_2000 = 946_684_800_000_000


class ServerInstant(int):
    """An instant as PostgreSQL counts it (µs since 2000 UTC), marked as one: a plain int would be sent as a number."""

    __slots__ = ()


@attrs.frozen(eq=False)
class Codec:
    """How a kind of database holds instants (µs since 1970 UTC): to a column, back, and to a value compared with a column."""

    store: Callable[[int], Any]
    load: Callable[[Any], int]
    key: Callable[[int], Any]


ISO = Codec(iso, from_iso, iso)
"""SQLite: ISO text, which sorts as it should."""

SINCE_2000 = Codec(
    lambda instant: instant - _YEAR_2000, lambda stored: stored + _YEAR_2000, lambda instant: ServerInstant(instant - _YEAR_2000)
)
"""PostgreSQL: `timestamptz`, sent and fetched as the number that it is on the wire; no calendar comes in between."""

# Keys are merged in Python: text sorts by its code points there, and so it must in a server whatever its locale.
# A date stays text: rows hold it so, and every year from 0001 to 9999 sorts and compares the same everywhere.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
# A STRICT table of SQLite's knows these names of types and no others.
INTEGER: Any = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: Any = sa.Double().with_variant(sa.REAL(), "sqlite")
_TYPES: dict[str, Any] = {"text": _TEXT, "integer": INTEGER, "real": _REAL, "instant": _INSTANT, "date": _TEXT}


@cache
def sql_table(table: Table, name: str) -> sa.Table:
    """Return the table as SQLAlchemy sees it, under a name of its own (a rebuild uses another than readers do)."""
    columns = [sa.Column(column.name, _TYPES[column.store], nullable=bool(column.null)) for column in table.columns]
    return sa.Table(name, sa.MetaData(), *columns, sa.PrimaryKeyConstraint(*table.key), sqlite_with_rowid=False)


@cache
def encoder(table: Table, codec: Codec) -> Callable[[Any], tuple[Any, ...]]:
    """Return the function from a row to the values a driver takes."""
    values_of, store = table.values_of(), codec.store
    instants = _instants(table)

    def encode(row: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a row of any table
        values = list(values_of(row))
        for place in instants:
            values[place] = None if values[place] is None else store(values[place])
        return tuple(values)

    return encode


@cache
def decoder(table: Table, codec: Codec) -> Callable[[Iterable[Any]], Any]:
    """Return the function from a driver's values back to a row."""
    instants, flags, load = _instants(table), _booleans(table), codec.load

    def decode(stored: Iterable[Any]) -> Any:  # noqa: ANN401 - a row of any table
        values = list(stored)
        try:
            for place in instants:
                values[place] = None if values[place] is None else load(values[place])
        except (ValueError, TypeError, AttributeError) as error:
            raise _unreadable(table) from error
        for place in flags:
            values[place] = bool(values[place])
        return table.row(*values)

    return decode


@cache
def instants_loaded(table: Table, codec: Codec, names: tuple[str, ...]) -> Callable[[Iterable[Any]], list[Any]]:
    """Return the function that reads the instants among stored values of the named columns (µs); what is no instant stays as it is."""
    instants, load = [place for place, name in enumerate(names) if is_instant(table, name)], codec.load

    def read(stored: Iterable[Any]) -> list[Any]:
        values = list(stored)
        for place in instants:
            if values[place] is not None:
                with suppress(ValueError, TypeError, AttributeError):
                    values[place] = load(values[place])
        return values

    return read


def _unreadable(table: Table) -> VerificationError:
    return VerificationError(
        f"{table.name} holds something else where an instant belongs: tools/project --verify shows it, "
        "tools/project --rebuild makes the rows anew"
    )


def flag_places(table: Table) -> tuple[int, ...]:
    """Return the places of the columns that hold yes or no."""
    return _booleans(table)


def stored_columns(table: Table, codec: Codec, columns: Sequence[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    """Return rows, by column, as the tuples a driver takes."""
    instants, store = frozenset(_instants(table)), codec.store
    return zip(
        *(
            [None if instant is None else store(instant) for instant in column] if place in instants else column
            for place, column in enumerate(columns)
        ),
        strict=True,
    )


@cache
def is_instant(table: Table, column: str) -> bool:
    """Return whether a column holds instants."""
    return table.columns[table.names.index(column)].store == "instant"


def stored_key(table: Table, codec: Codec, column: str, value: Any) -> Any:  # noqa: ANN401 - a value of any column
    """Return a key value, or a bound of keys, to compare with the column; a bound beyond all instants becomes the last one before it."""
    return value if value is None or not is_instant(table, column) else codec.key(min(max(value, BEGINNING), END))


def stored_keys(table: Table, codec: Codec, columns: tuple[str, ...], keys: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """Return whole keys, of the named columns, as they are stored."""
    instants, store = [is_instant(table, column) for column in columns], codec.store
    if not any(instants):
        return keys
    return [tuple(store(part) if instant else part for part, instant in zip(key, instants, strict=True)) for key in keys]


def loaded_key(table: Table, codec: Codec, column: str, stored: Any) -> Any:  # noqa: ANN401 - a value of any column
    """Return a key value back as rows hold it."""
    return codec.load(stored) if stored is not None and is_instant(table, column) else stored


def loaded_column(table: Table, codec: Codec, column: str, stored: Sequence[Any]) -> Sequence[Any]:
    """Return the values of one column back as rows hold them."""
    if column in _flag_names(table):
        return list(map(bool, stored))
    if not is_instant(table, column):
        return stored
    try:
        return [None if one is None else codec.load(one) for one in stored]
    except (ValueError, TypeError, AttributeError) as error:
        raise _unreadable(table) from error


@cache
def _flag_names(table: Table) -> frozenset[str]:
    return frozenset(table.names[place] for place in _booleans(table))


def _instants(table: Table) -> tuple[int, ...]:
    return tuple(place for place, column in enumerate(table.columns) if column.store == "instant")


def _booleans(table: Table) -> tuple[int, ...]:
    return tuple(place for place, annotation in enumerate(table.row.__annotations__.values()) if annotation is bool)
