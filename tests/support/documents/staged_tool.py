"""Run one tool as `python -m tools.NAME` does, on a stage: its clock stands still, and it may die or find the disk full where it is told.

`STAGE_CLOCK_US` is the machine's time in µs since 1970 UTC. `STAGE_DIES_AT` is the number of the commit that never happens, because
SIGKILL comes first. `STAGE_PAGES` is how many pages an SQLite file may have, as if no more fitted on the disk.
"""

import os
import runpy
import signal
import sys
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, event

from ledger import clock


def hold_clock(now_us: int) -> None:
    """Let the only clock of the program tell one time."""
    clock.time = SimpleNamespace(time_ns=lambda: now_us * 1000)  # type: ignore[assignment]


def die_at(commit: int) -> None:
    """Send SIGKILL to this process in place of a commit, counted from 1."""
    left = commit

    def count(_connection: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", count)


def limit_pages(pages: int) -> None:
    """Let every SQLite file hold so many pages at most."""

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)


def main() -> None:
    """Take the module's name from the arguments, set the stage, and run it."""
    hold_clock(int(os.environ["STAGE_CLOCK_US"]))
    if dies_at := os.environ.get("STAGE_DIES_AT"):
        die_at(int(dies_at))
    if pages := os.environ.get("STAGE_PAGES"):
        limit_pages(int(pages))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
