"""A byte changed anywhere in a file: found, or outside the log, or the file is refused in one line; never an exception of another kind."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

import ledger

FLIPS = 300
# By turns a bit, a high bit, all bits: text becomes other text, or none; a small number becomes a huge one.
MASKS = (0x01, 0x80, 0xFF)


def make_log(path: Path) -> bytes:
    """Return the bytes of a log in one file, with a table of others in it."""
    with ledger.open(f"sqlite:///{path}", write=True) as log:
        for part in range(3):
            list(
                log.append_lines(
                    f"gateway {part}", (b'{"event_time":"2025-04-01T06:%02d:00Z","n":"%d %040d"}' % (n % 60, part, n) for n in range(60))
                )
            )
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE theirs (text)")
        raw.executemany("INSERT INTO theirs VALUES (?)", [("x" * 500,)] * 40)
        raw.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


def outcome(path: Path) -> str:
    """Return what became of a verification: found, whole, or refused."""
    try:
        with ledger.open(f"sqlite:///{path}") as log:
            found = log.verify()
    except ledger.LedgerError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    if any("\n" in one.what for one in found.findings):
        return "found in several lines"
    return "found" if found.findings else "whole"


def of_the_log(path: Path) -> list[tuple[object, ...]]:
    """Return all that a reader sees of the log, to tell a change of it from one of free space or another's table."""
    with closing(sqlite3.connect(path)) as raw:
        schema = raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name <> 'theirs'").fetchall()
        return schema + [row for table in ("event_log", "log_head", "delivery") for row in raw.execute(f"SELECT * FROM {table}")]  # noqa: S608


@pytest.mark.invariant("I6")
def test_a_byte_changed_anywhere_is_found_or_none_of_the_logs(tmp_path: Path) -> None:
    whole = make_log(tmp_path / "log.db")
    copy, before = tmp_path / "copy.db", of_the_log(tmp_path / "log.db")
    step, outcomes, overlooked = len(whole) // FLIPS, Counter[str](), []
    for number in range(FLIPS):
        changed = bytearray(whole)
        changed[number * step + number % step] ^= MASKS[number % len(MASKS)]
        copy.write_bytes(changed)
        outcomes[(said := outcome(copy))] += 1
        if said == "whole" and of_the_log(copy) != before:
            overlooked.append(number * step + number % step)
    assert overlooked == []
    assert outcomes.keys() <= {"found", "whole", "refused"}
    assert outcomes["found"] > FLIPS // 3
