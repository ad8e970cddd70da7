"""The two tables that the engine keeps for itself: how far each projection has come, and what it has still to derive."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.proof.frontier import Frontier
from ledger.store.schema import VIEW_NAMES
from projections.definition.changes import BEGINNING, END, Touch
from projections.sql.columns import INTEGER
from projections.sql.made import Made

METADATA = sa.MetaData()

CHECKPOINT = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("projection", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("tzdata", sa.Text, nullable=False),
    sa.Column("position", INTEGER, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("newest_recorded_at", INTEGER, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("layout", sa.Text),
    sa.Column("views", sa.Text),
)

TOUCHED = sa.Table(
    "touched",
    METADATA,
    sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), primary_key=True),
    sa.Column("projection", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("start_us", INTEGER, nullable=False),
    sa.Column("end_us", INTEGER, nullable=False),
)

OWN = (Made(CHECKPOINT, ()), Made(TOUCHED, (("projection",),)))
"""How the two tables are made."""

GONE = -1
"""The version of a checkpoint whose projection is no more: nothing is noted for it, so that one that comes back must be made anew."""

GENERATIONS = (1 << 31) - 1
"""Generations are 0 … one less than this, then 0 again: a server keeps them in four bytes."""

_BEYOND_US = 10 * 86_400_000_000
"""How far a touch may reach beyond all instants: a rule widens the instants that changed by a few days."""

_ADDED = (CHECKPOINT.c.layout, CHECKPOINT.c.views)
_OLDEST_COLUMNS = [column for column in CHECKPOINT.c if column not in set(_ADDED)]
"""What every checkpoint has, whichever version of the code made the table: an auditor may read it before it is brought forward."""

_KINDS = {column.name: column.type.python_type for column in _OLDEST_COLUMNS}


@attrs.frozen
class Checkpoint:
    """A projection's state: events 0 … position−1 of the log with this root are in its tables, judged by this code and zone data."""

    projection: str
    version: int
    tzdata: str
    position: int
    frontier: Frontier
    newest_recorded_at: int
    generation: int


def read_checkpoint(connection: sa.Connection, projection: str) -> Checkpoint | None:
    """Read a projection's checkpoint; None before its first run."""
    row = connection.execute(sa.select(*_OLDEST_COLUMNS).where(CHECKPOINT.c.projection == projection)).one_or_none()
    if row is None:
        return None
    found = _readable(row._asdict())
    if found is None:
        raise LedgerError(f"the checkpoint of {projection} is damaged: run tools/project --rebuild, which makes the projection anew")
    return found


def is_readable(row: Mapping[str, Any]) -> bool:
    """Return whether a row of the table, by column, is a projection's checkpoint.

    That is one of the right types, whose frontier is one of its position, and whose generation there can be.
    """
    found, texts = _readable(row), (row["projection"], row["tzdata"], row["layout"] or "", row["views"] or "")
    return found is not None and isinstance(row["root"], bytes) and all(map(_is_text, texts))


def is_generation(value: object) -> bool:
    """Return whether a value is one of `GENERATIONS`."""
    return isinstance(value, int) and 0 <= value < GENERATIONS


def _is_text(value: object) -> bool:
    """Return whether a value is text without surrogates, which stand for bytes that are none."""
    return isinstance(value, str) and value.isprintable()


def _readable(row: Mapping[str, Any]) -> Checkpoint | None:
    if any(not isinstance(row[name], kind) for name, kind in _KINDS.items()):
        return None
    if row["position"] < 0 or not is_generation(row["generation"]):
        return None
    try:
        frontier = Frontier.from_bytes(row["position"], row["frontier"])
    except ValueError:
        return None
    return Checkpoint(
        row["projection"], row["version"], row["tzdata"], row["position"], frontier, row["newest_recorded_at"], row["generation"]
    )


def has_layouts(connection: sa.Connection) -> bool:
    """Return whether checkpoints have a place for layouts and views here; those of a database made before they were kept have none."""
    return not _missing(connection)


def add_layouts(connection: sa.Connection) -> None:
    """Make the place for layouts and views in the checkpoints of a database made before they were kept; it stays empty."""
    for name in _missing(connection):
        connection.exec_driver_sql(f"ALTER TABLE {CHECKPOINT.name} ADD COLUMN {name} TEXT")


def _missing(connection: sa.Connection) -> list[str]:
    there = {column["name"] for column in sa.inspect(connection).get_columns(CHECKPOINT.name)}
    return [column.name for column in _ADDED if column.name not in there]


def read_layouts(connection: sa.Connection) -> dict[str, str]:
    """Return the digest of the layout that each projection's tables were made in, by projection, as far as it was kept."""
    if not has_layouts(connection):
        return {}
    found = connection.execute(sa.select(CHECKPOINT.c.projection, CHECKPOINT.c.layout).where(CHECKPOINT.c.layout.is_not(None)))
    return {row.projection: row.layout for row in found}


def read_views(connection: sa.Connection) -> set[str]:
    """Return the names of the views that were made with projections here, those of projections that are no more included."""
    kept = connection.execute(sa.select(CHECKPOINT.c.views).where(CHECKPOINT.c.views.is_not(None))).scalars()
    # Anybody who can write a checkpoint could have the log's own view dropped.
    return {name for names in kept for name in names.split(",") if name} - VIEW_NAMES


def write_checkpoint(connection: sa.Connection, checkpoint: Checkpoint, layout: str, views: Iterable[str]) -> None:
    """Write a projection's first checkpoint, the digest of the layout its tables are made in, and the names of its views."""
    connection.execute(CHECKPOINT.insert(), {**_values(checkpoint), "layout": layout, "views": ",".join(sorted(views))})


def require_unmoved(connection: sa.Connection, checkpoint: Checkpoint) -> None:
    """Hold a checkpoint where this run read it until the transaction ends; LedgerError if another run has moved it."""
    advance(connection, checkpoint, checkpoint)


def advance(connection: sa.Connection, before: Checkpoint, after: Checkpoint) -> None:
    """Move a checkpoint on. LedgerError if it is no longer where this run read it, as another run has then applied the events."""
    place = (CHECKPOINT.c.projection == before.projection) & (CHECKPOINT.c.position == before.position)
    same = place & (CHECKPOINT.c.generation == before.generation)
    if connection.execute(CHECKPOINT.update().where(same), _values(after)).rowcount != 1:
        raise LedgerError(f"another run of tools/project has moved {before.projection} on; nothing was applied twice: run it again")


def read_touches(connection: sa.Connection, projection: str) -> tuple[dict[str, list[Touch]], int]:
    """Return what a projection has still to derive, by group, and the number of the last such note."""
    rows = connection.execute(sa.select(TOUCHED).where(TOUCHED.c.projection == projection).order_by(TOUCHED.c.id))
    touches: dict[str, list[Touch]] = {}
    last = 0
    for row in rows:
        if not is_note(row._asdict()):
            raise LedgerError(f"touched, row {row.id}, is no note of what to derive: run tools/project --rebuild, which derives all anew")
        touches.setdefault(row.group_id, []).append(Touch(row.group_id, row.start_us, row.end_us))
        last = row.id
    return touches, last


def is_note(row: Mapping[str, Any]) -> bool:
    """Return whether a row of the table, by column, names a group and a span of time that there is."""
    group, start, end = row["group_id"], row["start_us"], row["end_us"]
    return (
        _is_text(row["projection"])
        and isinstance(group, str)
        and isinstance(start, int)
        and isinstance(end, int)
        and BEGINNING - _BEYOND_US <= start <= end <= END + _BEYOND_US
    )


def write_touches(connection: sa.Connection, touches: Mapping[str, Iterable[Touch]]) -> None:
    """Note what each projection has to derive."""
    rows = [
        {"projection": projection, "group_id": touch.group, "start_us": touch.start, "end_us": touch.end}
        for projection, noted in sorted(touches.items())
        for touch in noted
    ]
    if rows:
        connection.execute(TOUCHED.insert(), rows)


def clear_touches(connection: sa.Connection, projection: str, last: int) -> None:
    """Delete a projection's notes up to a number: what they name is derived."""
    connection.execute(TOUCHED.delete().where(TOUCHED.c.projection == projection, TOUCHED.c.id <= last))


def _values(checkpoint: Checkpoint) -> dict[str, object]:
    return {
        "projection": checkpoint.projection,
        "version": checkpoint.version,
        "tzdata": checkpoint.tzdata,
        "position": checkpoint.position,
        "root": checkpoint.frontier.root(),
        "frontier": checkpoint.frontier.to_bytes(),
        "newest_recorded_at": checkpoint.newest_recorded_at,
        "generation": checkpoint.generation,
    }
