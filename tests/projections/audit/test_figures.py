from pathlib import Path

import pytest

from ledger.errors import LedgerError
from projections import Book
from tests.projections.audit.conftest import OpenBook, change, copied
from tests.support.audited import A_DAY_TWO, LATEST, PLACEHOLDER


def test_daily_rows_come_by_inverter_and_date(book: Book) -> None:
    days = [(row.inverter_id, row.local_date) for row in book.daily()]
    assert days == [("inv_a", "2025-04-01"), ("inv_a", "2025-04-02"), ("inv_b", "2025-04-02")]


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"inverter": "inv_a"}, ["2025-04-01", "2025-04-02"]),
        ({"plant": "p_north"}, ["2025-04-01", "2025-04-02", "2025-04-02"]),
        ({"plant": "p_dark"}, []),
        ({"first": "2025-04-02"}, ["2025-04-02", "2025-04-02"]),
        ({"last": "20250401"}, ["2025-04-01"]),
        ({"inverter": "inv_a", "first": "2025-04-01", "last": "2025-04-01"}, ["2025-04-01"]),
        ({"inverter": "inv_b", "last": "2025-04-01"}, []),
    ],
)
def test_daily_rows_are_narrowed_by_inverter_plant_and_dates(book: Book, asked: dict[str, str], days: list[str]) -> None:
    assert [row.local_date for row in book.daily(**asked)] == days


def test_readings_come_by_time_from_a_start_to_before_an_end(book: Book) -> None:
    assert len(book.readings("inv_a")) == 6
    start, end = "2025-04-02T06:00:00Z", "2025-04-02T06:10:00Z"
    assert [reading.position for reading in book.readings("inv_a", start, end)] == [A_DAY_TWO, PLACEHOLDER]
    assert [reading.position for reading in book.readings("inv_a", book.readings("inv_a")[-1].event_time)] == [LATEST]


def test_a_log_without_projections_or_with_those_of_another_version_is_refused(
    bare: Path, whole: Path, tmp_path: Path, opened: OpenBook
) -> None:
    other = copied(whole, tmp_path)
    change(other, "UPDATE checkpoint SET version = 999 WHERE projection = 'inverter_latest'")
    for file, said in ((bare, "holds a log and no projections yet"), (other, "inverter_latest was not made by this version of its code")):
        for ask in (lambda book: book.daily(), lambda book: book.readings("inv_a")):
            with pytest.raises(LedgerError, match=said):
                ask(opened(file))
