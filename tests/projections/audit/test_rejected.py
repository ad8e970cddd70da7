from pathlib import Path

import pytest

from ledger.errors import LedgerError
from projections import Book, RejectedGroup
from tests.projections.audit.conftest import OpenBook, change, copied
from tests.support.audited import DUPLICATE, FIRST, NEGATIVE, NOT_UTF8


def test_every_rejected_event_is_listed_with_its_line_in_order_of_arrival(book: Book) -> None:
    events = list(book.rejected())
    assert [event.reason for event in events] == [
        "missing_id", "negative_power", "duplicate_reading", "superseded", "unknown_inverter", "unknown_inverter", "malformed_json",
        "plant_mismatch",
    ]  # fmt: skip
    registry, negative = events[:2]
    assert (registry.kind, registry.source, registry.line_number, registry.inverter_id) == ("plant", "plants.csv", 4, None)
    assert (registry.event_time, registry.reasons) == (None, "missing_id")
    assert (negative.kind, negative.source, negative.line_number, negative.value) == ("telemetry", "lines.jsonl", 7, "-5000")
    assert negative.event_time == 1_743_574_500_000_000


def test_events_are_narrowed_by_reason_inverter_and_arrival(book: Book) -> None:
    assert {event.reason for event in book.rejected(reasons=["superseded", "missing_id"])} == {"superseded", "missing_id"}
    assert [event.position for event in book.rejected(inverter="inv_a")] == [NEGATIVE, DUPLICATE]
    arrived = list(book.rejected())[1].recorded_at
    assert next(book.rejected(since=arrived)).position == NEGATIVE
    assert list(book.rejected(since="2999-01-01T00:00:00Z")) == []


def test_events_are_counted_by_reason_inverter_local_day_and_source(book: Book) -> None:
    reasons = book.count_rejected("reason")
    assert reasons[0] == RejectedGroup("unknown_inverter", 2, FIRST + 10, FIRST + 11)
    assert sum(group.events for group in reasons) == 8
    assert {group.value: group.events for group in book.count_rejected("day")} == {None: 4, "2025-04-02": 3, "2025-04-05": 1}
    assert {group.value: group.events for group in book.count_rejected("source")} == {"lines.jsonl": 7, "plants.csv": 1}
    assert {group.value: group.events for group in book.count_rejected("inverter", reasons=["superseded"])} == {"inv_b": 1}


def test_groups_with_as_many_events_come_by_their_first_position(book: Book) -> None:
    firsts = [group.first_position for group in book.count_rejected("reason")[1:]]
    assert firsts == sorted(firsts)


def test_an_event_whose_inverter_is_known_and_time_is_not_has_no_day(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, f"UPDATE inverter_telemetry_rejected SET inverter_id = 'inv_a' WHERE position = {NOT_UTF8}")  # noqa: S608 - a constant
    assert [group.events for group in opened(file).count_rejected("day") if group.value is None] == [4]


def test_a_log_without_projections_is_refused(bare: Path, opened: OpenBook) -> None:
    with pytest.raises(LedgerError, match="no projections yet: run tools/project"):
        next(opened(bare).rejected())
