"""A bit flipped anywhere in a file is a difference, one line, or outside of what verify reads: never a traceback."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ledger.database import open_database
from ledger.errors import LedgerError
from projections.engine import commands
from tests.projections.engine.test_alterations import LINES
from tests.support.book import Book, quiet

FLIPS = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a small database's file."""
    file = tmp_path_factory.mktemp("whole") / "x.db"
    with open_database(f"sqlite:///{file}", write=True) as database:
        Book(database).append(LINES)
        Book(database).project()
    return file.read_bytes()


def verified(folder: Path, data: bytes) -> str:
    """Verify a file of these bytes; return what came of it in a word."""
    url = f"sqlite:///{folder / 'x.db'}"
    Path(str(make_url(url).database)).write_bytes(data)
    try:
        with open_database(url, write=False) as database:
            return "differences" if commands.verify(database, (), quiet).differences else "nothing"
    except LedgerError as error:
        return "several lines" if "\n" in str(error) else "a line"


def test_a_flipped_bit_never_ends_in_a_traceback(whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Path("/dev/shm")  # noqa: S108 - a disk that need not sync, where there is one
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        came: list[str] = []
        for number in range(FLIPS):
            data = bytearray(whole)
            data[(number * len(whole) // FLIPS + 37 * number) % len(whole)] ^= 1 << number % 8
            came.append(verified(Path(folder), bytes(data)))
    assert came.count("differences") >= FLIPS // 20
    assert set(came) == {"differences", "a line", "nothing"}


def test_a_page_that_is_damaged_is_a_difference_and_the_rest_is_compared(whole: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_bytes(whole)
    with open_database(f"sqlite:///{file}", write=False) as database, database.engine.connect() as connection:
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        roots = dict(connection.exec_driver_sql("SELECT name, rootpage FROM sqlite_master").fetchall())  # type: ignore[arg-type]
    data = bytearray(whole)
    start = (roots["inverter_daily_summary"] - 1) * size
    data[start : start + size] = bytes(size)
    name = roots["plants"] * size - 40
    data[name : name + 40] = bytes(40)
    file.write_bytes(data)
    with open_database(f"sqlite:///{file}", write=False) as database:
        found = commands.verify(database, (), quiet).differences
    said = {one.table: one.stored for one in found}
    assert said["inverter_daily_summary"].startswith("cannot be read: ")
    assert "plants" in said
    assert "inverter_telemetry_clean" not in said
    with open_database(f"sqlite:///{file}", write=True) as database:
        assert Book(database).verify().differences
