"""From paths to the log: find the files, see what each holds, and deliver one after the other."""

from collections.abc import Iterable, Iterator

from ledger.append.arrival import Clock
from ledger.append.deliver import deliver
from ledger.append.result import AppendResult
from ledger.clock import now
from ledger.errors import LedgerError, UsageError
from ledger.format.event import KINDS
from ledger.source.detect import detect_kind, find_files
from ledger.source.read import STDIN, Source, first_line, open_source
from ledger.store.opened import Database


def find_sources(paths: Iterable[str]) -> list[str]:
    """Return the files that paths name, in order: a folder becomes its .csv, .jsonl and .ndjson files (also .gz), `-` stays.

    Example: `["fleet", "-"]` may become `["fleet/plants.csv", "fleet/telemetry.jsonl", "-"]`. Raise LedgerError for a folder without any.
    """
    return [file for path in paths for file in ([path] if path == STDIN else find_files(path))]


def append_files(
    db: Database, files: Iterable[str], *, source: str | None = None, kind: str | None = None, final: bool = False, clock: Clock = now
) -> Iterator[AppendResult]:
    """Append files, or standard input (`-`), one after the other; yield a result after each transaction.

    `source`: the name to record instead of the path, for one file. `kind`: what the files hold (`plant`, `inverter` or `telemetry`), looked
    for in each if not given. `final`: a last line without its end counts, too. Raise UsageError for one name and several files, and
    LedgerError if a file or the database fails; what the results told of stays.
    """
    if kind not in {None, *KINDS}:
        raise UsageError(f"no kind of line is called {kind!r}; there are: {', '.join(KINDS)}")
    named = list(files)
    if source is not None and len(named) != 1:
        raise UsageError(f"one source name ({source}), and {len(named)} files: name the source of a single file, or of none")
    for file in named:
        with open_source(file) as opened:
            yield from deliver(db, opened, kind or _kind_of(opened, file), name=source, final=final, clock=clock)


def _kind_of(source: Source, file: str) -> str:
    line = first_line(source)
    kind = detect_kind(line, file)
    if kind is None and (file == STDIN or not line):
        return "telemetry"
    if kind is None:
        raise LedgerError(
            f"{source.name}: neither telemetry nor a registry file by its first line; say which with --kind plants|inverters|telemetry"
        )
    return kind
