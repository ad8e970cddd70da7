"""What an operator asks of projections: catch up, rebuild, verify."""

from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.database import Database, open_database
from projections._engine import checkpoint as marks
from projections._engine.catalog import catalog, with_dependents, with_sources
from projections._engine.compare import Comparison, compare
from projections._engine.crew import open_crew
from projections._engine.log_reader import Log
from projections._engine.prepare import outdated, prepare, start_rebuild, swap
from projections._engine.runner import BATCH_EVENTS, Outcome, Progress, Work, catch_up
from projections._engine.sql_store import Naming
from projections._engine.transactions import connected, transaction


def project(
    database: Database, names: Collection[str], progress: Progress, batch_events: int = BATCH_EVENTS, processes: int = 1
) -> list[Outcome]:
    """Bring the named projections (all, if none) and their sources up to the log; rebuild those made by another version first."""
    with connected(database) as connection, transaction(connection, write=True):
        prepare(connection)
        stale = outdated(connection)
    wanted = with_sources(names or _all())
    rebuilt = rebuild(database, stale & wanted, progress, batch_events, processes) if stale & wanted else []
    with open_crew(database, database, processes) as crew:
        return [*rebuilt, *catch_up(Work(database, Log(database), Naming(), progress, batch_events, crew), wanted)]


def rebuild(
    database: Database, names: Collection[str], progress: Progress, batch_events: int = BATCH_EVENTS, processes: int = 1
) -> list[Outcome]:
    """Make the named projections (all, if none), and what rests on them, anew beside those in use, then exchange them at once."""
    with connected(database) as connection, transaction(connection, write=True):
        prepare(connection)
        stale = outdated(connection)
    rebuilt = with_dependents((set(names) | stale) or _all())
    kept = with_sources(rebuilt) - rebuilt
    log = Log(database)
    with open_crew(database, database, processes) as crew:
        catch_up(Work(database, log, Naming(), progress, batch_events, crew), kept)
        with connected(database) as connection, transaction(connection, write=True):
            naming = start_rebuild(connection, rebuilt, log.registry(log.end))
        outcomes = catch_up(Work(database, log, naming, progress, batch_events, crew), rebuilt)
    with connected(database) as connection, transaction(connection, write=True):
        swap(connection, rebuilt)
    return outcomes


def verify(
    database: Database, names: Collection[str], progress: Progress, batch_events: int = BATCH_EVENTS, processes: int = 1
) -> Comparison:
    """Replay the log into scratch tables, up to each projection's own position, and compare every row; the database is not written."""
    with connected(database) as connection, transaction(connection, write=False):
        positions = {name: mark.position for name in names or _all() if (mark := marks.read_checkpoint(connection, name)) is not None}
    found = Comparison()
    with (
        TemporaryDirectory(prefix="heliolog-verify-") as folder,
        open_database(f"sqlite:///{Path(folder) / 'scratch.db'}", write=True) as scratch,
        open_crew(database, scratch, processes) as crew,
    ):
        with connected(scratch) as connection, transaction(connection, write=True):
            prepare(connection)
        for position in sorted(set(positions.values())):
            here = {name for name, own in positions.items() if own == position}
            catch_up(Work(scratch, Log(database, position), Naming(), progress, batch_events, crew), with_sources(here))
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
