"""The rows of a server: append beside its floor there, and a rebuild beside SQLite's."""

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
from tools._bench.files import Workload
from tools._bench.process import Finished, measure, python, tool
from tools._bench.row import TARGETS, Row

NAMES = ("server-append", "server-rebuild")
_WHAT = {"server-append": "tools/append, file to commit", "server-rebuild": "tools/project --rebuild"}
_AGAINST = {"server-append": "binary COPY, staged, of the rows", "server-rebuild": "the same on SQLite"}


@attrs.frozen
class Server:
    """Measures one workload on the server that `url` names, in schemas of its own, and in a file beside them."""

    url: str
    workload: Workload
    folder: Path
    tell: Callable[[str], None]
    found: dict[str, list[tuple[float, Finished]]] = attrs.field(factory=lambda: defaultdict(list))

    def measure(self, runs: int, wanted: frozenset[str]) -> Iterator[Row]:
        """Return the rows wanted; VerificationError where a result is wrong."""
        for _ in range(runs):
            with new_log(self.url) as log:
                self._append(log)
                if "server-append" in wanted:
                    self._floor(log)
                if "server-rebuild" in wanted:
                    self._rebuild("server-rebuild", log)
                    self._rebuild_file()
        yield from (self._row(name) for name in NAMES if name in wanted)

    def _append(self, log: str) -> None:
        self.tell("append on the server")
        measure(tool("append", *self.workload.registry, "--db", log), self.folder)
        done = measure(tool("append", self.workload.part(0), "--db", log, "--json"), self.folder)
        check.check_log(log, self.workload.parts[0])
        self.found["server-append"].append((done.seconds, done))

    def _floor(self, log: str) -> None:
        self.tell("floor on the server")
        with new_log(self.url) as target:
            done = measure(python("-m", "tools._bench.server_floor", log, target), self.folder)
            check.check_log(target, self.workload.parts[0])
        self.found["beside server-append"].append((done.document["seconds"], done))

    def _rebuild(self, name: str, database: str) -> None:
        self.tell(f"rebuild, {'SQLite' if name.startswith('beside') else 'server'}")
        measure(tool("project", "--db", database), self.folder)
        done = measure(tool("project", "--rebuild", "--db", database, "--json"), self.folder)
        check.check_rows(database, self.workload.parts[0])
        self.found[name].append((done.seconds, done))

    def _rebuild_file(self) -> None:
        file = self.folder / "beside.db"
        database = f"sqlite:///{file}"
        measure(tool("append", *self.workload.registry, self.workload.part(0), "--db", database), self.folder)
        self._rebuild("beside server-rebuild", database)
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)

    def _row(self, name: str) -> Row:
        ours, theirs = self.found[name], self.found[f"beside {name}"]
        lines = self.workload.parts[0].lines
        return Row(
            name=name,
            what=_WHAT[name],
            against=_AGAINST[name],
            unit="lines/s",
            ours=[lines / seconds for seconds, _ in ours],
            theirs=[lines / seconds for seconds, _ in theirs],
            target=TARGETS[name],
            peak_mib=max(done.peak_mib for _, done in ours),
            their_peak_mib=max(done.peak_mib for _, done in theirs),
        )


def check_url(url: str) -> str:
    """Return a URL back; raise UsageError where it names no database of a server."""
    try:
        if make_url(url).get_backend_name() == "postgresql":
            return url
    except ArgumentError:
        pass
    raise UsageError("--db names a server to measure on too, for example postgresql+psycopg://me@host/bench; a file is always measured")


@contextmanager
def new_log(url: str) -> Iterator[str]:
    """Make an empty log in a new schema of a database, give its URL, and drop it at the end."""
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
