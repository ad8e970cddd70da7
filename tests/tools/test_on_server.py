"""The tools say the same of a server's database as of a file's."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.database import open_database
from projections.sql.patience import PATIENT
from projections.sql.turns import only_run
from tests.support.cli import tool
from tests.support.servers import VERSIONS, Cluster, new_log


@pytest.fixture(params=VERSIONS)
def url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    with new_log(clusters(request.param)) as made:
        yield made


def told(*arguments: object, code: int = 0) -> str:
    done = tool(*arguments)
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


QUESTIONS: list[tuple[object, ...]] = [
    ("audit", "event", 5),
    ("audit", "trace", "inv_kutch_a", "2025-03-29"),
    ("inspect", "energy", "inv_kutch_a", "2025-03-29"),
]


ARRIVED = re.compile(r"(?<=,)[^,]*(?=,[0-9]+,[^,]*,[0-9]+$)", re.MULTILINE)
"""When a line came: before its delivery, source and number."""


def documents(url: str) -> list[Any]:
    found = [json.loads(told(*question, "--json", "--db", url)) for question in QUESTIONS]
    found.append(told("audit", "rejected", "--by", "day", "--format", "jsonl", "--db", url))
    found.append(ARRIVED.sub("", told("audit", "rejected", "--format", "csv", "--db", url)))
    seen = json.loads(told("inspect", "--json", "--db", url))
    found.append({name: seen[name] for name in ("rows", "projections", "rejected", "held_plants", "daily_summary")})
    return found


def harmonised(value: Any) -> Any:
    """Leave out when and from which folder lines arrived."""
    if isinstance(value, dict):
        return {name: harmonised(one) for name, one in value.items() if name not in {"recorded_at", "source", "root"}}
    return [harmonised(one) for one in value] if isinstance(value, list) else value


def test_the_tools_tell_the_same_of_both(url: str, tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path / 'demo' / 'demo.db'}"
    told("demo", "--folder", tmp_path / "demo")
    fleet = sorted((tmp_path / "demo" / "fleet").iterdir())
    told("append", *fleet, "--db", url)
    summary = json.loads(told("project", "--json", "--db", url))
    assert summary["projections"][0]["rows"] > 9_000
    ours, theirs = documents(url), documents(file)
    assert harmonised(ours) == harmonised(theirs)
    told("project", "--rebuild", "--db", url)
    digests = [json.loads(told("project", "--verify", "--json", "--db", one))["digests"] for one in (url, file)]
    assert digests[0] == digests[1]


def test_the_demo_fills_a_server_s_database_once(url: str, tmp_path: Path) -> None:
    assert "Daily summary" in told("demo", "--folder", tmp_path / "one", "--db", url)
    done = tool("demo", "--folder", tmp_path / "two", "--db", url)
    assert done.returncode == 2
    assert "holds events already" in done.stderr.decode()


def test_a_run_that_may_not_wait_says_in_one_line_who_is_at_work(url: str) -> None:
    with open_database(url, write=True) as database, only_run(database, "heliolog rebuild", PATIENT):
        done = tool("project", "--no-wait", "--db", url)
    assert done.returncode == 1
    assert "another run is at work: heliolog rebuild, process" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_run_that_waits_logs_for_whom_until_its_time_is_over(url: str) -> None:
    with open_database(url, write=True) as database, only_run(database, "heliolog rebuild", PATIENT):
        done = tool("project", "--log-format", "json", "--db", url, LEDGER_RUN_TIMEOUT="1")
    assert done.returncode == 1
    first, last = done.stderr.decode().splitlines()
    assert json.loads(first)["verb"] == "waiting"
    assert "another run is at work" in last


def test_tables_that_are_not_there_yet_are_told_of(url: str) -> None:
    seen = json.loads(told("inspect", "--json", "--db", url))
    assert seen["rows"] == []
    done = tool("audit", "trace", "a", "2025-06-01", "--db", url)
    assert done.returncode == 1
    assert "no projections yet: run tools/project" in done.stderr.decode()
