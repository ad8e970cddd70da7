"""How far each projection has come, and what its sources have touched since: the two tables that the engine keeps for itself."""

from collections.abc import Iterable, Mapping

import attrs
import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.proof.frontier import Frontier
from projections.definition.changes import Touch

METADATA = sa.MetaData()

CHECKPOINT = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("projection", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("tzdata", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("newest_recorded_at", sa.BigInteger, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
)

TOUCHED = sa.Table(
    "touched",
    METADATA,
    sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), primary_key=True),
    sa.Column("projection", sa.Text, nullable=False, index=True),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("start_us", sa.BigInteger, nullable=False),
    sa.Column("end_us", sa.BigInteger, nullable=False),
)


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
    row = connection.execute(sa.select(CHECKPOINT).where(CHECKPOINT.c.projection == projection)).one_or_none()
    if row is None:
        return None
    frontier = Frontier.from_bytes(row.position, row.frontier)
    return Checkpoint(row.projection, row.version, row.tzdata, row.position, frontier, row.newest_recorded_at, row.generation)


def write_checkpoint(connection: sa.Connection, checkpoint: Checkpoint) -> None:
    """Write a projection's first checkpoint."""
    connection.execute(CHECKPOINT.insert(), _values(checkpoint))


def advance(connection: sa.Connection, before: Checkpoint, after: Checkpoint) -> None:
    """Move a checkpoint on, only if it still is where this run read it; else another run has applied the events: LedgerError."""
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
        touches.setdefault(row.group_id, []).append(Touch(row.group_id, row.start_us, row.end_us))
        last = row.id
    return touches, last


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
    """Forget the notes up to a number: they are derived."""
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
