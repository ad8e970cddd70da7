"""Run a measured command as a process of its own: wall time, peak memory, what it printed."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import msgspec

from ledger.errors import LedgerError, VerificationError
from tools._settings import ROOT

# macOS gives bytes where Linux gives KiB.
_PEAK_UNITS_PER_MIB = 1 << 20 if sys.platform == "darwin" else 1 << 10


@attrs.frozen
class Finished:
    """A process that went well: its seconds from start to end, its peak memory in MiB, its standard output.

    Of a command that starts processes of its own, the peak is that of the largest.
    """

    seconds: float
    peak_mib: float
    output: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Give the JSON document it printed."""
        found: dict[str, Any] = msgspec.json.decode(self.output)
        return found


def python(*arguments: object) -> list[str]:
    """Give the command that runs Python with arguments, in this environment."""
    return [sys.executable, "-P", *map(str, arguments)]


def tool(name: str, *arguments: object) -> list[str]:
    """Give the command that runs a tool, as its launcher does once the environment stands."""
    return python("-m", f"tools.{name}", *arguments)


def measure(command: Sequence[str], folder: Path) -> Finished:
    """Run a command with empty standard input, its output kept in files of the folder.

    Raise LedgerError where it fails, VerificationError where its exit code says that.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    environment = {**kept, "PYTHONPATH": str(ROOT)}
    with (folder / "output").open("w+b") as output, (folder / "errors").open("w+b") as errors:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment)  # noqa: S603 - our own words
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            failure = VerificationError if child.returncode == VerificationError.exit_code else LedgerError
            raise failure(f"{' '.join(command)}: exit {child.returncode}: {errors.read().decode(errors='replace')[-2000:].strip()}")
        return Finished(seconds, usage.ru_maxrss / _PEAK_UNITS_PER_MIB, output.read())
