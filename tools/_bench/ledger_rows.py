"""The rows of what was measured on a ledger."""

from collections.abc import Iterator

from tools._bench.ledger import Ledger
from tools._bench.row import TARGETS, Row

_APPEND = "tools/append, file to commit"
_WHOLE = "append + project"
# Row, what it is, the command measured, beside what, measured as, and whether the row's target is for this.
_TIMED = (
    ("append", _APPEND, "append", "executemany of the rows, no triggers", "floor without", True),
    ("append", _APPEND, "append", "executemany of the rows, with triggers", "floor with", False),
    ("project", "tools/project, first", "project", "DuckDB: clean + daily", "duckdb rebuild", False),
    ("rebuild", "tools/project --rebuild", "rebuild", "DuckDB: clean + daily", "duckdb rebuild", True),
    ("whole", _WHOLE, _WHOLE, "DuckDB: file, hash, clean, daily", "duckdb whole", True),
    ("verify", "tools/audit verify", "verify", "hashlib.sha256 of the payloads", "hashing", True),
    ("peers", _APPEND, "append", "eventsourcing: its SQLite recorder", "eventsourcing", False),
)


def ledger_rows(ledger: Ledger) -> list[Row]:
    """Return the rows wanted of what a ledger's runs have found."""
    return [row for row in (*_timed(ledger), *_sized(ledger)) if row.name in ledger.wanted and row.ours]


def _timed(ledger: Ledger) -> Iterator[Row]:
    ours = {name: ledger.seconds(name) for name in ("append", "project", "rebuild", "verify")}
    # Without projecting there is no whole.
    ours[_WHOLE] = [sum(both) for both in zip(ours["append"], ours["project"], strict=False)]
    for name, what, command, against, other, aimed in _TIMED:
        theirs = ledger.seconds(other)
        yield Row(
            name=name,
            what=what,
            against=against if theirs else f"{against} (not measured)",
            ours=ours[command],
            theirs=theirs,
            target=TARGETS.get(name) if aimed and theirs else None,
            peak_mib=ledger.peak_mib(*command.split(" + ")),
            their_peak_mib=ledger.peak_mib(other),
        )


def _sized(ledger: Ledger) -> Iterator[Row]:
    peak = ledger.peak_mib("append", "project", "rebuild")
    ours = [] if peak is None else [peak]
    yield Row(name="memory", what="peak of append and project", unit="MiB", ours=ours, target=TARGETS["memory"])
    log = [one.log_beyond_payload / one.events for one in ledger.sizes]
    yield Row(name="bytes", what="log per event, payload left out", unit="bytes", ours=log, target=TARGETS["bytes"])
    rest = [one.projections / one.events for one in ledger.sizes]
    yield Row(name="bytes", what="projections per event", unit="bytes", ours=rest)
