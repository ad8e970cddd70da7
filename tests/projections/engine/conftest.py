"""New, empty ledgers for the tests of the engine, on every kind of database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ledger.database import open_database
from tests.support.book import Book
from tests.support.servers import BACKENDS, Cluster, new_log

NewBook = Callable[[], AbstractContextManager[Book]]


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Name what ledgers are kept in: SQLite's file, or a server of PostgreSQL 15 or 18."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def new_book(backend: str, clusters: Callable[[str], Cluster]) -> NewBook:
    """Return a function to have a new, empty ledger for a while: it serves many examples of one test."""
    memory = Path("/dev/shm")  # noqa: S108 - a disk that need not sync, where there is one

    @contextmanager
    def new() -> Iterator[Book]:
        with ExitStack() as stack:
            if backend == "sqlite":
                url = f"sqlite:///{stack.enter_context(TemporaryDirectory(dir=memory if memory.is_dir() else None))}/x.db"
            else:
                # What is tried here does not rest on a sync at every commit.
                url = f"{stack.enter_context(new_log(clusters(backend)))}%20-csynchronous_commit%3Doff"
            yield Book(stack.enter_context(open_database(url, write=True)))

    return new


@pytest.fixture
def make_book(new_book: NewBook) -> Iterator[Callable[[], Book]]:
    """Return new, empty ledgers."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(new_book())


@pytest.fixture
def book(make_book: Callable[[], Book]) -> Book:
    """Return one new, empty ledger."""
    return make_book()
