"""Time a command and take its peak memory. Run as a program of its own: its arguments are a file for the figures, and the command.

The system counts into a process's peak that of the process it came from, so this one is small: it imports next to nothing.
"""

import os
import sys
import time
from pathlib import Path


def main(report: str, *command: str) -> None:
    """Run the command and write its seconds, its ru_maxrss and its exit code, with spaces between."""
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    Path(report).write_text(f"{seconds} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
