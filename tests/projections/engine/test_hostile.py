"""Lines made to cost time, memory or the stack are events like any others, and rejected or read like any others."""

import pytest

from ledger import Log
from tests.support.book import Book
from tests.support.hostile import hostile_lines
from tests.support.replay import replay

REGISTRY = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
]


@pytest.mark.parametrize("size", [300, 5_000])
def test_hostile_lines_are_judged_and_none_is_lost(book: Book, size: int) -> None:
    lines = hostile_lines(size)
    book.append(REGISTRY)
    list(Log(book.database).append_lines("hostile", lines))
    book.project()
    tables = book.tables()
    assert len(tables["inverter_telemetry_clean"]) + len(tables["inverter_telemetry_rejected"]) == len(set(lines))
    assert tables == replay(book.events())
