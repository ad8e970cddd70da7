"""A server that goes down at once, in mid-append and in mid-project, comes back: what was said to be safe is, the same command goes on."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.appenders import appenders, content, raw_connection, until
from tests.support.cli import command, environ, line, tool
from tests.support.servers import SYSTEM, Cluster, NoServerError, cluster, init_log
from tests.tools.conftest import INVERTERS, PLANTS


@pytest.fixture
def own_server() -> Iterator[Cluster]:
    """Return a server for one test to take down: what it has committed it has synchronised."""
    try:
        with cluster(SYSTEM) as server:
            yield server
    except NoServerError as error:
        pytest.skip(f"PostgreSQL {SYSTEM} absent: {error}")


def restart(server: Cluster) -> None:
    server.stop(signal.SIGQUIT)
    server.start()


def test_appenders_outlive_a_restart_and_nothing_acknowledged_is_lost(own_server: Cluster, tmp_path: Path) -> None:
    url = own_server.new_database()
    init_log(url)
    files = [[b'{"file":%d,"n":%d}' % (file, n) for n in range(3_000)] for file in range(3)]
    with appenders(url, tmp_path, files) as writers:
        until(lambda: all(one.batches() > 2 for one in writers), "all append")
        restart(own_server)
        safe = {one.said: one.acknowledged() for one in writers}
        there = {event.payload for event in content(url)}
        assert all(lines <= there for lines in safe.values())
        for one in writers:
            one.wait()
    found = content(url)
    assert sorted(event.payload for event in found if event.line_number) == sorted(line for lines in files for line in lines)


def checkpoint(url: str) -> int:
    """Tell how far the readings are; 0 before there are any."""
    with raw_connection(url) as raw:
        there = raw.execute("SELECT to_regclass('checkpoint')").fetchone()
        found = (
            raw.execute("SELECT position FROM checkpoint WHERE projection = 'inverter_telemetry'").fetchone() if there != (None,) else None
        )
    return int(found[0]) if found else 0


@pytest.mark.invariant("I14")
def test_a_projection_that_lost_its_server_is_completed_by_the_same_command(own_server: Cluster, tmp_path: Path) -> None:
    url = own_server.new_database()
    init_log(url)
    (tmp_path / "plants.csv").write_text(PLANTS)
    (tmp_path / "inverters.csv").write_text(INVERTERS)
    (tmp_path / "telemetry.jsonl").write_text("".join(line(n, inverter) for n in range(1_000) for inverter in "ab"))
    assert tool("append", tmp_path, LEDGER_DB=url).returncode == 0
    running = subprocess.Popen(command("project"), env=environ(LEDGER_DB=url, LEDGER_BATCH_EVENTS="20"), stderr=subprocess.PIPE)
    try:
        until(lambda: checkpoint(url) > 100, "some events are projected")
        restart(own_server)
        _, said = running.communicate()
    finally:
        running.kill()
    assert running.returncode == 1
    assert said.decode().splitlines()[-1].startswith(f"tools/project: {url}: the server ")
    assert 100 < checkpoint(url) < 2_006  # 2 003 lines of three files, and an event for each delivery
    again = tool("project", LEDGER_DB=url)
    assert again.returncode == 0, again.stderr.decode()
    assert checkpoint(url) == 2_006
    assert tool("project", "--verify", LEDGER_DB=url).returncode == 0
