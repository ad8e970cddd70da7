"""What an operator asks of projections: catch up, rebuild, verify."""

from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import sqlalchemy as sa

from ledger.database import Database, open_database
from ledger.errors import LedgerError
from projections.engine.catalog import catalog, with_dependents, with_sources
from projections.engine.compare import Comparison, compare
from projections.engine.log_reader import LogReader
from projections.engine.prepare import bring_forward, in_another_layout, must_clear_away, outdated, prepare, start_rebuild, swap
from projections.engine.runner import BATCH_EVENTS, Progress, ProjectionOutcome, Work, catch_up
from projections.engine.workers import Workers, open_workers
from projections.registry.registry import Registry
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import CHECKPOINT
from projections.sql.naming import Naming
from projections.sql.patience import PATIENT, Patience
from projections.sql.transactions import connected, transaction
from projections.sql.turns import exchange, only_run


def project(  # noqa: PLR0917 - what to do comes first, how to go about it after
    database: Database,
    names: Collection[str],
    progress: Progress,
    batch_events: int = BATCH_EVENTS,
    processes: int = 1,
    patience: Patience = PATIENT,
) -> list[ProjectionOutcome]:
    """Bring the named projections (all, if none) and their sources up to the log; rebuild those made by another version first."""
    with only_run(database, "heliolog project", patience), open_workers(database, database, processes) as workers:
        run = _Run(database, progress, batch_events, workers, patience)
        wanted = with_sources(names or _all())
        stale = run.prepared() & wanted
        rebuilt = run.rebuild(stale) if stale else []
        return [*rebuilt, *catch_up(run.work(LogReader(database), Naming()), wanted)]


def rebuild(  # noqa: PLR0917 - as above
    database: Database,
    names: Collection[str],
    progress: Progress,
    batch_events: int = BATCH_EVENTS,
    processes: int = 1,
    patience: Patience = PATIENT,
) -> list[ProjectionOutcome]:
    """Make the named projections (all, if none), and what is derived from them, anew beside those in use, then exchange them at once."""
    with only_run(database, "heliolog rebuild", patience), open_workers(database, database, processes) as workers:
        return _Run(database, progress, batch_events, workers, patience).rebuild(set(names))


@attrs.frozen
class _Run:
    """A run that holds its turn."""

    database: Database
    progress: Progress
    batch_events: int
    workers: Workers
    patience: Patience

    def work(self, log: LogReader, naming: Naming) -> Work:
        return Work(self.database, log, naming, self.progress, self.batch_events, self.workers)

    def prepared(self) -> set[str]:
        """Make what is missing and name what is outdated."""
        bring_forward(self.database, self.patience)
        if must_clear_away(self.database):
            exchange(self.database, lambda connection: prepare(connection, self._registry), self.patience)
        with connected(self.database) as connection, transaction(connection, write=True):
            prepare(connection, self._registry)
            return outdated(connection)

    def _registry(self) -> Registry:
        log = LogReader(self.database)
        return log.registry(log.end)

    def rebuild(self, names: Collection[str]) -> list[ProjectionOutcome]:
        stale = self.prepared()
        rebuilt = with_dependents((set(names) | stale) or _all())
        log = LogReader(self.database)
        catch_up(self.work(log, Naming()), with_sources(rebuilt) - rebuilt)
        with connected(self.database) as connection, transaction(connection, write=True):
            naming = start_rebuild(connection, rebuilt, log.registry(log.end))
        outcomes = catch_up(self.work(log, naming), rebuilt)
        exchange(self.database, lambda connection: swap(connection, rebuilt), self.patience)
        return outcomes


def verify(
    database: Database, names: Collection[str], progress: Progress, batch_events: int = BATCH_EVENTS, processes: int = 1
) -> Comparison:
    """Replay the log into scratch tables, up to each projection's own position, and compare every row; the database is not written.

    LedgerError if nothing was projected yet, or if a projection's tables are in another layout than the code declares: their rows cannot be
    read then.
    """
    with connected(database) as connection, transaction(connection, write=False):
        if not sa.inspect(connection).has_table(CHECKPOINT.name):
            raise LedgerError(f"{database.url}: holds a log and no projections yet: run tools/project first")
        found_at = {name: checkpoints.read_checkpoint(connection, name) for name in names or _all()}
        positions = {name: checkpoint.position for name, checkpoint in found_at.items() if checkpoint is not None}
        if unreadable := sorted(in_another_layout(connection) & positions.keys()):
            raise LedgerError(
                f"the tables of {', '.join(unreadable)} are not in the layout of this version of the code: run tools/project first"
            )
    found = Comparison()
    with (
        TemporaryDirectory(prefix="heliolog-verify-") as folder,
        open_database(f"sqlite:///{Path(folder) / 'scratch.db'}", write=True) as scratch,
        open_workers(database, scratch, processes) as workers,
    ):
        with connected(scratch) as connection, transaction(connection, write=True):
            prepare(connection)
        for position in sorted(set(positions.values())):
            here = {name for name, own in positions.items() if own == position}
            catch_up(Work(scratch, LogReader(database, position), Naming(), progress, batch_events, workers), with_sources(here))
            with (
                connected(database) as ours,
                connected(scratch) as theirs,
                transaction(ours, write=False),
                transaction(theirs, write=False),
            ):
                for projection in catalog():
                    if projection.name in here:
                        compare(ours, theirs, projection, found)
    return found


def _all() -> set[str]:
    return {projection.name for projection in catalog()}
