from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.database import Database, open_database

NOON = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/data.db"


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
