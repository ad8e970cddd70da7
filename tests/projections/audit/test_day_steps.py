import json
from pathlib import Path

import pytest

from ledger.errors import LedgerError, VerificationError
from projections.audit.day_document import DayDocument, day_document
from tests.projections.audit.conftest import OpenBook, append, change, copied, project
from tests.support.energy_days import DAY, DAYS, rows


@pytest.fixture
def told(shapes: Path, opened: OpenBook):
    """Return the function from an inverter and a date to the day's document."""
    book = opened(shapes)
    return lambda inverter, day=DAY: day_document(book.energy(inverter, day))


def stepped(document: DayDocument) -> list[tuple[str, str, float, float | None]]:
    return [(one["kind"], one["placed"], one["energy_wh"], one["this_day_wh"]) for one in document["steps"]]


@pytest.mark.parametrize(("inverter", "day"), DAYS)
def test_every_days_steps_add_up_to_its_stored_row(told, inverter: str, day: str) -> None:
    document = told(inverter, day)
    steps = [one["this_day_wh"] for one in document["steps"] if one["this_day_wh"] is not None]
    assert document["sum"]["steps_energy_wh"] == (sum(steps) if steps else None)
    assert document["sum"]["stored_gap_wh"] == sum(one["this_day_gap_wh"] for one in document["steps"])
    assert (document["sum"]["agrees"], document["sum"]["disagreements"]) == (True, [])


def test_a_step_over_midnight_is_shared_by_both_days(told) -> None:
    later = told("inv_split", "2025-04-02")
    assert stepped(told("inv_split")) == stepped(later) == [("growth", "split", 100, 50)]
    assert later["accepted_before"] == {"event_time": "2025-04-01T23:50:00+00:00", "line_wh": 100_001}
    assert [(share["local_date"], share["energy_wh"]) for share in later["steps"][0]["shares"]] == [(DAY, 50), ("2025-04-02", 50)]
    assert told("inv_split")["accepted_after"] == {
        "event_time": "2025-04-02T00:10:00+00:00",
        "energy_wh_total": 100_101,
        "opens_a_line": False,
    }


def test_a_day_without_counter_has_its_power_and_nothing_before_or_after(told) -> None:
    document = told("inv_power")
    assert (document["accepted_before"], document["accepted_after"], document["steps"]) == (None, None, [])
    assert document["power"]["energy_power_wh"] == document["sum"]["stored_energy_wh"] == 3_000
    assert (document["power"]["minus_counter_wh"], document["power"]["minus_counter_percent"]) == (None, None)
    assert {(one["mark"], one["kind"]) for one in document["readings"]} == {(None, "no_counter")}


def test_power_is_set_against_the_counter(told) -> None:
    power = told("inv_normal")["power"]
    assert (power["energy_power_wh"], power["minus_counter_wh"], power["minus_counter_percent"]) == (3_300, 0, 0)
    assert power["window_start_utc"] == "2025-04-01T05:00:00+00:00"


def test_flags_are_told_with_their_meaning(shapes: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(shapes, tmp_path)
    change(file, "UPDATE inverter_daily_summary SET flags = '' WHERE inverter_id = 'inv_normal'")
    pending, normal = (day_document(opened(file).energy(name, DAY))["flags"] for name in ("inv_pending", "inv_normal"))
    assert pending["pending_counter"].startswith("Counter values of this day are not yet decided")
    assert normal == {}


def test_the_value_before_a_day_is_looked_for_over_days_without_one(shapes: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(shapes, tmp_path)
    powers = rows("2025-04-03T12:00:00", 5, None, None, watts=500)
    lines = [{"inverter_id": "inv_gap", "plant_id": "p_inv_gap", "status": "ok", **row} for row in powers]
    append(file, "powers.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode())
    project(file)
    before = day_document(opened(file).energy("inv_gap", "2025-04-04"))["accepted_before"]
    assert before == {"event_time": "2025-04-01T18:05:00+00:00", "line_wh": 100_002}


def test_the_value_before_a_day_is_the_last_one_accepted_since(told) -> None:
    assert told("inv_normal", "2025-04-10")["accepted_before"] == {"event_time": "2025-04-01T05:55:00+00:00", "line_wh": 103_303}
    assert told("inv_late_reset", "2025-04-02")["accepted_before"] == {"event_time": "2025-04-01T22:00:00+00:00", "line_wh": 303}


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("energy_wh = 3301", "energy_wh is 3301.0 Wh (counter), its steps add up to 3300.0 Wh (counter)"),
        ("energy_source = 'power'", "energy_wh is 3300.0 Wh (power), its steps add up to 3300.0 Wh (counter)"),
        ("gap_wh = 5", "gap_wh is 5.0 Wh, its steps set 0.0 Wh apart"),
    ],
)
def test_a_stored_figure_that_is_not_the_sum_is_said(shapes: Path, tmp_path: Path, opened: OpenBook, stored: str, said: str) -> None:
    file = copied(shapes, tmp_path)
    change(file, f"UPDATE inverter_daily_summary SET {stored} WHERE inverter_id = 'inv_normal' AND local_date = '{DAY}'")  # noqa: S608 - a constant
    document = day_document(opened(file).energy("inv_normal", DAY))
    assert (document["sum"]["agrees"], document["sum"]["disagreements"]) == (False, [said])


@pytest.mark.parametrize(
    ("inverter", "day", "said"),
    [
        ("inv_norml", DAY, "inverter inv_norml is not registered; did you mean inv_normal"),
        ("zzz", DAY, "inverter zzz is not registered; 14 inverters are registered, none with a name like it"),
        ("inv_gap", "2025-04-03", "no daily row for inv_gap on 2025-04-03; its nearest days with one are 2025-04-01 and 2025-04-04"),
        ("inv_[red]", DAY, f"no daily row for inv_[red] on {DAY}; it has none on any day"),
        ("inv_held", DAY, "plant p_inv_held is held: timezone_missing; state what is missing"),
    ],
)
def test_a_day_without_a_row_says_what_there_is(shapes: Path, opened: OpenBook, inverter: str, day: str, said: str) -> None:
    with pytest.raises(LedgerError) as caught:
        opened(shapes).energy(inverter, day)
    assert str(caught.value).startswith(said)


def test_marks_that_leave_no_accepted_value_are_found_out(shapes: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(shapes, tmp_path)
    night = "FROM inverter_telemetry_clean WHERE inverter_id = 'inv_night'"
    change(file, f"INSERT INTO counter_marks SELECT inverter_id, event_time, 'glitch' {night}")
    with pytest.raises(VerificationError, match="2025-04-01 has a last counter value and no accepted reading"):
        opened(file).energy("inv_night", "2025-04-02")


def test_tables_of_an_unfinished_run_are_not_told_as_one(shapes: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(shapes, tmp_path)
    append(file, "more.jsonl", b"one more")
    project(file, "inverter_telemetry")
    with pytest.raises(LedgerError, match="do not fit each other yet: run tools/project"):
        opened(file).energy("inv_normal", DAY)


def test_a_day_says_how_much_of_the_log_is_in_it(shapes: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(shapes, tmp_path)
    append(file, "more.jsonl", b"one more")
    found = opened(file).energy("inv_normal", DAY)
    assert found.size == found.applied + 2  # the line, and the event that states its delivery
