"""The rows of what was measured on a database file."""

from collections.abc import Iterator

from tools._bench.file_runs import FileRuns
from tools._bench.row import TARGETS, Row

_APPEND = "tools/append, file to commit"
_WHOLE = "append + project"
# Row, what it is, as what it was measured, beside what, measured as, and whether the row's target is for this.
_TIMED = (
    ("append", _APPEND, "append", "executemany of the rows, no triggers", "inserts without triggers", True),
    ("append", _APPEND, "append", "executemany of the rows, with triggers", "inserts with triggers", False),
    ("project", "tools/project, first", "project", "DuckDB: clean + daily", "duckdb rebuild", False),
    ("rebuild", "tools/project --rebuild", "rebuild", "DuckDB: clean + daily", "duckdb rebuild", True),
    ("whole", _WHOLE, _WHOLE, "DuckDB: file, hash, clean, daily", "duckdb whole", True),
    ("verify", "tools/audit verify", "verify", "hashlib.sha256 of the payloads", "sha256", True),
    ("peers", _APPEND, "append", "eventsourcing: its SQLite recorder", "eventsourcing", False),
)


def file_rows(runs: FileRuns) -> list[Row]:
    """Return the rows wanted of those that the runs have measured."""
    return [row for row in (*_timed(runs), *_sized(runs)) if row.name in runs.wanted and row.ours]


def _timed(runs: FileRuns) -> Iterator[Row]:
    # Without projecting there is no whole.
    whole = [append.then(project) for append, project in zip(runs.done["append"], runs.done["project"], strict=False)]
    done = {**runs.done, _WHOLE: whole}
    for name, what, ours, against, theirs, has_target in _TIMED:
        beside = done.get(theirs, [])
        yield Row.timed(
            name=name,
            what=what,
            against=against if beside else f"{against} (not measured)",
            ours=done.get(ours, []),
            theirs=beside,
            target=TARGETS.get(name) if has_target and beside else None,
        )


def _sized(runs: FileRuns) -> Iterator[Row]:
    peak = max((one.peak_mib for name in ("append", "project", "rebuild") for one in runs.done[name]), default=None)
    ours = [] if peak is None else [peak]
    yield Row(name="memory", what="peak of append and project", unit="MiB", ours=ours, target=TARGETS["memory"])
    log = [one.log_beyond_payload / one.events for one in runs.sizes]
    yield Row(name="bytes", what="log per event, payload left out", unit="bytes", ours=log, target=TARGETS["bytes"])
    projections = [one.projections / one.events for one in runs.sizes]
    yield Row(name="bytes", what="projections per event", unit="bytes", ours=projections)
