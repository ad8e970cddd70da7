"""tools/bench: measure the ledger beside what its parts could do at best, in one run."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from tools._bench.chart import check_chart, draw_chart
from tools._bench.machine import describe_durability, describe_machine, describe_versions
from tools._bench.report import Facts, print_document, print_report
from tools._bench.run import COMPARED, NAMES, Plan, measure_rows
from tools._bench.server_runs import check_url
from tools._bench.workload import Workload, prepare, working_folder
from tools._cli.progress import progress_bar
from tools._cli.run import json_option, run


@click.command()
@click.option("--events", type=click.IntRange(min=100), default=1_000_000, show_default=True, help="Lines of telemetry to make up.")
@click.option("--inverters", type=click.IntRange(min=1), default=200, show_default=True, help="Inverters that send them.")
@click.option("--runs", type=click.IntRange(min=1), default=3, show_default=True, help="How often to measure; medians are shown.")
@click.option(
    "--scale", type=click.IntRange(min=2), metavar="K", help="Let the log grow to K times the events too, for the rows late and last."
)
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="Measure this row alone. May be given several times.")
@click.option(
    "--db",
    metavar="URL",
    help="A PostgreSQL database to measure on too, in schemas that are dropped, for example postgresql+psycopg:///bench.",
)
@click.option("--fold-inverters", type=click.IntRange(min=1), default=5, show_default=True, help="Years of readings for the row fold.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to work; made-up events stay there for the next run. Default: a temporary folder, removed at the end.",
)
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the ratios too, as PNG or SVG.")
@json_option
def bench(
    *,
    events: int,
    inverters: int,
    runs: int,
    scale: int | None,
    only: tuple[str, ...],
    db: str | None,
    fold_inverters: int,
    folder: Path | None,
    chart: Path | None,
    as_json: bool,
) -> None:
    """Measure append, project and verify beside bare SQLite, DuckDB and hashlib on made-up events, and check every result.

    A missed target does not change the exit code; a lost event ends with 3.

    Example: tools/bench --events 100000 --only append --only rebuild
    """
    if chart is not None:
        check_chart(chart)
    server = None if db is None else check_url(db)
    installed = frozenset(filter(find_spec, COMPARED))
    plan = Plan.of(only, server=server, runs=runs, scale=scale, fold_inverters=fold_inverters, installed=installed)
    for name in plan.missing():
        _tell(f"{name} is not installed: nothing to hold some rows against (tools/locks/bench.txt has it)")
    machine = describe_machine()
    with working_folder(folder) as place, tempfile.TemporaryDirectory(prefix="run-", dir=place) as scratch:
        workload = _prepare(place, events, inverters, plan)
        rows = measure_rows(plan, workload, Path(scratch), _tell)
        facts: dict[str, Facts] = {
            "workload": {"events": events, "inverters": inverters, "runs": runs, "scale": scale},
            "machine": machine,
            "versions": describe_versions(),
            "durability": describe_durability(Path(scratch)),
        }
    (print_document if as_json else print_report)(rows, facts)
    if chart is not None:
        draw_chart(rows, chart)


def _prepare(place: Path, events: int, inverters: int, plan: Plan) -> Workload:
    if not plan.needs_events():
        return Workload(place, inverters, ())
    _tell(f"make up {events * plan.parts} events")
    with progress_bar("lines") as bar:
        return prepare(place, events, inverters, plan.parts, lambda done, total: bar("events", done, total))


def _tell(text: str) -> None:
    click.echo(f"bench: {text}", err=True)


if __name__ == "__main__":
    run(bench)
