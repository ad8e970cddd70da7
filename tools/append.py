"""tools/append: put lines into the log."""

import time

import attrs
import click

import ledger
from tools._cli.logging import configure, note, warn
from tools._cli.opening import open_log
from tools._cli.output import print_json
from tools._cli.progress import Bar, progress_bar
from tools._cli.run import Terminated, db_option, json_option, log_option, run

_KINDS = {"auto": None, "plants": "plant", "inverters": "inverter", "telemetry": "telemetry"}


@attrs.define
class Total:
    """What a run of append did, over all its files; `log_size` counts events that state deliveries, too, `appended` lines alone."""

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

    def add(self, result: ledger.AppendResult) -> None:
        """Add one transaction's counts."""
        self.lines += result.lines
        self.appended += result.appended
        self.duplicates += result.duplicates
        self.blank += result.blank
        self.oversize += result.oversize
        self.waiting += result.waiting
        if result.first_position is not None:
            self.first_position = result.first_position if self.first_position is None else self.first_position
            self.last_position = result.last_position
        self.log_size = result.size


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
        raise ledger.UsageError("nothing to append: name files or folders, or - for standard input (see --help)")
    files = ledger.find_sources(paths)
    if source is not None and len(files) != 1:
        raise ledger.UsageError(f"--source names one source, and there are {len(files)} files")
    with open_log(db, write=True) as log, progress_bar("lines") as bar:
        total = append_files(log, files, bar, name=source, kind=_KINDS[kind], final=final)
    _report(total, as_json=as_json)


def append_files(
    log: ledger.Log, files: list[str], bar: Bar, *, name: str | None = None, kind: str | None = None, final: bool = False
) -> Total:
    """Append files one after the other and log what each transaction did; `name`: see `Log.append`, as `kind` and `final`."""
    started = time.monotonic()
    total = Total(log_size=log.head().size)
    for file in files:
        total.files += 1
        try:
            for result in log.append([file], source=name, kind=kind, final=final):
                total.add(result)
                _tell(result)
                bar(result.source, total.lines, total.lines)
        except (KeyboardInterrupt, Terminated):
            warn("stopped", source=name or file, lines=total.lines, log_size=log.head().size)
            raise
    total.seconds = round(time.monotonic() - started, 3)
    return total


def _tell(result: ledger.AppendResult) -> None:
    note(
        "appended",
        source=result.source,
        lines=result.lines,
        appended=result.appended,
        duplicates=result.duplicates,
        blank=result.blank,
        log_size=result.size,
    )
    if result.retried_after:
        warn("tried again", source=result.source, after=result.retried_after)
    if result.clock_warning:
        warn("clock is behind", detail=result.clock_warning)
    if result.waiting:
        warn("last line has no line end and waits for the rest: run again when it is written, or with --final", source=result.source)


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
