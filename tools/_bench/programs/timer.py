"""Time a command and take its peak memory. Arguments: a file for the figures, and the command.

The system counts into a process's peak that of the process it came from, so this one is small: it imports next to nothing.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

_INTERVAL_S = 0.1


def main(report: str, *command: str) -> None:
    """Run the command and write its seconds, its peak memory in bytes and its exit code, with spaces between.

    The peak is that of the process as the system keeps it or, where it had others work for it, the largest sum seen of all of them.
    """
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    sums, ended = [0], Event()
    watcher = Thread(target=_watch, args=(child, sums, ended))
    watcher.start()
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    # macOS gives bytes where Linux gives KiB.
    peak = max(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), *sums)
    Path(report).write_text(f"{seconds} {peak} {os.waitstatus_to_exitcode(status)}", encoding="ascii")


def _watch(process: int, sums: list[int], ended: Event) -> None:
    """Keep the largest sum seen of the resident bytes of a process and all below it; memory that they share counts for each."""
    while not ended.wait(_INTERVAL_S):
        sums[0] = max(sums[0], _resident(process))


def _resident(process: int) -> int:
    # A process may end while it is looked at, and where there is no /proc nothing can be seen.
    with suppress(OSError):
        folder = Path(f"/proc/{process}")
        pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
        below = [int(one) for task in (folder / "task").iterdir() for one in (task / "children").read_text(encoding="ascii").split()]
        return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_resident, below))
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
