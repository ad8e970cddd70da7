"""The launchers, run as a user would, in a small project whose locks name nothing, so that no test needs the network."""

import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tools._environment import set_up

ROOT = Path(__file__).resolve().parents[2]
LAUNCHERS = ("append", "project", "inspect", "audit", "db", "demo", "bench", "test", "document")
LOCKS = (set_up.RUNTIME_LOCK, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tools" / "locks").glob("*.txt")))
CANNOT_BE_INSTALLED = "./no-such-package\n"
SHOW = """import os, sys
print(os.getcwd(), sys.argv[1:], sys.prefix, [path for path in sys.path if path == os.getcwd()], sep="|")
"""
HEED_SIGNALS = """import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Start a command that heeds signals, even if the tests were started in the background or by nohup, which ignore some."""
WAIT = """import sys
print(sys.prefix, flush=True)
sys.stdin.read()
import late
print(late.__file__)
"""


def lay_project(root: Path) -> Path:
    (root / "tools").mkdir(parents=True)
    for launcher in LAUNCHERS:
        shutil.copy2(ROOT / "tools" / launcher, root / "tools" / launcher)
        (root / "tools" / f"{launcher}.py").write_text(SHOW)
    shutil.copytree(ROOT / "tools" / "_environment", root / "tools" / "_environment", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tools" / "locks").mkdir()
    (root / "pytest.py").write_text(SHOW)
    for lock in LOCKS:
        (root / lock).write_text("# names nothing\n")
    return root


def take_step(run_step, command, *rest):
    """Take a step of a set-up in no time: pip, which takes most of it, is neither installed nor asked to install nothing."""
    if "venv" in command:
        environment = Path(command[-1])
        run_step([*command, "--without-pip"], *rest)
        (environment / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "pip.py").touch()
    elif Path(command[-1]).read_text() == CANNOT_BE_INSTALLED:
        run_step([sys.executable, "-c", "raise SystemExit(1)"], *rest)


def set_up_quickly(project, lock="requirements.txt"):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_up, "_run", partial(take_step, set_up._run))  # noqa: SLF001 - what takes the time
        return set_up.set_up(project, lock)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    root = lay_project(tmp_path_factory.mktemp("ready") / "a project")
    set_up_quickly(root)
    return root


@pytest.fixture
def project(ready, tmp_path):
    return Path(shutil.copytree(ready, tmp_path / "project", symlinks=True))


def run(launcher, *arguments, cwd=None, **variables):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | variables
    return subprocess.run([launcher, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def start_in_background(launcher, **streams):
    command = [sys.executable, "-c", HEED_SIGNALS, launcher]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **streams)


def change_lock(project, text="# still names nothing\n", lock="requirements.txt"):
    (project / lock).write_text(text)


def upgrade(project, text="# still names nothing\n"):
    """Set up for another lock; return the folder of its environment."""
    change_lock(project, text)
    return set_up_quickly(project)


def start_to_set_up(project):
    """Return a start that is making the environment of another lock."""
    change_lock(project)
    start = start_in_background(project / "tools" / "append")
    while len(environments(project)) == 1:
        assert start.poll() is None
        time.sleep(0.01)
    return start


def environments(project, purpose="runtime"):
    """Return the names of a purpose's environments, finished or not."""
    return sorted(path.name for path in (project / ".venv").glob(f"{purpose}-*"))


def current(project, purpose="runtime"):
    return (project / ".venv" / purpose).resolve()


def is_unharmed(project):
    """Return whether the tools start at once, in an environment that is there."""
    done = run(project / "tools" / "append")
    return (done.returncode, done.stderr, done.stdout.split("|")[2]) == (0, "", str(current(project)))


@pytest.mark.parametrize("name", LAUNCHERS)
def test_every_launcher_can_be_executed_and_parsed(name):
    launcher = ROOT / "tools" / name
    assert os.access(launcher, os.X_OK)
    assert subprocess.run(["sh", "-n", launcher], check=False).returncode == 0


def test_first_start_sets_up_once_and_says_so_on_standard_error(tmp_path):
    root = lay_project(tmp_path / "project")
    first, second = run(root / "tools" / "append"), run(root / "tools" / "append")
    assert re.fullmatch(
        "heliolog: setting up .venv/runtime from requirements.txt, once\n"
        r"heliolog: made an empty environment in \d+ s\n"
        "heliolog: installing 0 packages\n"
        r"heliolog: installed them in \d+ s: .venv/runtime is ready\n",
        # Between these pip may have something to say.
        "".join(line for line in first.stderr.splitlines(keepends=True) if line.startswith("heliolog: ")),
    )
    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert first.stdout == second.stdout
    assert first.stdout.split("|")[2] == str(current(root))
    assert re.fullmatch(r"runtime-[0-9a-f]{8}", current(root).name)


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
    assert "".join(errors for _, errors in ends).count("setting up .venv") == 1


def test_changed_lock_makes_another_environment_and_keeps_the_one_before(project):
    before = current(project)
    change_lock(project)
    assert "setting up .venv/runtime from requirements.txt" in run(project / "tools" / "append").stderr
    assert current(project) != before
    assert before.is_dir()
    assert is_unharmed(project)


def test_going_back_to_the_lock_before_needs_no_network(project):
    before, text = current(project), (project / "requirements.txt").read_text()
    upgrade(project)
    change_lock(project, text)
    assert run(project / "tools" / "append").stderr == ""
    assert current(project) == before


def test_each_purpose_has_an_environment_of_its_own(project):
    before = current(project)
    assert set_up_quickly(project, "tools/locks/test.txt") == current(project, "test")
    assert run(project / "tools" / "test").stdout.split("|")[2] == str(current(project, "test"))
    assert (current(project), is_unharmed(project)) == (before, True)


def test_tool_that_cannot_be_set_up_leaves_the_others_as_they_were(project):
    change_lock(project, CANNOT_BE_INSTALLED, "tools/locks/test.txt")
    assert run(project / "tools" / "test", "--help").returncode == 1
    assert is_unharmed(project)


@pytest.mark.parametrize("lock", LOCKS)
def test_upgrade_that_cannot_be_installed_leaves_what_was_there(project, lock):
    text, before = (project / lock).read_text(), set_up_quickly(project, lock)
    change_lock(project, CANNOT_BE_INSTALLED, lock)
    for _ in range(2):
        with pytest.raises(set_up.SetUpError, match=f"pip could not install {lock} "):
            set_up_quickly(project, lock)
    change_lock(project, text, lock)
    assert environments(project, before.name.partition("-")[0]) == [before.name]
    assert set_up_quickly(project, lock) == before
    assert is_unharmed(project)


def test_upgrade_that_cannot_be_installed_is_one_line_after_pips(project):
    change_lock(project, CANNOT_BE_INSTALLED)
    done = run(project / "tools" / "append")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "heliolog: set-up failed: pip could not install requirements.txt (its message is above): mend that, often the network or a "
        "full disk, and run this again; what was set up before is unchanged"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_set_up_leaves_the_environment_before(project, number):
    text = (project / "requirements.txt").read_text()
    start = start_to_set_up(project)
    os.killpg(start.pid, number)
    assert "heliolog: set-up interrupted" in start.communicate()[1]
    # The shell ends by the signal, or with the exit code that says so.
    assert start.returncode in (-number, 128 + number)
    change_lock(project, text)
    assert is_unharmed(project)
    # What a process of it wrote while it was being removed is removed by the next.
    upgrade(project, "# another\n")
    assert len(environments(project)) == 2


def test_killed_set_up_leaves_the_environment_before_and_is_begun_again(project, capfd):
    text = (project / "requirements.txt").read_text()
    start = start_to_set_up(project)
    os.killpg(start.pid, signal.SIGKILL)
    change_lock(project, text)
    assert is_unharmed(project)
    # The step that was under way outlives its set-up, which the next waits for.
    new = upgrade(project)
    said = capfd.readouterr().err
    assert f"heliolog: removing .venv/{new.name}, which was never finished\nheliolog: setting up .venv/runtime" in said
    assert is_unharmed(project)
    start.communicate()


def test_set_up_removes_what_any_other_left_unfinished(project):
    (project / ".venv" / "test-00000000" / "lib").mkdir(parents=True)
    (project / ".venv" / "runtime.new").symlink_to("nowhere")
    upgrade(project)
    assert environments(project, "test") == []
    assert not (project / ".venv" / "runtime.new").is_symlink()
    assert is_unharmed(project)


@pytest.mark.parametrize("missing", [None, "lock.txt"], ids=["whole", "without a lock"])
def test_folder_in_place_of_the_link_gives_way_to_it(project, missing):
    # As in a project that was copied without links, or unpacked from a zip.
    before, folder = current(project), project / ".venv" / "runtime"
    folder.unlink()
    shutil.copytree(before, folder, symlinks=True)
    if missing is not None:
        (folder / missing).unlink()
    made = [upgrade(project), upgrade(project, "# another\n")]
    assert folder.is_symlink()
    assert environments(project) == sorted(path.name for path in made)
    assert is_unharmed(project)


def test_folder_in_place_of_the_link_stays_while_it_is_used(project):
    before, folder = current(project), project / ".venv" / "runtime"
    folder.unlink()
    before.rename(folder)
    with (folder / "lock.txt").open() as used:
        fcntl.flock(used, fcntl.LOCK_SH)
        upgrade(project)
        assert len(environments(project)) == 2
    upgrade(project, "# another\n")
    assert len(environments(project)) == 2
    assert is_unharmed(project)


@pytest.mark.parametrize("error", [BlockingIOError, OSError], ids=["in use", "cannot be locked"])
def test_old_environment_that_cannot_be_locked_stays(project, monkeypatch, error):
    before = current(project)
    upgrade(project)

    def refuse(file, operation):
        if operation == fcntl.LOCK_EX | fcntl.LOCK_NB and Path(file.name).name == "lock.txt":
            raise error(errno.EBADF, "refused")

    monkeypatch.setattr(set_up.fcntl, "flock", refuse)
    latest = upgrade(project, "# another\n")
    assert before.exists()
    assert (current(project), is_unharmed(project)) == (latest, True)


def test_what_set_up_did_not_make_is_left_alone(project):
    (project / ".venv" / "bin").mkdir()
    (project / ".venv" / "bin" / "python").symlink_to(sys.executable)
    upgrade(project)
    assert (project / ".venv" / "bin" / "python").exists()


def test_running_tool_keeps_its_packages_while_others_set_up(project):
    (project / "tools" / "append.py").write_text(WAIT)
    packages = current(project) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (packages / "late.py").write_text("")
    begun = start_in_background(project / "tools" / "append", stdin=subprocess.PIPE)
    used = Path(begun.stdout.readline().strip())
    made = [upgrade(project, f"# lock {number}\n") for number in range(3)]
    # The latest, the one before, and the one in use.
    assert environments(project) == sorted(path.name for path in (*made[1:], used))
    assert begun.communicate("")[0].strip() == str(packages / "late.py")
    upgrade(project, "# the last\n")
    assert not used.exists()
    assert len(environments(project)) == 2


@pytest.mark.parametrize("python", ["nowhere", shutil.which("false")], ids=["gone", "replaced"])
def test_environment_whose_python_is_gone_or_was_replaced_is_made_anew(project, python):
    (current(project) / "bin" / "python").unlink()
    (current(project) / "bin" / "python").symlink_to(python)
    done = run(project / "tools" / "append")
    assert "setting up" in done.stderr
    assert (done.returncode, done.stdout.split("|")[2]) == (0, str(current(project)))
    assert is_unharmed(project)


def test_environment_whose_python_is_another_and_runs_is_looked_at_once_and_kept(project):
    (current(project) / "interpreter").unlink()
    (current(project) / "interpreter").symlink_to("nowhere")
    (current(project) / "kept").touch()
    assert run(project / "tools" / "append").stderr == ""
    assert (current(project) / "interpreter").samefile(current(project) / "bin" / "python")
    assert (current(project) / "kept").exists()


def test_environment_that_cannot_tell_of_its_use_is_used_nevertheless(project):
    (current(project) / "lock.txt").unlink()
    done = subprocess.run([current(project) / "bin" / "python", "-c", "print('started')"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("started\n", "")


def test_every_process_of_an_environment_tells_that_it_is_in_use(project):
    with (current(project) / "lock.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(lock, fcntl.LOCK_UN)
        command = [current(project) / "bin" / "python", "-c", "print(flush=True); input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            with pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process.communicate(b"\n")


@pytest.mark.parametrize("arguments", [("--png", "day.png"), ("--png=day.png",)])
def test_picture_is_drawn_in_the_environment_of_the_plots(project, arguments):
    set_up_quickly(project, "tools/locks/plot.txt")
    assert run(project / "tools" / "inspect", "energy").stdout.split("|")[2] == str(current(project))
    done = run(project / "tools" / "inspect", "energy", *arguments)
    assert done.stdout.split("|")[1:3] == [str(["energy", *arguments]), str(current(project, "plot"))]


def test_environments_can_be_moved_with_their_project(project):
    moved = project.rename(project.parent / "another place")
    assert is_unharmed(moved)


def test_tests_run_from_the_project_wherever_they_are_asked_for(project, tmp_path):
    set_up_quickly(project, "tools/locks/test.txt")
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


def test_python_without_venv_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(set_up.SetUpError, match=f"{sys.executable} has no module ensurepip"):
        set_up.set_up(lay_project(tmp_path / "project"), "requirements.txt")


def test_path_that_no_environment_can_live_under_is_refused(tmp_path):
    with pytest.raises(set_up.SetUpError, match="':'"):
        set_up.set_up(lay_project(tmp_path / "a:b"), "requirements.txt")


def locked(name: str) -> dict[str, set[str]]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        pin: set(re.findall(r"sha256:\w{64}", hashes))
        for pin, hashes in re.findall(r"^(\S+==\S+)((?: \\\n +--hash=\S+)+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", LOCKS)
def test_every_lock_holds_the_runtime_lock(name):
    runtime, whole = locked("requirements.txt"), locked(name)
    assert runtime
    assert {pin: whole.get(pin) for pin in runtime} == runtime


def test_locks_agree_on_what_they_share():
    bench, test = locked("tools/locks/bench.txt"), locked("tools/locks/test.txt")
    names = {pin.partition("==")[0] for pin in test}
    assert {pin for pin in bench if pin.partition("==")[0] in names} <= test.keys()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_the_hashes_of_more_than_one_file_and_no_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = locked(name)
    assert [pin for pin, hashes in pins.items() if len(hashes) < 2] == []
    assert len(pins) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))
    assert not re.search(r"://|^--|[ =]/\w", text, re.MULTILINE)
