"""What a benchmark ran on: the machine, versions, and how safely SQLite was told to write."""

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy import text

from ledger.clock import now
from ledger.database import open_database, reading
from ledger.format.instant import iso

_PACKAGES = ("heliolog", "sqlalchemy", "msgspec", "attrs", "cattrs", "click", "tzdata", "duckdb", "eventsourcing", "dlt")
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
_SECOND_US = 1_000_000


def describe_machine() -> dict[str, object]:
    """Return the processor, its cores, the memory in GiB, the system, and the load of the last minute."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(pages * page / (1 << 30), 1),
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2),
        "at": iso(now() // _SECOND_US * _SECOND_US),
    }


def describe_versions() -> dict[str, str]:
    """Return the versions of Python, SQLite and the packages that are installed."""
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def describe_durability(folder: Path) -> dict[str, object]:
    """Return the SQLite settings that databases are written with, read from a new one made in the folder."""
    with open_database(f"sqlite:///{folder / 'settings.db'}", write=True) as database, reading(database) as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "page_size", "cache_size", "wal_autocheckpoint")
        }
    return settings | {"synchronous": _SYNCHRONOUS[settings["synchronous"]]}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
