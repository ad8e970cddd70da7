"""Derived rows do not show how many days were read at once, and rest on readings alone, however many inverters a plant has."""

from typing import Any

import pytest

from projections.engine import derived_step
from projections.tables import plant_production_window
from projections.tables.inverter_daily_summary import projection as inverter_daily_summary
from tests.support.book import ARRIVAL, Book
from tests.support.streams import HOUR, START, curve, telemetry

DAY = 24 * HOUR
REGISTRY = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,p,V,M,10,"),
]


def windows(book: Book) -> list[tuple[Any, ...]]:
    rows = sorted(book.rows("plant_production_window"), key=lambda row: row.local_date)
    return [(row.window_start - row.day_start_utc, row.window_end - row.day_start_utc, row.start_closed, row.end_closed) for row in rows]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_days_read_at_once_do_not_show(book: Book, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    day_off = [telemetry("b", START + 2 * DAY + 40 * HOUR, None, 3_000.0), telemetry("b", START + 20 * DAY, 5.0, -9_999_000.0)]
    book.append([*REGISTRY, *curve("a", 4), *curve("b", 2), *day_off])
    book.project()
    expected = book.tables()
    for module in (inverter_daily_summary, plant_production_window):
        monkeypatch.setattr(module, "DAYS_AT_ONCE", at_once)
    book.rebuild()
    assert book.tables() == expected
    assert len(book.rows("inverter_daily_summary")) == 4 + 3 + 1


@pytest.mark.parametrize("at_once", [1, 2])
def test_rows_staged_at_once_do_not_show(book: Book, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    book.append([*REGISTRY, *curve("a", 4), *curve("b", 2)])
    book.project()
    expected = book.tables()
    monkeypatch.setattr(derived_step, "_STAGED_AT_ONCE", at_once)
    book.rebuild()
    assert book.tables() == expected


def test_longer_history_than_is_read_at_once_has_a_row_for_each_day(book: Book) -> None:
    book.append([*REGISTRY[:2], *curve("a", 130, 8)], at=ARRIVAL + 130 * DAY)
    book.project()
    rows = book.rows("inverter_daily_summary")
    assert [(row.reading_count, row.step_seconds) for row in rows] == [(3, 8 * 3_600)] * 130
    assert windows(book) == [(8 * HOUR, 8 * HOUR, False, False)] * 130


@pytest.mark.parametrize(("maker", "witness"), [("a", "b"), ("b", "a")])
def test_edge_is_closed_by_any_inverter_of_the_plant(book: Book, maker: str, witness: str) -> None:
    lines = [telemetry(maker, START + hour * HOUR, None, 1_000.0) for hour in (9, 10, 11)]
    book.append([*REGISTRY, *lines, telemetry(witness, START + 12 * HOUR, None, 0.0), telemetry(witness, START + 7 * HOUR, None, 0.0)])
    book.project()
    assert windows(book) == [(9 * HOUR, 11 * HOUR, False, True)]
    book.append([telemetry(witness, START + 8 * HOUR, None, 99.0)])
    book.project()
    assert windows(book) == [(9 * HOUR, 11 * HOUR, True, True)]


def test_edges_of_days_far_apart_are_each_closed_by_their_own_readings(book: Book) -> None:
    lines = [telemetry("a", START + day * DAY + hour * HOUR, None, 1_000.0) for day in (0, 3, 4, 9) for hour in (9, 10, 11)]
    low = [telemetry("b", START + day * DAY + hour * HOUR, None, 0.0) for day, hour in [(0, 8), (0, 13), (3, 12), (3, 14), (4, 8), (4, 7)]]
    book.append([*REGISTRY, *lines, *low])
    book.project()
    closed = [(True, False), (False, True), (True, False), (False, False)]
    assert windows(book) == [(9 * HOUR, 11 * HOUR, *edges) for edges in closed]


@pytest.mark.parametrize(("beyond", "closed"), [(1, True), (90 * 60_000_000, True), (90 * 60_000_000 + 1, False)])
def test_edge_is_closed_from_as_far_as_the_longest_gap(book: Book, beyond: int, *, closed: bool) -> None:
    lines = [telemetry("a", START + hour * HOUR, None, 1_000.0) for hour in (9, 10, 11)]
    low = [telemetry("a", START + at, None, 0.0) for at in (9 * HOUR - beyond, 11 * HOUR + beyond)]
    book.append([*REGISTRY[:2], *lines, *low])
    book.project()
    assert windows(book) == [(9 * HOUR, 11 * HOUR, closed, closed)]


def test_only_power_below_the_threshold_closes_an_edge(book: Book) -> None:
    beside = [telemetry("b", START + 8 * HOUR, 5_000.0, None), telemetry("b", START + 12 * HOUR, None, 99.0)]
    book.append([*REGISTRY, *(telemetry("a", START + hour * HOUR, None, 1_000.0) for hour in (9, 10, 11)), *beside])
    book.project()
    assert windows(book) == [(9 * HOUR, 11 * HOUR, False, True)]


@pytest.mark.parametrize(("temperature", "closed"), [(0, False), (20.0, True)])
def test_row_without_data_closes_no_edge(book: Book, temperature: float, *, closed: bool) -> None:
    """A zero counter is lost either way; without a temperature the row is no reading."""
    yesterday = telemetry("a", START - 4 * HOUR, 90_000.0, 500.0)
    lines = [telemetry("a", START + hour * HOUR, 100_000.0 + hour * 1_000, 1_000.0) for hour in (9, 10, 11)]
    book.append([*REGISTRY[:2], yesterday, *lines, telemetry("a", START + 8 * HOUR, 0.0, 0.0, temperature_c=temperature)])
    book.project()
    assert windows(book) == [(20 * HOUR, 20 * HOUR, False, False), (9 * HOUR, 11 * HOUR, closed, False)]


def test_step_of_a_day_without_one_is_that_of_a_day_before(book: Book) -> None:
    late = [telemetry("a", START + day * DAY + 12 * HOUR, None, 500.0) for day in (8, 16)]
    book.append([*REGISTRY[:2], *curve("a", 2, 2), *late])
    book.project()
    assert [(row.local_date[-2:], row.step_seconds) for row in book.rows("inverter_daily_summary")] == [
        ("29", 7_200),
        ("30", 7_200),
        ("06", 7_200),
        ("14", 300),
    ]
