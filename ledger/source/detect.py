"""Which kind of events a file holds, and which files a folder offers."""

from pathlib import Path

from ledger.errors import LedgerError, UsageError
from ledger.format.registry_row import read_record
from ledger.source.read import readable_name

_LINES = (".jsonl", ".ndjson")
_KNOWN = (".csv", *_LINES)


def detect_kind(first_line: bytes, name: str) -> str | None:
    """Return `plant`, `inverter` or `telemetry` by a file's first line, or else by its name; None if neither says."""
    if first_line.startswith(b"{"):
        return "telemetry"
    columns = [column.strip() for column in read_record(first_line) or ()]
    if "event_time" not in columns:
        if "inverter_id" in columns:
            return "inverter"
        if "plant_id" in columns:
            return "plant"
    return "telemetry" if name.lower().removesuffix(".gz").endswith(_LINES) else None


def find_files(path: str) -> list[str]:
    """Return the path itself, or the .csv, .jsonl and .ndjson files (also .gz) under it if it is a folder: CSV first, then by name.

    Raise LedgerError for a folder without any, UsageError for an empty name.
    """
    if not path:
        raise UsageError("an empty name of a file; write . for this folder")
    folder = Path(path)
    if not folder.is_dir():
        return [path]
    known = [file for file in folder.rglob("*") if file.is_file() and _is_known(file)]
    # Registrations first: telemetry judged before its inverter is known has to be judged again.
    files = [str(file) for file in sorted(known, key=lambda file: (_is_lines(file), str(file)))]
    if not files:
        raise LedgerError(f"{readable_name(path)}: no .csv, .jsonl or .ndjson file in this folder; name the files one by one")
    return files


def _is_known(file: Path) -> bool:
    return file.name.lower().removesuffix(".gz").endswith(_KNOWN)


def _is_lines(file: Path) -> bool:
    return file.name.lower().removesuffix(".gz").endswith(_LINES)
