"""Compare a projection's rows with those of a replay, and sum them up in a digest that is the same in whatever order they come."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import attrs
import msgspec
import sqlalchemy as sa

from projections.engine.catalog import Projection
from projections.sql.columns import decoder, sql_table
from projections.sql.drivers import driver_of
from projections.table import Table

DIFFERENCES_MAX = 100
_DIGEST_END = 1 << 256
_PAGE_ROWS = 5_000


@attrs.frozen
class Difference:
    """One value that is not what the replay has; with an empty `column`, a row that is missing or too many."""

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


def compare(ours: sa.Connection, replayed: sa.Connection, projection: Projection, found: Comparison) -> None:
    """Add the rows of one projection to a comparison."""
    for table in projection.tables:
        digest = 0
        for stored, other in _pairs(table, _rows(ours, table), _rows(replayed, table)):
            found.rows += 1
            if stored is not None:
                digest = (digest + _row_digest(table, stored)) % _DIGEST_END
            if stored != other and len(found.differences) < DIFFERENCES_MAX:
                found.differences += _differences(table, stored, other)
        found.digests[table.name] = f"{digest:064x}"


def _rows(connection: sa.Connection, table: Table) -> Iterator[Any]:
    target, codec = sql_table(table, table.name), driver_of(connection).codec
    ordered = sa.select(target).order_by(*(target.c[column] for column in table.key))
    for page in connection.execute(ordered, execution_options={"yield_per": _PAGE_ROWS}).partitions():
        yield from map(decoder(table, codec), page)


def _pairs(table: Table, left: Iterator[Any], right: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    key_of = table.key_of()
    one, two = next(left, None), next(right, None)
    while one is not None or two is not None:
        take_one = two is None or (one is not None and key_of(one) <= key_of(two))
        take_two = one is None or (two is not None and key_of(two) <= key_of(one))
        yield (one if take_one else None), (two if take_two else None)
        one = next(left, None) if take_one else one
        two = next(right, None) if take_two else two


def _differences(table: Table, stored: Any, other: Any) -> list[Difference]:  # noqa: ANN401 - rows of any table
    key = ", ".join(str(getattr(stored or other, column)) for column in table.key)
    if stored is None or other is None:
        return [Difference(table.name, key, "", "no row" if stored is None else "a row", "no row" if other is None else "a row")]
    pairs = ((name, getattr(stored, name), getattr(other, name)) for name in table.names)
    return [Difference(table.name, key, name, repr(one), repr(two)) for name, one, two in pairs if one != two]


def _row_digest(table: Table, row: Any) -> int:  # noqa: ANN401 - a row of any table
    """Hash a row's canonical form: its table's name and its values as a JSON array."""
    return int.from_bytes(sha256(msgspec.json.encode([table.name, *table.values_of()(row)])).digest(), "big")
