import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from ledger import Log
from ledger.database import Database, open_database, writing
from ledger.errors import PassingError
from tests.support.cli import command, environ, line, result, tool
from tools._cli.logging import configure
from tools.append import append_files


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def test_the_last_line_says_what_was_done(plant: Path, db: Path) -> None:
    done = tool("append", plant, db=db)
    assert done.returncode == 0
    # After each file's lines an event states its delivery: behind the last line, one; in the log, three.
    assert done.stdout.decode().startswith("203 lines from 3 files: 203 appended at positions 0–204, 0 duplicates, 0 blank; log size 206;")


def test_the_same_files_again_add_nothing(plant: Path, db: Path) -> None:
    tool("append", plant, db=db)
    again = result("append", plant, db=db)
    assert (again["appended"], again["log_size"]) == (0, 206)
    assert again["first_position"] is None


def test_a_file_that_grew_is_read_from_where_it_stopped(plant: Path, db: Path) -> None:
    tool("append", plant, db=db)
    with (plant / "telemetry.jsonl").open("a") as file:
        file.write(line(200))
    again = result("append", plant / "telemetry.jsonl", db=db)
    assert (again["lines"], again["appended"], again["duplicates"]) == (1, 1, 0)


def test_a_rotated_file_is_read_from_its_start(plant: Path, db: Path) -> None:
    tool("append", plant, db=db)
    (plant / "telemetry.jsonl").write_text(line(199) + line(200))
    again = result("append", plant / "telemetry.jsonl", db=db)
    assert (again["lines"], again["appended"], again["duplicates"]) == (2, 1, 1)


def test_a_line_without_its_end_waits_unless_final(plant: Path, db: Path) -> None:
    file = plant / "telemetry.jsonl"
    file.write_text(line(0) + line(1).rstrip("\n"))
    assert result("append", file, db=db)["lines"] == 1
    assert result("append", "--final", file, db=db)["appended"] == 1


def test_standard_input_is_a_source_with_a_name(db: Path) -> None:
    done = tool("append", "-", "--source", "gateway 7", db=db, stdin=line(0).encode() + b"garbage\n")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(db) as connection:
        assert connection.execute("SELECT source, appended FROM delivery").fetchall() == [("gateway 7", 2)]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["/nowhere/at/all.jsonl"], 1, "cannot read /nowhere/at/all.jsonl"),
        ([], 2, "nothing to append"),
        (["a", "b", "--source", "x"], 2, "--source names one source"),
        (["--kind", "meters", "x"], 2, "meters"),
    ],
)
def test_a_wrong_call_is_one_clear_line(arguments: list[str], code: int, words: str, db: Path) -> None:
    done = tool("append", *arguments, db=db)
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_a_missing_column_names_file_and_column(plant: Path, db: Path) -> None:
    (plant / "plants.csv").write_text("plant_id,name,location\np,P,L\n")
    done = tool("append", plant / "plants.csv", db=db)
    assert done.returncode == 1
    assert "plants.csv" in done.stderr.decode()
    assert "'timezone'" in done.stderr.decode()


def test_a_file_of_another_program_is_refused(plant: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    done = tool("append", plant, db=other)
    assert done.returncode == 1
    assert "another program" in done.stderr.decode()


def test_settings_come_from_flag_then_environment_then_file(plant: Path, tmp_path: Path) -> None:
    by_environment, by_flag = tmp_path / "environment.db", tmp_path / "flag.db"
    tool("append", plant, LEDGER_DB=f"sqlite:///{by_environment}")
    tool("append", plant, db=by_flag, LEDGER_DB=f"sqlite:///{tmp_path / 'unused.db'}")
    assert by_environment.exists()
    assert by_flag.exists()
    assert not (tmp_path / "unused.db").exists()


@pytest.mark.invariant("I8")
def test_json_log_lines_add_up(plant: Path, db: Path) -> None:
    done = tool("append", plant, "--log-format", "json", "--json", db=db)
    lines = [json.loads(text) for text in done.stderr.decode().splitlines()]
    assert sum(one["appended"] for one in lines if one["verb"] == "appended") == json.loads(done.stdout)["appended"] == 203


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_interrupted_append_is_completed_by_the_same_command(sent: signal.Signals, code: int, tmp_path: Path, db: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(line(number, minute=number % 1000) for number in range(150_000)))
    running = subprocess.Popen(
        command("append", file, "--db", f"sqlite:///{db}"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environ()
    )
    while not (db.exists() and _size(db)):
        time.sleep(0.01)
    running.send_signal(sent)
    _, told = running.communicate()
    assert running.returncode == code
    assert (b"stopped source=" in told) is (sent is not signal.SIGKILL)
    before = _size(db) - _count(db, "delivery")
    assert 0 < before == _count(db, "telemetry") < 150_000
    size = result("append", file, db=db)["log_size"]
    assert (_count(db, "telemetry"), size - _count(db, "delivery")) == (150_000, 150_000)
    assert result("append", file, db=db)["appended"] == 0


def _count(db: Path, kind: str) -> int:
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM event_log WHERE kind = ?", (kind,)).fetchone()[0])


def _size(db: Path) -> int:
    try:
        with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT size FROM log_head").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def logged(db: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Append a file in this process and return its log lines."""
    configure("json")
    with open_database(f"sqlite:///{db}", write=True) as database:
        append_files(Log(database), [str(file)], lambda _name, _done, _total: None)
    return [json.loads(text) for text in capsys.readouterr().err.splitlines()]


def test_a_retry_is_logged_as_a_retry_and_not_as_a_clock(
    plant: Path, db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = iter([PassingError("the server cannot be reached")])

    @contextmanager
    def losing(database: Database) -> Iterator[Connection]:
        for loss in losses:
            raise loss
        with writing(database) as connection:
            yield connection

    monkeypatch.setattr("ledger.append.writer.writing", losing)
    appended, retried = logged(db, plant / "telemetry.jsonl", capsys)
    assert (appended["verb"], appended["appended"]) == ("appended", 200)
    assert (retried["verb"], retried["level"], retried["after"]) == ("tried again", "warning", "the server cannot be reached")


def test_a_clock_behind_the_log_is_logged_as_that(plant: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged(db, plant / "plants.csv", capsys)
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE log_head SET recorded_at = recorded_at + 3600000000")
    _, warned = logged(db, plant / "telemetry.jsonl", capsys)
    assert (warned["verb"], warned["level"]) == ("clock is behind", "warning")
    assert "s behind the newest arrival" in warned["detail"]
