"""A database file that is measured: its URL, its registry, its removal."""

from pathlib import Path

from tools._bench.process import measure, tool
from tools._bench.workload import Workload


def url_of(database: Path | str) -> str:
    """Return the URL of a SQLite file; a URL is returned as it is."""
    return database if isinstance(database, str) else f"sqlite:///{database}"


def append_registry(workload: Workload, database: Path | str, folder: Path) -> None:
    """Append the workload's plants and inverters, unmeasured."""
    measure(tool("append", *workload.registry, "--db", url_of(database)), folder)


def remove_database(path: Path) -> None:
    """Remove a database file, if it is there, and the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
