"""The rows that show how the log's size tells: one late event, and appending as many events again at its end."""

from pathlib import Path

import attrs

from ledger.errors import UsageError
from tools._bench import check
from tools._bench.events import Counts, correct, is_healthy
from tools._bench.files import Workload
from tools._bench.ledger import Tell, append_registry, remove_database
from tools._bench.process import Finished, measure, tool
from tools._bench.row import TARGETS, Row

_LATE = 3
"""Late events per run: each is cheap, and start-up makes up most of it."""


@attrs.define
class Growth:
    """Lets a log grow part by part to `scale` times the first, and measures at both ends."""

    workload: Workload
    folder: Path
    runs: int
    scale: int | None
    tell: Tell
    database: Path
    counts: Counts = attrs.field(factory=Counts)

    def measure(self, *, is_begun: bool) -> list[Row]:
        """Return both rows, without a scale late events alone; `is_begun` where the database holds the first part, projected, already."""
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
        done = measure(tool("append", self.workload.part(number), "--db", f"sqlite:///{self.database}"), self.folder)
        self.counts += self.workload.parts[number]
        check.check_log(self.database, self.counts)
        return done

    def _project(self) -> None:
        self.tell("project")
        measure(tool("project", "--db", f"sqlite:///{self.database}"), self.folder)
        check.check_rows(self.database, self.counts)

    def _late(self, parts: int) -> list[Finished]:
        """Send readings from the middle of the log again, each under another event_id, append and project it."""
        lines = _middle(self.workload.part(parts // 2), self.runs * _LATE)
        return [self._late_one(parts, number, line) for number, line in enumerate(lines)]

    def _late_one(self, parts: int, number: int, line: bytes) -> Finished:
        self.tell(f"late event {number + 1} at {parts} ×")
        file = self.folder / f"late-{parts}-{number}.jsonl"
        file.write_bytes(correct(line) + b"\n")
        append = measure(tool("append", file, "--db", f"sqlite:///{self.database}"), self.folder)
        project = measure(tool("project", "--db", f"sqlite:///{self.database}"), self.folder)
        self.counts += Counts(lines=1, distinct=1)
        check.check_rows(self.database, self.counts)
        return Finished(append.seconds + project.seconds, max(append.peak_mib, project.peak_mib), project.output)

    def _late_row(self, ours: list[Finished], theirs: list[Finished]) -> Row:
        return Row(
            name="late",
            what=f"one late event at {self.scale or 1} ×: append + project",
            against="the same at 1 ×" if theirs else "",
            ours=[one.seconds for one in ours],
            theirs=[one.seconds for one in theirs],
            target=TARGETS["late"] if theirs else None,
            peak_mib=max(one.peak_mib for one in ours),
            their_peak_mib=max((one.peak_mib for one in theirs), default=None),
        )

    def _last_row(self, parts: list[Finished]) -> Row:
        first, last = parts[0], parts[-1]
        return Row(
            name="last",
            what=f"append of the last part of {self.scale}",
            against="the same of the second",
            ours=[last.seconds],
            theirs=[first.seconds],
            target=TARGETS["last"],
            peak_mib=last.peak_mib,
            their_peak_mib=first.peak_mib,
        )


def _middle(path: Path, wanted: int) -> list[bytes]:
    """Return whole lines of different readings from a file's middle on; UsageError where there are not enough."""
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
