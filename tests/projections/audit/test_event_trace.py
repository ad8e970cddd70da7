from pathlib import Path

import pytest

from projections import Book, EventTrace
from projections.audit.event_trace import RowCount, event_trace_document
from projections.engine.catalog import with_dependents, with_sources
from tests.projections.audit.conftest import STATED, OpenBook, append, change, copied, project
from tests.support.audited import DARK, DUPLICATE, KEPT, LATEST, NEGATIVE, NOT_UTF8, PLACEHOLDER, RENAMED, SUPERSEDED, line


def traced(book: Book, name: object) -> EventTrace:
    (found,) = book.event(str(name))
    return found


def tables(trace: EventTrace) -> list[str]:
    return [row.table.name for row in trace.dependents]


def test_a_reading_is_followed_to_its_row_its_days_and_the_latest_state(book: Book) -> None:
    trace = traced(book, LATEST)
    assert trace.row is not None
    assert (trace.row.table.name, trace.row.row.position, trace.notes) == ("inverter_telemetry_clean", LATEST, ())
    assert tables(trace) == ["inverter_daily_summary", "plant_daily_summary", "inverter_latest"]
    day, plant_day, latest = (found.row for found in trace.dependents)
    assert (day.local_date, plant_day.plant_id, latest.position) == ("2025-04-02", "p_north", LATEST)


def test_a_reading_off_the_line_is_followed_to_its_mark(book: Book) -> None:
    trace = traced(book, PLACEHOLDER)
    assert tables(trace) == ["counter_marks", "inverter_daily_summary", "plant_daily_summary"]
    assert trace.dependents[0].row.mark == "placeholder"


def test_a_rejected_event_is_followed_to_its_reason_and_the_day_that_counts_it(book: Book) -> None:
    trace = traced(book, NEGATIVE)
    assert trace.row is not None
    assert (trace.row.row.reason, trace.row.row.value) == ("negative_power", "-5000")
    assert trace.notes[0].startswith("negative_power: ")
    assert trace.dependents[0].row.rejected_count == 1


@pytest.mark.parametrize(("position", "reason", "kept"), [(DUPLICATE, "duplicate_reading", LATEST), (SUPERSEDED, "superseded", KEPT)])
def test_a_beaten_reading_names_the_one_that_was_kept(book: Book, position: int, reason: str, kept: int) -> None:
    trace = traced(book, position)
    assert trace.row is not None
    assert trace.row.row.reason == reason
    assert trace.notes[1] == f"the reading kept for that moment is the event at position {kept}"


def test_what_no_day_counts_says_why(book: Book) -> None:
    unreadable, held = traced(book, NOT_UTF8), traced(book, DARK)
    assert unreadable.notes[1] == "no daily row counts it: its inverter or time cannot be read"
    assert unreadable.dependents == ()
    assert held.notes == ("no daily row counts it: plant p_dark is held: timezone_missing",)
    assert tables(held) == ["inverter_latest"]


def test_a_statement_in_force_counts_the_rows_under_it(book: Book) -> None:
    inverter, plant = traced(book, "inverters.csv:2"), traced(book, RENAMED)
    assert inverter.notes == plant.notes == ("the statement in force",)
    assert inverter.dependent_counts == (RowCount("inverter_daily_summary", 2),)
    assert plant.dependent_counts == (RowCount("inverter_daily_summary", 3), RowCount("plant_daily_summary", 2))


def test_a_replaced_statement_names_the_next_valid_one_of_the_same_plant(book: Book) -> None:
    trace = traced(book, "plants.csv:2")
    assert trace.row is None
    assert trace.notes == (f"no longer in force: plant p_north was stated anew at position {RENAMED}",)


def test_a_registry_row_that_registers_nothing_has_its_reason(book: Book) -> None:
    trace = traced(book, "plants.csv:4")
    assert trace.row is not None
    assert (trace.row.table.name, trace.row.row.reason) == ("registry_rejected", "missing_id")
    assert trace.notes[0].startswith("missing_id: ")


def test_what_states_a_delivery_makes_no_row_with_and_without_projections(book: Book, bare: Path, opened: OpenBook) -> None:
    trace = traced(book, STATED)
    assert (trace.row, trace.dependents, trace.dependent_counts) == (None, (), ())
    assert trace.notes[0].startswith("comes from no line: it states what delivery 3 had brought by then")
    assert traced(opened(bare), STATED) == trace


def test_a_log_without_projections_says_what_to_run(bare: Path, opened: OpenBook) -> None:
    trace = traced(opened(bare), LATEST)
    assert (trace.row, trace.notes) == (None, ("the database holds a log and no projections yet: run tools/project",))


def test_what_its_own_projection_has_not_applied_yet_is_not_guessed(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    append(file, "late.jsonl", line("inv_a", "2025-04-07T06:00:00Z", 1_000, 112_000))
    trace = traced(opened(file), "late.jsonl:1")
    assert trace.row is None
    assert trace.notes[0].startswith("not yet applied by ")
    assert trace.notes[0].endswith(": run tools/project")


def test_what_later_projections_have_not_applied_yet_is_told_beside_the_rest(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    append(file, "late.jsonl", line("inv_a", "2025-04-07T06:00:00Z", 1_000, 112_000))
    project(file, "plants", "inverters", "registry_rejected", "inverter_daily_summary")
    trace = traced(opened(file), "late.jsonl:1")
    assert trace.row is not None
    assert tables(trace) == ["inverter_daily_summary"]
    projected = with_sources({"plants", "inverters", "registry_rejected", "inverter_daily_summary"})
    behind = sorted(with_dependents({"inverter_telemetry"}) - projected)
    assert {"inverter_latest", "plant_daily_summary"} <= set(behind)
    assert trace.notes == (f"not yet applied by {', '.join(behind)}: run tools/project",)


def test_an_altered_log_or_table_is_told_and_no_error(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, "DROP TRIGGER event_log_refuses_update")
    change(file, f"UPDATE event_log SET payload = x'7b7d' WHERE position = {LATEST}")  # noqa: S608 - a constant
    change(file, f"DELETE FROM plants WHERE position = {RENAMED}")  # noqa: S608 - a constant
    book = opened(file)
    for name in (LATEST, RENAMED):
        assert traced(book, name).notes == ("in neither table, which cannot be: run tools/project --verify",)


def test_a_document_names_the_table_the_row_and_what_rests_on_it(book: Book) -> None:
    clean, plant, replaced = (event_trace_document(traced(book, name))["standing"] for name in (LATEST, RENAMED, "plants.csv:2"))
    assert clean["table"] == "inverter_telemetry_clean"
    assert clean["row"] is not None
    assert clean["row"]["event_time"] == "2025-04-02T06:10:00+00:00"
    assert [one["table"] for one in clean["rests"]] == ["inverter_daily_summary", "plant_daily_summary", "inverter_latest"]
    assert plant["rests"] == [{"table": "inverter_daily_summary", "rows": 3}, {"table": "plant_daily_summary", "rows": 2}]
    assert (replaced["table"], replaced["row"]) == (None, None)
