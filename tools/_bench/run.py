"""A whole benchmark: which rows there are, and measuring those wanted in one run."""

from collections.abc import Iterable
from pathlib import Path

import attrs

from ledger.errors import UsageError
from tools._bench import check
from tools._bench.files import Workload
from tools._bench.fold import measure_fold
from tools._bench.growth import Growth
from tools._bench.ledger import NAMES as LEDGER_NAMES
from tools._bench.ledger import Ledger, Tell
from tools._bench.ledger_rows import ledger_rows
from tools._bench.row import Row
from tools._bench.server import NAMES as SERVER_NAMES
from tools._bench.server import Server
from tools._bench.startup import measure_startup

NAMES = (*LEDGER_NAMES, "late", "last", "fold", "startup", *SERVER_NAMES)
COMPARED = {"duckdb": {"project", "rebuild", "whole"}, "eventsourcing": {"peers"}}
"""Packages that may be missing, and the rows held against them."""
_GROWING = frozenset({"late", "last"})


@attrs.frozen(kw_only=True)
class Plan:
    """What to measure: the rows' names, how often, how far the log grows (times the workload's first part), years of readings to fold.

    `installed` are the packages there are to compare with, `server` the URL of a database for the rows of a server.
    """

    wanted: frozenset[str] = frozenset(NAMES)
    runs: int = 3
    scale: int | None = None
    fold_inverters: int = 5
    installed: frozenset[str] = frozenset()
    server: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], *, server: str | None = None, **rest: object) -> "Plan":
        """Make a plan of the rows named, of all that there is a database for where none is; UsageError without a server for its rows."""
        wanted = frozenset(names) or frozenset(NAMES) - (frozenset() if server else frozenset(SERVER_NAMES))
        if not server and wanted & frozenset(SERVER_NAMES):
            raise UsageError("rows of a server need one: name it with --db")
        return cls(wanted=wanted, server=server, **rest)  # type: ignore[arg-type]

    def missing(self) -> list[str]:
        """Return the packages that a row wanted is held against and that are not installed."""
        return sorted(name for name, rows in COMPARED.items() if self.wanted & rows and name not in self.installed)

    @property
    def parts(self) -> int:
        """Return how many parts of the workload this needs."""
        return self.scale or 1

    def needs_events(self) -> bool:
        """Return whether any row needs made-up events."""
        return bool(self.wanted & {*LEDGER_NAMES, *_GROWING, *SERVER_NAMES})


def measure_rows(plan: Plan, workload: Workload, folder: Path, tell: Tell) -> list[Row]:
    """Measure and check; VerificationError where a result is wrong. The rows come in the order of `NAMES`."""
    ledger = Ledger(workload, folder, plan.wanted, plan.installed, tell)
    growth = Growth(workload, folder, plan.runs, plan.scale, tell, ledger.database)
    rows = list[Row]()
    if plan.wanted & set(LEDGER_NAMES):
        for number in range(1, plan.runs + 1):
            tell(f"run {number} of {plan.runs}")
            ledger.run()
        rows += ledger_rows(ledger)
        if ledger.is_projected:
            tell("compare every row with a replay")
            check.verify_rows(ledger.database, folder)
    if plan.wanted & _GROWING:
        rows += [row for row in growth.measure(is_begun=ledger.is_projected) if row.name in plan.wanted]
    if "fold" in plan.wanted:
        tell("fold")
        rows.append(measure_fold(plan.fold_inverters, plan.runs, folder))
    if "startup" in plan.wanted:
        tell("startup")
        rows.append(measure_startup(plan.runs, folder))
    if plan.server is not None and plan.wanted & set(SERVER_NAMES):
        rows += Server(plan.server, workload, folder, tell).measure(plan.runs, plan.wanted)
    return rows
