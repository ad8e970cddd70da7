"""Set-up: make the project's environment `.venv` hold exactly what a lock file names.

Runs on any Python 3.11 or newer before anything is installed, so on the standard library alone. `.venv/heliolog-LOCK` is a copy of the
lock that is installed, written last. `.venv/heliolog-unfinished` stands for as long as a set-up runs: one that was interrupted leaves it
behind, and the next start begins from nothing. The other locks hold all of the runtime lock, so installing one leaves both copies.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = "requirements.txt"
COVERS = {lock: tuple(dict.fromkeys((RUNTIME_LOCK, lock))) for lock in (RUNTIME_LOCK, "requirements-bench.txt", "requirements-test.txt")}


class SetUpError(Exception):
    """Say in one line why the environment could not be set up."""


def set_up(root: Path, lock: str) -> None:
    """Make `root/.venv` hold what the lock file names; SetUpError says why it could not be."""
    with _alone(root) as descriptor:
        if not _is_current(root, lock):
            _check_python(root)
            _build(root, lock, descriptor)


def _say(text: str) -> None:
    sys.stderr.write(f"heliolog: {text}\n")
    sys.stderr.flush()


def _copy_of(root: Path, lock: str) -> Path:
    return root / ".venv" / f"heliolog-{lock}"


def _python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def _is_current(root: Path, lock: str) -> bool:
    copy = _copy_of(root, lock)
    return os.access(_python(root), os.X_OK) and copy.is_file() and copy.read_bytes() == (root / lock).read_bytes()


def _works(root: Path) -> bool:
    command = [str(_python(root)), "-P", "-m", "pip", "--version"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words
    except OSError:
        return False


def _check_python(root: Path) -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetUpError(
            f"{sys.executable} has no module {missing[0]}: install it (on Debian and Ubuntu the package python3-venv) and run this again"
        )
    if os.pathsep in str(root):
        raise SetUpError(f"an environment cannot live under a path with '{os.pathsep}' in it: move {root}")


@contextmanager
def _alone(root: Path) -> Iterator[int]:
    # The kernel frees this lock when its holders end, however they end: it never goes stale.
    with (root / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another start to set up .venv")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _build(root: Path, lock: str, descriptor: int) -> None:
    venv, unfinished = root / ".venv", root / ".venv" / "heliolog-unfinished"
    if venv.exists() and (unfinished.exists() or not _works(root)):
        _say("removing a .venv that was never finished or no longer runs")
        shutil.rmtree(venv)
    _say(f"{'updating' if venv.exists() else 'setting up'} .venv from {lock}, once")
    venv.mkdir(exist_ok=True)
    unfinished.touch()
    for name in COVERS:
        _copy_of(root, name).unlink(missing_ok=True)
    if not _python(root).exists():
        _run([sys.executable, "-I", "-m", "venv", str(venv)], "venv could not create .venv", descriptor)
    pip = [str(_python(root)), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "--require-hashes", "--no-deps", "-r", str(root / lock)], f"pip could not install {lock}", descriptor)
    for name in COVERS[lock]:
        shutil.copyfile(root / name, _copy_of(root, name))
    unfinished.unlink()


def _run(command: list[str], failure: str, descriptor: int) -> None:
    # A child keeps the lock, so that one which outlives a killed parent is never joined by a second.
    done = subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, pass_fds=(descriptor,), check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise SetUpError(f"{failure} (its message is above): mend that and run this again")


def main() -> int:
    """Set up for the lock named by the first argument; give the exit code."""
    try:
        set_up(ROOT, sys.argv[1])
    except (SetUpError, OSError) as error:
        _say(f"set-up failed: {error}")
        return 1
    except KeyboardInterrupt:
        _say("set-up interrupted; the next start begins it again")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
