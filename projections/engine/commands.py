"""What an operator asks of projections: catch up, rebuild, verify."""

from collections.abc import Callable, Collection

import attrs

from ledger.database import Database
from projections.engine.catalog import catalog, with_dependents, with_sources
from projections.engine.compare import Comparison
from projections.engine.log_reader import LogReader
from projections.engine.mending import bring_forward, make_again, mend, require_sound
from projections.engine.prepare import outdated, prepare, require_room, start_rebuild, swap
from projections.engine.runner import BATCH_EVENTS, Progress, ProjectionOutcome, Work, catch_up
from projections.engine.soundness import faults_of
from projections.engine.verifying import replayed
from projections.engine.workers import Workers, open_workers
from projections.registry.registry import Registry
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
    mended: Callable[[str], None] = lambda _what: None,
) -> list[ProjectionOutcome]:
    """Bring the named projections (all, if none) and their sources up to the log; rebuild those made by another version first.

    `mended` is told of each view or index that was missing and is made again. LedgerError, before anything is done, if more is missing.
    """
    with only_run(database, "heliolog project", patience), open_workers(database, database, processes) as workers:
        run = _Run(database, progress, batch_events, workers, patience)
        wanted = with_sources(names or _all())
        stale = run.prepared(wanted, mended) & wanted
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
    """Make the named projections (all, if none), and what is derived from them, anew beside those in use, then exchange them at once.

    So are those that miss anything, or were made by another version.
    """
    with only_run(database, "heliolog rebuild", patience), open_workers(database, database, processes) as workers:
        return _Run(database, progress, batch_events, workers, patience).rebuild(set(names) or _all())


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

    def prepared(self, wanted: Collection[str], mended: Callable[[str], None]) -> set[str]:
        """Make what is new or soon made, and name what must be rebuilt; LedgerError if what is wanted is not sound."""
        bring_forward(self.database, self.patience)
        with connected(self.database) as connection, transaction(connection, write=True):
            faults = faults_of(connection, wanted)
            stale = outdated(connection) | {fault.projection for fault in faults if fault.older}
            # A table that will be rebuilt may be whatever it is, but its checkpoint is read.
            faults = [fault for fault in faults if fault.projection not in stale or fault.name == CHECKPOINT.name]
            require_sound(faults)
            make_again(connection, faults, mended)
            prepare(connection, self._registry, without_views=stale)
            return stale

    def _registry(self) -> Registry:
        log = LogReader(self.database)
        return log.registry(log.end)

    def rebuild(self, names: Collection[str]) -> list[ProjectionOutcome]:
        lost = mend(self.database, self.patience)
        bring_forward(self.database, self.patience)
        with connected(self.database) as connection, transaction(connection, write=True):
            damaged = {fault.projection for fault in faults_of(connection, _all()) if fault.projection and (fault.hinders or fault.older)}
            prepare(connection, self._registry, without_views=_all())
            rebuilt = with_dependents(set(names) | damaged | lost | outdated(connection))
            require_room(connection, rebuilt)
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
    """Replay the log into scratch tables, and compare all that is stored with what that stored; the database is not written.

    LedgerError if nothing was projected yet, if a projection's tables are in another layout than the code declares, as their rows cannot be
    read then, or if the log cannot be replayed.
    """
    return replayed(database, names or _all(), progress, batch_events, processes)


def _all() -> set[str]:
    return {projection.name for projection in catalog()}
