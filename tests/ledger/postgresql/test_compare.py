"""A schema is compared as far as the user's rights go, and what was not compared is said."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

import ledger
from ledger.database import open_database, reading
from ledger.postgresql import compare
from ledger.postgresql.setup import ddl
from ledger.verification.run import verify_log
from tests.support.servers import VERSIONS, Cluster, init_log

NOBODY = "nobody_of_note"


@pytest.fixture(params=VERSIONS)
def url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a log that a user may read, who may make nothing, not even temporary tables."""
    server = clusters(request.param)
    url = server.new_database()
    init_log(url)
    name = url.rpartition("/")[2]
    with server.admin(name) as raw:
        raw.execute(f"CREATE ROLE {NOBODY} LOGIN".encode())
        raw.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC".encode())
        raw.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {NOBODY}".encode())
    yield url
    with server.admin() as raw:
        raw.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        raw.execute(f"DROP ROLE {NOBODY}".encode())


def verified(url: str) -> ledger.Verification:
    with open_database(url.replace("postgres@", f"{NOBODY}@"), write=False) as db, reading(db) as conn:
        return verify_log(conn)


def run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute(statement.encode())


def test_who_may_make_no_temporary_table_is_told_that_only_names_were_compared(url: str) -> None:
    found = verified(url)
    assert found.findings == []
    (said,) = found.unchecked
    assert said.startswith("of the schema only names were compared: this user can make nothing here to compare with")
    assert "permission denied" in said
    assert ledger.status(url).only_names is None


def test_by_names_what_is_missing_or_switched_off_is_found_and_functions_are_compared(url: str) -> None:
    run(url, "DROP VIEW event_log_readable")
    run(url, "ALTER TABLE event_log DISABLE TRIGGER event_log_refuses_update")
    run(url, "ALTER FUNCTION heliolog_refuse() SECURITY DEFINER")
    assert [one.what for one in verified(url).findings] == [
        "trigger event_log_refuses_update of event_log is missing or switched off",
        "view event_log_readable is missing or switched off",
        "function heliolog_refuse() is not what this version makes",
    ]


def test_who_may_not_even_use_the_language_of_functions_compares_all(url: str) -> None:
    run(url, f"GRANT TEMPORARY ON DATABASE {url.rpartition('/')[2]} TO {NOBODY}")
    run(url, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
    run(url, f"ALTER ROLE {NOBODY} SET default_transaction_read_only = on")
    assert (verified(url).findings, verified(url).unchecked) == ([], [])
    run(url, "DROP TRIGGER event_log_refuses_update ON event_log")
    run(url, "CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log WHEN (false) EXECUTE FUNCTION heliolog_refuse('')")
    assert [one.what for one in verified(url).findings] == ["trigger event_log_refuses_update of event_log is not what this version makes"]


def test_comparing_leaves_nothing_behind(url: str) -> None:
    before = ledger.status(url)
    assert verified(url).findings == []
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        assert raw.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't'").fetchone() == (0,)
    assert ledger.status(url) == before


def test_a_log_in_a_schema_whose_name_needs_quotes_is_compared(clusters: Callable[[str], Cluster]) -> None:
    server = clusters(VERSIONS[0])
    base = server.new_database()
    run(base, 'CREATE SCHEMA "The Log"')
    url = f'{base}?options=-csearch_path%3D"The\\%20Log"'
    init_log(url)
    with ledger.open(url) as log:
        assert (log.verify().findings, log.verify().unchecked) == ([], [])


FAILURES = {
    "53100": "no space left on the server",
    "55P03": "locked by another program for too long",
    "57014": "the server cancelled the statement",
}
AS_IF = "DO $$ BEGIN RAISE EXCEPTION 'heliolog_refuse()' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize("code", FAILURES)
@pytest.mark.parametrize("calls", [True, False])
def test_a_failure_of_the_machine_is_not_taken_for_lacking_rights(
    url: str, monkeypatch: pytest.MonkeyPatch, code: str, *, calls: bool
) -> None:
    as_if = AS_IF.format(code)
    monkeypatch.setattr(compare, "ddl", lambda: [*ddl(), as_if if calls else as_if.replace("heliolog_refuse()", "no call")])
    with pytest.raises(ledger.LedgerError, match=FAILURES[code]):
        ledger.status(url)


def test_a_connection_that_is_lost_is_not_taken_for_lacking_rights(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "ddl", lambda: [*ddl(), "SELECT pg_terminate_backend(pg_backend_pid())"])
    with pytest.raises(ledger.LedgerError, match="the server is starting, stopping or was ended"):
        ledger.status(url)
