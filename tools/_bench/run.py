"""One benchmark: which rows there are, and how those wanted are measured."""

from collections.abc import Iterable
from pathlib import Path

import attrs

from ledger.errors import UsageError
from tools._bench import check
from tools._bench.file_rows import file_rows
from tools._bench.file_runs import NAMES as FILE_NAMES
from tools._bench.file_runs import FileRuns, Tell
from tools._bench.fold import measure_fold
from tools._bench.growth import Growth
from tools._bench.row import Row
from tools._bench.server_runs import NAMES as SERVER_NAMES
from tools._bench.server_runs import ServerRuns
from tools._bench.startup import measure_startup
from tools._bench.workload import Workload

NAMES = (*FILE_NAMES, "late", "last", "fold", "startup", *SERVER_NAMES)
COMPARED = {"duckdb": {"project", "rebuild", "whole"}, "eventsourcing": {"peers"}}
"""Packages that may be missing, and the rows that compare with them."""
_GROWING = frozenset({"late", "last"})


@attrs.frozen(kw_only=True)
class Plan:
    """What to measure.

    `wanted` are rows' names, `runs` how often each is measured. `scale` is how many parts the log grows to, None if it does not grow;
    `fold_inverters` how many years of readings the row `fold` follows; `installed` which packages to compare with there are; `server` the
    URL of a database for the rows of a server.
    """

    wanted: frozenset[str] = frozenset(NAMES)
    runs: int = 3
    scale: int | None = None
    fold_inverters: int = 5
    installed: frozenset[str] = frozenset()
    server: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], *, server: str | None = None, **rest: object) -> "Plan":
        """Return a plan for the rows named, or if none is, for all (those of a server only with one); UsageError if they need a server."""
        wanted = frozenset(names) or frozenset(NAMES) - (frozenset() if server else frozenset(SERVER_NAMES))
        if not server and wanted & frozenset(SERVER_NAMES):
            raise UsageError("rows of a server need one: name it with --db")
        return cls(wanted=wanted, server=server, **rest)  # type: ignore[arg-type]

    def missing(self) -> list[str]:
        """Return the packages that are not installed and that a row wanted compares with."""
        return sorted(name for name, rows in COMPARED.items() if self.wanted & rows and name not in self.installed)

    @property
    def parts(self) -> int:
        """Return how many parts the workload needs."""
        return self.scale or 1

    def needs_events(self) -> bool:
        """Return whether any row needs made-up events."""
        return bool(self.wanted & {*FILE_NAMES, *_GROWING, *SERVER_NAMES})


def measure_rows(plan: Plan, workload: Workload, folder: Path, tell: Tell) -> list[Row]:
    """Return the rows wanted, in the order of `NAMES`; VerificationError if a result is wrong."""
    file_runs = FileRuns(workload, folder, plan.wanted, plan.installed, tell)
    growth = Growth(workload, folder, plan.runs, plan.scale, tell, file_runs.database)
    rows = list[Row]()
    if plan.wanted & set(FILE_NAMES):
        for number in range(1, plan.runs + 1):
            tell(f"run {number} of {plan.runs}")
            file_runs.run()
        rows += file_rows(file_runs)
        if file_runs.is_projected:
            tell("compare every row with a replay")
            check.verify_rows(file_runs.database, folder)
    if plan.wanted & _GROWING:
        rows += [row for row in growth.measure(is_begun=file_runs.is_projected) if row.name in plan.wanted]
    if "fold" in plan.wanted:
        tell("fold")
        rows.append(measure_fold(plan.fold_inverters, plan.runs, folder))
    if "startup" in plan.wanted:
        tell("startup")
        rows.append(measure_startup(plan.runs, folder))
    if plan.server is not None and plan.wanted & set(SERVER_NAMES):
        rows += ServerRuns(plan.server, workload, folder, tell).measure(plan.runs, plan.wanted)
    return rows
