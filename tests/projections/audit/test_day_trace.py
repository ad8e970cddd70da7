from pathlib import Path

import pytest

from ledger.errors import LedgerError
from projections import Book
from projections.audit.day_trace import day_trace_document
from projections.audit.find import SourceLine
from tests.projections.audit.conftest import OpenBook, append, change, copied
from tests.support.audited import A_DAY_TWO, LATEST, PLACEHOLDER, SIZE, line


def test_a_day_is_traced_to_every_reading_rejected_event_and_line(book: Book) -> None:
    trace = book.trace("inv_a", "2025-04-02")
    assert trace.day.counter_last_wh == 111_000
    assert trace.applied_position == trace.log_size == SIZE
    readings = [(found.reading.position, found.mark, found.line.line_number) for found in trace.readings]
    assert readings == [(A_DAY_TWO, "accepted", 4), (PLACEHOLDER, "placeholder", 5), (LATEST, "accepted", 6)]
    assert [(found.event.reason, found.line) for found in trace.rejected] == [
        ("duplicate_reading", SourceLine(3, "lines.jsonl", 8)),
        ("negative_power", SourceLine(3, "lines.jsonl", 7)),
    ]


def test_a_day_is_traced_to_the_statements_in_force_and_the_counter_before_it(book: Book) -> None:
    trace = book.trace("inv_a", "2025-04-02")
    assert [(found.event.kind, found.line.source) for found in trace.statements] == [
        ("inverter", "inverters.csv"),
        ("plant", "renamed.csv"),
    ]
    assert trace.counter_before is not None
    assert (trace.counter_before.line_wh, trace.counter_before.line.line_number) == (102_000, 3)
    assert book.trace("inv_a", "2025-04-01").counter_before is None


def test_a_reading_without_counter_value_has_no_mark(shapes: Path, opened: OpenBook) -> None:
    trace = opened(shapes).trace("inv_power", "2025-04-01")
    assert {found.mark for found in trace.readings} == {None}
    assert trace.counter_before is None


def test_a_counter_before_whose_reading_is_gone_is_none(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, f"DELETE FROM inverter_telemetry_clean WHERE position < {A_DAY_TWO}")  # noqa: S608 - a constant
    assert opened(file).trace("inv_a", "2025-04-02").counter_before is None


def test_a_statement_that_is_gone_is_left_out(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, "DELETE FROM plants")
    assert [found.event.kind for found in opened(file).trace("inv_a", "2025-04-02").statements] == ["inverter"]


def test_a_document_has_rows_by_column_name_each_with_its_line(book: Book) -> None:
    document = day_trace_document(book.trace("inv_a", "20250402"))
    assert (document["inverter_id"], document["local_date"]) == ("inv_a", "2025-04-02")
    assert document["day"]["day_start_utc"] == "2025-04-01T18:30:00+00:00"
    assert document["readings"][1]["mark"] == "placeholder"
    assert document["rejected"][1]["line"] == {"delivery_id": 3, "source": "lines.jsonl", "line_number": 7}
    assert document["statements"][1]["kind"] == "plant"
    assert document["counter_before"] is not None
    assert document["counter_before"]["line_wh"] == 102_000
    assert day_trace_document(book.trace("inv_a", "2025-04-01"))["counter_before"] is None


@pytest.mark.parametrize(
    ("inverter", "day", "said"),
    [
        ("inv_dark", "2025-04-02", "plant p_dark is held: timezone_missing"),
        ("inv_homeless", "2025-04-02", "inverter inv_homeless is registered under no plant, so its daily rows are held"),
        ("inv_lost", "2025-04-02", "plant p_nowhere is not registered, so its daily rows are held"),
        ("inv_other", "2025-04-02", "inverter inv_other is not registered"),
        ("inv_a", "2025-04-09", "no event names that inverter and a moment of that day"),
        ("inv_b", "2025-04-05", "no reading that day, only 1 rejected events that make none (plant_mismatch)"),
    ],
)
def test_a_day_without_a_row_says_why(book: Book, inverter: str, day: str, said: str) -> None:
    with pytest.raises(LedgerError) as caught:
        book.trace(inverter, day)
    assert str(caught.value) == f"no daily row for {inverter} on {day}: {said}"


def test_a_day_that_may_come_with_the_next_run_says_what_to_run(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    append(file, "late.jsonl", line("inv_a", "2025-04-07T06:00:00Z", 1_000, 112_000))
    with pytest.raises(LedgerError, match=rf"on 2025-04-07 \(at position {SIZE} of {SIZE + 2}: run tools/project\): no event"):
        opened(file).trace("inv_a", "2025-04-07")
