"""tools/inspect energy, run as a user does."""

import json
import os
import sqlite3
import struct
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import ROOT, command, result, tool
from tests.support.energy_days import DAY, DAYS, write_files
from tests.support.terminal import run_on_terminal


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log without projections."""
    folder = tmp_path_factory.mktemp("shapes")
    done = tool("append", *(folder / name for name in write_files(folder)), db=folder / "bare.db")
    assert done.returncode == 0, done.stderr.decode()
    return folder / "bare.db"


@pytest.fixture(scope="module")
def db(bare: Path) -> Path:
    """A log with its projections; no test writes to it."""
    file = bare.with_name("whole.db")
    _copy(bare, file)
    assert tool("project", db=file).returncode == 0
    return file


@pytest.fixture
def own(db: Path, tmp_path: Path) -> Path:
    """A log with its projections, to do harm to."""
    _copy(db, tmp_path / "own.db")
    return tmp_path / "own.db"


def _copy(old: Path, new: Path) -> None:
    with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new)) as target:
        source.backup(target)


def _change(db: Path, statement: str) -> None:
    with closing(sqlite3.connect(db)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def found(db: Path, inverter: str, day: str = DAY) -> dict[str, Any]:
    return result("inspect", "energy", inverter, day, db=db)


def text(db: Path, *arguments: object) -> list[str]:
    done = tool("inspect", "energy", *arguments, db=db, PYTHONUTF8="1")
    assert (done.returncode, done.stderr) == (0, b"")
    return [" ".join(line.split()) for line in done.stdout.decode().splitlines()]


def refused(db: Path, *arguments: object, code: int = 1) -> str:
    done = tool("inspect", "energy", *arguments, db=db, PYTHONUTF8="1")
    assert (done.returncode, done.stdout) == (code, b"")
    return done.stderr.decode().splitlines()[-1]


def marked(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["mark"], one["why"]) for one in document["readings"]]


def stepped(document: dict[str, Any]) -> list[tuple[str, str, float, float | None]]:
    return [(one["kind"], one["placed"], one["energy_wh"], one["this_day_wh"]) for one in document["steps"]]


@pytest.mark.parametrize(("inverter", "day"), DAYS)
def test_every_days_steps_add_up_to_its_stored_row(db: Path, inverter: str, day: str) -> None:
    document = found(db, inverter, day)
    with closing(sqlite3.connect(db)) as connection:
        query = "SELECT energy_wh, gap_wh, energy_source FROM inverter_daily_summary WHERE inverter_id = ? AND local_date = ?"
        stored = connection.execute(query, (inverter, day)).fetchone()
    steps = [one["this_day_wh"] for one in document["steps"] if one["this_day_wh"] is not None]
    counted = sum(steps) if steps else None
    assert document["schema"] == "heliolog.inspect.energy/1"
    assert (counted, document["sum"]["steps_energy_wh"]) == (None, None) if stored[2] != "counter" else (stored[0], stored[0])
    assert sum(one["this_day_gap_wh"] for one in document["steps"]) == stored[1] == document["day"]["gap_wh"]
    assert (document["sum"]["agrees"], document["sum"]["disagreements"]) == (True, [])


def test_a_normal_day_is_told_in_local_time_and_folded_unless_all_is_asked_for(db: Path) -> None:
    shown = text(db, "inv_normal", DAY)
    assert shown[0] == "inv_normal on 2025-04-01, Asia/Kolkata, 24 h; times are local"
    assert "10:30 100 003 3 600 accepted the line begins here" in shown
    assert "10:35 100 303 3 600 accepted 300 Wh more in 5 min, at most 1 001 Wh plausible on the line" in shown
    assert "… accepted 9 more: 9 grown" in shown
    assert "10:30 11:25 55 min 100 003 103 303 3 300 3 300 this day, 11 steps" in shown
    assert "steps of this day 3 300 Wh stored: energy_wh 3 300 Wh, from counter" in shown
    assert "power integrated 3 300 Wh covers 100 % of the production window; +0 Wh (+0 %) to the counter" in shown
    assert shown[-1] == "The stored row is the sum of its steps."
    raw = tool("inspect", "energy", "inv_normal", DAY, db=db, PYTHONUTF8="1").stdout.decode().splitlines()
    assert raw[2:4] == ["  time   counter Wh  power W  mark      why", "  10:30     100 003    3 600  accepted  the line begins here"]
    everything = text(db, "inv_normal", DAY, "--all")
    assert len([line for line in everything if "accepted 300 Wh more" in line]) == 11
    assert len([line for line in everything if line.endswith("300 300 this day")]) == 11


def test_glitches_are_told_with_how_far_off_they_are(db: Path) -> None:
    document = found(db, "inv_glitch")
    assert marked(document)[4:] == [
        ("glitch", "40 298 Wh below the line; the line went on at 12:20"),
        ("glitch_above", "4 280 Wh more in 10 min, at most 2 001 Wh plausible on the line; the line went on at 12:20"),
        ("accepted", "600 Wh more in 15 min, at most 3 001 Wh plausible on the line"),
    ]
    assert [one["line_wh"] for one in document["readings"]][3:] == [100_301, 100_301, 100_301, 100_901]


def test_a_step_over_midnight_is_split_on_both_days(db: Path) -> None:
    assert stepped(found(db, "inv_split")) == [("growth", "split", 100, 50)]
    later = found(db, "inv_split", "2025-04-02")
    assert stepped(later) == [("growth", "split", 100, 50)]
    assert later["accepted_before"] == {"event_time": "2025-04-01T23:50:00+00:00", "line_wh": 100_001}
    shown = text(db, "inv_split", "2025-04-02")
    assert any(line.endswith("split at midnight: 50 Wh to 2025-04-01, 50 Wh to this day") for line in shown)


def test_a_dark_night_goes_whole_to_the_later_day(db: Path) -> None:
    assert stepped(found(db, "inv_night")) == [("growth", "day", 1, 1), ("growth", "later_day", 400, None)]
    assert stepped(found(db, "inv_night", "2025-04-02")) == [("growth", "later_day", 400, 400), ("growth", "day", 100, 100)]
    assert any(line.endswith("whole to the later day, this day (boundary_gap)") for line in text(db, "inv_night", "2025-04-02"))


def test_a_long_gap_is_set_apart_on_the_day_it_closes_in(db: Path) -> None:
    document = found(db, "inv_gap", "2025-04-04")
    assert stepped(document) == [("growth", "no_day", 600, None), ("growth", "day", 100, 100)]
    assert (document["sum"]["steps_gap_wh"], document["sum"]["stored_gap_wh"]) == (600, 600)
    assert any(line.endswith("to no day: gap_wh of this day") for line in text(db, "inv_gap", "2025-04-04"))
    assert any(line.endswith("to no day: gap_wh of 2025-04-04") for line in text(db, "inv_gap", DAY))


def test_a_reset_is_told_with_its_opening_credit(db: Path) -> None:
    document = found(db, "inv_reset")
    assert stepped(document)[2] == ("opening_credit", "day", 303, 303)
    assert marked(document)[3][0] == "epoch"
    assert document["sum"]["steps_energy_wh"] == 600 + 303 + 600
    assert any(line.endswith("opening credit, this day") for line in text(db, "inv_reset", DAY))


def test_the_day_after_a_reset_begins_on_the_line_that_was_confirmed_later(db: Path) -> None:
    document = found(db, "inv_reset", "2025-04-02")
    assert document["accepted_before"] == {"event_time": "2025-04-01T22:05:00+00:00", "line_wh": 903}
    assert "Before the day the line stands at 903 Wh, since 2025-04-01 22:05." in text(db, "inv_reset", "2025-04-02")


def test_a_new_lines_first_value_is_what_the_next_day_steps_from_and_a_zero_after_it_is_not(db: Path) -> None:
    document = found(db, "inv_late_reset", "2025-04-02")
    assert document["accepted_before"] == {"event_time": "2025-04-01T22:00:00+00:00", "line_wh": 303}
    assert stepped(document)[0] == ("growth", "later_day", 300, 300)


def test_marks_that_leave_no_accepted_value_are_found_out(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        night = "FROM inverter_telemetry_clean WHERE inverter_id = 'inv_night'"
        connection.execute(f"INSERT INTO counter_marks SELECT inverter_id, event_time, 'glitch' {night}")
    said = refused(own, "inv_night", "2025-04-02", code=3)
    assert said.endswith("2025-04-01 has a last counter value and no accepted reading: run tools/project --verify")


def test_a_replaced_counter_is_credited_with_nothing(db: Path) -> None:
    document = found(db, "inv_replaced")
    assert marked(document)[3] == (
        "counter_replaced",
        "a new line begins: 50 003 Wh cannot have been counted from zero in 10 min, at most 2 001 Wh plausible, so nothing is credited",
    )
    assert {one["kind"] for one in document["steps"]} == {"growth"}
    assert "12:10 12:35 25 min 50 003 50 503 500 500 this day, 5 steps" in text(db, "inv_replaced", DAY), "lines are folded apart"


def test_a_rollover_is_a_step_of_its_own(db: Path) -> None:
    document = found(db, "inv_rollover")
    assert stepped(document) == [("growth", "day", 400, 400), ("rollover", "day", 400, 400), ("growth", "day", 300, 300)]
    assert document["counter_modulus_wh"] == 1_000_000
    assert any(line.endswith("rollover, this day") for line in text(db, "inv_rollover", DAY))


def test_placeholder_rows_are_told_by_what_else_was_measured_and_folded(db: Path) -> None:
    assert {mark for mark, _ in marked(found(db, "inv_zeros"))} == {"accepted", "placeholder_row"}
    assert "… placeholder_row 9 more" in text(db, "inv_zeros", DAY)


def test_pending_values_are_told_and_make_no_step(db: Path) -> None:
    document = found(db, "inv_pending")
    assert marked(document)[-1] == ("pending", "40 298 Wh below the line; not yet decided")
    assert len(document["steps"]) == 3
    assert "pending_counter" in document["flags"]


def test_a_day_by_power_alone_says_so(db: Path) -> None:
    document = found(db, "inv_power")
    assert {(one["mark"], one["why"]) for one in document["readings"]} == {(None, "no counter value")}
    assert document["sum"]["energy_source"] == "power"
    assert document["power"]["energy_power_wh"] == document["sum"]["stored_energy_wh"] == 2_750 + 250
    assert document["power"]["minus_counter_wh"] is None
    shown = text(db, "inv_power", DAY)
    assert "steps of this day none is placed in the day stored: energy_wh 3 000 Wh, from power" in shown


def test_a_day_of_rejected_events_alone_has_no_reading_and_no_step(db: Path, tmp_path: Path) -> None:
    shown = text(db, "inv_normal", "2025-04-10", "--png", tmp_path / "day.png")
    assert "Before the day the line stands at 103 303 Wh, since 2025-04-01 11:25." in shown
    assert {"Readings: none", "Steps between accepted values: none"} <= set(shown)
    assert "quality no_data 0 readings, 1 other rejected events" in shown


def test_power_is_set_against_the_counter_in_wh_and_percent(db: Path) -> None:
    power = found(db, "inv_normal")["power"]
    assert (power["energy_power_wh"], power["minus_counter_wh"], power["minus_counter_percent"], power["coverage_window"]) == (
        3_300,
        0,
        0,
        1,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("energy_wh = 3301", "energy_wh is 3301.0 Wh (counter), its steps add up to 3300.0 Wh (counter)"),
        ("energy_source = 'power'", "energy_wh is 3300.0 Wh (power), its steps add up to 3300.0 Wh (counter)"),
        ("gap_wh = 5", "gap_wh is 5.0 Wh, its steps set 0.0 Wh apart"),
    ],
)
def test_a_stored_figure_that_is_not_the_sum_is_said_plainly_and_ends_with_3(own: Path, change: str, said: str) -> None:
    _change(own, f"UPDATE inverter_daily_summary SET {change} WHERE inverter_id = 'inv_normal' AND local_date = '{DAY}'")  # noqa: S608 - a constant
    done = tool("inspect", "energy", "inv_normal", DAY, db=own, PYTHONUTF8="1")
    assert done.returncode == 3
    assert f"WRONG: {said}" in done.stdout.decode().splitlines()
    assert done.stderr.decode() == f"tools/inspect: {said}: run tools/project --verify\n"
    as_json = tool("inspect", "energy", "inv_normal", DAY, "--json", db=own)
    assert (as_json.returncode, json.loads(as_json.stdout)["sum"]["disagreements"]) == (3, [said])


def test_an_unknown_inverter_is_told_what_it_may_have_been_called(db: Path) -> None:
    assert refused(db, "inv_norml", DAY).startswith("tools/inspect: inverter inv_norml is not registered; did you mean inv_normal")
    assert refused(db, "zzz", DAY).endswith("14 inverters are registered, none with a name like it")


def test_a_bad_date_is_a_usage_error(db: Path) -> None:
    assert refused(db, "inv_normal", "1.4.2025", code=2).endswith("not a date: '1.4.2025'; write YYYY-MM-DD")


def test_a_date_without_a_row_names_the_nearest_days_with_one(db: Path) -> None:
    assert refused(db, "inv_gap", "2025-04-03").endswith(
        "no daily row for inv_gap on 2025-04-03; its nearest days with one are 2025-04-01 and 2025-04-04"
    )
    assert refused(db, "inv_[red]", DAY).endswith("no daily row for inv_[red] on 2025-04-01; it has none on any day")


def test_an_inverter_of_a_held_plant_is_told_what_is_missing(db: Path) -> None:
    assert refused(db, "inv_held", DAY).startswith("tools/inspect: plant p_inv_held is held: timezone_missing; ")


def test_a_database_without_projections_is_told_to_project(bare: Path) -> None:
    assert refused(bare, "inv_normal", DAY).endswith("the database holds a log and no projections yet: run tools/project")


def test_projections_behind_the_log_are_a_warning_and_the_day_is_shown(own: Path) -> None:
    assert tool("append", "-", db=own, stdin=b"one more\n").returncode == 0
    done = tool("inspect", "energy", "inv_normal", DAY, "--json", db=own)
    document = json.loads(done.stdout)
    applied, size = document["applied_position"], document["log_size"]
    assert (done.returncode, size) == (0, applied + 2)
    assert done.stderr.decode() == f"tools/inspect: made from the first {applied} of {size} events: run tools/project for the rest\n"


def test_tables_of_an_unfinished_run_are_not_told_as_one(own: Path) -> None:
    assert tool("append", "-", db=own, stdin=b"one more\n").returncode == 0
    assert tool("project", "inverter_telemetry", db=own).returncode == 0
    assert refused(own, "inv_normal", DAY).endswith("so the tables do not fit each other yet: run tools/project")


def test_options_before_the_word_energy_hold_for_it_too(db: Path) -> None:
    done = tool("inspect", "--db", f"sqlite:///{db}", "--json", "energy", "inv_normal", DAY)
    assert json.loads(done.stdout)["schema"] == "heliolog.inspect.energy/1"


@pytest.mark.invariant("I19")
def test_telling_a_day_changes_nothing(own: Path) -> None:
    before = own.read_bytes()
    text(own, "inv_reset", DAY)
    assert own.read_bytes() == before


def test_a_terminal_gets_a_small_chart(db: Path) -> None:
    code, sent = run_on_terminal(command("inspect", "energy", "inv_glitch", DAY, "--db", f"sqlite:///{db}"), TERM="dumb")
    lines = sent.splitlines()
    assert code == 0
    assert "power, up to 3.6 kW" in lines
    assert "counter line, up by 1 500 Wh since its first value of the day" in lines
    assert lines[-3:] == [
        "└" + ("┴" + "─" * 8) * 8,
        " 00:00    03:00    06:00    09:00    12:00    15:00    18:00    21:00    24:00",
        "× glitch  + glitch_above",
    ]
    assert lines[-4] == "│" + " " * 36 + "×"


@pytest.mark.parametrize("inverter", ["inv_normal", "inv_glitch", "inv_reset", "inv_zeros", "inv_pending", "inv_power", "inv_gap"])
def test_a_picture_is_a_whole_png_file(db: Path, tmp_path: Path, inverter: str) -> None:
    picture = tmp_path / "day.png"
    picture.write_bytes(b"what was there before")
    text(db, inverter, DAY, "--png", picture)
    content = picture.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert content[-8:-4] == b"IEND"
    assert struct.unpack(">II", content[16:24]) == (1430, 832)
    assert list(tmp_path.iterdir()) == [picture]


def test_a_picture_that_cannot_be_written_says_why_and_leaves_nothing(db: Path, tmp_path: Path) -> None:
    said = refused(db, "inv_normal", DAY, "--png", tmp_path / "nowhere" / "day.png")
    assert said.endswith(
        "day.png cannot be written (No such file or directory); check that its folder is there, has room and lets you write"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_a_picture_is_refused_with_the_command_that_has_it(db: Path, tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('gone', name='matplotlib')\n")
    picture = tmp_path / "day.png"
    done = tool("inspect", "energy", "inv_normal", DAY, "--png", picture, db=db, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert (done.returncode, done.stdout, picture.exists()) == (1, b"", False)
    line = done.stderr.decode()
    assert line == (
        f"tools/inspect: --png needs matplotlib, which {sys.executable} does not have: run {ROOT / 'tools' / 'inspect'}, which sets it up\n"
    )
    without = tool("inspect", "energy", "inv_normal", DAY, db=db, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert without.returncode == 0
