"""Projections belong to the role that all projectors share, whoever of them makes them."""

from collections.abc import Callable, Iterator

import pytest

from ledger.database import open_database
from ledger.errors import LedgerError
from ledger.postgresql.roles import AUDITOR, PROJECTOR, ROLES
from ledger.upkeep import initialise
from tests.support.book import Book
from tests.support.servers import VERSIONS, Cluster
from tests.support.streams import curve

USERS = {"penny": PROJECTOR, "paul": PROJECTOR, "arthur": AUDITOR}


@pytest.fixture(params=VERSIONS)
def url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a log of two days, made by tools/db init, and users with a role each; the roles go with the test."""
    server = clusters(request.param)
    named = server.new_database()
    initialise(named)
    with server.admin() as raw:
        for user, role in USERS.items():
            raw.execute(f"CREATE ROLE {user} LOGIN IN ROLE {role}".encode())
    with open_database(named, write=True) as database:
        Book(database).append(curve("a", 2))
    yield named
    with server.admin() as raw:
        raw.execute(f"DROP DATABASE {named.rpartition('/')[2]} WITH (FORCE)".encode())
        raw.execute(f"DROP ROLE {', '.join((*USERS, *ROLES))}".encode())


def as_user(url: str, user: str) -> str:
    return url.replace("postgres@", f"{user}@")


def test_any_projector_exchanges_what_another_made_and_auditors_read_it(url: str) -> None:
    for user in ("penny", "paul", "postgres"):
        with open_database(as_user(url, user), write=True) as database:
            Book(database).rebuild()
    with open_database(as_user(url, "arthur"), write=False) as database:
        assert len(Book(database).rows("inverter_telemetry_rejected")) == 48
        assert Book(database).verify().differences == []


def test_an_auditor_may_not_project(url: str) -> None:
    with open_database(as_user(url, "arthur"), write=True) as database, pytest.raises(LedgerError, match="no rights for this"):
        Book(database).project()
