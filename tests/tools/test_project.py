import json
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cli import command, environ, result, tool


@pytest.fixture
def db(plant: Path, tmp_path: Path) -> Path:
    file = tmp_path / "log.db"
    assert tool("append", plant, db=file).returncode == 0
    return file


def _dump(db: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(db) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY 1") if "__" not in name]
        kept = [name for name in names if not name.startswith(("sqlite", "delivery", "checkpoint", "touched"))]
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in kept}  # noqa: S608 - names of our own


def test_project_makes_daily_figures(db: Path) -> None:
    changed = {one["projection"]: (one["rows"], one["reasons"]) for one in result("project", db=db)["projections"]}
    assert changed["inverter_telemetry"] == (200, {})
    assert changed["inverter_daily_summary"] == (1, {})
    with sqlite3.connect(db) as connection:
        assert connection.execute("SELECT energy_wh, reading_count FROM inverter_daily_summary").fetchall() == [(199 * 17, 200)]


def test_a_projection_is_logged_with_each_reason_once(db: Path) -> None:
    tool("append", "-", db=db, stdin=b"no json\n")
    done = tool("project", "inverter_telemetry", "--log-format", "json", db=db)
    logged = next(line for line in map(json.loads, done.stderr.splitlines()) if line["projection"] == "inverter_telemetry")
    kept = {name: value for name, value in logged.items() if name != "at"}
    told = {"level": "info", "verb": "projected", "projection": "inverter_telemetry", "position": 208, "events": 208, "rows": 201}
    assert kept == {**told, "malformed_json": 1}


@pytest.mark.invariant("I11")
def test_rebuild_and_verify_agree(db: Path) -> None:
    result("project", db=db)
    before = _dump(db)
    result("project", "--rebuild", db=db)
    assert _dump(db) == before
    assert result("project", "--verify", db=db)["differences"] == []


def test_verify_names_the_first_differences_and_exits_3(db: Path) -> None:
    result("project", db=db)
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE inverter_daily_summary SET energy_wh = 1")
        connection.execute("DELETE FROM inverter_latest")
    done = tool("project", "--verify", db=db)
    assert done.returncode == 3
    assert "inverter_latest" in done.stdout.decode()
    assert "energy_wh" in done.stdout.decode()
    result("project", "--rebuild", db=db)
    assert tool("project", "--verify", db=db).returncode == 0


@pytest.mark.invariant("I19")
@pytest.mark.parametrize("words", [("project", "--verify"), ("inspect",)], ids=" ".join)
def test_looking_at_a_database_changes_no_byte_of_it(db: Path, words: tuple[str, ...]) -> None:
    result("project", db=db)
    before = db.read_bytes()
    result(*words, db=db)
    assert db.read_bytes() == before


def test_an_unknown_projection_is_a_usage_error_that_names_all(db: Path) -> None:
    done = tool("project", "daily", db=db)
    assert done.returncode == 2
    assert "inverter_daily_summary" in done.stderr.decode()


@pytest.mark.invariant("I15")
def test_projecting_a_database_that_another_log_replaced_is_refused(db: Path, tmp_path: Path) -> None:
    result("project", db=db)
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE checkpoint SET frontier = zeroblob(length(frontier)), root = zeroblob(32)")
    more = tmp_path / "more.jsonl"
    more.write_text("garbage\n")
    tool("append", more, db=db)
    done = tool("project", db=db)
    assert done.returncode == 1
    assert "not the one" in done.stderr.decode()


def test_inspect_shows_lag_and_writes_nothing(db: Path) -> None:
    before = result("inspect", db=db)
    assert {one["lag_events"] for one in before["projections"]} == {206}
    result("project", db=db)
    after = result("inspect", db=db)
    assert {one["lag_events"] for one in after["projections"]} == {0}
    assert after["daily_summary"][0]["energy_wh"] == 199 * 17


def test_a_plant_without_zone_is_shown_as_held(db: Path, tmp_path: Path) -> None:
    plants = tmp_path / "plants.csv"
    plants.write_text("plant_id,name,location,timezone\np,Plant,Here,\n")
    tool("append", plants, db=db)
    result("project", db=db)
    found = result("inspect", db=db)
    assert [(one["plant_id"], one["reason"], one["inverters"]) for one in found["held_plants"]] == [("p", "timezone_missing", 2)]
    assert found["daily_summary"] == []


@pytest.mark.invariant("I14")
@pytest.mark.parametrize("after_seconds", [0.3, 0.6, 0.9, 1.2])
def test_a_killed_projection_is_completed_by_the_next(db: Path, tmp_path: Path, after_seconds: float) -> None:
    whole = tmp_path / "whole.db"
    with sqlite3.connect(db) as source, sqlite3.connect(whole) as target:
        source.backup(target)
    result("project", db=whole)
    running = subprocess.Popen(
        command("project", "--db", f"sqlite:///{db}"),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environ(LEDGER_BATCH_EVENTS="3"),
    )
    time.sleep(after_seconds)
    running.kill()
    running.wait()
    result("project", db=db)
    assert _dump(db) == _dump(whole)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_projection_says_where_it_stopped(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    db, lines = tmp_path / "many.db", "".join(f"not json {number}\n" for number in range(20_000))
    tool("append", "-", db=db, stdin=lines.encode())
    running = subprocess.Popen(
        command("project", "--db", f"sqlite:///{db}"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environ(LEDGER_BATCH_EVENTS="20")
    )
    while not _applied(db):
        time.sleep(0.01)
    running.send_signal(sent)
    _, told = running.communicate()
    assert running.returncode == code
    assert b"stopped projection=inverter_telemetry done=" in told
    assert 0 < _applied(db) < 20_000
    # A whole batch of lines and a second without any, which completes the delivery; after each, an event states it.
    assert result("project", db=db)["projections"][0]["position"] == 20_002
    assert len(_dump(db)["inverter_telemetry_rejected"]) == 20_000


def _applied(db: Path) -> int:
    try:
        with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
            found = connection.execute("SELECT position FROM checkpoint WHERE projection = 'inverter_telemetry'").fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(found[0]) if found else 0


def test_every_tool_has_help_with_an_example() -> None:
    for name in ("append", "project", "inspect", "audit", "demo"):
        done = tool(name, "--help")
        assert done.returncode == 0
        assert "Example" in done.stdout.decode()


def test_the_demo_shows_every_step(tmp_path: Path) -> None:
    done = tool("demo", "--folder", tmp_path / "demo")
    assert done.returncode == 0, done.stderr.decode()
    shown = done.stdout.decode()
    assert "4. Daily summary" in shown
    assert "tools/audit trace" in shown
    assert tool("project", "--verify", db=tmp_path / "demo" / "demo.db").returncode == 0
