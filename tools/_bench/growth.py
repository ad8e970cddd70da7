"""The rows `late` and `last`: whether a late event, and appending at the end, take longer in a log that has grown."""

from pathlib import Path

import attrs

from ledger.errors import UsageError
from tools._bench import check
from tools._bench.database import append_registry, remove_database, url_of
from tools._bench.events import Counts, correct, is_healthy
from tools._bench.file_runs import Tell
from tools._bench.process import Finished, measure, tool
from tools._bench.row import TARGETS, Row
from tools._bench.workload import Workload

_LATE = 3
"""Late events per run: each is short, and most of it is start-up."""


@attrs.define
class Growth:
    """Appends the workload's parts one by one, `scale` of them, and measures after the first and after the last."""

    workload: Workload
    folder: Path
    runs: int
    scale: int | None
    tell: Tell
    database: Path
    counts: Counts = attrs.field(factory=Counts)

    def measure(self, *, is_begun: bool) -> list[Row]:
        """Return both rows, or without a scale `late` alone; `is_begun` if the database already holds the first part, projected."""
        if is_begun:
            self.counts = self.workload.parts[0]
        else:
            remove_database(self.database)
            append_registry(self.workload, self.database, self.folder)
            self._append(0)
            self._project()
        once = self._late(1)
        if self.scale is None:
            return [self._late_row(once, [])]
        parts = [self._append(number) for number in range(1, self.scale)]
        self._project()
        grown = self._late(self.scale)
        self.tell("verify the grown log")
        check.verify_log(self.database, self.folder)
        return [self._late_row(grown, once), self._last_row(parts)]

    def _append(self, number: int) -> Finished:
        self.tell(f"append part {number + 1} of {self.scale or 1}")
        done = self._run("append", self.workload.part(number))
        self.counts += self.workload.parts[number]
        check.check_log(self.database, self.counts)
        return done

    def _project(self) -> None:
        self.tell("project")
        self._run("project")
        check.check_rows(self.database, self.counts)

    def _late(self, parts: int) -> list[Finished]:
        """Send readings from the middle of the log again, each under another event_id, append and project it."""
        lines = _middle(self.workload.part(parts // 2), self.runs * _LATE)
        return [self._late_one(parts, number, line) for number, line in enumerate(lines)]

    def _late_one(self, parts: int, number: int, line: bytes) -> Finished:
        self.tell(f"late event {number + 1} at {parts} ×")
        file = self.folder / f"late-{parts}-{number}.jsonl"
        file.write_bytes(correct(line) + b"\n")
        done = self._run("append", file).then(self._run("project"))
        self.counts += Counts(lines=1, distinct=1)
        check.check_rows(self.database, self.counts)
        return done

    def _run(self, tool_name: str, *arguments: object) -> Finished:
        return measure(tool(tool_name, *arguments, "--db", url_of(self.database)), self.folder)

    def _late_row(self, ours: list[Finished], theirs: list[Finished]) -> Row:
        return Row.timed(
            name="late",
            what=f"one late event at {self.scale or 1} ×: append + project",
            against="the same at 1 ×" if theirs else "",
            ours=ours,
            theirs=theirs,
            target=TARGETS["late"] if theirs else None,
        )

    def _last_row(self, parts: list[Finished]) -> Row:
        return Row.timed(
            name="last",
            what=f"append of the last part of {self.scale}",
            against="the same of the second",
            ours=parts[-1:],
            theirs=parts[:1],
            target=TARGETS["last"],
        )


def _middle(path: Path, wanted: int) -> list[bytes]:
    """Return whole lines of different readings from a file's middle on; UsageError if there are not enough."""
    found = dict[bytes, None]()
    with path.open("rb") as file:
        file.seek(path.stat().st_size // 2)
        file.readline()
        for line in file:
            if is_healthy(line.removesuffix(b"\n")):
                found[line.removesuffix(b"\n")] = None
            if len(found) == wanted:
                return list(found)
    raise UsageError(f"{path}: fewer than {wanted} readings to send again; ask for more events or fewer runs")
