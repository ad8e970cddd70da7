"""tools/demo: a small made-up fleet, with every defect there is, from lines to daily summaries."""

import tempfile
from pathlib import Path

import attrs
import click

from ledger import UsageError
from projections import Overview
from projections.audit.overview import DaySample
from tools._cli.logging import silence
from tools._cli.opening import open_book, open_log
from tools._cli.output import print_records
from tools._cli.progress import progress_bar
from tools._cli.run import run
from tools._fleet.files import write_fleet
from tools.append import Total, append_files


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), metavar="DIR", help="Where to put everything. Default: a new temporary folder.")
@click.option("--db", metavar="URL", help="A database without events to fill instead, for example postgresql+psycopg://me@host/demo.")
def demo(folder: Path | None, db: str | None) -> None:
    """Make up a fleet of 3 plants, append its three days of telemetry, project them, and show what came out.

    Example: tools/demo --folder /tmp/heliolog-demo
    """
    silence()
    place = folder if folder is not None else Path(tempfile.mkdtemp(prefix="heliolog-demo-"))
    if db is None and (place / "demo.db").exists():
        raise UsageError(f"{place / 'demo.db'} is there already; name another --folder, or none")
    url = db or f"sqlite:///{place / 'demo.db'}"
    _append(url, place / "fleet")
    with open_book(url, write=True) as book:
        with progress_bar("done") as bar:
            book.project(progress=bar)
        overview = book.overview(50)
    _show(overview)


def _append(url: str, folder: Path) -> None:
    with open_log(url, write=True) as log:
        if log.head().size:
            raise UsageError(f"{log.database.url} holds events already; name a database without any")
        write_fleet(folder)
        click.echo(f"1. A made-up fleet lies in {folder}: 3 days of telemetry with every defect the contract knows.\n")
        with progress_bar("lines") as bar:
            total = append_files(log, sorted(map(str, folder.iterdir())), bar)
    click.echo(f"2. Appended to the log: {_told(total)}.\n")


def _show(overview: Overview) -> None:
    counts = {count.table: count.rows for count in overview.rows}
    clean, rejected = counts["inverter_telemetry_clean"], counts["inverter_telemetry_rejected"]
    click.echo(f"3. Projected: {clean} clean readings + {rejected} rejected events, each with its reason and its line.\n")
    print_records("Rejected", overview.rejected)
    click.echo("")
    print_records("4. Daily summary", overview.daily_summary)
    _advise(overview.database, overview.daily_summary[0])


def _told(total: Total) -> str:
    kept = attrs.asdict(total)
    return ", ".join(f"{kept[name]} {name.replace('_', ' ')}" for name in ("lines", "appended", "duplicates", "blank", "log_size"))


def _advise(url: str, day: DaySample) -> None:
    inverter, date = day.inverter_id, day.local_date
    click.echo(
        f"\nWhat to try next:\n"
        f"  tools/inspect --db {url}\n"
        f"  tools/inspect energy {inverter} {date} --db {url}\n"
        f"  tools/audit trace {inverter} {date} --db {url}\n"
        f"  tools/audit rejected --by reason --db {url}\n"
        f"  tools/project --verify --db {url}\n"
        f"  tools/audit verify --db {url}"
    )


if __name__ == "__main__":
    run(demo)
