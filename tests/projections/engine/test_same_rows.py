"""The same events give the same digests of every projection, whatever keeps them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from ledger import Log
from ledger.database import open_database
from tests.projections.engine.conftest import NewBook
from tests.support.book import Book
from tests.support.servers import VERSIONS
from tests.support.streams import START, curve, streams, telemetry
from tools._fleet.files import write_fleet
from tools.append import append_files

REGISTRY = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,Europe/Madrid"),
    ("inverter", "inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nä,p,V,M,10,0001-01-01T00:00:00Z".encode()),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nZ,p,V,M,10,"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
]
"""Names that a locale sorts otherwise than code points do."""

VALUES = ((-62_135_596_800_000_000, 0.1), (-1, 1 / 3), (1, 5e-324), (START + 1, 123_456_789.123_456_7))
FAR = [telemetry("Z", at, wh, 1.0) for at, wh in VALUES]
ODD = [
    telemetry("ä", START + 1, -0.0, -0.0, event_id="x\0y", status="\U0001f31e", source="a\u0000b"),
    telemetry("ä", START + 2, 5.0, 2.5, event_id="😀\ud800", status="O K"),
    telemetry("ä", START + 3, 5.0, "n\u0000an", status="run\u0000ning"),
    ("telemetry", b'\x00\xff{"inverter_id"'),
    ("plant", b"plant_id,name,location,timezone\nq\x00,P,L,\x00"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\n\xff\x00,p,V\x00,M,10,"),
]


@pytest.fixture(scope="session", params=VERSIONS)
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def digests(book: Book) -> dict[str, str]:
    """Verify, which replays into SQLite, and give the digests of the rows stored."""
    found = book.verify()
    assert found.differences == []
    kept: dict[str, str] = found.digests
    return kept


def digests_on(book: Book, lines: list[Any]) -> dict[str, str]:
    book.append(lines)
    book.project(batch=50)
    return digests(book)


@pytest.mark.invariant("I10")
@pytest.mark.parametrize("lines", [[*REGISTRY, *curve("a", 3), *curve("Z", 2), *FAR], [*REGISTRY, *ODD, *curve("ä", 2)]])
def test_digests_of_odd_streams_are_the_same(new_book: NewBook, tmp_path: Path, lines: list[Any]) -> None:
    with new_book() as on_server, open_database(f"sqlite:///{tmp_path}/x.db", write=True) as in_file:
        assert digests_on(on_server, lines) == digests_on(Book(in_file), lines)


@pytest.mark.invariant("I10")
@given(stream=streams)
@settings(max_examples=5)
def test_digests_of_made_up_streams_are_the_same(new_book: NewBook, tmp_path_factory: pytest.TempPathFactory, stream: list[Any]) -> None:
    file = tmp_path_factory.mktemp("same") / "x.db"
    with new_book() as on_server, open_database(f"sqlite:///{file}", write=True) as in_file:
        assert digests_on(on_server, stream) == digests_on(Book(in_file), stream)


def check_files(new_book: NewBook, tmp_path: Path, files: list[str], bar: Callable[[str, int, int], None]) -> None:
    with new_book() as on_server, open_database(f"sqlite:///{tmp_path}/x.db", write=True) as in_file:
        found = []
        for book in (on_server, Book(in_file)):
            append_files(Log(book.database), files, bar)
            book.project()
            found.append(digests(book))
        assert found[0] == found[1]
        on_server.rebuild()
        assert digests(on_server) == found[0]


def test_digests_of_the_demo_fleet_are_the_same(new_book: NewBook, tmp_path: Path) -> None:
    write_fleet(tmp_path / "fleet")
    check_files(new_book, tmp_path, sorted(map(str, (tmp_path / "fleet").iterdir())), lambda _name, _done, _total: None)


def test_digests_of_the_seed_are_the_same(new_book: NewBook, tmp_path: Path, shared: Path) -> None:
    files = [str(shared / "seed" / name) for name in ("plants.csv", "inverters.csv", "inverter_telemetry.jsonl")]
    check_files(new_book, tmp_path, files, lambda _name, _done, _total: None)
