import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.audited import (
    A_DAY_TWO,
    DARK,
    DUPLICATE,
    FIRST,
    KEPT,
    LATEST,
    LINES,
    NEGATIVE,
    NOT_UTF8,
    PLACEHOLDER,
    RENAMED,
    SIZE,
    SUPERSEDED,
    line,
    write_files,
)

ROOT = Path(__file__).resolve().parents[2]


def _start(module: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment.pop("LEDGER_DB", None)
    strict = ("-W", "error") if module == "audit" else ()
    command = [sys.executable, "-P", *strict, "-m", f"tools.{module}", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, encoding="utf-8")


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/data.db"


def _append(folder: Path, *files: str) -> None:
    assert _start("append", "--db", _url(folder), *files, folder=folder).returncode == 0


def _fill(folder: Path) -> Path:
    _append(folder, *write_files(folder))
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log without projections."""
    return _fill(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, bare: Path) -> Path:
    """A log with its projections; no test writes to it."""
    filled = tmp_path_factory.mktemp("filled") / "filled"
    shutil.copytree(bare, filled)
    _project(filled)
    return filled


@pytest.fixture
def log(tmp_path: Path, bare: Path) -> Path:
    """A log without projections, to do harm to."""
    return Path(shutil.copytree(bare, tmp_path / "log"))


@pytest.fixture
def tables(tmp_path: Path, folder: Path) -> Path:
    """A log with its projections, to do harm to."""
    return Path(shutil.copytree(folder, tmp_path / "tables"))


def _project(folder: Path) -> None:
    assert _start("project", "--db", _url(folder), folder=folder).returncode == 0


def _audit(folder: Path, command: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = _start("audit", command, "--db", _url(folder), *arguments, folder=folder)
    assert done.returncode == code, done.stderr
    if code in (1, 2):
        assert not done.stdout
    if code == 0:
        assert not done.stderr
    return done


def _event(folder: Path, name: object) -> dict:
    document = json.loads(_audit(folder, "event", "--json", str(name)).stdout)
    assert document["schema"] == "heliolog.audit.event/1"
    (found,) = document["events"]
    return found


def _rests(found: dict) -> dict[str, dict]:
    return {resting["table"]: resting.get("row", resting.get("rows")) for resting in found["standing"]["rests"]}


def _rejected(folder: Path, *arguments: str) -> list[dict]:
    return [json.loads(line) for line in _audit(folder, "rejected", "--format", "jsonl", *arguments).stdout.splitlines()]


def test_event_is_found_by_position_key_and_line_alike(folder):
    by_position = _event(folder, LATEST)
    assert by_position["line"]["source"] == "lines.jsonl"
    assert by_position["line"]["line_number"] == 6
    assert by_position["payload"] == LINES[5].decode()
    assert by_position["event_time"] == "2025-04-02T06:10:00+00:00"
    assert _event(folder, by_position["key"][:12].upper()) == by_position
    assert _event(folder, "lines.jsonl:6") == by_position


def test_clean_event_is_shown_with_the_rows_that_rest_on_it(folder):
    found = _event(folder, LATEST)
    assert found["standing"]["table"] == "inverter_telemetry_clean"
    assert found["standing"]["row"]["position"] == LATEST
    rests = _rests(found)
    assert set(rests) == {"inverter_daily_summary", "plant_daily_summary", "inverter_latest"}
    assert rests["inverter_daily_summary"]["local_date"] == "2025-04-02"
    assert rests["plant_daily_summary"]["plant_id"] == "p_north"
    assert rests["inverter_latest"]["position"] == LATEST


def test_event_that_is_not_the_newest_bears_no_latest_row_but_its_mark(folder):
    rests = _rests(_event(folder, PLACEHOLDER))
    assert "inverter_latest" not in rests
    assert rests["counter_marks"]["mark"] == "placeholder"


def test_rejected_event_is_shown_with_reason_field_value_and_the_day_that_counts_it(folder):
    found = _event(folder, NEGATIVE)
    row = found["standing"]["row"]
    assert found["standing"]["table"] == "inverter_telemetry_rejected"
    assert (row["reason"], row["reasons"], row["field"], row["value"]) == ("negative_power", "negative_power", "ac_power", "-5000")
    assert _rests(found)["inverter_daily_summary"]["rejected_count"] == 1


@pytest.mark.parametrize(("position", "reason", "kept"), [(DUPLICATE, "duplicate_reading", LATEST), (SUPERSEDED, "superseded", KEPT)])
def test_beaten_reading_names_the_one_that_was_kept(folder, position, reason, kept):
    standing = _event(folder, position)["standing"]
    assert standing["row"]["reason"] == reason
    assert f"the reading kept for that moment is the event at position {kept}" in standing["notes"]


def test_payload_that_is_no_text_is_shown_in_hex_and_counted_in_no_day(folder):
    found = _event(folder, NOT_UTF8)
    assert (found["payload"], found["payload_encoding"]) == (LINES[12].hex(), "hex")
    assert found["standing"]["row"]["reason"] == "malformed_json"
    assert found["standing"]["rests"] == []


def test_event_of_a_held_plant_says_why_no_day_counts_it(folder):
    found = _event(folder, DARK)
    assert any("plant p_dark is held: timezone_missing" in note for note in found["standing"]["notes"])
    assert set(_rests(found)) == {"inverter_latest"}


def test_statement_in_force_counts_the_rows_under_it(folder):
    inverter = _event(folder, "inverters.csv:2")
    assert inverter["standing"]["notes"] == ["the statement in force"]
    assert _rests(inverter) == {"inverter_daily_summary": 2}
    assert _rests(_event(folder, RENAMED)) == {"inverter_daily_summary": 3, "plant_daily_summary": 2}


def test_replaced_statement_names_the_position_of_the_one_that_replaced_it(folder):
    standing = _event(folder, "plants.csv:2")["standing"]
    assert standing["row"] is None
    assert standing["notes"] == [f"no longer in force: plant p_north was stated anew at position {RENAMED}"]


def test_registry_row_that_registers_nothing_is_shown_with_its_reason(folder):
    standing = _event(folder, "plants.csv:4")["standing"]
    assert (standing["table"], standing["row"]["reason"]) == ("registry_rejected", "missing_id")


def test_event_as_text_escapes_control_characters_and_shows_what_rests_on_it(folder):
    shown = _audit(folder, "event", "lines.jsonl:12").stdout
    assert "\x1b" not in shown
    assert "unknown_inverter" in shown
    shown = _audit(folder, "event", str(LATEST)).stdout
    assert "inverter_daily_summary" in shown
    assert "inverter_latest" in shown


def test_event_that_states_a_delivery_is_shown_as_of_no_line_and_no_figure(folder):
    found = _event(folder, FIRST - 1)
    assert (found["kind"], found["line"]) == ("delivery", {"delivery_id": 2, "source": "plants.csv", "line_number": 0})
    assert json.loads(found["payload"])["last_position"] == FIRST - 2
    (note,) = found["standing"]["notes"]
    assert note.startswith("comes from no line: it states what delivery 2 had brought")
    assert (found["standing"]["row"], found["standing"]["rests"]) == (None, [])
    shown = _audit(folder, "event", str(FIRST - 1)).stdout
    assert "  line_number  –\n" in shown
    assert note in shown


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("999", 1, f"no event at position 999: the log has {SIZE} events"),
        ("9" * 30, 1, "no event's key begins with"),
        ("0123456789", 1, "no event's key begins with 0123456789"),
        ("abc", 2, "at least 8 hex digits"),
        ("nothexadecimal", 2, "not a key"),
        ("other.jsonl:1", 1, "no delivery has a source called 'other.jsonl'"),
        ("lines.jsonl:0", 2, "lines of 'lines.jsonl' are counted from 1"),
        ("lines.jsonl:18", 1, "was read up to line 17"),
        ("lines.jsonl:16", 1, "made no event of its own"),
        ("lines.jsonl:17", 1, "made no event of its own"),
    ],
)
def test_name_of_no_event_says_what_is_known(folder, name, code, said):
    assert said in _audit(folder, "event", name, code=code).stderr


def test_trace_leads_from_the_figures_to_every_line(folder):
    document = json.loads(_audit(folder, "trace", "inv_a", "2025-04-02", "--json").stdout)
    assert document["schema"] == "heliolog.audit.trace/1"
    assert document["day"]["counter_last_wh"] == 111_000
    assert document["applied_position"] == document["log_size"] == SIZE
    read = [(one["event_time"][11:16], one["energy_wh_total"], one["mark"], one["position"], one["line"]) for one in document["readings"]]
    assert [one[:4] for one in read] == [
        ("06:00", 110_000, "accepted", A_DAY_TWO),
        ("06:05", 0, "placeholder", PLACEHOLDER),
        ("06:10", 111_000, "accepted", LATEST),
    ]
    assert [one[4] for one in read] == [{"delivery_id": 3, "source": "lines.jsonl", "line_number": number} for number in (4, 5, 6)]
    assert [(one["reason"], one["line"]["line_number"]) for one in document["rejected"]] == [
        ("duplicate_reading", 8),
        ("negative_power", 7),
    ]


def test_trace_names_the_statements_in_force_and_the_counter_before_the_day(folder):
    document = json.loads(_audit(folder, "trace", "inv_a", "2025-04-02", "--json").stdout)
    stated = [(one["kind"], one["line"]["source"], one["line"]["line_number"]) for one in document["statements"]]
    assert stated == [("inverter", "inverters.csv", 2), ("plant", "renamed.csv", 2)]
    before = document["counter_before"]
    assert (before["line_wh"], before["line"]["line_number"]) == (102_000, 3)
    first = json.loads(_audit(folder, "trace", "inv_a", "2025-04-01", "--json").stdout)
    assert first["counter_before"] is None


def test_trace_as_text_shows_figures_readings_rejected_events_and_statements(folder):
    shown = _audit(folder, "trace", "inv_a", "20250402").stdout
    for text in ("energy_wh", "placeholder", "negative_power", "renamed.csv", f"Made from the first {SIZE} of {SIZE} events", "102 000"):
        assert text in shown
    assert "before that day" not in _audit(folder, "trace", "inv_a", "2025-04-01").stdout


@pytest.mark.parametrize(
    ("inverter", "day", "said"),
    [
        ("inv_dark", "2025-04-02", "plant p_dark is held: timezone_missing"),
        ("inv_homeless", "2025-04-02", "registered under no plant"),
        ("inv_lost", "2025-04-02", "plant p_nowhere is not registered"),
        ("inv_other", "2025-04-02", "inverter inv_other is not registered"),
        ("inv_a", "2025-04-09", "no event names that inverter and a moment of that day"),
        ("inv_b", "2025-04-05", "only 1 rejected events that make none (plant_mismatch)"),
    ],
)
def test_day_without_a_row_says_why(folder, inverter, day, said):
    assert said in _audit(folder, "trace", inverter, day, code=1).stderr


def test_trace_of_what_is_no_date_is_refused(folder):
    assert "not a date" in _audit(folder, "trace", "inv_a", "yesterday", code=2).stderr


def test_rejected_lists_every_rejected_event_with_its_line_in_order_of_arrival(folder):
    rows = _rejected(folder)
    assert [row["reason"] for row in rows] == [
        "missing_id", "negative_power", "duplicate_reading", "superseded", "unknown_inverter", "unknown_inverter", "malformed_json",
        "plant_mismatch",
    ]  # fmt: skip
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    assert (rows[1]["source"], rows[1]["line_number"], rows[1]["kind"]) == ("lines.jsonl", 7, "telemetry")
    assert (rows[0]["source"], rows[0]["line_number"], rows[0]["kind"]) == ("plants.csv", 4, "plant")


def test_rejected_can_be_narrowed_by_reason_inverter_arrival_and_number(folder):
    assert {row["reason"] for row in _rejected(folder, "--reason", "superseded", "--reason", "missing_id")} == {"superseded", "missing_id"}
    assert [row["position"] for row in _rejected(folder, "--inverter", "inv_a")] == [NEGATIVE, DUPLICATE]
    assert len(_rejected(folder, "--limit", "2")) == 2
    arrived = _rejected(folder)[1]["recorded_at"]
    assert next(row["position"] for row in _rejected(folder, "--since", arrived)) == NEGATIVE
    assert _rejected(folder, "--since", "2999-01-01T00:00:00Z") == []


def test_rejected_is_counted_by_reason_inverter_local_day_and_source(folder):
    by_reason = _rejected(folder, "--by", "reason")
    assert by_reason[0] == {"reason": "unknown_inverter", "events": 2, "first_position": FIRST + 10, "last_position": FIRST + 11}
    assert sum(group["events"] for group in by_reason) == 8
    assert {group["local_date"]: group["events"] for group in _rejected(folder, "--by", "day")} == {
        None: 4,
        "2025-04-02": 3,
        "2025-04-05": 1,
    }
    assert {group["source"]: group["events"] for group in _rejected(folder, "--by", "source")} == {"lines.jsonl": 7, "plants.csv": 1}
    assert {group["inverter_id"]: group["events"] for group in _rejected(folder, "--by", "inverter")}["inv_a"] == 2
    assert "unknown_inverter" in _audit(folder, "rejected", "--by", "reason").stdout


def test_exported_cells_are_harmless_to_spreadsheets_and_otherwise_as_sent(folder):
    rows = list(csv.DictReader(io.StringIO(_audit(folder, "rejected", "--format", "csv").stdout)))
    by_position = {int(row["position"]): row for row in rows}
    assert by_position[FIRST + 10]["inverter_id"] == "'=HYPERLINK(1)"
    assert by_position[NEGATIVE]["value"] == "'-5000"
    assert by_position[FIRST + 11]["inverter_id"] == "inv_\x1b[31mred"
    assert by_position[NEGATIVE]["reason"] == "negative_power"
    assert by_position[DUPLICATE]["value"] == ""


def test_table_of_rejected_events_escapes_control_characters(folder):
    shown = _audit(folder, "rejected").stdout
    assert "\x1b" not in shown
    assert "inv_\\x1b[31mred" in shown
    assert "=HYPERLINK(1)" in shown


def test_reader_that_closes_the_pipe_ends_the_list_quietly(folder):
    command = f"'{sys.executable}' -P -m tools.audit rejected --format csv --db '{_url(folder)}' | true"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert not done.stderr


@pytest.mark.parametrize("option", [("--since", "2025-04-01"), ("--reason", "bad_mood"), ("--by", "moon"), ("--limit", "0")])
def test_wrong_option_is_refused_by_name(folder, option):
    assert option[0] in _audit(folder, "rejected", *option, code=2).stderr


@pytest.mark.parametrize("arguments", [("trace", "inv_a", "2025-04-02"), ("rejected",)])
def test_log_without_projections_says_what_to_run(bare, arguments):
    assert "no projections yet: run tools/project" in _audit(bare, *arguments, code=1).stderr


def test_event_of_a_log_without_projections_is_shown_all_the_same(bare):
    found = _event(bare, LATEST)
    assert found["payload"] == LINES[5].decode()
    assert found["standing"]["notes"] == ["the database holds a log and no projections yet: run tools/project"]


def test_what_projections_have_not_applied_yet_is_said(tables):
    (tables / "late.jsonl").write_bytes(line("inv_a", "2025-04-07T06:00:00Z", 1_000, 112_000) + b"\n")
    _append(tables, "late.jsonl")
    standing = _event(tables, "late.jsonl:1")["standing"]
    assert standing["table"] is None
    assert "not yet applied by" in standing["notes"][0]
    assert f"at position {SIZE} of {SIZE + 2}: run tools/project" in _audit(tables, "trace", "inv_a", "2025-04-07", code=1).stderr
    assert f"Made from the first {SIZE} of {SIZE + 2} events: run tools/project" in _audit(tables, "trace", "inv_a", "2025-04-02").stdout


def test_projections_of_another_version_are_not_read(tables):
    with closing(sqlite3.connect(tables / "data.db")) as raw, raw:
        raw.execute("UPDATE checkpoint SET version = 999 WHERE projection = 'inverter_latest'")
    assert "inverter_latest was not made by this version" in _audit(tables, "rejected", code=1).stderr


def test_untouched_log_verifies_with_its_counts_and_root(folder):
    document = json.loads(_audit(folder, "verify", "--json").stdout)
    assert (document["schema"], document["events"], document["wrong"], document["findings"]) == ("heliolog.audit.verify/2", SIZE, 0, [])
    assert f"{SIZE} events verified, nothing is wrong; root {document['note']}" in _audit(folder, "verify").stdout
    assert (document["note"], document["unchecked"]) == (f"{SIZE}:{document['root']}", [])


def test_a_root_that_was_kept_is_compared_with(folder):
    note = json.loads(_audit(folder, "verify", "--json").stdout)["note"]
    shown = _audit(folder, "verify", "--root", note).stdout
    assert shown == f"{SIZE} events verified, nothing is wrong; it begins with the {SIZE} under the root noted; root {note}\n"
    other = _audit(folder, "verify", "--root", f"{SIZE}:{'0' * 64}", code=3)
    assert f"the first {SIZE} events are not those under the root noted" in other.stdout
    assert "write SIZE:HEX" in _audit(folder, "verify", "--root", "abc", code=2).stderr


def test_what_cannot_be_read_is_a_line_and_never_a_traceback(log):
    with closing(sqlite3.connect(log / "data.db")) as raw, raw:
        raw.execute("PRAGMA writable_schema = ON")  # a view or trigger that then names nothing does not stop it
        raw.execute("ALTER TABLE event_log RENAME payload TO other")
        raw.execute("DROP TABLE log_head")
    document = json.loads(_audit(log, "verify", "--json", code=3).stdout)
    assert (document["events"], document["root"], document["note"]) == (None, None, None)
    done = _audit(log, "verify", code=3)
    assert "log_head cannot be read: no such table: log_head" in done.stdout
    assert "event_log has no column payload" in done.stdout
    assert done.stderr.count("\n") == 1


def _alter(folder: Path, trigger: str, statement: str) -> None:
    with closing(sqlite3.connect(folder / "data.db")) as raw, raw:
        raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute(statement)


@pytest.mark.invariant("I15")
@pytest.mark.parametrize(
    ("trigger", "statement", "position", "said"),
    [
        ("event_log_refuses_update", "UPDATE event_log SET payload = x'7b7d' WHERE position = 13", 13, "the payload is not the one"),
        ("event_log_refuses_update", "UPDATE event_log SET line_number = 99 WHERE position = 14", 14, "a column is not what its leaf"),
        ("event_log_refuses_delete", "DELETE FROM event_log WHERE position = 15", 16, "1 positions before it are missing, from 15"),
        ("event_log_refuses_delete", "DELETE FROM event_log WHERE position = 27", None, "the log has 27 positions, its head says 28"),
    ],
)
def test_altered_log_fails_verification_naming_the_position(log, trigger, statement, position, said):
    _alter(log, trigger, statement)
    done = _audit(log, "verify", "--json", code=3)
    findings = json.loads(done.stdout)["findings"]
    assert any(one["position"] == position and said in one["what"] for one in findings), findings
    assert done.stderr.count("\n") == 1
    shown = _audit(log, "verify", code=3).stdout
    assert said in shown
    assert str("the log" if position is None else position) in shown


def test_altered_payload_does_not_stop_the_event_from_being_shown(tables):
    _alter(tables, "event_log_refuses_update", "UPDATE event_log SET payload = x'7b7d' WHERE position = 15")
    assert "in neither table" in _event(tables, LATEST)["standing"]["notes"][0]


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_database_in_a_read_only_folder_can_be_audited(log):
    log.chmod(0o555)
    try:
        assert "nothing is wrong" in _audit(log, "verify").stdout
    finally:
        log.chmod(0o755)


@pytest.mark.invariant("I19")
@pytest.mark.parametrize("arguments", [("verify",), ("rejected",), ("event", "5"), ("trace", "inv_a", "2025-04-02")])
def test_auditing_changes_no_byte_of_the_database(folder, arguments):
    before = (folder / "data.db").read_bytes()
    _audit(folder, *arguments)
    assert (folder / "data.db").read_bytes() == before


@pytest.mark.parametrize("command", ["event", "trace", "rejected", "verify"])
def test_every_command_explains_itself_with_an_example(tmp_path, command):
    done = _start("audit", command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert f"Example: tools/audit {command}" in " ".join(done.stdout.split())


def test_missing_database_is_one_clear_line(tmp_path):
    assert _audit(tmp_path, "verify", code=1).stderr.count("\n") == 1
