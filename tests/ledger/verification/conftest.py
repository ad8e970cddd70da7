import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.append.deliver import deliver
from ledger.database import Database
from ledger.source.read import open_source
from ledger.store.schema import metadata
from tests.support.servers import BACKENDS, dialect

Alter = Callable[..., None]
PLANTS = b"plant_id,name,location,timezone\np1,A,x,UTC\np1,B,x,UTC\n,no id,x,UTC\n"
LINES = b'{"event_time":"2025-04-01T06:00:00Z"}\nbroken\nlast\n'
STATES = (3, 7)
"""The positions of the events that state a delivery; statements are at 0 to 2, telemetry at 4 to 6."""
SIZE = 8


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def alter_file(url: str, *statements: str) -> None:
    """Run statements as somebody may who has the file: with its triggers away meanwhile, and no check heeded."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute("PRAGMA writable_schema = ON")
        return raw

    aside = "type = 'trigger'" if not any("TRIGGER" in statement for statement in statements) else "false"
    with closing(connect()) as raw:
        triggers = raw.execute(f"SELECT name, sql FROM sqlite_master WHERE {aside}").fetchall()  # noqa: S608 - made of constants
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        with closing(connect()) as raw:  # each reads the schema anew
            raw.execute(statement)
    with closing(connect()) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for name, text in triggers:
            if name.partition("_refuses")[0] in tables:
                raw.execute(text)


def alter_server(url: str, *statements: str) -> None:
    """Run statements as a superuser may, whom no trigger binds."""
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            raw.execute(statement.encode())


@pytest.fixture
def alter(db: Database, backend: str, url: str, write: Callable[[str, bytes], str], clock: Callable[[], int]) -> Alter:
    """Return a function to run statements on a log of eight events, that the log's guards would refuse."""
    assert set(metadata.tables) == {"event_log", "log_head", "delivery"}
    for name, content, kind in (("p.csv", PLANTS, "plant"), ("t.jsonl", LINES, "telemetry")):
        with open_source(write(name, content)) as source:
            list(deliver(db, source, kind, clock=clock))

    def run(*statements: str) -> None:
        (alter_file if backend == "sqlite" else alter_server)(url, *(dialect(backend, statement) for statement in statements))

    return run


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
