"""Two small logs to ask about, with and without projections: one with a defect of each kind, one with every shape of a counter line."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import projections
from projections import Book
from tests.support import audited, energy_days
from tests.support.cli import tool

OpenBook = Callable[[Path], Book]
STATED = audited.RENAMED - 1
"""Where the log with a defect of each kind states the delivery of its lines."""


def filled(folder: Path, names: list[str]) -> Path:
    """Append files of a folder, called by their names there, to a new log in it."""
    file = folder / "data.db"
    for name in names:
        append(file, name, (folder / name).read_bytes())
    return file


def append(file: Path, source: str, content: bytes) -> None:
    kind = {"plants.csv": "plants", "renamed.csv": "plants", "inverters.csv": "inverters"}.get(source, "telemetry")
    done = tool("append", "-", "--source", source, "--kind", kind, "--final", db=file, stdin=content)
    assert done.returncode == 0, done.stderr.decode()


def project(file: Path, *names: str) -> None:
    with projections.open(f"sqlite:///{file}", write=True) as book:
        book.project(*names)


def copied(file: Path, folder: Path) -> Path:
    return Path(shutil.copy(file, folder / "copy.db"))


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(statement)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log with a defect of each kind, without projections; no test writes to it."""
    folder = tmp_path_factory.mktemp("audited")
    return filled(folder, audited.write_files(folder))


@pytest.fixture(scope="session")
def whole(bare: Path) -> Path:
    """The same log with its projections; no test writes to it."""
    file = Path(shutil.copy(bare, bare.with_name("whole.db")))
    project(file)
    return file


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log with every shape of a counter line, with its projections; no test writes to it."""
    folder = tmp_path_factory.mktemp("shapes")
    file = filled(folder, energy_days.write_files(folder))
    project(file)
    return file


@pytest.fixture
def opened() -> Iterator[OpenBook]:
    """Return the function that opens a file to ask about, until the test ends."""
    with ExitStack() as stack:
        yield lambda file: stack.enter_context(projections.open(f"sqlite:///{file}"))


@pytest.fixture
def book(whole: Path, opened: OpenBook) -> Book:
    """The log with a defect of each kind, opened."""
    return opened(whole)
