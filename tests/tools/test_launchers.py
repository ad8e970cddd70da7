"""The launchers, run as a user would, in a small project whose locks name nothing, so that no test needs the network."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import _environment

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = ("append", "project", "inspect", "audit", "db", "demo", "bench", "test")
SHOW = """import os, sys
print(os.getcwd(), sys.argv[1:], sys.prefix, [path for path in sys.path if path == os.getcwd()], sep="|")
"""


def lay_project(root: Path) -> Path:
    (root / "tools").mkdir(parents=True)
    for name in ("_environment.sh", "_environment.py", "append", "test"):
        shutil.copy2(ROOT / "tools" / name, root / "tools" / name)
    (root / "tools" / "append.py").write_text(SHOW)
    (root / "pytest.py").write_text(SHOW)
    for lock in _environment.COVERS:
        (root / lock).write_text("# names nothing\n")
    return root


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    root = lay_project(tmp_path_factory.mktemp("ready") / "a project")
    assert run(root / "tools" / "append").returncode == 0
    return root


@pytest.fixture
def project(ready, tmp_path):
    return Path(shutil.copytree(ready, tmp_path / "project", symlinks=True))


def run(launcher, *arguments, cwd=None, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | variables
    return subprocess.run([launcher, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def start_in_background(launcher):
    return subprocess.Popen([launcher], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("name", LAUNCHERS)
def test_every_launcher_can_be_executed_and_parsed(name):
    launcher = ROOT / "tools" / name
    assert os.access(launcher, os.X_OK)
    assert subprocess.run(["sh", "-n", launcher], check=False).returncode == 0


def test_first_start_sets_up_once_and_says_so_on_standard_error(tmp_path):
    root = lay_project(tmp_path / "project")
    first, second = run(root / "tools" / "append"), run(root / "tools" / "append")
    assert first.stderr.splitlines()[0] == "heliolog: setting up .venv from requirements.txt, once"
    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert first.stdout == second.stdout
    assert f"|{root / '.venv'}|" in first.stdout


def test_arguments_and_the_users_folder_reach_the_tool_unchanged(ready, tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "append.py").write_text("raise SystemExit('a user file was run')")
    (tmp_path / "link").symlink_to(ready / "tools" / "append")
    done = run(tmp_path / "link", "two words", "*", "", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.stdout.split("|")[:2] == [str(tmp_path), "['two words', '*', '']"]
    assert done.stdout.split("|")[3] == "[]\n"


def test_a_tools_exit_code_is_the_launchers(project):
    (project / "tools" / "append.py").write_text("raise SystemExit(3)")
    assert run(project / "tools" / "append").returncode == 3


def test_starts_at_the_same_time_set_up_once(tmp_path):
    root = lay_project(tmp_path / "project")
    starts = [start_in_background(root / "tools" / "append") for _ in range(3)]
    ends = [start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert "".join(errors for _, errors in ends).count("setting up") == 1


def test_changed_lock_updates_the_environment(project):
    (project / "requirements.txt").write_text("# still names nothing\n")
    assert "updating .venv from requirements.txt" in run(project / "tools" / "append").stderr
    assert run(project / "tools" / "append").stderr == ""


def test_interrupted_set_up_is_begun_again_from_nothing(project):
    (project / ".venv" / "heliolog-requirements.txt").unlink()
    (project / ".venv" / "heliolog-unfinished").touch()
    (project / ".venv" / "half-written").touch()
    assert "setting up .venv" in run(project / "tools" / "append").stderr
    assert not (project / ".venv" / "half-written").exists()
    assert not (project / ".venv" / "heliolog-unfinished").exists()


def test_environment_whose_python_is_gone_is_made_anew(project):
    (project / ".venv" / "bin" / "python").unlink()
    assert run(project / "tools" / "append").returncode == 0


def test_environment_of_the_tests_serves_the_tools_too(project):
    assert "updating .venv from requirements-test.txt" in run(project / "tools" / "test").stderr
    assert run(project / "tools" / "append").stderr == ""
    assert run(project / "tools" / "test").stderr == ""


def test_tests_run_from_the_project_wherever_they_are_asked_for(project, tmp_path):
    done = run(project / "tools" / "test", "-k", "counter", cwd=tmp_path)
    assert done.stdout.split("|")[:2] == [str(project), "['-n', 'auto', '-k', 'counter']"]


def path_without_python(folder: Path) -> str:
    folder.mkdir()
    for command in ("readlink", "cmp"):
        (folder / command).symlink_to(str(shutil.which(command)))
    return str(folder)


@pytest.mark.parametrize("python", [None, "#!/bin/sh\nexit 1\n"], ids=["none", "too old"])
def test_without_a_python_new_enough_one_line_says_so(tmp_path, python):
    root = lay_project(tmp_path / "project")
    path = path_without_python(tmp_path / "bin")
    if python is not None:
        (tmp_path / "bin" / "python3").write_text(python)
        (tmp_path / "bin" / "python3").chmod(0o755)
    done = run(root / "tools" / "append", PATH=path)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"heliolog: no Python 3\.11 or newer was found on PATH .*\n", done.stderr)


def test_lock_that_cannot_be_installed_leaves_nothing_that_passes_for_an_environment(project):
    (project / "requirements.txt").write_text("./no-such-package\n")
    for _ in range(2):
        done = run(project / "tools" / "append")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1].startswith("heliolog: set-up failed: pip could not install requirements.txt")


def test_python_without_venv_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(_environment.SetUpError, match=f"{sys.executable} has no module ensurepip"):
        _environment.set_up(lay_project(tmp_path / "project"), "requirements.txt")


def test_path_that_no_environment_can_live_under_is_refused(tmp_path):
    with pytest.raises(_environment.SetUpError, match="':'"):
        _environment.set_up(lay_project(tmp_path / "a:b"), "requirements.txt")


def locked(name: str) -> dict[str, set[str]]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        pin: set(re.findall(r"sha256:\w{64}", hashes))
        for pin, hashes in re.findall(r"^(\S+==\S+)((?: \\\n +--hash=\S+)+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", _environment.COVERS)
def test_every_lock_holds_the_runtime_lock(name):
    runtime, whole = locked("requirements.txt"), locked(name)
    assert runtime
    assert {pin: whole.get(pin) for pin in runtime} == runtime


def test_locks_agree_on_what_they_share():
    bench, test = locked("requirements-bench.txt"), locked("requirements-test.txt")
    names = {pin.partition("==")[0] for pin in test}
    assert {pin for pin in bench if pin.partition("==")[0] in names} <= test.keys()


@pytest.mark.parametrize("name", _environment.COVERS)
def test_every_pin_has_the_hashes_of_more_than_one_file_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = locked(name)
    assert [pin for pin, hashes in pins.items() if len(hashes) < 2] == []
    assert len(pins) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
    assert not re.search(r"://|^--|[ =]/\w", text, re.MULTILINE)
