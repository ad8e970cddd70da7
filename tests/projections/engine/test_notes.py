"""However many notes of what to derive there are, a run and verify hold few of them at a time. SQLite."""

import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.database import open_database
from projections.engine.compare import DIFFERENCES_MAX
from projections.engine.mending import mend
from projections.sql.patience import PATIENT
from tests.projections.engine.test_alterations import LINES
from tests.support.book import Book

NOTES = 40_000
PEAK_MAX = 6_000_000
"""Bytes: a page of notes has some 2 MB, all of them more than 10."""


@pytest.fixture
def noted(tmp_path: Path) -> Iterator[Book]:
    """Return a ledger with many notes for nobody."""
    file = tmp_path / "x.db"
    with open_database(f"sqlite:///{file}", write=True) as database:
        book = Book(database)
        book.append(LINES)
        book.project()
        with sqlite3.connect(file) as raw:
            notes = (("counter_days", f"inverter {number}") for number in range(NOTES))
            raw.executemany("INSERT INTO touched (projection, group_id, start_us, end_us) VALUES (?, ?, 1, 2)", notes)
        raw.close()
        yield book


def peak(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


ACTS: dict[str, Callable[[Book], object]] = {
    "what a rebuild does first": lambda book: mend(book.database, PATIENT),
    "verify": lambda book: book.verify(),
}


@pytest.mark.parametrize("act", ACTS)
def test_notes_are_read_a_page_at_a_time(noted: Book, act: str) -> None:
    ACTS[act](noted)
    assert peak(lambda: ACTS[act](noted)) < PEAK_MAX


def test_the_first_foreign_notes_are_kept(noted: Book) -> None:
    found = noted.verify().differences
    assert (len(found), found[0].key) == (DIFFERENCES_MAX, "row 1 of counter_days")
