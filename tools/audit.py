"""tools/audit: from an event to what became of it, from a figure to its lines, what was rejected, and whether the log is what it was."""

from datetime import date
from itertools import islice

import attrs
import click

from ledger import log
from ledger.database import reading
from ledger.errors import UsageError, VerificationError
from ledger.format.instant import BadInstant, read_instant
from ledger.verify import FINDINGS_MAX
from ledger.verify import verify as verify_log
from projections.audit.day_trace import trace_day
from projections.audit.event_trace import standing_of
from projections.audit.find import describe, find_events, sources_of
from projections.audit.rejected import ALL_REASONS, COLUMNS, GROUPED_BY, group_rejected, read_rejected
from projections.sql.transactions import reading_tables
from tools._audit.show import print_rows, show_event, show_trace
from tools._cli.output import print_json, print_table
from tools._cli.progress import progress_bar
from tools._cli.run import db_option, json_option, open_to_read, run

_TABLE_ROWS = 100
_TABLE_COLUMNS = ("position", "recorded_at", "inverter_id", "event_time", "reason", "field", "value", "source", "line_number")


@click.group()
def audit() -> None:
    """Trace lines to figures and figures to lines, list what was rejected, verify the log. Never writes.

    Example: tools/audit trace inv_noida_01_a 2025-04-01
    """


@audit.command()
@click.argument("name", metavar="POSITION|KEY|LINE")
@db_option
@json_option
def event(name: str, db: str, *, as_json: bool) -> None:
    """Show an event, where it ended up, and which rows rest on it.

    POSITION is its number in the log, KEY the first 8 hex digits or more of its key, LINE a source, called as it was delivered, and the
    number of a line in it. Put -- before a LINE of standard input, which is called -.

    Example: tools/audit event data/inverter_telemetry.jsonl:5
    """
    with open_to_read(db) as database, reading_tables(database) as connection:
        events = find_events(connection, name)
        sources = sources_of(connection, events)
        found = [(describe(one, sources[one.delivery_id]), standing_of(connection, one)) for one in events]
    if as_json:
        print_json("heliolog.audit.event/1", {"events": [{**record, "standing": attrs.asdict(standing)} for record, standing in found]})
        return
    for record, standing in found:
        show_event(record, standing)


@audit.command()
@click.argument("inverter")
@click.argument("local_date", metavar="DATE")
@db_option
@json_option
def trace(inverter: str, local_date: str, db: str, *, as_json: bool) -> None:
    """Trace an inverter's daily figures to readings, log positions and lines. DATE is a local date of its plant.

    Example: tools/audit trace inv_noida_01_a 2025-04-01 --json
    """
    try:
        day = date.fromisoformat(local_date).isoformat()
    except ValueError:
        raise UsageError(f"not a date: {local_date!r}; write YYYY-MM-DD") from None
    with open_to_read(db) as database, reading_tables(database) as connection:
        document = trace_day(connection, inverter, day)
    if as_json:
        print_json("heliolog.audit.trace/1", document)
    else:
        show_trace(document)


@audit.command()
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    type=click.Choice(ALL_REASONS),
    metavar="REASON",
    help="Only this primary reason, for example negative_power; may be given more than once.",
)
@click.option("--inverter", metavar="INVERTER", help="Only events that name this inverter, for example inv_noida_01_b.")
@click.option("--since", metavar="INSTANT", help="Only events that arrived then or later, for example 2025-04-01T06:00:00Z.")
@click.option(
    "--by", type=click.Choice(list(GROUPED_BY)), help="Count by this instead of listing, for example reason; a day is the plant's own."
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "csv", "jsonl"]),
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
    *, reasons: tuple[str, ...], inverter: str | None, since: str | None, by: str | None, shape: str, limit: int | None, db: str
) -> None:
    """List or count rejected events, in the order of arrival, each with its reason and line.

    Example: tools/audit rejected --reason negative_power --since 2025-04-01T06:00:00Z --format csv
    """
    arrived = _read_since(since)
    if limit is None and shape == "table" and by is None:
        limit = _TABLE_ROWS
    with open_to_read(db) as database, reading_tables(database) as connection:
        rows = read_rejected(connection, reasons, inverter, arrived)
        if by is not None:
            grouped = group_rejected(connection, rows, by)
            print_rows("Rejected events", (GROUPED_BY[by], "events", "first_position", "last_position"), grouped[:limit], shape)
        else:
            title = f"Rejected events (at most {limit}: --limit says how many)"
            print_rows(title, _TABLE_COLUMNS if shape == "table" else COLUMNS, islice(rows, limit), shape)


@audit.command()
@db_option
@json_option
def verify(db: str, *, as_json: bool) -> None:
    """Work out every payload's key, every leaf and the root anew, and check positions and times. Exit 3 if anything is wrong.

    Example: tools/audit verify --json
    """
    with open_to_read(db) as database, reading(database) as connection, progress_bar("events") as bar:
        head = log.head(connection)
        findings = verify_log(connection, lambda done: bar("verified", done, head.size))
    counts = {"events": head.size, "root": head.root.hex(), "wrong": len(findings)}
    if as_json:
        print_json("heliolog.audit.verify/1", {**counts, "findings": [attrs.asdict(finding) for finding in findings]})
    elif findings:
        print_table(
            "What is wrong", ("position", "what"), [("the log" if one.position is None else one.position, one.what) for one in findings]
        )
    else:
        click.echo(f"{head.size} events verified, nothing is wrong; root {head.root.hex()}")
    if findings:
        more = " or more" if len(findings) == FINDINGS_MAX else ""
        positions = len({one.position for one in findings if one.position is not None})
        raise VerificationError(
            f"{len(findings)} findings{more}, at {positions} positions: the log is not what it was; restore it from a backup"
        )


def _read_since(since: str | None) -> int | None:
    try:
        return None if since is None else read_instant(since)
    except BadInstant as error:
        raise UsageError(f"--since: {error}; write for example 2025-04-01T06:00:00Z") from None


if __name__ == "__main__":
    run(audit)
