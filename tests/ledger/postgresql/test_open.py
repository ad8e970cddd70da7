"""What an operator is told where a server cannot be used, and how its transactions see each other."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from ledger import log
from ledger.database import open_database, reading, writing
from ledger.errors import LedgerError, UsageError
from ledger.source.read import Batch, Place
from ledger.store.schema import SCHEMA_VERSION
from tests.support.servers import BARRED, PASSWORD, VERSIONS, WITH_PASSWORD, Cluster, init_log, new_log, standby

BATCH = Batch(lines=[(1, b"one"), (2, b"two")], place=Place(8), read=2, blank=0, oversize=0, last=True)


@pytest.fixture(scope="module", params=VERSIONS)
def cluster(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Cluster:
    """Return a server with a user whom a password is asked of, and one who is turned away."""
    found = clusters(request.param)
    with found.admin() as connection:
        for name in (WITH_PASSWORD, BARRED, "stranger"):
            connection.execute(f"DROP ROLE IF EXISTS {name}".encode())
            connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'".encode())
    return found


def append(url: str) -> int:
    with open_database(url, write=True, busy_timeout_ms=50) as db:
        (outcome,) = log.append_telemetry(db, "test", [BATCH])
    return outcome.appended


@contextmanager
def told(*parts: str) -> Iterator[None]:
    with pytest.raises(LedgerError) as caught:
        yield
    line = str(caught.value)
    assert caught.value.exit_code == 1
    assert [part for part in parts if part not in line] == []
    assert "\n" not in line
    assert PASSWORD not in line
    assert PASSWORD.replace(" ", "%20") not in line


def test_a_wrong_password_is_told(cluster: Cluster) -> None:
    with told("wrong password or no such user", "check the user and the password"):
        append(cluster.url(user=WITH_PASSWORD, password=PASSWORD + "!"))
    with told("wrong password or no such user"):
        append(cluster.url(user=WITH_PASSWORD))


def test_a_password_among_the_options_is_not_shown_either(cluster: Cluster) -> None:
    with told("wrong password", "password=hidden"):
        append(cluster.url(user=WITH_PASSWORD) + f"?password={PASSWORD.replace(' ', '%20')}%21")


def test_the_right_password_opens_and_is_kept_to_open_again_but_never_shown(cluster: Cluster) -> None:
    url = cluster.url(user=WITH_PASSWORD, password=PASSWORD)
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        assert conn.execute(text("SELECT current_user")).scalar() == WITH_PASSWORD
    assert db.address == url
    assert PASSWORD.split()[1] not in repr(db)


def test_a_user_whom_the_server_turns_away_is_told(cluster: Cluster) -> None:
    with told("this user may not connect so", "pg_hba.conf"):
        append(cluster.url(user=BARRED))


def test_a_host_that_is_not_there_is_told() -> None:
    with told("no such host", "check the name of the host"):
        append("postgresql+psycopg://me@nowhere.invalid/db")


def test_a_server_that_does_not_run_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with told("cannot be reached", "check host, port"):
            append(f"postgresql+psycopg://me@127.0.0.1:{probe.getsockname()[1]}/db")


def test_a_database_that_is_not_there_is_told(cluster: Cluster) -> None:
    with told('database "elsewhere" does not exist', "no such database", "createdb"):
        append(cluster.url("elsewhere"))


def test_a_database_without_a_log_is_told(cluster: Cluster) -> None:
    with told("holds no log yet", "tools/db init"):
        append(cluster.new_database())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE heliolog_version SET version_num = 'two'",
        "ALTER TABLE heliolog_version RENAME version_num TO other",
    ],
)
def test_a_version_that_is_none_is_told(server_url: str, statement: str) -> None:
    with psycopg.connect(server_url.replace("+psycopg", "")) as raw:
        raw.execute(statement.encode())
    with told("heliolog_version holds no version of a schema; restore"):
        append(server_url)


def test_an_emptied_table_of_the_version_is_no_log(server_url: str) -> None:
    with psycopg.connect(server_url.replace("+psycopg", "")) as raw:
        raw.execute("DELETE FROM heliolog_version")
    with told("holds no log yet"):
        append(server_url)


def test_a_user_without_rights_is_told(cluster: Cluster) -> None:
    url = cluster.new_database()
    init_log(url)
    with told("no rights for this", "permission denied", "a user with the role for it"):
        append(url.replace("postgres@", "stranger@"))


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0])
def test_a_log_of_another_version_is_told(cluster: Cluster, version: int) -> None:
    with new_log(cluster) as url:
        with psycopg.connect(url.replace("+psycopg", "")) as raw:
            raw.execute("UPDATE heliolog_version SET version_num = %s", (f"{version:04}",))
        with told("newer version" if version else "older version", "update this program" if version else "tools/db upgrade"):
            append(url)


def test_a_standby_is_read_and_to_write_there_is_told(cluster: Cluster) -> None:
    with new_log(cluster) as url, standby(cluster) as follower:
        assert append(url) == 2
        position = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        with cluster.admin() as ahead, follower.admin() as behind:
            reached = ahead.execute("SELECT pg_current_wal_lsn()").fetchone()
            while behind.execute(position, reached).fetchone() != (True,):
                pass
        beside = url.replace(str(cluster.port), str(follower.port))
        with open_database(beside, write=False) as db, reading(db) as conn:
            assert log.head(conn).size == 3
        with told("read-only standby", "target_session_attrs=read-write"):
            append(beside)
        both = url.replace(f"127.0.0.1:{cluster.port}", "") + f"&host=127.0.0.1:{follower.port}&host=127.0.0.1:{cluster.port}"
        assert append(both + "&target_session_attrs=read-write") == 0
        with told("read-only"):
            append(beside + "&target_session_attrs=read-write")


@pytest.mark.parametrize(
    ("code", "said"),
    [("53100", "no space left on the server"), ("53200", "out of memory"), ("58030", "machine failed"), ("XX001", "damaged")],
)
def test_what_befalls_the_servers_machine_is_told_and_nothing_is_half_written(cluster: Cluster, code: str, said: str) -> None:
    with new_log(cluster) as url:
        with psycopg.connect(url.replace("+psycopg", "")) as raw:
            body = f"BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'could not extend file'; END"
            raw.execute(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$".encode())
            raw.execute("CREATE TRIGGER fail BEFORE INSERT ON event_log FOR EACH ROW WHEN (NEW.position = 1) EXECUTE FUNCTION fail()")
        with told(said, "could not extend file"):
            append(url)
        with open_database(url, write=False) as db, reading(db) as conn:
            assert (log.head(conn).size, log.deliveries(conn, 9), log.read(conn, -1, 9)) == (0, [], [])


def test_a_server_without_a_connection_left_is_told(cluster: Cluster) -> None:
    url = cluster.new_database()
    init_log(url)
    with cluster.admin() as raw:
        raw.execute(f"ALTER DATABASE {url.rpartition('/')[2]} CONNECTION LIMIT 0".encode())
    with told("no connection left", "max_connections"):
        append(url.replace("postgres@", "stranger@"))


def test_a_lock_held_too_long_is_told(cluster: Cluster) -> None:
    with new_log(cluster) as url, psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("SELECT * FROM log_head FOR UPDATE")
        with told("locked by another program for too long"):
            append(url)


def test_a_statement_that_takes_too_long_is_told(cluster: Cluster) -> None:
    with (
        new_log(cluster) as url,
        open_database(url, write=False, statement_timeout_ms=20) as db,
        told("the server cancelled the statement", "raise statement_timeout"),
        reading(db) as conn,
    ):
        conn.execute(text("SELECT pg_sleep(60)"))


def test_a_timeout_that_the_url_sets_stays(cluster: Cluster) -> None:
    with new_log(cluster) as url, open_database(f"{url}%20-clock_timeout%3D77", write=True) as db, reading(db) as conn:
        shown = [conn.execute(text(f"SHOW {name}")).scalar() for name in ("lock_timeout", "statement_timeout", "application_name")]
    assert shown == ["77ms", "10min", "heliolog"]


def test_a_reader_sees_one_state_while_a_writer_commits(server_url: str) -> None:
    with open_database(server_url, write=True) as db, reading(db) as seen:
        before = log.head(seen).recorded_at
        with writing(db) as conn:
            conn.execute(text("SET LOCAL session_replication_role = replica"))
            conn.execute(text("UPDATE log_head SET recorded_at = 7"))
        assert log.head(seen).recorded_at == before
        with reading(db) as after:
            assert log.head(after).recorded_at == 7


def test_what_is_opened_or_begun_to_read_cannot_be_written(server_url: str) -> None:
    with open_database(server_url, write=False) as db, pytest.raises(UsageError, match="to read only"), writing(db):
        pass
    with open_database(server_url, write=True) as db, told("read-only"), reading(db) as conn:
        conn.execute(text("UPDATE log_head SET recorded_at = 7"))


def test_our_own_mistakes_are_not_dressed_as_failures_of_the_machine(server_url: str) -> None:
    with open_database(server_url, write=False) as db:
        with pytest.raises(ProgrammingError, match="does not exist"), reading(db) as conn:
            conn.execute(text("SELECT * FROM missing"))
        with pytest.raises(psycopg.errors.SyntaxError), reading(db) as conn:
            conn.connection.driver_connection.execute("SELEC")  # type: ignore[union-attr]


def test_a_damaged_head_is_told(server_url: str) -> None:
    with psycopg.connect(server_url.replace("+psycopg", "")) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute("UPDATE log_head SET frontier = '\\x00'")
    with pytest.raises(LedgerError, match="the head of the log is damaged"):
        append(server_url)
