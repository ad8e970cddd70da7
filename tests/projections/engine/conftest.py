"""New, empty ledgers for the tests of the engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.database import open_database
from tests.projections.engine.book import Book


@pytest.fixture
def make_book(tmp_path: Path) -> Iterator[Callable[[], Book]]:
    """Give new, empty ledgers."""
    opened = []

    def make() -> Book:
        manager = open_database(f"sqlite:///{tmp_path / f'{len(opened)}.db'}", write=True)
        opened.append(manager)
        return Book(manager.__enter__())

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)


@pytest.fixture
def book(make_book: Callable[[], Book]) -> Book:
    """Give one new, empty ledger."""
    return make_book()
