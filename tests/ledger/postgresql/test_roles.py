"""What each role may do, and that the server refuses it everything else."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from ledger import log
from ledger.database import open_database, reading
from ledger.postgresql.roles import AUDITOR, PROJECTOR, ROLES, WRITER
from ledger.source.read import Batch, Place
from ledger.upkeep import initialise, status
from ledger.verification.run import verify
from tests.support.servers import VERSIONS, Cluster

TABLES = ("event_log", "delivery", "log_head", "heliolog_version")
USERS = {WRITER: "wendy", PROJECTOR: "peter", AUDITOR: "anna"}


@pytest.fixture(scope="module", params=VERSIONS)
def url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a log with two events, made by tools/db init, and users with one role each; the roles go with the test."""
    server = clusters(request.param)
    named = server.new_database()
    assert initialise(named) == ["schema", *ROLES]
    with server.admin() as raw:
        for role, user in USERS.items():
            raw.execute(f"CREATE ROLE {user} LOGIN IN ROLE {role}".encode())
    append(named, b"one", b"two")
    yield named
    with server.admin() as raw:
        raw.execute(f"DROP DATABASE {named.rpartition('/')[2]} WITH (FORCE)".encode())
        raw.execute(f"DROP ROLE {', '.join((*USERS.values(), *ROLES))}".encode())


def append(url: str, *lines: bytes) -> log.AppendResult:
    batch = Batch(lines=list(enumerate(lines, 1)), place=Place(9), read=len(lines), blank=0, oversize=0, last=True)
    with open_database(url, write=True) as db:
        (outcome,) = log.append_telemetry(db, "test", [batch])
    return outcome


def as_user(url: str, role: str) -> str:
    return url.replace("postgres@", f"{USERS[role]}@")


def connect(url: str, role: str) -> psycopg.Connection[Any]:
    return psycopg.connect(as_user(url, role).replace("+psycopg", ""))


def refused(url: str, role: str, statement: str) -> None:
    with connect(url, role) as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(statement.encode())


def test_a_writer_appends(url: str) -> None:
    assert append(as_user(url, WRITER), b"written by the writer").appended == 1
    with open_database(as_user(url, WRITER), write=False) as db, reading(db) as conn:
        assert verify(conn) == []


FORBIDDEN = [f"DELETE FROM {table}" for table in TABLES] + [f"TRUNCATE {table} CASCADE" for table in TABLES]  # noqa: S608 - made of constants
FORBIDDEN += [f"DROP TABLE {table} CASCADE" for table in TABLES] + [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES]
FORBIDDEN += [
    "UPDATE event_log SET payload = ''",
    "UPDATE heliolog_version SET version_num = '9'",
    "INSERT INTO log_head SELECT * FROM log_head",
]
FORBIDDEN += ["DROP TRIGGER event_log_refuses_update ON event_log", "SET session_replication_role = replica", "SET ROLE postgres"]
FORBIDDEN += ["CREATE OR REPLACE FUNCTION heliolog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"]
FORBIDDEN += ["CREATE RULE r AS ON INSERT TO event_log DO INSTEAD NOTHING", "CREATE ROLE other"]
WRITES = ["INSERT INTO event_log SELECT * FROM event_log", "INSERT INTO delivery SELECT * FROM delivery"]
WRITES += ["UPDATE log_head SET size = 99", "UPDATE delivery SET complete = true", "SELECT * FROM log_head FOR UPDATE"]


@pytest.mark.invariant("I1")
@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_change_what_is_recorded_or_guards_it(url: str, role: str, statement: str) -> None:
    refused(url, role, statement)


@pytest.mark.parametrize("statement", WRITES)
@pytest.mark.parametrize("role", [PROJECTOR, AUDITOR])
def test_a_projector_and_an_auditor_may_not_write_the_log(url: str, role: str, statement: str) -> None:
    refused(url, role, statement)


@pytest.mark.parametrize("role", [WRITER, AUDITOR])
def test_a_writer_and_an_auditor_may_not_make_tables(url: str, role: str) -> None:
    refused(url, role, "CREATE TABLE mine (n int)")


def test_a_projector_makes_and_changes_tables_which_an_auditor_only_reads(url: str) -> None:
    with connect(url, PROJECTOR) as raw:
        raw.execute("SET ROLE heliolog_projector")
        raw.execute("CREATE TABLE rows_of_mine (n int)")
        raw.execute("INSERT INTO rows_of_mine VALUES (7)")
    with connect(url, AUDITOR) as raw:
        assert raw.execute("SELECT n FROM rows_of_mine").fetchall() == [(7,)]
    refused(url, AUDITOR, "DELETE FROM rows_of_mine")
    refused(url, WRITER, "SELECT * FROM rows_of_mine")


def test_an_auditor_reads_and_verifies_everything(url: str) -> None:
    with connect(url, AUDITOR) as raw:
        rows = raw.execute("SELECT payload, length(key), recorded_at FROM event_log_readable ORDER BY position").fetchall()
    assert [payload for payload, _, _ in rows][:2] == ["one", "two"]
    assert {(length, recorded_at[-6:]) for _, length, recorded_at in rows} == {(64, "+00:00")}
    with open_database(as_user(url, AUDITOR), write=False) as db, reading(db) as conn:
        assert verify(conn) == []
    assert status(as_user(url, AUDITOR)).roles == {WRITER: False, PROJECTOR: False, AUDITOR: True}


def test_init_again_makes_nothing_and_gives_lost_rights_back(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("REVOKE SELECT ON event_log FROM heliolog_auditor")
    refused(url, AUDITOR, "SELECT * FROM event_log")
    assert initialise(url) == []
    with connect(url, AUDITOR) as raw:
        raw.execute("SELECT * FROM event_log")


def test_a_role_that_is_there_is_left_as_it_is(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute("ALTER ROLE heliolog_writer CONNECTION LIMIT 5")
    initialise(url)
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        assert raw.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'heliolog_writer'").fetchone() == (5,)
