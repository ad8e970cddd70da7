"""tools/inspect: what a database holds, how far its projections are, and a day's energy as a person checks it; it never writes."""

import sys
from pathlib import Path

import attrs
import click

from ledger.errors import VerificationError
from projections import InspectedDay, Overview
from projections.audit.day_document import DayDocument, day_document, disagreements
from tools._cli.opening import open_book
from tools._cli.output import print_json, print_records
from tools._cli.run import date_argument, db_option, inverter_argument, json_option, run
from tools._cli.terminal import printable
from tools._energy.chart import show_chart
from tools._energy.show import show_day

SCHEMAS = {"heliolog.inspect/1": Overview, "heliolog.inspect.energy/1": DayDocument}
_TITLES = {
    "rows": "Rows",
    "projections": "Projections",
    "rejected": "Rejected events",
    "held_plants": "Held plants (no valid time zone: their summaries are held)",
    "deliveries": "Newest deliveries",
    "daily_summary": "Daily summary",
}


@click.group(invoke_without_command=True)
@db_option
@click.option("--sample", default=12, show_default=True, metavar="N", help="Rows of the daily summary to show, the newest days first.")
@json_option
@click.pass_context
def inspect(context: click.Context, db: str, sample: int, *, as_json: bool) -> None:
    """Show counts, checkpoints, lag, rejected events, held plants, the newest deliveries and a sample of the daily summary.

    Example: tools/inspect --json
    """
    # An option before a command's name is that command's default.
    context.default_map = {"energy": {"db": db, "as_json": as_json}}
    if context.invoked_subcommand is not None:
        return
    with open_book(db) as book:
        overview = book.overview(sample)
    if as_json:
        print_json("heliolog.inspect/1", attrs.asdict(overview))
        return
    log = overview.log
    click.echo(f"{printable(overview.database)}: {log.size} events, root {log.root[:16]}…, newest arrival {log.newest_recorded_at}")
    for name, title in _TITLES.items():
        print_records(title, getattr(overview, name))


@inspect.command()
@inverter_argument
@date_argument
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
    with open_book(db) as book:
        found = book.energy(inverter, local_date)
    if found.applied < found.size:
        click.echo(f"tools/inspect: made from the first {found.applied} of {found.size} events: run tools/project for the rest", err=True)
    _show(found, everything=everything, png=png, as_json=as_json)
    wrong = disagreements(found)
    if wrong:
        raise VerificationError(f"{'; '.join(wrong)}: run tools/project --verify")


def _show(found: InspectedDay, *, everything: bool, png: Path | None, as_json: bool) -> None:
    if png is not None:
        from tools._energy.plot import draw  # noqa: PLC0415 - matplotlib is an extra, and slow to import

        draw(found, png)
    if as_json:
        print_json("heliolog.inspect.energy/1", day_document(found))
        return
    show_day(found, everything=everything)
    if sys.stdout.isatty():
        show_chart(found)


if __name__ == "__main__":
    run(inspect)
