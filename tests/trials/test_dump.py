"""A dump restored into a fresh cluster is the same ledger: readable, verified, guarded, and appended to."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.postgresql.roles import AUDITOR, PROJECTOR, WRITER
from ledger.upkeep import initialise, status
from tests.support.appenders import content, raw_connection
from tests.support.cli import line, tool
from tests.support.servers import VERSIONS, Cluster, NoServerError, cluster
from tests.tools.conftest import INVERTERS, PLANTS

USERS = {WRITER: "wendy", PROJECTOR: "peter", AUDITOR: "anna"}


@pytest.fixture(params=VERSIONS)
def two_servers(request: pytest.FixtureRequest) -> Iterator[tuple[Cluster, Cluster]]:
    """Return two clusters that know nothing of each other, and of which nothing is kept."""
    with ExitStack() as stack:
        try:
            first, second = (stack.enter_context(cluster(request.param, fsync="off")) for _ in range(2))
        except NoServerError as error:
            pytest.skip(f"PostgreSQL {request.param} absent: {error}")
        yield first, second


def as_user(url: str, role: str) -> str:
    return url.replace("postgres@", f"{USERS[role]}@")


def fine(name: str, *arguments: object, url: str) -> str:
    done = tool(name, *arguments, LEDGER_DB=url)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().replace(url, "URL")


def refused(url: str, role: str, statement: str) -> None:
    with raw_connection(as_user(url, role)) as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(statement.encode())


def shown(url: str) -> list[Any]:
    """Return what an auditor sees in the views and tables."""
    with raw_connection(as_user(url, AUDITOR)) as raw:
        names = ("event_log_readable", "inverter_telemetry_clean", "inverter_daily_summary_final", "checkpoint")
        return [sorted(raw.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names]  # noqa: S608 - made of constants


def lines_by_position(url: str) -> dict[int, bytes]:
    """Return the lines in the log; what is stated of a delivery holds its time, which is another on each server."""
    return {event.position: event.payload for event in content(url) if event.line_number}


def test_a_restored_dump_is_the_same_ledger_and_goes_on(two_servers: tuple[Cluster, Cluster], tmp_path: Path) -> None:
    first, second = two_servers
    url = first.new_database()
    initialise(url)
    with first.admin() as raw:
        for role, user in USERS.items():
            raw.execute(f"CREATE ROLE {user} LOGIN IN ROLE {role}".encode())
    (tmp_path / "plants.csv").write_text(PLANTS)
    (tmp_path / "inverters.csv").write_text(INVERTERS)
    (tmp_path / "telemetry.jsonl").write_text("".join(line(n) for n in range(300)))
    fine("append", tmp_path, url=as_user(url, WRITER))
    fine("project", url=as_user(url, PROJECTOR))

    roles, dump, restored = first.folder / "roles.sql", first.folder / "ledger.dump", second.new_database()
    first.run("pg_dumpall", "--roles-only", "-U", "postgres", "-h", "127.0.0.1", "-p", first.port, "-f", roles)
    first.run("pg_dump", "-Fc", "-f", dump, "-d", url.replace("+psycopg", ""))
    roles.write_text(roles.read_text().replace("CREATE ROLE postgres;", ""))  # the one that each cluster begins with
    second.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", roles, "-d", restored.replace("+psycopg", ""))
    second.run("pg_restore", "--exit-on-error", "-d", restored.replace("+psycopg", ""), dump)

    assert content(restored) == content(url)
    assert shown(restored) == shown(url)
    assert status(restored).missing == status(url).missing == []
    assert status(restored).differences == status(url).differences == []
    assert fine("audit", "verify", url=as_user(restored, AUDITOR)) == fine("audit", "verify", url=as_user(url, AUDITOR))
    fine("project", "--verify", url=as_user(restored, AUDITOR))
    refused(restored, WRITER, "DELETE FROM event_log")
    refused(restored, PROJECTOR, "UPDATE log_head SET size = 1")
    refused(restored, AUDITOR, "DELETE FROM inverter_telemetry_clean")
    with raw_connection(restored) as raw, pytest.raises(psycopg.errors.RestrictViolation):
        raw.execute("DELETE FROM event_log")

    assert fine("append", tmp_path, url=as_user(restored, WRITER)).split(";")[1] == " log size 306"
    with (tmp_path / "telemetry.jsonl").open("a") as file:
        file.write("".join(line(n) for n in range(300, 400)))
    for both in (restored, url):
        fine("append", tmp_path, url=as_user(both, WRITER))
        fine("project", url=as_user(both, PROJECTOR))
    assert lines_by_position(restored) == lines_by_position(url)
    assert shown(restored)[1:3] == shown(url)[1:3]
    fine("project", "--rebuild", url=as_user(restored, PROJECTOR))
    fine("project", "--verify", url=as_user(restored, AUDITOR))
