"""tools/inspect: what a database holds, how far its projections are, and a day's energy as a person checks it; it never writes."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from ledger import log
from ledger.clock import now
from ledger.database import Database
from ledger.errors import UsageError, VerificationError
from ledger.format.instant import iso
from projections.audit.counts import existing_tables, rejected_by_reason, table_counts
from projections.audit.day_document import SCHEMA, disagreements, document_of
from projections.audit.day_steps import InspectedDay, read_day
from projections.engine.catalog import catalog
from projections.engine.log_reader import LogReader
from projections.sql import checkpoint as marks
from projections.sql.transactions import reading_tables
from tools._cli.output import print_json, print_table
from tools._cli.run import db_option, json_option, open_to_read, run
from tools._energy.chart import show_chart
from tools._energy.show import show_day

_SAMPLE = "inverter_id, local_date, energy_wh, energy_source, reading_count, coverage_window, quality, flags"


@click.group(invoke_without_command=True)
@db_option
@click.option("--sample", default=12, show_default=True, metavar="N", help="Rows of the daily summary to show, the newest days first.")
@json_option
@click.pass_context
def inspect(context: click.Context, db: str, sample: int, *, as_json: bool) -> None:
    """Show counts, checkpoints, lag, rejected events, held plants, the newest deliveries and a sample of the daily summary.

    Example: tools/inspect --json
    """
    # What stands before a command's name is that command's default.
    context.default_map = {"energy": {"db": db, "as_json": as_json}}
    if context.invoked_subcommand is not None:
        return
    with open_to_read(db) as database:
        found = gather(database, sample)
    if as_json:
        print_json("heliolog.inspect/1", found)
        return
    head = found["log"]
    click.echo(f"{found['database']}: {head['size']} events, root {head['root'][:16]}…, newest arrival {head['newest_recorded_at']}")
    for title, key in _TITLES.items():
        rows = found[key]
        if rows:
            print_table(title, tuple(rows[0]), [tuple(row.values()) for row in rows])


@inspect.command()
@click.argument("inverter")
@click.argument("local_date", metavar="DATE")
@db_option
@click.option("--all", "everything", is_flag=True, help="List every reading and step; otherwise long runs of one mark are folded.")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw counter, accepted line and power to a PNG file as well; needs matplotlib (tools/locks/plot.txt).",
)
@json_option
def energy(inverter: str, local_date: str, db: str, *, everything: bool, png: Path | None, as_json: bool) -> None:
    """Show a day's counter line as a person checks it: readings and why, steps and where they land, their sum, power beside it.

    DATE is a local date of the inverter's plant. Exit 3 if the stored row is not the sum of its steps.

    Example: tools/inspect energy inv_noida_01_a 2025-04-01 --png day.png
    """
    try:
        day = date.fromisoformat(local_date).isoformat()
    except ValueError:
        raise UsageError(f"not a date: {local_date!r}; write YYYY-MM-DD") from None
    with open_to_read(db) as database, reading_tables(database) as connection:
        found = read_day(connection, inverter, day)
    if found.applied < found.size:
        click.echo(f"tools/inspect: made from the first {found.applied} of {found.size} events: run tools/project for the rest", err=True)
    _give(found, everything=everything, png=png, as_json=as_json)
    wrong = disagreements(found)
    if wrong:
        raise VerificationError(f"{'; '.join(wrong)}: run tools/project --verify")


def _give(found: InspectedDay, *, everything: bool, png: Path | None, as_json: bool) -> None:
    if png is not None:
        from tools._energy.plot import draw  # noqa: PLC0415 - matplotlib is an extra, and slow to import

        draw(found, png)
    if as_json:
        print_json(SCHEMA, document_of(found))
        return
    show_day(found, everything=everything)
    if sys.stdout.isatty():
        show_chart(found)


_TITLES = {
    "Rows": "rows",
    "Projections": "projections",
    "Rejected events": "rejected",
    "Held plants (no valid time zone: their summaries are held)": "held_plants",
    "Newest deliveries": "deliveries",
    "Daily summary": "daily_summary",
}


def gather(database: Database, sample: int) -> dict[str, Any]:
    """Collect everything that is shown."""
    with reading_tables(database) as connection:
        head = log.head(connection)
        prepared = "checkpoint" in existing_tables(connection)
        deliveries = log.deliveries(connection, 5)
        held = _rows(connection, "SELECT * FROM held_plants ORDER BY plant_id NULLS FIRST") if prepared else []
        query = f"SELECT {_SAMPLE} FROM inverter_daily_summary ORDER BY local_date DESC, inverter_id LIMIT :limit"  # noqa: S608 - a constant
        summary = _rows(connection, query, limit=sample) if prepared else []
    return {
        "database": database.url,
        "log": {"size": head.size, "root": head.root.hex(), "newest_recorded_at": iso(head.recorded_at) if head.size else None},
        "rows": [{"table": name, "rows": count} for name, count in table_counts(database).items()],
        "projections": _progress(database, prepared=prepared),
        "rejected": [{"reason": reason, "events": count} for reason, count in rejected_by_reason(database).items()],
        "held_plants": held,
        "deliveries": [_delivery(delivery) for delivery in deliveries],
        "daily_summary": summary,
    }


def _progress(database: Database, *, prepared: bool) -> list[dict[str, Any]]:
    """Return each projection's checkpoint and its lag: events behind, and the age of the oldest of them."""
    events = LogReader(database)
    found = []
    for projection in catalog():
        with reading_tables(database) as connection:
            mark = marks.read_checkpoint(connection, projection.name) if prepared else None
        position = 0 if mark is None else mark.position
        behind = events.head.size - position
        age = round((now() - events.recorded_at(position)) / 1e6, 1) if behind else 0.0
        version = None if mark is None else mark.version
        found.append(
            {"projection": projection.name, "position": position, "lag_events": behind, "lag_seconds": max(age, 0.0), "version": version}
        )
    return found


def _rows(connection: sa.Connection, query: str, **values: object) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.text(query), values)]  # noqa: SLF001 - SQLAlchemy's public name for it


def _delivery(delivery: log.Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery.delivery_id,
        "source": delivery.source,
        "lines": delivery.lines,
        "appended": delivery.appended,
        "duplicates": delivery.duplicates,
        "ended_at": iso(delivery.ended_at),
        "complete": delivery.complete,
    }


if __name__ == "__main__":
    run(inspect)
