"""Whatever two tables hold, they are paired by key and compared by type and bytes."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.database import open_database
from projections.engine import compare
from projections.engine.compare import DIFFERENCES_MAX, Comparison, Difference, _are_same, _hash, _pairs, differences_between
from projections.sql import sqlite
from projections.sql.transactions import connected, transaction
from tests.projections.engine.test_alterations import LINES
from tests.support.book import Book

ODD = [None, -1, 2.5, float("inf"), "", "a", "a\udcff", "z", b"", b"a", Decimal(1), (1, 2)]
"""In SQLite's order, what SQLite does not know last."""


def test_keys_of_all_types_are_paired_in_sqlites_order() -> None:
    left, right = [(one,) for one in ODD], [(one,) for one in ODD[::2]]
    found = list(_pairs([0], iter(left), iter(right)))
    assert [stored for stored, _ in found] == left
    assert [other for _, other in found if other is not None] == right


def test_rows_out_of_order_are_not_paired_and_none_is_lost() -> None:
    left, right = [(3,), (1,), (2,)], [(1,), (2,), (3,)]
    found = list(_pairs([0], iter(left), iter(right)))
    assert [stored for stored, _ in found if stored] == left
    assert [other for _, other in found if other] == right


@pytest.mark.parametrize(
    ("one", "two"),
    [(1, 1.0), (0.0, -0.0), ("1", 1), ("a", b"a"), (None, ""), (1, True), (float("nan"), None), (1 << 70, 1), ("\udcff", "?")],
)
def test_values_that_are_equal_to_python_may_differ(one: Any, two: Any) -> None:
    assert not _are_same([(one,)], [(two,)])
    (found,) = differences_between("t", "k", ["c"], (one,), (two,))
    assert (found.table, found.key, found.column) == ("t", "k", "c")
    found.stored.encode()


@pytest.mark.parametrize("value", [0.0, -0.0, float("nan"), "a", b"a", None, 7])
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert _are_same([(value,)], [(value,)])
    assert list(differences_between("t", "k", ["c"], (value,), (value,))) == []


@pytest.mark.parametrize("value", ["\udcff", 1 << 70, object])
def test_a_row_that_is_none_of_ours_has_a_digest_too(value: Any) -> None:
    assert _hash(["t", value]) == _hash(["t", value]) != _hash(["t", None])


def test_only_the_first_differences_are_kept() -> None:
    found = Comparison()
    found.add(Difference("t", str(number), "c", "1", "2") for number in range(DIFFERENCES_MAX + 5))
    assert len(found.differences) == DIFFERENCES_MAX


def test_after_a_value_that_differs_pages_are_compared_whole_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    singly: list[Any] = []

    def counted(key: Any, left: Any, right: Any) -> Any:
        for pair in _pairs(key, left, right):
            singly.append(pair)
            yield pair

    monkeypatch.setattr(compare, "_pairs", counted)
    monkeypatch.setattr(sqlite, "_PAGE_ROWS", 3)
    with open_database(f"sqlite:///{tmp_path / 'x.db'}", write=True) as database:
        book = Book(database)
        book.append(LINES)
        book.project()
        with connected(database) as connection, transaction(connection, write=True):
            connection.exec_driver_sql("UPDATE inverter_telemetry_clean SET ac_power_w = 1.5 WHERE position = 10")
        rows = len(book.tables()["inverter_telemetry_clean"])
        (found,) = book.verify().differences
    assert (found.table, found.column) == ("inverter_telemetry_clean", "ac_power_w")
    assert len(singly) == 3 < rows - 3


def test_as_many_differences_as_are_shown_may_not_be_all() -> None:
    found = Comparison()
    found.add([Difference("plants", str(number), "", "a row", "no row") for number in range(DIFFERENCES_MAX - 1)])
    assert not found.cut_off
    found.add([Difference("plants", "p", "", "a row", "no row")])
    assert found.cut_off
