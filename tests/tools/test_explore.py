"""`tools/test` itself, and its `--explore` on a folder of tests made for it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import ROOT, environ
from tools._test.finds import example_of

CONFTEST = "from tests.support.hypothesis_profiles import register\nregister()\n"
TESTS = """import pytest
from hypothesis import example, given
from hypothesis import strategies as st

@pytest.fixture(scope="module")
def limit():
    return 1000

@given(number=st.integers(), word=st.sampled_from(["same"]))
def test_small(limit, number, word):
    assert number < limit

@given(st.integers())
def test_fine(number):
    assert number == number

def test_not_a_property():
    raise AssertionError("never run")
"""
COMMAND = (sys.executable, "-P", "-m", "tools._test", "--explore")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_found.py").write_text(TESTS)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        ((), "tools/locks/test.txt pytest -n auto"),
        (("tests/ledger", "-k", "quick"), "tools/locks/test.txt pytest -n auto tests/ledger -k quick"),
        (("--explore", "--seconds", "5"), "tools/locks/test.txt tools._test --explore --seconds 5"),
        (("--quick",), "tools/locks/test.txt tools._test --quick"),
        (("--help",), "tools/locks/test.txt tools._test --help"),
    ],
)
def test_the_launcher_hands_its_arguments_to_pytest_but_for_three_words(tmp_path: Path, arguments: tuple[str, ...], started: str) -> None:
    (tmp_path / "tools" / "_environment").mkdir(parents=True)
    shutil.copy2(ROOT / "tools" / "test", tmp_path / "tools" / "test")
    (tmp_path / "tools" / "_environment" / "start.sh").write_text('start() { echo "$PYTHONHASHSEED: $*"; }\n')
    done = subprocess.run([tmp_path / "tools" / "test", *arguments], capture_output=True, text=True, check=True)
    assert done.stdout == f"0: {started}\n"


def explore(*arguments: object) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments)]
    # A shell has its background jobs ignore SIGINT: this one must not, whatever ran the tests.
    restored = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        environment = environ(PYTEST_ADDOPTS="")
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, restored)


def test_a_failure_is_printed_as_an_example_to_paste_and_ctrl_c_ends_the_search(folder: Path) -> None:
    process = explore("--seconds", 600, "--seed", 4, folder)
    assert process.stdout is not None
    told = ""
    while not told.endswith("\n)\n"):
        told += process.stdout.readline()
        assert process.poll() is None, told + process.communicate()[1]
    assert told.split("\n")[1].endswith("test_found.py::test_small")
    assert "\n  again: tools/test --explore --seed " in told
    assert told.endswith("@example(\n    number=1000,\n    word='same',\n)\n")
    os.kill(process.pid, signal.SIGINT)
    rest, errors = process.communicate()
    assert "finds=1" in rest
    assert "interrupted" in errors
    assert process.returncode == 1


def test_where_there_is_no_property_test_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    process = explore("--seconds", 600, tmp_path)
    _, errors = process.communicate()
    assert (process.returncode, errors.splitlines()[1]) == (1, f"there is no property test in {tmp_path}")


def test_what_keeps_the_tests_from_running_is_shown(folder: Path) -> None:
    (folder / "conftest.py").write_text("import no_such_module\n")
    process = explore("--seconds", 600, folder)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "no_such_module" in errors


def test_an_example_has_no_fixtures_and_may_take_several_lines() -> None:
    call = "test_x(\n    book=<tests.Book>,\n    rows=[\n        1,\n    ],\n    text='a=b',\n)"
    assert example_of(call, ["book"]) == "@example(\n    rows=[\n        1,\n    ],\n    text='a=b',\n)"


@pytest.mark.parametrize("arguments", [("--quick", "tests/ledger"), ("--seconds", "5"), ("--explore", "--seed", "-1")])
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-P", "-m", "tools._test", *arguments]
    assert subprocess.run(command, cwd=ROOT, env=environ(), capture_output=True, check=False).returncode == 2
