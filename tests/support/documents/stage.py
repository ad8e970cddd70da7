"""A stage: a scratch folder in which commands are run by a real shell as a user would type them, and what they print is kept.

What differs from run to run is made the same: the tools' clock stands at `CLOCK`, and so the roots (arrival is hashed) are always these;
durations are shown as `… s`; the scratch folder as `/tmp`; a server's port as 5432. Left out are log lines on standard error, unless asked
for, and what a shell says of a process that was killed.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from ledger.format.instant import read_instant

ROOT = Path(__file__).resolve().parents[3]
CLOCK = "2025-04-02T06:00:00Z"
KILLED = 137
"""What a shell returns for a command that was ended by SIGKILL."""
TOOLS = ("append", "audit", "db", "demo", "inspect", "project")
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d\d:?\d\d (?=INFO|WARNING)", re.MULTILINE)
_JSON_LOG_LINE = re.compile(r'(?<=\{"at":")[^"]+')
_DURATION = re.compile(r"\b\d+\.\d\d s\b")
_MADE_UP_FOLDER = re.compile(r"(?<=heliolog-demo-)\w{8}\b")
_KILLED_LINE = re.compile(r"^(\S*sh: .*)?\bKilled\b")
_WIDEST = 160


@attrs.define
class Stage:
    """A scratch folder with `tools/` and a `sqlite3` in it, and the transcript of what was run there."""

    folder: Path
    ports: Mapping[str, int] = attrs.field(factory=dict)
    """Where PostgreSQL servers really listen, if there are some in the play, by the port that is shown."""
    programs: Path | None = None
    """The folder of those servers' programs."""
    _said: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Put a launcher for each tool where a user would look for it."""
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        for name in TOOLS:
            self._launcher(self.folder / "tools" / name, f"tests.support.documents.staged_tool tools.{name}")
        self._launcher(self.folder / "bin" / "sqlite3", "tests.support.documents.sqlite_shell")

    @property
    def transcript(self) -> str:
        """All that was shown, in order, one line a list item of the shell's."""
        return "".join(f"{line}\n" for line in self._said)

    def run(self, command: str, *, keep: Iterable[str] | None = None, log: bool = False, ends_with: int = 0, **environment: str) -> str:
        """Run a command, show it and what it prints, and return that; it must end with the exit code.

        `keep`: regular expressions; of the printed lines only those in which one is found are shown, and `…` for others before them.
        `log`: show log lines, too.
        """
        printed = self.quietly(command, ends_with=ends_with, **environment)
        lines = [line for line in printed.splitlines() if (log or not _is_log_line(line)) and not _KILLED_LINE.match(line)]
        first, *rest = command.split("\n")
        self._said += [f"$ {first}", *rest, *(_cut(line) for line in _shorten(lines, keep))]
        return printed

    def query(self, statement: str, *, header: bool = False) -> str:
        """Run a statement in the sqlite3 shell as `run` does, in a way that cannot change the database."""
        return self.run(f'sqlite3 -readonly {"-header " if header else ""}var/data.db "{statement}"')

    def quietly(self, command: str, *, ends_with: int = 0, **environment: str) -> str:
        """Run a command without showing it, and return what it printed."""
        done = subprocess.run(
            ["sh", "-c", self._real(command)],
            cwd=self.folder,
            env=self._environ({name: self._real(value) for name, value in environment.items()}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        printed = done.stdout.decode()
        # A shell that runs a single command may have become it: then the signal itself is told.
        if done.returncode != ends_with and not (ends_with == KILLED and done.returncode == -signal.SIGKILL):
            raise AssertionError(f"{command!r} ended with {done.returncode}, not {ends_with}:\n{printed}")
        return self._same_every_time(printed)

    def _real(self, text: str) -> str:
        for shown, port in self.ports.items():
            text = text.replace(f":{shown}/", f":{port}/")
        return text

    def _launcher(self, path: Path, module: str) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m {module} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "STAGE_", "PG"))}
        folders = [str(self.folder / "bin"), *([str(self.programs)] if self.programs else []), kept.get("PATH", os.defpath)]
        staged = {
            "PATH": os.pathsep.join(folders),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.folder),
            "LEDGER_DB": "sqlite:///var/data.db",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "STAGE_CLOCK_US": str(read_instant(CLOCK)),
        }
        return {**kept, **staged, **more}

    def _same_every_time(self, printed: str) -> str:
        printed = printed.replace(str(self.folder), "/tmp")  # noqa: S108 - as a reader knows it
        for shown, port in self.ports.items():
            printed = printed.replace(f":{port}", f":{shown}")
        printed = _JSON_LOG_LINE.sub("2025-04-02T06:00:00.000000+00:00", printed)
        printed = _LOG_LINE.sub("2025-04-02T06:00:00+00:00 ", printed)
        return _MADE_UP_FOLDER.sub("…", _DURATION.sub("… s", printed))


def _is_log_line(line: str) -> bool:
    return bool(_LOG_LINE.match(line)) or line.startswith('{"at":')


def _shorten(lines: list[str], keep: Iterable[str] | None) -> list[str]:
    if keep is None:
        return lines
    patterns = [re.compile(one) for one in keep]
    shown: list[str] = []
    for line in lines:
        if any(pattern.search(line) for pattern in patterns):
            shown.append(line)
        elif line and (not shown or shown[-1] != "  …"):
            shown.append("  …")
    return shown[:-1] if shown and shown[-1] == "  …" else shown


def _cut(line: str) -> str:
    return line.rstrip() if len(line) <= _WIDEST else line[: _WIDEST - 1].rstrip() + "…"
