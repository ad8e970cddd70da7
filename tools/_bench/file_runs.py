"""Measure append, project, rebuild and verify on a database file, each beside what does the same with less, and check every result."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import attrs

from tools._bench import check
from tools._bench.database import append_registry, remove_database, url_of
from tools._bench.process import Finished, measure, measure_program, tool
from tools._bench.sizes import Sizes, measure_sizes
from tools._bench.workload import Workload

NAMES = ("append", "project", "rebuild", "whole", "verify", "memory", "bytes", "peers")
"""The rows measured here."""
_NEED_PROJECTING = {"project", "rebuild", "whole", "memory", "bytes"}
Tell = Callable[[str], None]


@attrs.frozen
class FileRuns:
    """Measures the workload's first part, run by run, in a folder; `wanted` are names of rows, `installed` packages to compare with.

    `tell` hears what is being done. `done` holds what was measured, a value for each run: `append`, `project`, `rebuild` and `verify` are
    the tools, from start to end; all other names are programs beside them, with the seconds that they measured themselves.
    """

    workload: Workload
    folder: Path
    wanted: frozenset[str]
    installed: frozenset[str]
    tell: Tell
    done: dict[str, list[Finished]] = attrs.field(factory=lambda: defaultdict(list))
    sizes: list[Sizes] = attrs.field(factory=list)

    @property
    def database(self) -> Path:
        """Return the database file of the run under way; after the last run it stays."""
        return self.folder / "ours.db"

    @property
    def is_projected(self) -> bool:
        """Return whether the database holds the projections of the workload's first part."""
        return bool(self.done["project"])

    def run(self) -> None:
        """Measure everything once, ours and theirs in turn, and check each result."""
        remove_database(self.database)
        append_registry(self.workload, self.database, self.folder)
        self._measure("append", "append", self.workload.part(0))
        check.check_log(self.database, self.workload.parts[0])
        if "append" in self.wanted:
            self._insert_bare("without")
            self._insert_bare("with")
        if "peers" in self.wanted and "eventsourcing" in self.installed:
            target = self.folder / "peer.db"
            self._measure_beside("eventsourcing", "eventsourcing", self.database, target)
            remove_database(target)
        self.tell("verify")
        self.done["verify"].append(check.verify_log(self.database, self.folder))
        if "verify" in self.wanted:
            self._measure_beside("sha256", "bare_sha256", self.database)
        if self.wanted & _NEED_PROJECTING:
            self._project()

    def _project(self) -> None:
        before = measure_sizes(self.database)
        self._measure("project", "project")
        check.check_rows(self.database, self.workload.parts[0])
        self.sizes.append(measure_sizes(self.database).after(before))
        if self.wanted & {"project", "rebuild"}:
            self._duckdb("rebuild")
        if "rebuild" in self.wanted:
            self._measure("rebuild", "project", "--rebuild")
            check.check_rows(self.database, self.workload.parts[0])
        if "whole" in self.wanted:
            self._duckdb("whole")

    def _insert_bare(self, triggers: str) -> None:
        target = self.folder / "bare.db"
        self._measure_beside(f"inserts {triggers} triggers", "bare_inserts", self.database, target, triggers)
        remove_database(target)

    def _duckdb(self, mode: str) -> None:
        if "duckdb" not in self.installed:
            return
        target = self.folder / "theirs.duckdb"
        done = self._measure_beside(f"duckdb {mode}", "duckdb", mode, self.workload.part(0), self.workload.folder, target)
        check.check_theirs(self.database, done.document)
        target.unlink()

    def _measure(self, name: str, tool_name: str, *arguments: object) -> None:
        self.tell(name)
        self.done[name].append(measure(tool(tool_name, *arguments, "--db", url_of(self.database), "--json"), self.folder))

    def _measure_beside(self, name: str, program: str, *arguments: object) -> Finished:
        self.tell(name)
        done = measure_program(self.folder, program, *arguments)
        self.done[name].append(done)
        return done
