"""Whose rights tools/db init needs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.errors import LedgerError
from ledger.postgresql.roles import ROLES
from ledger.store.schema import SCHEMA_VERSION
from ledger.upkeep import initialise, rights_to_revoke, status, upgrade
from tests.support.servers import Cluster

REVISIONS = Path(__file__).parents[1] / "revisions"


@pytest.fixture
def owned(server: Cluster) -> Iterator[Callable[..., str]]:
    """Return a function to make a user with the options given, and a database of its own; a URL is given."""
    made = []

    def make(user: str, options: str = "") -> str:
        database = f"of_{user}"
        with server.admin() as raw:
            raw.execute(f"CREATE ROLE {user} LOGIN {options}".encode())
            made.append((user, database))
            raw.execute(f"CREATE DATABASE {database} OWNER {user} TEMPLATE template0".encode())
        return server.url(database, user=user)

    yield make
    with server.admin() as raw:
        for user, database in made:
            raw.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())
            raw.execute(f"DROP ROLE {user}".encode())
        raw.execute(f"DROP ROLE IF EXISTS {', '.join(ROLES)}".encode())


def test_a_user_who_may_create_roles_needs_no_superuser(owned: Callable[..., str]) -> None:
    url = owned("owner", "CREATEROLE")
    assert initialise(url) == ["schema", *ROLES]
    assert initialise(url) == []
    assert status(url).missing == []


def test_an_owner_who_is_no_superuser_is_told_what_an_administrator_takes_away(owned: Callable[..., str], server: Cluster) -> None:
    url = owned("owner", "CREATEROLE")
    assert rights_to_revoke(url) == []
    initialise(url)
    left = rights_to_revoke(url)
    assert left == [
        "GRANT USAGE ON LANGUAGE plpgsql TO owner; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        "GRANT USAGE ON LANGUAGE sql TO owner; REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION lo_creat(integer) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION lo_from_bytea(oid,bytea) FROM PUBLIC",
    ]
    with server.admin("of_owner") as raw:
        for statement in left:
            raw.execute(statement.encode())
    assert rights_to_revoke(url) == []
    assert initialise(url) == []
    assert status(url).missing == []


def test_a_user_who_may_not_create_roles_is_told_and_nothing_is_made(owned: Callable[..., str]) -> None:
    url = owned("plain")
    with pytest.raises(
        LedgerError, match=f"may not create roles, and {', '.join(ROLES)} are missing; run tools/db init as one with CREATEROLE"
    ):
        initialise(url)
    assert status(url).version is None


def test_a_second_owner_on_the_server_is_told_what_to_ask_for(owned: Callable[..., str], server: Cluster) -> None:
    initialise(owned("owner", "CREATEROLE"))
    url = owned("plain")
    with pytest.raises(LedgerError, match="have an administrator run: GRANT heliolog_projector TO plain"):
        initialise(url)
    with server.admin() as raw:
        raw.execute("GRANT heliolog_projector TO plain")
    assert initialise(url) == ["schema"]


def test_an_upgrade_that_could_compare_only_names_is_undone_and_says_what_is_lacking(owned: Callable[..., str], server: Cluster) -> None:
    url = owned("owner")
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        raw.execute((REVISIONS / "0001_postgresql.sql").read_bytes())
    with server.admin("of_owner") as raw:
        raw.execute("ALTER DATABASE of_owner OWNER TO postgres")
        raw.execute("REVOKE TEMPORARY ON DATABASE of_owner FROM PUBLIC")
        raw.execute("GRANT CREATE ON SCHEMA public TO owner")
    with pytest.raises(LedgerError, match=r"undone, since .*permission denied.*: run tools/db upgrade as one who may make temp"):
        upgrade(url)
    assert status(url).version == 1
    with server.admin("of_owner") as raw:
        raw.execute("GRANT TEMPORARY ON DATABASE of_owner TO owner")
    assert upgrade(url) == (1, SCHEMA_VERSION)


def test_a_database_without_a_log_cannot_be_upgraded(server: Cluster) -> None:
    with pytest.raises(LedgerError, match="holds no log yet; make it with tools/db init"):
        upgrade(server.new_database())
