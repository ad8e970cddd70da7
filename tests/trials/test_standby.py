"""A standby is read; promoted under load it takes the primary's place, and nothing acknowledged is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.appenders import appenders, content, raw_connection, until
from tests.support.cli import line, tool
from tests.support.servers import SYSTEM, Cluster, NoServerError, cluster, init_log, standby
from tests.tools.conftest import INVERTERS, PLANTS


@pytest.fixture
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """Return a primary, and a standby that has all it has committed."""
    try:
        with cluster(SYSTEM) as primary, standby(primary) as second:
            with primary.admin() as raw:
                raw.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                raw.execute("SELECT pg_reload_conf()")
                until(lambda: raw.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)], "the standby follows")
            yield primary, second
    except NoServerError as error:
        pytest.skip(f"PostgreSQL {SYSTEM} absent: {error}")


def at(database: str, server: Cluster) -> str:
    return server.url(database.rpartition("/")[2])


def replayed(primary: Cluster, second: Cluster) -> bool:
    with primary.admin() as one, second.admin() as other:
        reached = one.execute("SELECT pg_current_wal_lsn()").fetchone()
        assert reached
        return other.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", reached).fetchone() == (True,)


def test_a_standby_is_read_and_verified_there_and_to_write_there_is_refused_in_one_line(
    pair: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    primary, second = pair
    url = primary.new_database()
    init_log(url)
    (tmp_path / "plants.csv").write_text(PLANTS)
    (tmp_path / "inverters.csv").write_text(INVERTERS)
    (tmp_path / "telemetry.jsonl").write_text("".join(line(n) for n in range(100)))
    for name, arguments in (("append", [tmp_path]), ("project", [])):
        assert tool(name, *arguments, LEDGER_DB=url).returncode == 0
    until(lambda: replayed(primary, second), "the standby has everything")
    copy = at(url, second)
    for name, arguments in (
        ("inspect", []),
        ("inspect", ["energy", "a", "2025-04-01"]),
        ("audit", ["verify"]),
        ("audit", ["trace", "a", "2025-04-01"]),
        ("project", ["--verify"]),
    ):
        on_primary, on_standby = (tool(name, *arguments, LEDGER_DB=one) for one in (url, copy))
        assert on_standby.returncode == 0, on_standby.stderr
        said = on_standby.stdout.decode().replace(copy, url).splitlines()
        if arguments == ["verify"]:
            assert said.pop(0).startswith("not checked: of the schema only names were compared: this user can make nothing here")
        assert said == on_primary.stdout.decode().splitlines()
    for name, arguments in (("append", [tmp_path]), ("project", [])):
        done = tool(name, *arguments, LEDGER_DB=copy)
        assert done.returncode == 1
        (said,) = done.stderr.decode().splitlines()
        assert said.startswith(f"tools/{name}: {copy}: the server is a read-only standby")


def test_appenders_go_on_at_the_promoted_standby_and_nothing_acknowledged_is_lost(pair: tuple[Cluster, Cluster], tmp_path: Path) -> None:
    primary, second = pair
    url = primary.new_database()
    init_log(url)
    either = url.replace(f"@127.0.0.1:{primary.port}/", "@/")
    either += f"?host=127.0.0.1:{primary.port}&host=127.0.0.1:{second.port}&target_session_attrs=read-write"
    files = [[b'{"file":%d,"n":%d}' % (file, n) for n in range(3_000)] for file in range(3)]
    with appenders(either, tmp_path, files) as writers:
        until(lambda: all(one.batches() > 2 for one in writers), "all append")
        primary.stop(signal.SIGQUIT)
        second.run("pg_ctl", "promote", "-w", "-D", second.data)
        safe = {one.said: one.acknowledged() for one in writers}
        there = {event.payload for event in content(either)}
        assert all(lines <= there for lines in safe.values())
        for one in writers:
            one.wait()
        for one in writers:
            one.start()  # the same command again adds nothing
            one.wait()
    found = content(at(url, second))
    assert sorted(event.payload for event in found if event.line_number) == sorted(line for lines in files for line in lines)
    with raw_connection(at(url, second)) as raw:
        assert raw.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
