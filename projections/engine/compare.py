"""Hold what a table stores against what a replay stores, value by value, and sum its rows up in a digest that no order shows in."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain, islice
from struct import pack
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa

from projections.sql.columns import flag_places, instants_loaded
from projections.sql.drivers import driver_of
from projections.sql.rows import placed
from projections.sql.stored import stored_pages
from projections.sql.transactions import cause_of
from projections.table import Table

DIFFERENCES_MAX = 100
_DIGEST_END = 1 << 256
_encode, _encode_json = msgspec.msgpack.Encoder().encode, msgspec.json.Encoder().encode
Row = tuple[Any, ...]


@attrs.frozen
class Difference:
    """One value that is not what the replay has; with an empty `column`, a row that is missing or too many.

    Of a table or view that is not as this code makes it, `key` is `its definition` and `column` the part, such as `index (plant_id)`.
    """

    table: str
    key: str
    column: str
    stored: str
    replayed: str


@attrs.define
class Comparison:
    """Rows compared so far, the first differences found, and each table's digest."""

    rows: int = 0
    differences: list[Difference] = attrs.Factory(list)
    digests: dict[str, str] = attrs.Factory(dict)

    @property
    def cut_off(self) -> bool:
        """Return whether there may be more differences than these."""
        return len(self.differences) == DIFFERENCES_MAX

    def add(self, differences: Iterable[Difference]) -> None:
        """Add differences, up to as many as are shown."""
        self.differences += islice(differences, DIFFERENCES_MAX - len(self.differences))


def compare(ours: sa.Connection, replay: sa.Connection, table: Table, names: tuple[str, ...], found: Comparison) -> None:
    """Add the rows of one table to a comparison, as far as the columns `names` hold them: all that are there, those of the key included.

    What cannot be read is a difference, and what was read before it is compared. The digest is that of all columns, or there is none.
    """
    held = _Held(ours, replay, table, names)
    if not held.run(any_bytes=False):
        held = _Held(ours, replay, table, names)
        held.run(any_bytes=True)
    found.rows += held.rows
    found.add(held.differences)
    if names == table.names:
        found.digests[table.name] = f"{held.digest:064x}"


def differences_between(name: str, key: str, columns: Sequence[str], stored: Row | None, other: Row | None) -> Iterator[Difference]:
    """Yield how a row differs from that of a replay, which has the same key; None: there is no row."""
    if stored is None or other is None:
        yield Difference(name, key, "", "no row" if stored is None else "a row", "no row" if other is None else "a row")
        return
    for column, one, two in zip(columns, stored, other, strict=True):
        if not _is_same(one, two):
            yield Difference(name, key, column, _in_words(one), _in_words(two))


@attrs.define
class _Held:
    """A table held against a replay: rows, digest and differences so far."""

    ours: sa.Connection
    replay: sa.Connection
    table: Table
    names: tuple[str, ...]
    rows: int = 0
    digest: int = 0
    differences: list[Difference] = attrs.Factory(list)
    _last_key: str = ""

    def run(self, *, any_bytes: bool) -> bool:
        """Compare to the end, or as far as the table can be read, which is then a difference; return whether all was read."""
        driver = driver_of(self.ours)
        try:
            # A transaction on a server would not go on after an error.
            with self.ours.begin_nested():
                self._hold(any_bytes=any_bytes)
                broken = driver.inconsistencies(self.ours, self.table.name)
        except Exception as error:
            said = driver.damage(cause_of(error))
            if said is None:
                raise
            broken = [said]
        place = f"after {self._last_key}" if self._last_key else "its first row"
        self.differences += [Difference(self.table.name, place, "(all)", f"cannot be read: {line}", "rows") for line in broken]
        return not broken

    def _hold(self, *, any_bytes: bool) -> None:
        left, right = (self._pages(connection, any_bytes=any_bytes) for connection in (self.ours, self.replay))
        for stored in left:
            other = next(right, [])
            if _are_same(stored, other):
                self.rows += len(stored)
                self._seen(stored)
            elif self._keys(stored) == self._keys(other):
                self._hold_rows(iter(self._seen(stored)), iter(other))
            else:  # from here on, pages do not begin with the same row
                self._hold_rows(
                    chain(self._seen(stored), chain.from_iterable(map(self._seen, left))), chain(other, chain.from_iterable(right))
                )
                return
        self._hold_rows(iter(()), chain.from_iterable(right))

    def _keys(self, rows: list[Row]) -> list[Row]:
        key = [self.names.index(column) for column in self.table.key]
        return [tuple(row[place] for place in key) for row in rows]

    def _hold_rows(self, left: Iterator[Row], right: Iterator[Row]) -> None:
        key = [self.names.index(column) for column in self.table.key]
        for stored, other in _pairs(key, left, right):
            self.rows += 1
            if len(self.differences) < DIFFERENCES_MAX:
                shown = _shown_key(key, stored or other or ())
                self.differences += differences_between(self.table.name, shown, self.names, stored, other)

    def _pages(self, connection: sa.Connection, *, any_bytes: bool) -> Iterator[list[Row]]:
        """Return pages of rows: as they are stored if both sides store alike, else with their instants read."""
        pages = stored_pages(connection, self.table.name, placed(self.table, self.names), self.table.key, any_bytes=any_bytes)
        if driver_of(self.ours) is driver_of(self.replay):
            return pages
        read = instants_loaded(self.table, driver_of(connection).codec, self.names)
        return ([tuple(read(row)) for row in page] for page in pages)

    def _seen(self, stored: list[Row]) -> list[Row]:
        """Add a page of our rows to the digest: of a row's canonical form, its table's name and its values as a JSON array."""
        codec = driver_of(self.ours).codec
        read = list if driver_of(self.ours) is not driver_of(self.replay) else instants_loaded(self.table, codec, self.names)
        flags = flag_places(self.table) if self.names == self.table.names else ()
        for row in stored:
            values = read(row)
            for place in flags:
                values[place] = bool(values[place])
            self.digest += _hash([self.table.name, *values])
        self.digest %= _DIGEST_END
        self._last_key = _shown_key([self.names.index(column) for column in self.table.key], stored[-1])
        return stored


def _hash(values: list[Any]) -> int:
    try:
        text = _encode_json(values)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):  # no row of ours: whatever it is, it has a digest
        text = repr(values).encode()
    return int.from_bytes(sha256(text).digest(), "big")


def _are_same(stored: list[Row], other: list[Row]) -> bool:
    """Return whether two pages are the same: the encoding tells text from bytes, 1 from 1.0 and -0.0 from 0.0."""
    try:
        return _encode(stored) == _encode(other)
    except (UnicodeEncodeError, OverflowError, TypeError, ValueError):
        return False


def _is_same(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return pack("d", one) == pack("d", two)
    return type(one) is type(two) and one == two


def _pairs(key: Sequence[int], left: Iterator[Row], right: Iterator[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Merge two sequences of rows by key, in whatever order they come: rows that are out of order are only not paired."""
    one, two = next(left, None), next(right, None)
    while one is not None or two is not None:
        ranks = [None if row is None else [_rank(row[place]) for place in key] for row in (one, two)]
        take_one = ranks[1] is None or (ranks[0] is not None and ranks[0] <= ranks[1])
        take_two = ranks[0] is None or (ranks[1] is not None and ranks[1] <= ranks[0])
        yield (one if take_one else None), (two if take_two else None)
        one = next(left, None) if take_one else one
        two = next(right, None) if take_two else two


def _rank(value: Any) -> tuple[int, Any]:  # noqa: ANN401 - whatever is stored
    """Return what sorts a value as SQLite does: null, then numbers, text by its bytes, and bytes; anything else comes last."""
    if value is None:
        return 0, 0
    if isinstance(value, (int, float)):
        return 1, value
    if isinstance(value, str):
        return 2, value.encode("utf-8", "surrogateescape")
    return (3, value) if isinstance(value, bytes) else (4, repr(value))


def _shown_key(key: Sequence[int], row: Row) -> str:
    return ", ".join(_printable(str(row[place])) for place in key)


def _in_words(value: object) -> str:
    return _printable(repr(value))


def _printable(text: str) -> str:
    """Return a text with its lone surrogates, which stand for bytes that are not UTF-8, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
