from pathlib import Path

import attrs

from projections import Book
from projections.audit.counts import ReasonCount
from projections.audit.overview import DaySample, DeliveryState, HeldPlant
from tests.projections.audit.conftest import OpenBook, append, copied
from tests.support.audited import LATEST, SIZE


def test_a_log_without_projections_shows_the_log_alone(bare: Path, opened: OpenBook) -> None:
    found = opened(bare).overview()
    assert (found.log.size, found.rows, found.rejected, found.held_plants, found.daily_summary) == (SIZE, (), (), (), ())
    assert {(lag.position, lag.lag_events, lag.version) for lag in found.projections} == {(0, SIZE, None)}
    assert all(lag.lag_seconds >= 0 for lag in found.projections)
    assert found.database == f"sqlite:///{bare}"


def test_an_empty_log_has_no_newest_arrival_and_no_lag(tmp_path: Path, opened: OpenBook) -> None:
    append(tmp_path / "empty.db", "nothing.jsonl", b"")
    found = opened(tmp_path / "empty.db").overview()
    assert (found.log.size, found.log.newest_recorded_at) == (0, None)
    assert {(lag.lag_events, lag.lag_seconds) for lag in found.projections} == {(0, 0)}


def test_rows_and_rejected_events_are_counted(book: Book) -> None:
    found = book.overview()
    rows = {count.table: count.rows for count in found.rows}
    assert (rows["inverter_telemetry_clean"], rows["inverter_telemetry_rejected"], rows["registry_rejected"]) == (8, 7, 1)
    assert sum(count.events for count in found.rejected) == 7
    assert found.rejected[:2] == (ReasonCount("duplicate_reading", 1), ReasonCount("malformed_json", 1))


def test_held_plants_are_named_with_their_inverters_those_without_a_name_first(book: Book) -> None:
    assert book.overview().held_plants == (
        HeldPlant(None, None, "not_registered", 1, "timezone_missing"),
        HeldPlant("p_dark", None, "timezone_missing", 1, "timezone_missing"),
        HeldPlant("p_nowhere", None, "not_registered", 1, "timezone_missing"),
    )


def test_deliveries_and_days_come_newest_first(book: Book) -> None:
    found = book.overview(2)
    assert [delivery.source for delivery in found.deliveries] == ["renamed.csv", "lines.jsonl", "plants.csv", "inverters.csv"]
    assert attrs.evolve(found.deliveries[1], ended_at="") == DeliveryState(3, "lines.jsonl", 17, 15, 1, "", complete=True)
    assert [(day.local_date, day.inverter_id) for day in found.daily_summary] == [("2025-04-02", "inv_a"), ("2025-04-02", "inv_b")]
    assert attrs.evolve(found.daily_summary[0], flags="") == DaySample("inv_a", "2025-04-02", 1_000, "counter", 3, 1, "usable", "")


def test_lag_is_what_a_projection_has_still_to_apply(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    append(file, "more.jsonl", b"one more")
    lags = opened(file).overview().projections
    assert {(lag.position, lag.lag_events) for lag in lags} == {(SIZE, 2)}
    assert all(lag.version is not None for lag in lags)


def test_asking_changes_no_byte(whole: Path, opened: OpenBook) -> None:
    before, book = whole.read_bytes(), opened(whole)
    book.overview()
    book.event(LATEST)
    book.trace("inv_a", "2025-04-02")
    assert list(book.rejected())
    assert whole.read_bytes() == before
