from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ledger.database import Database, open_database
from tests.support.servers import Cluster, new_log

NOON = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z
NewUrl = Callable[[], AbstractContextManager[str]]


@pytest.fixture
def backend() -> str:
    """Name what the log is kept in; tests that hold for any have a fixture of their own, with tests.support.servers.BACKENDS."""
    return "sqlite"


@pytest.fixture
def new_url(backend: str, clusters: Callable[[str], Cluster], tmp_path_factory: pytest.TempPathFactory) -> NewUrl:
    """Return a function to name one new database after another, to be opened and written."""

    @contextmanager
    def name() -> Iterator[str]:
        if backend == "sqlite":
            yield f"sqlite:///{tmp_path_factory.mktemp('log')}/var/data.db"
        else:
            with new_log(clusters(backend)) as url:
                yield url

    return name


@pytest.fixture
def url(new_url: NewUrl) -> Iterator[str]:
    with new_url() as named:
        yield named


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    with open_database(url, write=True) as opened:
        yield opened


@pytest.fixture
def clock() -> Callable[[], int]:
    return lambda: NOON


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], str]:
    def write_file(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write_file
