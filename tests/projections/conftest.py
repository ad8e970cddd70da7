"""A new, empty ledger in a file, for tests of rows; the engine's own tests run on every kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database import open_database
from tests.support.added import Add, added_projections
from tests.support.book import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Return one new, empty ledger."""
    with open_database(f"sqlite:///{tmp_path / 'book.db'}", write=True) as database:
        yield Book(database)


@pytest.fixture
def add_projection(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Return a function to add projections for one test."""
    with added_projections(tmp_path_factory.mktemp("added"), monkeypatch) as add:
        yield add
