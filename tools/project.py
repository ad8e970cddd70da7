"""tools/project: bring projections up to the log, rebuild them, or verify them."""

import time
from collections.abc import Callable

import attrs
import click

from ledger.errors import UsageError, VerificationError
from ledger.source.ahead import count_cores
from projections.engine import commands
from projections.engine.catalog import named
from projections.engine.compare import Comparison
from projections.engine.runner import Outcome
from projections.sql.turns import Patience
from tools._cli.logging import configure, note, warn
from tools._cli.output import print_json, print_table
from tools._cli.progress import Bar, progress_bar
from tools._cli.run import Terminated, db_option, json_option, log_option, open_to_read, open_to_write, run
from tools._cli.settings import Settings, load_settings


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME …]")
@db_option
@click.option(
    "--rebuild", is_flag=True, help="Make the projections, and what rests on them, anew from the log; readers keep the old ones meanwhile."
)
@click.option(
    "--verify", is_flag=True, help="Replay the log into scratch tables and compare every row; changes nothing. Exit 3 on a difference."
)
@click.option("--no-wait", is_flag=True, help="On a server, say who is at work and end, instead of waiting for another run or for readers.")
@json_option
@log_option
def project(names: tuple[str, ...], db: str, *, rebuild: bool, verify: bool, no_wait: bool, as_json: bool, log_format: str) -> None:
    """Bring projections (all, or those named and what they rest on) up to the log.

    Example: tools/project --rebuild inverter_daily_summary
    """
    configure(log_format)
    if rebuild and verify:
        raise UsageError("--rebuild and --verify are two commands; give one of them")
    wanted, settings = named(names), load_settings({})
    started = time.monotonic()
    if verify:
        _verify(db, wanted, settings, as_json=as_json)
        return
    with open_to_write(db) as database, progress_bar("done") as bar:
        act = commands.rebuild if rebuild else commands.project
        processes = settings.processes or count_cores()
        patience = Patience(0.0 if no_wait else settings.run_timeout, lambda whom: note("waiting", until=whom))
        outcomes = _told_where_it_stopped(lambda tell: act(database, wanted, tell, settings.batch_events, processes, patience), bar)
    for outcome in outcomes:
        told = attrs.asdict(outcome)
        reasons = told.pop("reasons")
        note("projected", **told, **reasons)
    _report(outcomes, round(time.monotonic() - started, 3), as_json=as_json)


def _told_where_it_stopped(act: Callable[[Bar], list[Outcome]], bar: Bar) -> list[Outcome]:
    """Run, and log how far it came if it is interrupted."""
    reached = ("nothing", 0, 0)

    def tell(name: str, done: int, total: int, /) -> None:
        nonlocal reached
        reached = (name, done, total)
        bar(name, done, total)

    try:
        return act(tell)
    except (KeyboardInterrupt, Terminated):
        warn("stopped", projection=reached[0], done=reached[1], total=reached[2])
        raise


def _report(outcomes: list[Outcome], seconds: float, *, as_json: bool) -> None:
    if as_json:
        print_json("heliolog.project/2", {"projections": [attrs.asdict(outcome) for outcome in outcomes], "seconds": seconds})
        return
    rows = [(outcome.projection, outcome.position, outcome.events, outcome.rows) for outcome in outcomes]
    print_table(f"Projections after {seconds:.2f} s", ("projection", "position", "events applied", "rows changed"), rows)
    reasons = [(outcome.projection, reason, count) for outcome in outcomes for reason, count in outcome.reasons.items()]
    if reasons:
        print_table("Rejected in this run", ("projection", "reason", "events"), reasons)


def _verify(db: str, wanted: set[str], settings: Settings, *, as_json: bool) -> None:
    with open_to_read(db) as database, progress_bar("done") as bar:
        found = commands.verify(database, wanted, bar, settings.batch_events, settings.processes or count_cores())
    if as_json:
        print_json("heliolog.verify/1", attrs.asdict(found))
    else:
        _report_verified(found)
    if found.differences:
        first = found.differences[0]
        raise VerificationError(
            f"{len(found.differences)} differences or more, the first in {first.table} at {first.key}; "
            "tools/project --rebuild makes the rows anew"
        )


def _report_verified(found: Comparison) -> None:
    if found.differences:
        rows = [(one.table, one.key, one.column or "(row)", one.stored, one.replayed) for one in found.differences]
        print_table("Differences", ("table", "key", "column", "stored", "replayed"), rows)
    print_table(f"{found.rows} rows compared", ("table", "digest"), found.digests.items())


if __name__ == "__main__":
    run(project)
