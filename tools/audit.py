"""tools/audit: from an event to what became of it, from a figure to its lines, what was rejected, and whether the log is what it was."""

from itertools import islice
from typing import TypedDict

import click

from ledger import Finding, UsageError, Verification, VerificationError
from ledger.format.instant import BadInstant, read_instant
from projections.audit.day_trace import DayTraceDocument, day_trace_document
from projections.audit.event_trace import EventTraceDocument, event_trace_document
from projections.audit.rejected import ALL_REASONS, By
from tools._audit.rejected import GROUPED_BY, SHAPES, print_groups, print_rejected
from tools._audit.show import show_event, show_trace, show_verification
from tools._cli.opening import open_book, open_log
from tools._cli.output import print_json
from tools._cli.progress import progress_bar
from tools._cli.run import TEXT, date_argument, db_option, inverter_argument, json_option, run

_TABLE_ROWS = 100


class EventsDocument(TypedDict):
    """The events found, each with what became of it."""

    events: list[EventTraceDocument]


class VerifyDocument(TypedDict):
    """The log's events and root in hex, null if its head cannot be read; what is wrong with it, and what could not be checked and why.

    `note`: size and root to keep elsewhere, for `--root`; null if anything is wrong.
    """

    events: int | None
    root: str | None
    note: str | None
    wrong: int
    findings: list[Finding]
    unchecked: list[str]


SCHEMAS = {
    "heliolog.audit.event/1": EventsDocument,
    "heliolog.audit.trace/1": DayTraceDocument,
    "heliolog.audit.verify/2": VerifyDocument,
}


@click.group()
def audit() -> None:
    """Trace lines to figures and figures to lines, list what was rejected, verify the log. Never writes.

    Example: tools/audit trace inv_noida_01_a 2025-04-01
    """


@audit.command()
@click.argument("name", type=TEXT, metavar="POSITION|KEY|LINE")
@db_option
@json_option
def event(name: str, db: str, *, as_json: bool) -> None:
    """Show an event, where it ended up, and which rows depend on it.

    POSITION is its number in the log, KEY the first 8 hex digits or more of its key, LINE a source, called as it was delivered, and the
    number of a line in it. Put -- before a LINE of standard input, which is called -.

    Example: tools/audit event data/inverter_telemetry.jsonl:5
    """
    with open_book(db) as book:
        found = book.event(name)
    if as_json:
        print_json("heliolog.audit.event/1", {"events": [event_trace_document(trace) for trace in found]})
        return
    for trace in found:
        show_event(trace)


@audit.command()
@inverter_argument
@date_argument
@db_option
@json_option
def trace(inverter: str, local_date: str, db: str, *, as_json: bool) -> None:
    """Trace an inverter's daily figures to readings, log positions and lines. DATE is a local date of its plant.

    Example: tools/audit trace inv_noida_01_a 2025-04-01 --json
    """
    with open_book(db) as book:
        found = book.trace(inverter, local_date)
    if as_json:
        print_json("heliolog.audit.trace/1", day_trace_document(found))
    else:
        show_trace(found)


@audit.command()
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    type=click.Choice(ALL_REASONS),
    metavar="REASON",
    help="Only this primary reason, for example negative_power; may be given more than once.",
)
@click.option("--inverter", type=TEXT, metavar="INVERTER", help="Only events that name this inverter, for example inv_noida_01_b.")
@click.option("--since", type=TEXT, metavar="INSTANT", help="Only events that arrived then or later, for example 2025-04-01T06:00:00Z.")
@click.option(
    "--by", type=click.Choice(list(GROUPED_BY)), help="Count by this instead of listing, for example reason; a day is the plant's own."
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(SHAPES),
    default="table",
    show_default=True,
    help="How to print: for people, for a spreadsheet (nothing in it is taken for a formula), or one JSON object a line.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"At most so many, for example 20. Default: {_TABLE_ROWS} in a table that lists, otherwise all.",
)
@db_option
def rejected(
    *, reasons: tuple[str, ...], inverter: str | None, since: str | None, by: By | None, shape: str, limit: int | None, db: str
) -> None:
    """List or count rejected events, in the order of arrival, each with its reason and line.

    Example: tools/audit rejected --reason negative_power --since 2025-04-01T06:00:00Z --format csv
    """
    arrived = _read_since(since)
    with open_book(db) as book:
        if by is not None:
            print_groups(by, book.count_rejected(by, reasons=reasons, inverter=inverter, since=arrived)[:limit], shape)
            return
        shown = _TABLE_ROWS if limit is None and shape == "table" else limit
        print_rejected(islice(book.rejected(reasons=reasons, inverter=inverter, since=arrived), shown), shown, shape)


@audit.command()
@click.option(
    "--root",
    "noted",
    metavar="SIZE:HEX",
    help="Also compare with a root that you kept: the log has to begin with the SIZE events under it. Each run prints one to keep.",
)
@db_option
@json_option
def verify(db: str, noted: str | None, *, as_json: bool) -> None:
    """Check schema, storage, deliveries, and work out every key, every leaf and the root anew. Exit 3 if anything is wrong.

    Keep the root that it prints somewhere else: who can write the database can rewrite it with all its hashes, and only a root that was
    kept, given to --root later, tells of that.

    Example: tools/audit verify --root 10426:69e7160fe55e07b9eab9f0698d28120abe9d7b228a372a941b40cb36ebab3795
    """
    with open_log(db) as log, progress_bar("events") as bar:
        found = log.verify(lambda done, total: bar("verified", done, total), noted=noted)
    if as_json:
        print_json("heliolog.audit.verify/2", _verify_document(found))
    else:
        show_verification(found, noted)
    if found.findings:
        positions = len({one.position for one in found.findings if one.position is not None})
        count = f"{len(found.findings)} finding{'' if len(found.findings) == 1 else 's'}{' or more' if found.cut_off else ''}"
        where = f", at {positions} position{'' if positions == 1 else 's'}" if positions else ""
        raise VerificationError(f"{count}{where}: the log is not what it was; restore it from a backup")


def _verify_document(found: Verification) -> VerifyDocument:
    return {
        "events": found.head.size if found.head else None,
        "root": found.head.root.hex() if found.head else None,
        "note": found.note,
        "wrong": len(found.findings),
        "findings": found.findings,
        "unchecked": found.unchecked,
    }


def _read_since(since: str | None) -> int | None:
    try:
        return None if since is None else read_instant(since)
    except BadInstant as error:
        raise UsageError(f"--since: {error}; write for example 2025-04-01T06:00:00Z") from None


if __name__ == "__main__":
    run(audit)
