"""Replay the log beside a database and hold what it stores against that: tables, views, checkpoints and notes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from ledger.database import Database, open_database
from ledger.errors import LedgerError
from projections.definition.derived_projection import DerivedProjection
from projections.definition.layout import layout_digest
from projections.engine.catalog import Projection, catalog, with_sources
from projections.engine.compare import Comparison, Difference, compare, differences_between
from projections.engine.log_reader import LogReader
from projections.engine.prepare import prepare
from projections.engine.runner import Progress, Work, catch_up
from projections.engine.scratch import scratch_folder
from projections.engine.soundness import Fault, checkpoint_rows, faults_of, has_tables, own_rows
from projections.engine.workers import open_workers
from projections.sql.checkpoint import CHECKPOINT, GENERATIONS, GONE, TOUCHED, is_generation, is_note, is_readable
from projections.sql.drivers import driver_of
from projections.sql.naming import NEXT, PREVIOUS, Naming
from projections.sql.transactions import connected, reading_tables, transaction

_DEFINITION = "its definition"
_NAMES = tuple(column.name for column in CHECKPOINT.columns)
_COMPARED = [name for name in _NAMES if name not in {"projection", "generation"}]


def replayed(database: Database, names: Collection[str], progress: Progress, batch_events: int, processes: int) -> Comparison:
    """Return how the named projections differ from a replay, each up to its own position; errors are those of `commands.verify`."""
    found, log_end = Comparison(), LogReader(database).end
    with reading_tables(database) as connection:
        rows = checkpoint_rows(connection)
        begun = {one.name for one in catalog() if one.name in rows or has_tables(connection, one)}
        if not begun and CHECKPOINT.name not in driver_of(connection).relations(connection):
            raise LedgerError(f"{database.url}: holds a log and no projections yet: run tools/project first")
        _require_this_layout(rows, begun & set(names))
        found.add(map(_of_fault, faults_of(connection, names)))
    positions = _positions(rows, begun, log_end)
    chosen = {name: position for name, position in positions.items() if name in names}
    with (
        scratch_folder() as folder,
        open_database(f"sqlite:///{folder / 'scratch.db'}", write=True) as scratch,
        open_workers(database, scratch, processes) as workers,
    ):
        sa.event.listen(scratch.engine, "connect", _without_sync)
        with connected(scratch) as connection, transaction(connection, write=True):
            prepare(connection)
        for position in sorted(set(chosen.values())):
            here = {name for name, own in chosen.items() if own == position}
            catch_up(Work(scratch, LogReader(database, position), Naming(), progress, batch_events, workers), with_sources(here))
            # Nothing is committed: a damaged file refuses even that.
            with reading_tables(database) as ours, reading_tables(scratch) as replay:
                for projection in (one for one in catalog() if one.name in here):
                    _compare(ours, replay, projection, found)
    with reading_tables(database) as connection:
        found.add(_foreign_notes(own_rows(connection, TOUCHED), positions, names))
        found.add(_foreign_checkpoints(checkpoint_rows(connection)))
    return found


def _without_sync(raw: Any, _record: object) -> None:  # noqa: ANN401 - the driver's connection
    """Leave it to the system when the scratch file reaches the disk: after a crash nobody reads it."""
    raw.execute("PRAGMA synchronous=OFF")


def _require_this_layout(rows: Mapping[Any, Mapping[str, Any]], names: Collection[str]) -> None:
    layouts = {one.name: rows[one.name]["layout"] for one in catalog() if one.name in names and one.name in rows}
    other = sorted(one.name for one in catalog() if isinstance(layouts.get(one.name), str) and layouts[one.name] != layout_digest(one))
    if other:
        raise LedgerError(f"the tables of {', '.join(other)} are not in the layout of this version of the code: run tools/project first")


def _positions(rows: Mapping[Any, Mapping[str, Any]], begun: Collection[str], log_end: int) -> dict[str, int]:
    """Return how far to replay for each projection; where its checkpoint does not say, as far as the others have come."""
    told = {name: min(rows[name]["position"], log_end) for name in begun if name in rows and is_readable(rows[name])}
    return {name: told.get(name, max(told.values(), default=log_end)) for name in begun}


def _of_fault(fault: Fault) -> Difference:
    return Difference(fault.name, _DEFINITION, fault.part, fault.stored, fault.wanted)


def _compare(ours: sa.Connection, replay: sa.Connection, projection: Projection, found: Comparison) -> None:
    name = projection.name
    stored, other = checkpoint_rows(ours).get(name), checkpoint_rows(replay)[name]
    values, replayed_values = (None if row is None else tuple(row[column] for column in _COMPARED) for row in (stored, other))
    found.add(differences_between(CHECKPOINT.name, name, _COMPARED, values, replayed_values))
    if stored is not None and not is_generation(stored["generation"]):
        found.add([Difference(CHECKPOINT.name, name, "generation", repr(stored["generation"]), f"0 to {GENERATIONS - 1}")])
    parts = driver_of(ours).found_parts(ours, [table.name for table in projection.tables])
    for table in projection.tables:
        there = tuple(column for column in table.names if f"column {column}" in parts.get(table.name, ()))
        if set(table.key) <= set(there):
            compare(ours, replay, table, there, found)


def _foreign_notes(notes: Iterable[dict[str, Any]], positions: Mapping[str, int], names: Collection[str]) -> Iterator[Difference]:
    """Yield the notes that a replay would not leave: for whoever is as far as all it is derived from, and those that are none at all.

    While sources are ahead, what is noted follows from how they were brought up to the log, and is not compared.
    """
    caught_up = {one.name for one in catalog() if one.name in positions and _is_caught_up(one.name, positions)}
    derived = {one.name for one in catalog() if isinstance(one, DerivedProjection)}
    for note in notes:
        for_whom = str(note["projection"]).removesuffix(NEXT).removesuffix(PREVIOUS)
        is_in_use = for_whom == note["projection"]
        if for_whom in derived - set(names) or (is_note(note) and for_whom in derived and not (is_in_use and for_whom in caught_up)):
            continue
        yield Difference(TOUCHED.name, f"row {note['id']} of {for_whom}", "", "a row", "no row")


def _is_caught_up(name: str, positions: Mapping[str, int]) -> bool:
    return all(positions.get(source) == positions[name] for source in with_sources({name}))


def _foreign_checkpoints(rows: Mapping[Any, Mapping[str, Any]]) -> Iterator[Difference]:
    known = {one.name + suffix for one in catalog() for suffix in ("", NEXT, PREVIOUS)}
    for name, row in rows.items():
        if name not in known and row["version"] != GONE:
            yield Difference(CHECKPOINT.name, str(name), "", "a row", "no row")
