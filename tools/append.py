"""tools/append: put lines into the log."""

import time

import attrs
import click

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, reading
from ledger.errors import LedgerError, UsageError
from ledger.log import Outcome
from ledger.source.detect import detect_kind, find_files
from ledger.source.read import STDIN, Source, first_line, open_source
from tools._cli.logging import configure, note, warn
from tools._cli.output import print_json
from tools._cli.progress import Bar, progress_bar
from tools._cli.run import Terminated, db_option, json_option, log_option, open_to_write, run

_KINDS = {"auto": None, "plants": "plant", "inverters": "inverter", "telemetry": "telemetry"}


@attrs.define
class Total:
    """What a run of append did, over all its files."""

    files: int = 0
    lines: int = 0
    appended: int = 0
    duplicates: int = 0
    blank: int = 0
    oversize: int = 0
    waiting: int = 0
    first_position: int | None = None
    last_position: int | None = None
    log_size: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Add one transaction's counts."""
        self.lines += outcome.lines
        self.appended += outcome.appended
        self.duplicates += outcome.duplicates
        self.blank += outcome.blank
        self.oversize += outcome.oversize
        self.waiting += outcome.waiting
        if outcome.first_position is not None:
            self.first_position = outcome.first_position if self.first_position is None else self.first_position
            self.last_position = outcome.last_position
        self.log_size = outcome.size


SCHEMAS = {"heliolog.append/1": Total}


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH …|-]")
@db_option
@click.option("--kind", type=click.Choice(list(_KINDS)), default="auto", show_default=True, help="What the files hold; auto looks inside.")
@click.option("--source", metavar="NAME", help="Name to record as the lines' source, instead of the path. For one file or standard input.")
@click.option("--final", is_flag=True, help="Take a last line without line end too: nothing more will be written to it.")
@json_option
@log_option
def append(paths: tuple[str, ...], db: str, kind: str, source: str | None, *, final: bool, as_json: bool, log_format: str) -> None:
    """Append files, folders (their .csv, .jsonl, .ndjson and .gz) or standard input (-) to the log.

    A line already in the log is a duplicate and adds nothing, so any run can be repeated, and one that was interrupted is completed by the
    same command. A telemetry file that has only grown is read from where the last run stopped.

    Example: tools/append plants.csv inverters.csv inverter_telemetry.jsonl
    """
    configure(log_format)
    if not paths:
        raise UsageError("nothing to append: name files or folders, or - for standard input (see --help)")
    files = [file for path in paths for file in ([path] if path == STDIN else find_files(path))]
    if source is not None and len(files) != 1:
        raise UsageError(f"--source names one source, and there are {len(files)} files")
    with open_to_write(db) as database, progress_bar("lines") as bar:
        total = append_files(database, files, bar, name=source, kind=_KINDS[kind], final=final)
    _report(total, as_json=as_json)


def append_files(
    database: Database, files: list[str], bar: Bar, *, name: str | None = None, kind: str | None = None, final: bool = False
) -> Total:
    """Append files one after the other; `name` replaces the path as their source, `kind` is looked for in them if not given."""
    total, started = Total(), time.monotonic()
    with reading(database) as connection:
        total.log_size = log.head(connection).size
    for file in files:
        try:
            _append_file(database, file, name or file, kind, final=final, total=total, bar=bar)
        except (KeyboardInterrupt, Terminated):
            warn("stopped", source=name or file, lines=total.lines, log_size=total.log_size)
            raise
    total.seconds = round(time.monotonic() - started, 3)
    return total


def _append_file(database: Database, file: str, name: str, kind: str | None, *, final: bool, total: Total, bar: Bar) -> None:
    with open_source(file) as source:
        total.files += 1
        for outcome in deliver(database, source, kind or _kind_of(source, file), name=name, final=final):
            total.add(outcome)
            note(
                "appended",
                source=name,
                lines=outcome.lines,
                appended=outcome.appended,
                duplicates=outcome.duplicates,
                blank=outcome.blank,
                log_size=outcome.size,
            )
            if outcome.warning:
                warn("clock is behind", detail=outcome.warning)
            if outcome.waiting:
                warn("last line has no line end and waits for the rest: run again when it is written, or with --final", source=name)
            bar(name, total.lines, total.lines)


def _kind_of(source: Source, file: str) -> str:
    line = first_line(source)
    kind = detect_kind(line, file)
    if kind is None and (file == STDIN or not line):
        return "telemetry"
    if kind is None:
        raise LedgerError(
            f"{file}: neither telemetry nor a registry file by its first line; say which with --kind plants|inverters|telemetry"
        )
    return kind


def _report(total: Total, *, as_json: bool) -> None:
    if as_json:
        print_json("heliolog.append/1", attrs.asdict(total))
        return
    place = "" if total.first_position is None else f" at positions {total.first_position}–{total.last_position}"
    waiting = f", {total.waiting} waiting for a line end" if total.waiting else ""
    click.echo(
        f"{total.lines} lines from {total.files} files: {total.appended} appended{place}, {total.duplicates} duplicates, "
        f"{total.blank} blank{waiting}; log size {total.log_size}; {total.seconds:.2f} s"
    )


if __name__ == "__main__":
    run(append)
