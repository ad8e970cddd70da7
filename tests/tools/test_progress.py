"""What a bar leaves behind: nothing of itself, and everything that was printed beside it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from projections.contract.reasons import REASONS
from projections.engine.catalog import all_tables
from tests.support.cli import ROOT, command, environ, tool
from tests.support.terminal import run_on_terminal, screen


def rows_of(lines: list[str]) -> list[list[str]]:
    """Return the cells of drawn and of plain tables alike."""
    return [re.split(r"\s{2,}", line.replace("│", "  ").replace("┃", "  ").strip()) for line in lines]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo: its lines, its database and what it printed where there is no terminal."""
    folder = tmp_path_factory.mktemp("demo")
    done = tool("demo", "--folder", folder, PYTHONUTF8="1")
    assert done.returncode == 0, done.stderr.decode()
    (folder / "printed.txt").write_bytes(done.stdout)
    return folder


def test_a_demo_on_a_terminal_shows_every_reason_and_day_that_it_shows_elsewhere(fleet: Path, tmp_path: Path) -> None:
    code, sent = run_on_terminal(command("demo", "--folder", tmp_path))
    assert code == 0
    printed = [row for row in rows_of((fleet / "printed.txt").read_text("utf-8").splitlines()) if len(row) > 1]
    assert len([row for row in printed if len(row) == 2 and row[1].isdigit()]) == len(REASONS)
    left = rows_of(screen(sent))
    assert [row for row in printed if row not in left] == []


def test_a_verification_on_a_terminal_shows_every_digest(fleet: Path) -> None:
    arguments = ("project", "--verify", "--db", f"sqlite:///{fleet / 'demo.db'}")
    printed = [row for row in rows_of(tool(*arguments).stdout.decode().splitlines()) if len(row) > 1]
    code, sent = run_on_terminal(command(*arguments))
    left = rows_of(screen(sent))
    assert (code, len(printed)) == (0, 1 + len(all_tables()))
    assert [row for row in printed if row not in left] == []


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_log_lines_beside_a_bar_are_whole_and_in_order(fleet: Path, tmp_path: Path, log_format: str) -> None:
    lines = [*(fleet / "fleet").iterdir()] * 3
    arguments = command("append", *sorted(lines), "--log-format", log_format, "--db", f"sqlite:///{tmp_path / 'log.db'}")
    code, sent = run_on_terminal(arguments)
    left = screen(sent)
    sources = [line for line in left if "appended" in line and "source" in line]
    assert code == 0
    assert len(sources) == len(lines)
    if log_format == "json":
        assert [json.loads(line)["verb"] for line in sources] == ["appended"] * len(lines)
    results = [line for line in left if line and line not in sources]
    assert [bool(re.match(r"\d+ lines from 9 files: ", line)) for line in results] == [True], "the result comes alone, and no bar is left"


def test_a_result_goes_where_it_is_sent_although_the_bar_is_on_a_terminal(fleet: Path, tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as file:
        code, sent = run_on_terminal(
            command("project", "--verify", "--json", "--db", f"sqlite:///{fleet / 'demo.db'}"), stdout=file.fileno()
        )
    assert code == 0
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["differences"] == []
    assert "".join(screen(sent)) == ""


def test_a_log_line_goes_to_the_standard_error_of_its_moment() -> None:
    script = """import io, sys
from tools._cli.logging import configure, note
configure("text")
before, sys.stderr = sys.stderr, io.StringIO()
note("replaced", by=1)
sys.stdout.write(sys.stderr.getvalue())
sys.stderr = before"""
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, check=True, env=environ(), cwd=ROOT)
    assert done.stdout.endswith(b"INFO replaced by=1" + os.linesep.encode())
    assert done.stderr == b""
