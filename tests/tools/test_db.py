"""tools/db on a file and on servers, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ledger.postgresql.roles import ROLES
from ledger.store.schema import SCHEMA_VERSION
from tests.support.cli import ROOT, environ, line, tool
from tests.support.servers import PASSWORD, Cluster, init_log

FIRST = ROOT / "tests" / "ledger" / "revisions" / "0001_postgresql.sql"


def db(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return tool("db", *arguments, **environment)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout.decode().splitlines()


def test_a_file_needs_no_init_and_tells_what_it_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data.db"
    assert lines(db("init", "--db", url)) == ["nothing to make: the log is there"]
    assert lines(db("upgrade", "--db", url)) == [f"schema {SCHEMA_VERSION} is this program's: nothing to do"]
    found = json.loads(db("status", "--json", "--db", url).stdout)
    assert (found["schema"], found["version"], found["events"], found["missing"]) == ("heliolog.db.status/2", SCHEMA_VERSION, 0, [])


def test_each_change_of_a_files_schema_is_named_with_exit_1(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415

    url = f"sqlite:///{tmp_path}/data.db"
    lines(db("init", "--db", url))
    raw = sqlite3.connect(tmp_path / "data.db")
    raw.execute("CREATE INDEX mine ON event_log (kind)")
    raw.execute("DROP TRIGGER event_log_refuses_update")
    raw.close()
    done = db("status", "--db", url)
    assert done.returncode == 1
    assert [row.split(maxsplit=1)[1] for row in done.stdout.decode().splitlines() if row.startswith("  schema ")] == [
        f"version  {SCHEMA_VERSION}",
        "trigger event_log_refuses_update of event_log is missing",
        "index mine of event_log is foreign",
    ]
    said = "trigger event_log_refuses_update of event_log is missing; index mine of event_log is foreign"
    assert done.stderr.decode().endswith(f": {said}: run tools/audit verify, and restore a backup\n")


@pytest.mark.parametrize(("version", "advice"), [(SCHEMA_VERSION - 1, "run tools/db upgrade"), (SCHEMA_VERSION + 1, "update this program")])
def test_a_schema_of_another_version_is_told_with_exit_1(server: Cluster, version: int, advice: str) -> None:
    url = server.new_database()
    init_log(url)
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("UPDATE heliolog_version SET version_num = %s", (f"{version:04}",))
    done = db("status", "--db", url)
    assert (done.returncode, done.stderr.decode().endswith(f": {advice}\n")) == (1, True)


def test_an_upgrade_says_what_everybody_may_beyond_their_needs(server: Cluster) -> None:
    url = server.new_database()
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute(FIRST.read_bytes())
    told = lines(db("upgrade", "--db", url))
    assert told[:2] == [f"schema 1 is now {SCHEMA_VERSION}", "everybody may more here than they need; an administrator takes that away:"]
    assert "  REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM PUBLIC;" in told[2:]
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("".join(told[2:]).encode())
    assert lines(db("upgrade", "--db", url)) == [f"schema {SCHEMA_VERSION} is this program's: nothing to do"]


def test_a_servers_log_is_made_appended_to_and_told_of(server: Cluster) -> None:
    url = server.new_database()
    before = db("status", "--db", url)
    assert before.returncode == 1
    assert before.stderr.decode().endswith("holds no log yet; make it with tools/db init\n")
    assert db("upgrade", "--db", url).returncode == 1
    try:
        assert lines(db("init", "--db", url)) == [f"made: schema, {', '.join(ROLES)}"]
        assert lines(db("init", LEDGER_DB=url)) == ["nothing to make: the log is there"]
        appended = tool("append", "--kind", "telemetry", "--json", "-", stdin=line(1).encode(), LEDGER_DB=url)
        assert json.loads(appended.stdout)["appended"] == 1
        shown = lines(db("status", "--db", url))
        assert [row.split() for row in shown if "events" in row or "missing" in row or "writer" in row] == [
            ["events", "2"],
            ["heliolog_writer", "yours"],
            ["missing", "roles", "none"],
        ]
    finally:
        with server.admin() as raw:
            raw.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)".encode())
            raw.execute(f"DROP ROLE {', '.join(ROLES)}".encode())


def test_a_server_that_is_not_there_is_one_line_without_the_password(server: Cluster) -> None:
    for tool_name, arguments in (("db", ("status",)), ("append", ("-",)), ("inspect", ())):
        done = tool(tool_name, *arguments, LEDGER_DB=server.url("nowhere", password=PASSWORD))
        assert done.returncode == 1
        assert done.stderr.decode().startswith(f"tools/{tool_name}: postgresql+psycopg://postgres:***@")
        assert done.stderr.decode().endswith("make it with createdb, then tools/db init\n")
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("name", ["append", "project", "inspect", "audit", "db"])
def test_the_servers_packages_are_not_loaded_to_work_on_a_file(tmp_path: Path, name: str) -> None:
    script = f"""import sys, tools.{name}
from ledger.database import open_database, writing
from ledger.upkeep import upgrade
with open_database(sys.argv[1], write=True) as database, writing(database): pass
upgrade(sys.argv[1])
print(sorted({{"psycopg", "alembic"}} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", script, f"sqlite:///{tmp_path}/data.db"], capture_output=True, check=False, env=environ())
    assert (done.stdout, done.stderr) == (b"[]\n", b"")
