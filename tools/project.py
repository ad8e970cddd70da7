"""tools/project: bring projections up to the log, rebuild them, or verify them."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypedDict

import attrs
import click

from ledger.errors import UsageError, VerificationError
from projections import Book, Comparison, ProjectionOutcome
from tools._cli.logging import configure, note, warn
from tools._cli.opening import open_book
from tools._cli.output import print_json, print_table
from tools._cli.progress import Bar, progress_bar
from tools._cli.run import TEXT, Terminated, db_option, json_option, log_option, run
from tools._cli.settings import load_settings


class ProjectDocument(TypedDict):
    """What was done for each projection, sources before what depends on them, and how long (s) it took."""

    projections: list[ProjectionOutcome]
    seconds: float


_ROOT = ("checkpoint", "root")
SCHEMAS = {"heliolog.project/2": ProjectDocument, "heliolog.verify/1": Comparison}


@click.command()
@click.argument("names", nargs=-1, type=TEXT, metavar="[NAME …]")
@db_option
@click.option(
    "--rebuild",
    is_flag=True,
    help="Make the projections, and what depends on them, anew from the log; readers keep the old ones meanwhile.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Replay the log into scratch tables and compare all that is stored with them; changes nothing. Exit 3 on a difference.",
)
@click.option(
    "--no-wait", is_flag=True, help="Say who is at work, and end instead of waiting for another run or, on a server, for readers."
)
@json_option
@log_option
def project(names: tuple[str, ...], db: str, *, rebuild: bool, verify: bool, no_wait: bool, as_json: bool, log_format: str) -> None:
    """Bring projections (all, or those named and what they depend on) up to the log.

    Example: tools/project --rebuild inverter_daily_summary
    """
    configure(log_format)
    if rebuild and verify:
        raise UsageError("--rebuild and --verify are two commands; give one of them")
    if verify:
        _verify(db, names, as_json=as_json)
        return
    started = time.monotonic()
    with open_book(db, write=True) as book, progress_bar("done") as bar:
        outcomes = _run(book, names, bar, rebuild=rebuild, no_wait=no_wait)
    for outcome in outcomes:
        figures = attrs.asdict(outcome)
        reasons = figures.pop("reasons")
        note("projected", **figures, **reasons)
    _report(outcomes, round(time.monotonic() - started, 3), as_json=as_json)


def _run(book: Book, names: tuple[str, ...], bar: Bar, *, rebuild: bool, no_wait: bool) -> list[ProjectionOutcome]:
    settings = load_settings({})
    act = partial(
        book.rebuild if rebuild else partial(book.project, mended=lambda what: note("made again", what=what)),
        *names,
        batch_events=settings.batch_events,
        processes=settings.processes,
        wait_s=0.0 if no_wait else settings.run_timeout,
        waiting=lambda whom: note("waiting", until=whom),
    )
    return _tell_where_it_stops(lambda tell: act(progress=tell), bar)


def _tell_where_it_stops(act: Callable[[Bar], list[ProjectionOutcome]], bar: Bar) -> list[ProjectionOutcome]:
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


def _report(outcomes: list[ProjectionOutcome], seconds: float, *, as_json: bool) -> None:
    if as_json:
        print_json("heliolog.project/2", {"projections": [attrs.asdict(outcome) for outcome in outcomes], "seconds": seconds})
        return
    rows = [(outcome.projection, outcome.position, outcome.events, outcome.rows) for outcome in outcomes]
    print_table(f"Projections after {seconds:.2f} s", ("projection", "position", "events applied", "rows changed"), rows)
    reasons = [(outcome.projection, reason, count) for outcome in outcomes for reason, count in outcome.reasons.items()]
    if reasons:
        print_table("Rejected in this run", ("projection", "reason", "events"), reasons)


def _verify(db: str, names: tuple[str, ...], *, as_json: bool) -> None:
    settings = load_settings({})
    with open_book(db) as book, progress_bar("done") as bar:
        found = book.verify(*names, progress=bar, batch_events=settings.batch_events, processes=settings.processes)
    if as_json:
        print_json("heliolog.verify/1", attrs.asdict(found))
    else:
        _report_verified(found)
    if found.differences:
        raise VerificationError(_said_of(found))


def _said_of(found: Comparison) -> str:
    """Say what was found and what to do: a root that differs is the last trace of a log that was rewritten, which a rebuild wipes out."""
    first, count = found.differences[0], len(found.differences)
    shown = f"{count} difference{'' if count == 1 else 's'}{' or more' if found.cut_off else ''}"
    where = f"{shown}, the first in {first.table} at {first.key}"
    if any((one.table, one.column) == _ROOT for one in found.differences):
        return (
            f"{where}; the log may not be the one that these were made from, and a rebuild would hide that: first compare it with a "
            "root you noted (tools/audit verify --root) or with a backup"
        )
    return f"{where}; run tools/audit verify; if the log is whole, tools/project --rebuild makes the rows anew"


def _report_verified(found: Comparison) -> None:
    if found.differences:
        rows = [(one.table, one.key, one.column or "(row)", one.stored, one.replayed) for one in found.differences]
        print_table("Differences", ("table", "key", "column", "stored", "replayed"), rows)
    print_table(f"{found.rows} rows compared", ("table", "digest"), found.digests.items())


if __name__ == "__main__":
    run(project)
