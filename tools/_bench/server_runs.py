"""The rows of a server: append there beside a bare COPY, and a rebuild there beside one in a file."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ledger.database import open_database, writing
from ledger.errors import UsageError
from tools._bench import check
from tools._bench.database import append_registry, remove_database, url_of
from tools._bench.process import Finished, measure, measure_program, tool
from tools._bench.row import TARGETS, Row
from tools._bench.workload import Workload

NAMES = ("server-append", "server-rebuild")
_WHAT = {"server-append": "tools/append, file to commit", "server-rebuild": "tools/project --rebuild"}
_AGAINST = {"server-append": "binary COPY, staged, of the rows", "server-rebuild": "the same on SQLite"}


@attrs.frozen
class ServerRuns:
    """Measures the workload's first part on the server that `url` names, in schemas that are dropped again, and in a file beside them.

    `done` holds what was measured, a value for each run, by the row's name: ours, and under `beside NAME` theirs.
    """

    url: str
    workload: Workload
    folder: Path
    tell: Callable[[str], None]
    done: dict[str, list[Finished]] = attrs.field(factory=lambda: defaultdict(list))

    def measure(self, runs: int, wanted: frozenset[str]) -> Iterator[Row]:
        """Yield the rows wanted; VerificationError if a result is wrong."""
        for _ in range(runs):
            with new_log(self.url) as log:
                self._append(log)
                if "server-append" in wanted:
                    self._copy_bare(log)
                if "server-rebuild" in wanted:
                    self._rebuild("server-rebuild", log)
                    self._rebuild_file()
        yield from (self._row(name) for name in NAMES if name in wanted)

    def _append(self, log: str) -> None:
        self.tell("append on the server")
        append_registry(self.workload, log, self.folder)
        done = measure(tool("append", self.workload.part(0), "--db", log, "--json"), self.folder)
        check.check_log(log, self.workload.parts[0])
        self.done["server-append"].append(done)

    def _copy_bare(self, log: str) -> None:
        self.tell("bare COPY on the server")
        with new_log(self.url) as target:
            self.done["beside server-append"].append(measure_program(self.folder, "bare_copy", log, target))
            check.check_log(target, self.workload.parts[0])

    def _rebuild(self, name: str, database: str) -> None:
        self.tell(f"rebuild, {'SQLite' if name.startswith('beside') else 'server'}")
        measure(tool("project", "--db", database), self.folder)
        done = measure(tool("project", "--rebuild", "--db", database, "--json"), self.folder)
        check.check_rows(database, self.workload.parts[0])
        self.done[name].append(done)

    def _rebuild_file(self) -> None:
        file = self.folder / "beside.db"
        database = url_of(file)
        measure(tool("append", *self.workload.registry, self.workload.part(0), "--db", database), self.folder)
        self._rebuild("beside server-rebuild", database)
        remove_database(file)

    def _row(self, name: str) -> Row:
        ours, theirs = self.done[name], self.done[f"beside {name}"]
        row = Row.timed(name=name, what=_WHAT[name], against=_AGAINST[name], ours=ours, theirs=theirs, target=TARGETS[name])
        lines = self.workload.parts[0].lines
        return attrs.evolve(
            row, unit="lines/s", ours=[lines / seconds for seconds in row.ours], theirs=[lines / seconds for seconds in row.theirs]
        )


def check_url(url: str) -> str:
    """Return the URL as it is; UsageError if it names no database of a server."""
    try:
        if make_url(url).get_backend_name() == "postgresql":
            return url
    except ArgumentError:
        pass
    raise UsageError("--db names a server to measure on too, for example postgresql+psycopg://me@host/bench; a file is always measured")


@contextmanager
def new_log(url: str) -> Iterator[str]:
    """Make an empty log in a new schema of a database, yield its URL, and drop it at the end."""
    from ledger.postgresql.setup import create_schema  # noqa: PLC0415 - its packages load only where they are needed

    named = make_url(url)
    schema = f"heliolog_bench_{os.getpid()}_{os.urandom(4).hex()}"
    options = f"{named.query.get('options', '')} -csearch_path={schema}".strip()
    log = named.update_query_dict({"options": options}).render_as_string(hide_password=False)
    with open_database(url, write=True, any_version=True) as database:
        with writing(database) as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        try:
            with open_database(log, write=True, any_version=True) as inside, writing(inside) as connection:
                create_schema(connection)
            yield log
        finally:
            with writing(database) as connection:
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
