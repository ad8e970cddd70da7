"""Measure append, project, rebuild and verify on one workload, each beside what does the same with less, and check every result."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import attrs

from tools._bench import check
from tools._bench.bytes import Sizes, measure_sizes
from tools._bench.files import Workload
from tools._bench.process import Finished, measure, python, tool

NAMES = ("append", "project", "rebuild", "whole", "verify", "memory", "bytes", "peers")
_PROJECTED = {"project", "rebuild", "whole", "memory", "bytes"}
Tell = Callable[[str], None]


@attrs.frozen
class Ledger:
    """Measures one workload in a folder; `wanted` are names of rows, `installed` packages to compare with.

    `tell` hears what is being done.
    """

    workload: Workload
    folder: Path
    wanted: frozenset[str]
    installed: frozenset[str]
    tell: Tell
    found: dict[str, list[tuple[float, Finished]]] = attrs.field(factory=lambda: defaultdict(list))
    sizes: list[Sizes] = attrs.field(factory=list)

    @property
    def database(self) -> Path:
        """Return the database file of the run under way; after the last run it stays."""
        return self.folder / "ours.db"

    @property
    def is_projected(self) -> bool:
        """Return whether the database holds the projections of the workload's first part."""
        return bool(self.found["project"])

    def seconds(self, name: str) -> list[float]:
        """Return what every run took: ours from start to end, theirs what the process itself measured."""
        return [seconds for seconds, _ in self.found[name]]

    def peak_mib(self, *names: str) -> float | None:
        """Return the largest peak memory of some commands, in MiB."""
        return max((done.peak_mib for name in names for _, done in self.found[name]), default=None)

    def run(self) -> None:
        """Measure everything once, ours and theirs in turn, and check each result."""
        remove_database(self.database)
        append_registry(self.workload, self.database, self.folder)
        self._do("append", tool("append", self.workload.part(0), "--db", f"sqlite:///{self.database}", "--json"))
        check.check_log(self.database, self.workload.parts[0])
        if "append" in self.wanted:
            self._floor("without")
            self._floor("with")
        if "peers" in self.wanted:
            self._peer()
        self.tell("verify")
        self._keep("verify", check.verify_log(self.database, self.folder))
        if "verify" in self.wanted:
            self._theirs("hashing", python("-m", "tools._bench.hashing", self.database))
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
        self._theirs(f"floor {triggers}", python("-m", "tools._bench.floor", self.database, target, triggers))
        remove_database(target)

    def _peer(self) -> None:
        if "eventsourcing" in self.installed:
            target = self.folder / "peer.db"
            self._theirs("eventsourcing", python("-m", "tools._bench.eventsourcing", self.database, target))
            remove_database(target)

    def _duckdb(self, mode: str) -> None:
        if "duckdb" not in self.installed:
            return
        target = self.folder / "theirs.duckdb"
        command = python("-m", "tools._bench.duckdb", mode, self.workload.part(0), self.workload.folder, target)
        check.check_theirs(self.database, self._theirs(f"duckdb {mode}", command))
        target.unlink()

    def _do(self, name: str, command: list[str]) -> None:
        self.tell(name)
        self._keep(name, measure(command, self.folder))

    def _keep(self, name: str, done: Finished) -> None:
        self.found[name].append((done.seconds, done))

    def _theirs(self, name: str, command: list[str]) -> dict[str, float]:
        self.tell(name)
        done = measure(command, self.folder)
        document = done.document
        self.found[name].append((document["seconds"], done))
        return document


def append_registry(workload: Workload, database: Path, folder: Path) -> None:
    """Append the registry's files to a database, unmeasured."""
    measure(tool("append", *workload.registry, "--db", f"sqlite:///{database}"), folder)


def remove_database(path: Path) -> None:
    """Remove a database and the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
