"""Set up the environment of one lock file: a folder with Python and exactly the packages that the lock names. A program of its own.

Its argument is the lock, seen from the project's root; it prints the environment's folder, and what it does to standard error. It runs
before anything is installed, on any Python 3.11 or newer, so on the standard library alone. For `tools/locks/test.txt` it makes:

    .venv/test-1a2b3c4d           the environment, named by its purpose and its lock's SHA-256
    .venv/test-1a2b3c4d/lock.txt  a copy of the lock, put there last: an environment without one was never finished
    .venv/test-1a2b3c4d/interpreter
                                  a link to the Python that bin/python was when it was last seen to run
    .venv/test                    a link to the environment, switched when that is finished

No package of what is finished is ever changed. `README.md` beside this file says what follows from that.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_LOCK = "requirements.txt"
_COPY, _UNFINISHED_COPY = "lock.txt", "lock.unfinished"
_INTERPRETER = "interpreter"
_NAMED = re.compile(r"(\w+)-[0-9a-f]{8}")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PIN = re.compile(rb"^[^#\s]", re.MULTILINE)


class SetUpError(Exception):
    """Say in one line why an environment could not be set up."""


class _InterruptedError(Exception):
    """Say that a signal asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def set_up(root: Path, lock: str) -> Path:
    """Return the folder of the environment that holds what the lock names, made now unless it is there; `.venv/PURPOSE` points to it.

    Raise SetUpError or OSError if it cannot be made; then everything else in `.venv` is as it was.
    """
    if os.pathsep in str(root):
        raise SetUpError(f"an environment cannot be used under a path with '{os.pathsep}' in it: move {root}")
    wanted = (root / lock).read_bytes()
    venv, purpose = root / ".venv", purpose_of(lock)
    environment = venv / f"{purpose}-{sha256(wanted).hexdigest()[:8]}"
    venv.mkdir(exist_ok=True)
    with _alone(venv) as descriptor:
        _remove_unfinished(venv)
        if not _is_sound(environment, wanted):
            _check_python()
            _build(environment, lock, wanted, descriptor)
        _note_interpreter(environment)
        before = _switch(venv / purpose, environment.name)
        if before not in (None, environment.name):
            _remove_unused(venv, purpose, {before, environment.name})
    return environment


def purpose_of(lock: str) -> str:
    """Return what a lock's environment is for: `runtime` for `requirements.txt`, `test` for `tools/locks/test.txt`."""
    return "runtime" if lock == RUNTIME_LOCK else Path(lock).stem


def _say(text: str) -> None:
    sys.stderr.write(f"heliolog: {text}\n")
    sys.stderr.flush()


def _python(environment: Path) -> str:
    return str(environment / "bin" / "python")


def _is_sound(environment: Path, wanted: bytes) -> bool:
    """Return whether an environment is finished and its Python runs, which it may not after the system's Python was replaced."""
    with suppress(FileNotFoundError, PermissionError):
        if (environment / _COPY).read_bytes() != wanted:
            return False
        return subprocess.run([_python(environment), "-I", "-c", "import pip"], capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words
    return False


def _check_python() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetUpError(
            f"{sys.executable} has no module {missing[0]}: install it (on Debian and Ubuntu the package python3-venv) and run this again"
        )


@contextmanager
def _alone(venv: Path) -> Iterator[int]:
    """Let one set-up at a time work in the folder; yield the descriptor that holds the lock."""
    # The kernel frees this lock when its holders end, however they end: it never goes stale.
    with (venv / "set-up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another start, which is setting up an environment")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _build(environment: Path, lock: str, wanted: bytes, descriptor: int) -> None:
    purpose, copy = purpose_of(lock), environment / _UNFINISHED_COPY
    _say(f"setting up .venv/{purpose} from {lock}, once")
    _remove(environment)
    try:
        environment.mkdir()
        began = time.monotonic()
        _run([sys.executable, "-I", "-m", "venv", str(environment)], f"venv could not make {environment}", descriptor)
        copy.write_bytes(wanted)
        _say(f"made an empty environment in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        _say(f"installing {len(_PIN.findall(wanted))} packages")
        pip = [_python(environment), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        _run([*pip, "--require-hashes", "--no-deps", "-r", str(copy)], f"pip could not install {lock}", descriptor)
        _put_in_use(environment)
        copy.rename(environment / _COPY)
        _say(f"installed them in {time.monotonic() - began:.0f} s: .venv/{purpose} is ready")
    except BaseException:
        # On a full disk this makes room again.
        _remove(environment)
        raise


def _run(command: list[str], failure: str, descriptor: int) -> None:
    """Run one step of a set-up; SetUpError begins with `failure` if it does not end well."""
    # A step keeps the lock, so that one which outlives a killed set-up is never joined by another. It has a group of its own, so that an
    # interrupted set-up ends all of it; signals wait until there is a process to end.
    os.set_inheritable(descriptor, True)
    streams = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, 2, 1)]
    step = None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        try:
            step = os.posix_spawn(command[0], command, os.environ, file_actions=streams, setpgroup=0, setsigmask=mask)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        code = os.waitstatus_to_exitcode(os.waitpid(step, 0)[1])
    except BaseException:
        if step is not None:
            # It may have ended by itself just now.
            with suppress(OSError):
                os.killpg(step, signal.SIGKILL)
                os.waitpid(step, 0)
        raise
    if code:
        raise SetUpError(
            f"{failure} (its message is above): mend that, often the network or a full disk, and run this again; "
            "what was set up before is unchanged"
        )


def _put_in_use(environment: Path) -> None:
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(environment)}))
    shutil.copyfile(Path(__file__).with_name("in_use.py"), packages / "heliolog_in_use.py")
    (packages / "heliolog_in_use.pth").write_text("import heliolog_in_use\n", encoding="ascii")


def _note_interpreter(environment: Path) -> None:
    """Note which Python runs here: once `bin/python` is another, the launchers have set-up look whether it still runs."""
    _link(environment / _INTERPRETER, os.path.realpath(_python(environment)))


def _switch(link: Path, name: str) -> str | None:
    """Make the link point to an environment, at once; return where it pointed before, None if it was no link."""
    before = str(link.readlink()) if link.is_symlink() else None
    if before is None and link.is_dir():
        # The project was copied without its links. Under a name like this, what cannot be removed now is removed by a later set-up.
        aside = link.with_name(f"{link.name}-{os.urandom(4).hex()}")
        link.rename(aside)
        _link(link, name)
        _remove_unless_used(aside)
    elif before != name:
        _link(link, name)
    return before


def _link(link: Path, target: str) -> None:
    """Make a link, or a file, a link to the target, at once."""
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def _remove_unfinished(venv: Path) -> None:
    """Remove what set-ups that were killed have left behind."""
    for folder in venv.iterdir():
        if _NAMED.fullmatch(folder.name) and not (folder / _COPY).exists():
            _say(f"removing .venv/{folder.name}, which was never finished")
            _remove(folder)


def _remove_unused(venv: Path, purpose: str, kept: set[str | None]) -> None:
    """Remove a purpose's environments but those kept, and those that a process uses."""
    for folder in venv.iterdir():
        named = _NAMED.fullmatch(folder.name)
        if named is not None and named[1] == purpose and folder.name not in kept:
            _remove_unless_used(folder)


def _remove_unless_used(environment: Path) -> None:
    """Remove a finished environment that no process uses; where it cannot be locked, one may."""
    with suppress(OSError), (environment / _COPY).open("rb") as copy:
        fcntl.flock(copy, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _say(f"removing .venv/{environment.name}, which is no longer used")
        _remove(environment)


def _remove(environment: Path) -> None:
    """Remove an environment as far as the system lets us; one that is half removed counts as never finished."""
    with suppress(FileNotFoundError):
        (environment / _COPY).unlink()
    shutil.rmtree(environment, ignore_errors=True)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise _InterruptedError(number)


def main() -> int:
    """Set up for the lock named by the first argument and print the environment's folder; return the exit code."""
    for number in _SIGNALS:
        # One that is ignored stays so: nohup does that.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        environment = set_up(ROOT, sys.argv[1])
    except (SetUpError, OSError) as error:
        _say(f"set-up failed: {error}")
        return 1
    except _InterruptedError as interrupted:
        _say("set-up interrupted; the next start begins it again, and what was set up before is unchanged")
        return 128 + interrupted.number
    sys.stdout.write(f"{environment}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
