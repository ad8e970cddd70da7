"""The main rows: append, project, rebuild, verify and the bytes on disk, each beside what does the same with less."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import attrs

from tools import _bench_check as check
from tools._bench_bytes import Sizes, measure_sizes
from tools._bench_files import Workload
from tools._bench_process import Finished, measure, python, tool
from tools._bench_row import TARGETS, Row

NAMES = ("append", "project", "rebuild", "whole", "verify", "memory", "bytes")
_PROJECTED = {"project", "rebuild", "whole", "memory", "bytes"}
Tell = Callable[[str], None]


@attrs.frozen
class Ledger:
    """Measures one workload in a folder; `wanted` are names of rows, `tell` hears what is being done."""

    workload: Workload
    folder: Path
    wanted: frozenset[str]
    has_duckdb: bool
    tell: Tell
    found: dict[str, list[Finished]] = attrs.field(factory=lambda: defaultdict(list))
    seconds: dict[str, list[float]] = attrs.field(factory=lambda: defaultdict(list))
    sizes: list[Sizes] = attrs.field(factory=list)

    @property
    def database(self) -> Path:
        """Give the database file of the run under way; after the last run it stays."""
        return self.folder / "ours.db"

    @property
    def is_projected(self) -> bool:
        """Tell whether the database holds the projections of the workload's first part."""
        return bool(self.seconds["project"])

    def run(self) -> None:
        """Measure everything once, ours and theirs in turn, and check each result."""
        remove_database(self.database)
        append_registry(self.workload, self.database, self.folder)
        self._do("append", tool("append", self.workload.part(0), "--db", f"sqlite:///{self.database}", "--json"))
        check.check_log(self.database, self.workload.parts[0])
        if "append" in self.wanted:
            self._floor("without")
            self._floor("with")
        self.tell("verify")
        self._keep("verify", check.verify_log(self.database, self.folder))
        if "verify" in self.wanted:
            self._theirs("hashing", python("-m", "tools._bench_hashing", self.database))
        if self.wanted & _PROJECTED:
            self._project()

    def _project(self) -> None:
        before = measure_sizes(self.database)
        self._do("project", tool("project", "--db", f"sqlite:///{self.database}", "--json"))
        check.check_rows(self.database, self.workload.parts[0])
        self.sizes.append(measure_sizes(self.database).after(before))
        if self.wanted & {"project", "rebuild"}:
            self._duckdb("rebuild")
        if "rebuild" in self.wanted:
            self._do("rebuild", tool("project", "--rebuild", "--db", f"sqlite:///{self.database}", "--json"))
            check.check_rows(self.database, self.workload.parts[0])
        if "whole" in self.wanted:
            self._duckdb("whole")

    def _floor(self, triggers: str) -> None:
        target = self.folder / "floor.db"
        self._theirs(f"floor {triggers}", python("-m", "tools._bench_floor", self.database, target, triggers))
        remove_database(target)

    def _duckdb(self, mode: str) -> None:
        if not self.has_duckdb:
            return
        target = self.folder / "theirs.duckdb"
        command = python("-m", "tools._bench_duckdb", mode, self.workload.part(0), self.workload.folder, target)
        check.check_theirs(self.database, self._theirs(f"duckdb {mode}", command))
        target.unlink()

    def _do(self, name: str, command: list[str]) -> None:
        self.tell(name)
        self._keep(name, measure(command, self.folder))

    def _keep(self, name: str, done: Finished) -> None:
        self.found[name].append(done)
        self.seconds[name].append(done.seconds)

    def _theirs(self, name: str, command: list[str]) -> dict[str, float]:
        self.tell(name)
        done = measure(command, self.folder)
        self.found[name].append(done)
        self.seconds[name].append(done.document["seconds"])
        return done.document

    def peak(self, *names: str) -> float | None:
        """Give the largest peak memory of some commands, in MiB."""
        return max((done.peak_mib for name in names for done in self.found[name]), default=None)

    def rows(self) -> list[Row]:
        """Give the rows wanted."""
        self.seconds["append + project"] = [sum(both) for both in zip(self.seconds["append"], self.seconds["project"], strict=False)]
        return [row for row in (*self._timed(), *self._sized()) if row.name in self.wanted and row.ours]

    def _timed(self) -> list[Row]:
        return [
            self._row("append", "tools/append, file to commit", "append", "executemany of the rows, no triggers", "floor without"),
            self._row(
                "append", "tools/append, file to commit", "append", "executemany of the rows, with triggers", "floor with", aim=False
            ),
            self._row("project", "tools/project, first", "project", "DuckDB: clean + daily", "duckdb rebuild", aim=False),
            self._row("rebuild", "tools/project --rebuild", "rebuild", "DuckDB: clean + daily", "duckdb rebuild"),
            self._row("whole", "append + project", "append + project", "DuckDB: file, hash, clean, daily", "duckdb whole"),
            self._row("verify", "tools/audit verify", "verify", "hashlib.sha256 of the payloads", "hashing"),
        ]

    def _row(self, name: str, what: str, ours: str, against: str, theirs: str, *, aim: bool = True) -> Row:
        return Row(
            name=name,
            what=what,
            against=against if self.seconds[theirs] else f"{against} (not measured)",
            ours=self.seconds[ours],
            theirs=self.seconds[theirs],
            target=TARGETS.get(name) if aim and self.seconds[theirs] else None,
            peak_mib=self.peak(*ours.split(" + ")),
            their_peak_mib=self.peak(theirs),
        )

    def _sized(self) -> list[Row]:
        memory = self.peak("append", "project", "rebuild")
        rows = [
            Row(
                name="memory",
                what="peak of append and project",
                unit="MiB",
                ours=[] if memory is None else [memory],
                target=TARGETS["memory"],
            )
        ]
        log = [one.log_beyond_payload / one.events for one in self.sizes]
        rest = [one.projections / one.events for one in self.sizes]
        rows.append(Row(name="bytes", what="log per event, payload left out", unit="bytes", ours=log, target=TARGETS["bytes"]))
        rows.append(Row(name="bytes", what="projections per event", unit="bytes", ours=rest))
        return rows


def append_registry(workload: Workload, database: Path, folder: Path) -> None:
    """Append the registry's files to a database, unmeasured."""
    measure(tool("append", *workload.registry, "--db", f"sqlite:///{database}"), folder)


def remove_database(path: Path) -> None:
    """Remove a database and the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
