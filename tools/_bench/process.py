"""Run a measured command as a process of its own: wall time, peak memory, what it printed."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import msgspec

from ledger.errors import LedgerError, VerificationError
from tools._cli.settings import ROOT

_TIMER = ROOT / "tools" / "_bench" / "programs" / "timer.py"


@attrs.frozen
class Finished:
    """A command that exited with 0: its seconds from start to end, its peak memory in MiB, its standard output.

    If it started processes of its own, the peak is the largest sum seen of all of them.
    """

    seconds: float
    peak_mib: float
    output: bytes

    def then(self, other: "Finished") -> "Finished":
        """Return both, one after the other, as one: their seconds together, the larger peak, the later output."""
        return Finished(self.seconds + other.seconds, max(self.peak_mib, other.peak_mib), other.output)

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document it printed."""
        found: dict[str, Any] = msgspec.json.decode(self.output)
        return found


def python(*arguments: object) -> list[str]:
    """Return the command that runs Python with arguments, in this environment."""
    return [sys.executable, "-P", *map(str, arguments)]


def tool(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a tool, as its launcher does once there is an environment."""
    return python("-m", f"tools.{name}", *arguments)


def program(name: str, *arguments: object) -> list[str]:
    """Return the command that runs one of the benchmark's own programs, those in `tools/_bench/programs`."""
    return python("-m", f"tools._bench.programs.{name}", *arguments)


def measure_program(folder: Path, name: str, *arguments: object) -> Finished:
    """Run one of the benchmark's own programs; the seconds are those it measured itself, without start-up and preparation."""
    done = measure(program(name, *arguments), folder)
    return attrs.evolve(done, seconds=done.document["seconds"])


def measure(command: Sequence[str], folder: Path) -> Finished:
    """Run a command with empty standard input, its output kept in files of the folder.

    Raise LedgerError if it fails, VerificationError if its exit code says so.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    environment, report = {**kept, "PYTHONPATH": str(ROOT)}, folder / "figures"
    timed = [sys.executable, "-I", "-S", str(_TIMER), str(report), *command]
    with (folder / "output").open("w+b") as output, (folder / "errors").open("w+b") as errors:
        _run(timed, stdout=output, stderr=errors, env=environment)
        output.seek(0)
        errors.seek(0)
        seconds, peak, code = report.read_text(encoding="ascii").split()
        if int(code):
            failure = VerificationError if int(code) == VerificationError.exit_code else LedgerError
            raise failure(f"{' '.join(command)}: exit {code}: {errors.read().decode(errors='replace')[-2000:].strip()}")
        return Finished(float(seconds), int(peak) / (1 << 20), output.read())


def _run(command: list[str], **where: Any) -> None:  # noqa: ANN401 - what Popen takes
    """Run a command in a session of its own, which ends whole when this is interrupted."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **where) as timer:  # noqa: S603 - our own words
        try:
            code = timer.wait()
        except BaseException:
            os.killpg(timer.pid, signal.SIGKILL)
            raise
    if code:
        raise LedgerError(f"{' '.join(command)}: could not be measured (exit {code})")
