"""Bring projections up to the log: events first, then what is derived from them; each step one transaction with its checkpoint."""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

import attrs
import sqlalchemy as sa

from ledger.database import Database
from ledger.proof.frontier import Frontier
from projections.definition.changes import Touch
from projections.definition.derived_projection import DerivedProjection
from projections.definition.event_projection import EventProjection
from projections.engine.batch import JudgedBatch
from projections.engine.catalog import Projection, catalog, owner_of
from projections.engine.derived_step import DerivedStep
from projections.engine.deriving import Derivation, TableChanges, derive_here
from projections.engine.event_step import EventStep
from projections.engine.judging import JudgedPositions, Positions, judge_positions, judged_batches
from projections.engine.log_reader import LogReader
from projections.engine.touches import Touches
from projections.engine.workers import Workers
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import Checkpoint
from projections.sql.drivers import driver_of
from projections.sql.naming import Naming
from projections.sql.transactions import connected, transaction

BATCH_EVENTS = 20_000


class Progress(Protocol):
    """Told what happens: `done` of `total` events or groups of one projection."""

    def __call__(self, name: str, done: int, total: int, /) -> None:
        """Take note."""


@attrs.frozen
class Work:
    """What a run works with: the database with the tables, the log, how tables are named, whom to tell of progress, and other processes."""

    database: Database
    log: LogReader
    naming: Naming
    progress: Progress
    batch_events: int = BATCH_EVENTS
    workers: Workers | None = None


@attrs.frozen
class ProjectionOutcome:
    """What a run did for one projection: its position, the events it took, the rows it changed, and the reasons they are counted by.

    `reasons` counts the rows that were added, less those that went, as a corrected registration may restore what was rejected.
    """

    projection: str
    position: int
    events: int
    rows: int
    reasons: dict[str, int] = attrs.field(factory=dict)


def catch_up(work: Work, names: Collection[str]) -> list[ProjectionOutcome]:
    """Bring the named projections, sources included, to the log's end; each step is one transaction."""
    return [_run(work, projection) for projection in catalog() if projection.name in names]


def _run(work: Work, projection: Projection) -> ProjectionOutcome:
    with connected(work.database) as connection:
        if isinstance(projection, EventProjection):
            return _catch_up_events(work, projection, connection)
        return _catch_up_derived(work, projection, connection)


def _catch_up_events(work: Work, projection: EventProjection, connection: sa.Connection) -> ProjectionOutcome:
    with transaction(connection, write=False):
        before = _checkpoint(work, connection, projection.name)
    started, changed = before.position, 0
    if started:
        work.log.check_grown_from(before.frontier)
    registry = work.log.registry(started)
    step = EventStep(projection, connection, work.naming, work.log)
    for frontier, judged in _judged(work, projection, before.frontier) if started < work.log.end else ():
        after = work.log.registry(frontier.size)
        work.log.check_root(frontier)
        touches = Touches()
        touches.registry(projection.name, registry, after)
        following = _moved(before, frontier, work.log)
        with transaction(connection, write=True):
            # First of all: if another run has written meanwhile, nothing else is tried.
            checkpoints.advance(connection, before, following)
            grown = step.apply(judged, registry, after, touches)
            if projection.conserves and grown != len(judged):
                raise AssertionError(f"{len(judged)} events became {grown} rows of {projection.name} at {frontier.size}")
            _note(work, connection, touches)
        before, registry, changed = following, after, changed + grown
        work.progress(projection.name, before.position - started, work.log.end - started)
    reasons = {reason: count for reason, count in sorted(step.counts.items()) if count}
    return ProjectionOutcome(projection.name, before.position, before.position - started, changed, reasons)


def _judged(work: Work, projection: EventProjection, start: Frontier) -> Iterator[tuple[Frontier, JudgedBatch]]:
    def judge(name: str, stretches: Iterable[Positions]) -> Iterator[JudgedPositions]:
        return (judge_positions(work.log, name, positions) for positions in stretches)

    pays = work.workers is not None and work.workers.pays(work.log.end - start.size)
    return judged_batches(
        work.log, projection, start, work.batch_events, work.workers.judge if work.workers is not None and pays else judge
    )


def _catch_up_derived(work: Work, projection: DerivedProjection, connection: sa.Connection) -> ProjectionOutcome:
    touches = Touches()
    step = DerivedStep(projection, connection, work.naming, touches)
    with transaction(connection, write=False):
        driver_of(connection).allow_temporary(connection)
        before = _checkpoint(work, connection, projection.name)
        sources = [_checkpoint(work, connection, name) for name in sorted({owner_of(source).name for source in projection.sources})]
        groups, last = checkpoints.read_touches(connection, before.projection)
        derivation = Derivation(projection.name, work.naming, tuple(sources))
        derived = _derived(work, connection, derivation, sorted(groups.items()), sources[0].position - before.position)
        registry = work.log.registry(sources[0].position)
        rows = step.stage(derived, registry, lambda done: work.progress(projection.name, done, len(groups)))
    following = attrs.evolve(sources[0], projection=before.projection, version=before.version, generation=before.generation)
    with transaction(connection, write=True):
        for source in sources:
            checkpoints.require_unmoved(connection, source)
        checkpoints.advance(connection, before, following)
        step.write()
        _note(work, connection, touches)
        checkpoints.clear_touches(connection, before.projection, last)
    return ProjectionOutcome(projection.name, following.position, following.position - before.position, rows)


def _derived(
    work: Work, connection: sa.Connection, derivation: Derivation, groups: list[tuple[str, list[Touch]]], events: int
) -> Iterator[list[TableChanges]]:
    if work.workers is not None and work.workers.pays(events):
        return work.workers.derive(derivation, groups)
    return derive_here(connection, work.log, derivation, groups)


def _checkpoint(work: Work, connection: sa.Connection, name: str) -> Checkpoint:
    found = checkpoints.read_checkpoint(connection, work.naming.projection(name))
    if found is None:
        raise AssertionError(f"{name} was not prepared before its run")
    return found


def _moved(before: Checkpoint, frontier: Frontier, log: LogReader) -> Checkpoint:
    return attrs.evolve(before, position=frontier.size, frontier=frontier, newest_recorded_at=log.recorded_at(frontier.size - 1))


def _note(work: Work, connection: sa.Connection, touches: Touches) -> None:
    checkpoints.write_touches(connection, {work.naming.projection(name): noted for name, noted in touches.merged().items()})
