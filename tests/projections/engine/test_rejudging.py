"""A registration that comes late, or is corrected, reaches every row it concerns without a rebuild."""

from collections.abc import Callable

import pytest

from projections.engine import commands
from tests.support.book import Book, quiet
from tests.support.replay import replay
from tests.support.streams import HOUR, START, curve, telemetry

PLANT = ("plant", b"plant_id,name,location,timezone\np,P,L,UTC")
HEADER = b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\n"


def inverter(capacity: str = "10", plant: str = "p", commissioned: str = "") -> tuple[str, bytes]:
    return "inverter", HEADER + f"a,{plant},V,M,{capacity},{commissioned}".encode()


def check_projected(book: Book, *lines: tuple[str, bytes]) -> None:
    """Append and project, and hold the outcome against a replay."""
    book.append(list(lines))
    book.project()
    assert book.tables() == replay(book.events())


@pytest.mark.invariant("I13")
def test_an_inverter_registered_after_its_telemetry_gets_its_days(book: Book) -> None:
    check_projected(book, PLANT, *curve("a", 2))
    assert {row.reason for row in book.rows("inverter_telemetry_rejected")} == {"unknown_inverter"}
    check_projected(book, inverter())
    assert book.rows("inverter_telemetry_rejected") == []
    assert [row.energy_wh for row in book.rows("inverter_daily_summary")] == [8_000.0, 8_000.0]


@pytest.mark.invariant("I13")
def test_a_corrected_capacity_restores_what_a_rejected_event_had_superseded(book: Book) -> None:
    at = START + 12 * HOUR
    check_projected(book, PLANT, inverter("10"), telemetry("a", at, None, 1_000.0), telemetry("a", at, None, 9_000.0))
    assert [row.ac_power_w for row in book.rows("inverter_telemetry_clean")] == [9_000.0]
    check_projected(book, inverter("5"))
    assert [row.ac_power_w for row in book.rows("inverter_telemetry_clean")] == [1_000.0]
    assert [row.reason for row in book.rows("inverter_telemetry_rejected")] == ["power_over_limit"]
    check_projected(book, inverter("10"))
    assert [row.ac_power_w for row in book.rows("inverter_telemetry_clean")] == [9_000.0]


@pytest.mark.invariant("I13")
def test_a_corrected_zone_moves_the_days(book: Book) -> None:
    check_projected(book, PLANT, inverter(), *curve("a", 2))
    check_projected(book, ("plant", b"plant_id,name,location,timezone\np,P,L,Asia/Tokyo"))
    days = [(row.local_date, row.timezone) for row in book.rows("inverter_daily_summary")]
    assert days == [(f"2025-03-{day}", "Asia/Tokyo") for day in (29, 30, 31)]


def test_a_zone_that_goes_missing_holds_the_days_and_keeps_the_readings(book: Book) -> None:
    check_projected(book, PLANT, inverter(), *curve("a", 1))
    check_projected(book, ("plant", b"plant_id,name,location,timezone\np,P,L,"))
    tables = book.tables()
    assert [len(tables[name]) for name in ("inverter_telemetry_clean", "inverter_daily_summary", "plant_daily_summary")] == [24, 0, 0]


def test_an_inverter_moved_to_another_plant_mismatches_its_old_lines(book: Book) -> None:
    check_projected(book, PLANT, ("plant", b"plant_id,name,location,timezone\nq,Q,L,UTC"), inverter(), *curve("a", 1))
    check_projected(book, inverter(plant="q"))
    assert {row.reason for row in book.rows("inverter_telemetry_rejected")} == {"plant_mismatch"}
    assert book.rows("plant_daily_summary") == []


def test_a_later_commissioning_rejects_what_came_more_than_a_day_before(book: Book) -> None:
    check_projected(book, PLANT, inverter(), *curve("a", 3))
    check_projected(book, inverter(commissioned="2025-03-31T00:00:00Z"))
    assert {row.reason for row in book.rows("inverter_telemetry_rejected")} == {"before_commissioning"}
    assert len(book.rows("inverter_telemetry_clean")) == 48


def test_events_without_a_readable_time_are_judged_again_too(book: Book) -> None:
    broken = ("telemetry", b'{"plant_id":"p","inverter_id":"a","event_time":"soon","ac_power":1,"ac_power_unit":"W"}')
    check_projected(book, broken)
    assert [row.reasons for row in book.rows("inverter_telemetry_rejected")] == ["bad_timestamp,unknown_inverter"]
    check_projected(book, inverter())
    assert [row.reasons for row in book.rows("inverter_telemetry_rejected")] == ["bad_timestamp"]


def test_a_run_counts_what_it_rejected_and_what_it_restored(book: Book) -> None:
    book.append([PLANT, *curve("a", 1), ("telemetry", b"not json")])
    first = commands.project(book.database, (), quiet)[0]
    assert (first.projection, first.reasons) == ("inverter_telemetry", {"malformed_json": 1, "unknown_inverter": 24})
    book.append([inverter(), telemetry("a", START, None, 99_000.0), ("plant", b"plant_id,name\n,P")])
    outcomes = {outcome.projection: outcome.reasons for outcome in commands.project(book.database, (), quiet)}
    assert outcomes["inverter_telemetry"] == {"power_over_limit": 1, "unknown_inverter": -24}
    assert outcomes["registry_rejected"] == {"missing_id": 1}
    assert outcomes["counter_days"] == {}


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
def test_a_subject_is_judged_again_some_keys_at_a_time(
    make_book: Callable[[], Book], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("projections.engine.event_step._REJUDGED_AT_ONCE", at_once)
    check_projected(make_book(), PLANT, *curve("a", 1), inverter(), inverter("none"))
