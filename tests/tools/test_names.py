"""Names and texts that a terminal, a database or UTF-8 would stumble over: none ends a tool with a traceback or reaches a terminal raw."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import command, environ, line, tool
from tools._cli import logging
from tools._cli.describe import all_commands
from tools._cli.terminal import printable

ODD = os.fsdecode(b"od\xffd \x1b[31m\r.jsonl")
READABLE = "od\\xffd \x1b[31m\r.jsonl"
SHOWN = "od\\xffd \\x1b[31m\\r.jsonl"
NOT_UTF_8 = os.fsdecode(b"\xff\x1b")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Return a file whose name is not UTF-8 and would colour a terminal."""
    file = tmp_path / ODD
    file.write_text(line(0) + line(1))
    return file


def test_a_file_whose_name_is_not_utf_8_is_appended_under_a_readable_name(odd: Path, tmp_path: Path) -> None:
    db = tmp_path / "log.db"
    done = tool("append", odd, db=db)
    assert (done.returncode, done.stdout.startswith(b"2 lines from 1 files: 2 appended")) == (0, True)
    assert f"source={tmp_path}/{SHOWN} lines=2".encode() in done.stderr
    with odd.open("a") as file:
        file.write(line(2))
    grown = tool("append", odd, "--json", "--log-format", "json", db=db)
    assert json.loads(grown.stdout)["lines"] == 1
    assert json.loads(grown.stderr)["source"] == f"{tmp_path}/{READABLE}"
    assert tool("project", db=db).returncode == 0
    shown = tool("audit", "event", f"{odd}:3", db=db)
    assert (shown.returncode, f"{tmp_path}/{SHOWN}".encode() in shown.stdout, b"\x1b" in shown.stdout) == (0, True, False)


def test_a_folder_of_odd_names_in_an_odd_database_is_appended_projected_and_shown(odd: Path, tmp_path: Path) -> None:
    db = tmp_path / os.fsdecode(b"\xfe\x1b.db")
    for words in (
        ["append", odd.parent],
        ["project"],
        ["project", "--verify"],
        ["project", "--rebuild"],
        ["inspect"],
        ["inspect", "--json"],
    ):
        done = tool(words[0], *words[1:], db=db)
        assert (done.returncode, b"\x1b" in done.stdout + done.stderr) == (0, False), (words, done.stderr)
    assert db.exists()


@pytest.mark.parametrize("words", [words for words, _ in all_commands() if words not in {"bench", "demo", "document"}])
def test_no_argument_or_option_that_is_not_utf_8_ends_in_a_traceback(words: str, tmp_path: Path) -> None:
    (found,) = (one for name, one in all_commands() if name == words)
    takes = [option.opts[0] for option in found.params if option.param_type_name == "option" and not getattr(option, "is_flag", False)]
    arguments = [NOT_UTF_8 for part in found.params if part.param_type_name == "argument"]
    for flags in ([], *([name, NOT_UTF_8] for name in takes)):
        name, *rest = words.split()
        done = subprocess.run(
            command(name, *rest, *flags, *arguments), cwd=tmp_path, capture_output=True, check=False, stdin=subprocess.DEVNULL,
            env=environ(LEDGER_DB=f"sqlite:///{tmp_path}/log.db"),
        )  # fmt: skip
        assert (b"Traceback" in done.stderr, b"\x1b" in done.stdout + done.stderr) == (False, False), (flags, done.stderr)
        assert done.returncode in {0, 1, 2}


def test_a_name_given_with_source_is_recorded_readable(odd: Path, tmp_path: Path) -> None:
    done = tool("append", "--source", NOT_UTF_8, odd, "--log-format", "json", db=tmp_path / "log.db")
    assert json.loads(done.stderr)["source"] == "\\xff\x1b"


def test_a_text_log_line_holds_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("text")
    logging.note("appended", source="a\x1b]0;b\x07\rc\x85\u202e\udcff")
    assert capsys.readouterr().err.endswith("appended source=a\\x1b]0;b\\x07\\rc\\x85\\u202e\\xff\n")


@pytest.mark.parametrize(
    ("text", "shown"), [("a b é 😀", "a b é 😀"), ("\x1b[1m", "\\x1b[1m"), ("\udcff\udc41\ud800", "\\xff\\udc41\\ud800")]
)
def test_what_a_terminal_would_act_on_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
