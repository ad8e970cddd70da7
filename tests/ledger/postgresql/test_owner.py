"""Whose rights tools/db init needs."""

from collections.abc import Callable, Iterator

import pytest

from ledger.errors import LedgerError
from ledger.postgresql.roles import ROLES
from ledger.upkeep import initialise, open_to_all, status, upgrade
from tests.support.servers import Cluster


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
    assert open_to_all(url) == []
    initialise(url)
    left = open_to_all(url)
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
    assert open_to_all(url) == []
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


def test_a_database_without_a_log_cannot_be_upgraded(server: Cluster) -> None:
    with pytest.raises(LedgerError, match="holds no log yet; make it with tools/db init"):
        upgrade(server.new_database())
