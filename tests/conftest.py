"""What tests share: the real data sets beside the project, where they are, and throw-away PostgreSQL servers."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import hypothesis_profiles
from tests.support.invariants import refuse_unknown
from tests.support.servers import VERSIONS, Cluster, NoServerError, cluster, new_log

hypothesis_profiles.register()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so; the tools that tests interrupt would inherit it, and never be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that read the real data, so that they can be left out; refuse a test that cites an invariant there is not."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared_data")
        refuse_unknown(item)


@pytest.fixture
def shared() -> Path:
    """Return the folder of real data; skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("shared data absent: no ../shared/data beside the project")
    return SHARED


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[str], Cluster]]:
    """Return a function from a version, "15" or "18", to the session's server of it, started when first asked for."""
    with ExitStack() as stack:
        started: dict[str, Cluster] = {}

        def start(version: str) -> Cluster:
            if version not in started:
                try:
                    # Its machine is never cut off: tests of that have a cluster of their own.
                    started[version] = stack.enter_context(cluster(version, fsync="off"))
                except NoServerError as error:
                    pytest.skip(f"PostgreSQL {version} absent: {error}")
            return started[version]

        yield start


@pytest.fixture(params=VERSIONS)
def server(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Cluster:
    """Return a running server; a test that asks for it runs on each version."""
    return clusters(request.param)


@pytest.fixture
def server_url(server: Cluster) -> Iterator[str]:
    """Return the URL of a new database with an empty log in it."""
    with new_log(server) as url:
        yield url
