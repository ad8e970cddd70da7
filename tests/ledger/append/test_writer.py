"""What the writer of a source refuses before anything is written."""

from collections.abc import Callable
from hashlib import shake_256

import pytest

from ledger import log
from ledger.database import Database, reading
from ledger.errors import UsageError
from ledger.source.read import Batch, Place
from tests.support.servers import BACKENDS


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def append(db: Database, source: str, clock: Callable[[], int]) -> list[log.AppendResult]:
    batch = Batch(lines=[(1, b"{}")], place=Place(2), read=1, blank=0, oversize=0, last=True)
    return list(log.append_telemetry(db, source, [batch], clock=clock))


def test_a_source_may_have_a_name_of_1024_bytes_and_no_more(db: Database, clock: Callable[[], int]) -> None:
    name = shake_256(b"name").hexdigest(512)
    assert append(db, name, clock)[0].appended == 1
    with reading(db) as conn:
        assert log.last_delivery(conn, name) is not None
    with pytest.raises(UsageError, match="the source's name has 1026 bytes, more than 1024: give a shorter one with --source"):
        append(db, name[:-1] + "…", clock)
    with reading(db) as conn:
        assert log.head(conn).size == 2
