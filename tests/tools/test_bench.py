"""The benchmark: the events it makes up, the checks it makes, the table it prints. No time is asserted."""

import json
import re
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from ledger.errors import LedgerError, UsageError, VerificationError
from tests.support.cli import command, environ, result, tool
from tests.support.servers import SYSTEM
from tools._bench import check
from tools._bench.chart import draw_chart
from tools._bench.counter_years import START, damaged, undamaged
from tools._bench.events import Counts, blocks, correct, healthy_lines, is_healthy, restate
from tools._bench.process import measure, python
from tools._bench.report import print_document, print_report
from tools._bench.row import TARGETS, Row, Target
from tools._bench.workload import prepare
from tools._fleet.units import UNITS

EVENTS, INVERTERS = 4_000, 30
MACHINE = {"machine": {"cores": 2}}
NEEDS_DUCKDB = pytest.mark.skipif(find_spec("duckdb") is None, reason="duckdb is in tools/locks/bench.txt alone")


def made(events=EVENTS, inverters=INVERTERS):
    found = list(blocks(healthy_lines(events, inverters), events))
    return [line for block in found for line in block.lines], sum((block.counts for block in found), Counts())


@pytest.fixture(scope="module")
def lines():
    return made()[0]


@pytest.fixture(scope="module")
def workload(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("bench"), EVENTS, INVERTERS, 1, lambda _done, _total: None)


@pytest.fixture(scope="module")
def database(workload, tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "ours.db"
    assert tool("append", *workload.registry, workload.part(0), db=path).returncode == 0
    assert tool("project", db=path).returncode == 0
    return path


def readings_of(lines):
    """Return (inverter, instant) of every line that is not broken."""
    healthy = [json.loads(line) for line in lines if is_healthy(line.replace(b'"again-', b'"'))]
    return {(one["inverter_id"], one["event_time"]) for one in healthy}


def test_the_same_parameters_give_the_same_lines(lines):
    assert made()[0] == lines


def test_one_line_in_twenty_five_is_repeated_as_it_is(lines):
    assert len(lines) - len(set(lines)) == EVENTS * 4 // 100


def test_one_line_in_a_hundred_says_again_what_another_said(lines):
    again = [line for line in lines if b'"event_id":"again-' in line]
    assert len(again) == EVENTS // 100
    assert {line.replace(b"again-", b"") for line in again} < set(lines)


def test_one_line_in_two_thousand_is_no_reading(lines):
    assert sum(not is_healthy(line.replace(b'"again-', b'"')) for line in lines) == EVENTS // 2_000


def test_broken_lines_are_of_four_kinds():
    lines, _ = made(8_000)
    broken = [line for line in lines if not is_healthy(line.replace(b'"again-', b'"'))]
    kinds = [(line.endswith(b'"}'), b'"MW"' in line, b'"uninv_' in line, b":65535," in line) for line in broken]
    assert sorted(kinds) == [
        (False, False, False, False), (True, False, False, True), (True, False, True, False), (True, True, False, False)
    ]  # fmt: skip


def test_counts_are_those_of_the_lines(lines):
    assert made()[1] == Counts(lines=len(lines), distinct=len(set(lines)), readings=len(readings_of(lines)))


def test_powers_are_in_kw_and_in_w(lines):
    found = [re.search(rb'"ac_power_unit":"(\w+)"', line) for line in lines]
    assert {unit[1] for unit in found if unit} >= {b"kW", b"W"}


def test_lines_are_shuffled_among_their_neighbours(lines):
    times = [number for line in lines if (number := re.search(rb'-(\d+)","plant_id', line))]
    steps = [int(found[1]) for found in times]
    assert steps != sorted(steps)
    assert max(max(steps[:place]) - step for place, step in enumerate(steps) if place) <= 2_000 // INVERTERS + 1


def test_an_uneven_number_of_events_is_made_to_the_last():
    lines, counts = made(2_345, 7)
    assert len(lines) == counts.lines == 2_345
    assert counts.distinct == len(set(lines))


def test_events_that_would_reach_into_the_future_are_refused():
    with pytest.raises(UsageError, match="ask for more inverters"):
        healthy_lines(1_000_000, 1)


def test_a_correction_is_another_message_of_the_same_reading(lines):
    line = next(line for line in lines if is_healthy(line))
    before, after = json.loads(line), json.loads(correct(line))
    assert {name for name in before if before[name] != after[name]} == {"event_id", "temperature_c"}
    assert json.loads(restate(line, b"x"))["event_id"] == f"x-{before['event_id']}"


def test_files_are_written_once_for_their_parameters(tmp_path):
    told = []
    first = prepare(tmp_path, 2_000, 10, 2, lambda done, total: told.append((done, total)))
    assert told == [(2_000, 4_000), (4_000, 4_000)]
    assert prepare(tmp_path, 2_000, 10, 1, lambda *_told: pytest.fail("written again")) == first
    assert first.part(0).read_bytes().count(b"\n") == first.parts[0].lines == 2_000


def test_more_parts_begin_with_the_same_files(tmp_path):
    first = prepare(tmp_path, 2_000, 10, 1, lambda *_told: None)
    data = first.part(0).read_bytes()
    more = prepare(tmp_path, 2_000, 10, 2, lambda *_told: None)
    assert more.part(0).read_bytes() == data
    assert len(more.parts) == 2


def test_every_made_up_reading_is_clean_and_nothing_is_lost(database, workload, tmp_path):
    check.check_log(database, workload.parts[0])
    check.check_rows(database, workload.parts[0])
    assert check.verify_log(database, tmp_path).document["events"] > EVENTS * 9 // 10
    assert check.verify_rows(database, tmp_path).document["differences"] == []


@pytest.mark.parametrize("of", ["distinct", "readings"])
def test_a_lost_event_fails_the_check(database, workload, of):
    counts = workload.parts[0]
    expected = Counts(counts.lines, counts.distinct + (of == "distinct"), counts.readings + (of == "readings"))
    with pytest.raises(VerificationError, match="its times mean nothing"):
        check.check_rows(database, expected)


def test_an_event_that_is_not_in_the_log_fails_the_check(database, workload):
    counts = workload.parts[0]
    with pytest.raises(VerificationError, match="events in the log"):
        check.check_log(database, Counts(counts.lines, counts.distinct + 1, counts.readings))


@pytest.mark.parametrize(("readings", "energy"), [(1, 1.0), (0, 1.5)])
def test_another_result_of_duckdb_fails_the_check(database, workload, readings, energy):
    days = result("inspect", "--sample", 10_000, db=database)["daily_summary"]
    total = sum((day["energy_wh"] or 0) for day in days)
    check.check_theirs(database, {"readings": workload.parts[0].readings, "energy_wh": total})
    with pytest.raises(VerificationError):
        check.check_theirs(database, {"readings": workload.parts[0].readings + readings, "energy_wh": total * energy})


def test_a_child_that_fails_is_named_with_what_it_said(tmp_path):
    with pytest.raises(LedgerError, match=r"exit 1: (?s:.*)ZeroDivisionError"):
        measure(python("-c", "1/0"), tmp_path)
    with pytest.raises(VerificationError, match="exit 3"):
        measure(python("-c", "raise SystemExit(3)"), tmp_path)


def test_a_childs_memory_is_its_own_and_not_that_of_the_benchmark(tmp_path):
    ballast = b"x" * (150 << 20)
    large = measure(python("-c", "print(len(b'x' * (100 << 20)))"), tmp_path)
    small = measure(python("-c", "print(0)"), tmp_path)
    assert (len(ballast), large.output, small.output) == (150 << 20, b"104857600\n", b"0\n")
    assert 100 < large.peak_mib < 150
    assert small.peak_mib < 50


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc to see other processes in")
def test_a_childs_memory_counts_the_processes_it_starts(tmp_path):
    holding = "import time; held = b'x' * (100 << 20); time.sleep(1)"
    starting = f"import subprocess, sys; held = b'x' * (100 << 20); subprocess.run([sys.executable, '-c', {holding!r}])"
    assert measure(python("-c", starting), tmp_path).peak_mib > 200


def row(**given):
    return Row(**{"name": "append", "what": "ours", "against": "theirs", "ours": [3.0, 1.0, 2.0], "theirs": [1.0, 4.0, 0.5], **given})


@pytest.mark.parametrize(
    ("given", "met"),
    [
        ({"target": Target(2.0)}, True),
        ({"target": Target(1.9)}, False),
        ({"target": Target(2.0, at_least=True)}, True),
        ({"target": Target(2.1, at_least=True)}, False),
        ({"theirs": [], "target": Target(2.0)}, True),
        ({"theirs": [], "target": Target(1.9)}, False),
        ({}, None),
    ],
)
def test_a_target_bounds_the_ratio_of_medians_or_the_value_alone(given, met):
    assert row(**given).ratio == (None if given.get("theirs") == [] else 2.0)
    assert row(**given).met is met


def test_the_table_shows_ratio_target_and_verdict(capsys):
    print_report([row(target=Target(1.3), peak_mib=70.4), row(theirs=[], unit="bytes")], MACHINE)
    first, second = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[2:4]]
    assert first == "append ours 2.000 s theirs 1.000 s 2.00 ≤ 1.3 missed 70 –"
    assert second == "append ours 2 bytes theirs – – – – –"


def test_the_document_has_every_run(capsys):
    print_document([row(target=TARGETS["append"])], MACHINE)
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["machine"]) == ("heliolog.bench/1", {"cores": 2})
    assert found["rows"][0]["ours"] == [3.0, 1.0, 2.0]
    assert (found["rows"][0]["ratio"], found["rows"][0]["target"]) == (2.0, {"bound": 1.3, "at_least": False, "met": False})


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_ratios_are_drawn(tmp_path, suffix):
    pytest.importorskip("matplotlib", reason="matplotlib is optional")
    draw_chart([row(target=TARGETS["append"]), row(theirs=[])], tmp_path / f"chart{suffix}")
    opening = (tmp_path / f"chart{suffix}").read_bytes()[:6]
    assert opening.startswith(b"\x89PNG" if suffix == ".png" else b"<?xml")


def test_a_damaged_year_has_every_damage_and_otherwise_the_true_values():
    unit = UNITS[0]
    year = undamaged(unit)
    after = damaged(unit, year)
    true = {one.at: one.mwh for one in year}
    assert year[0].at == START
    assert sum(one.mwh == 0 for one in after) > 100
    assert sum(one.mwh > true[one.at] for one in after) > 100
    assert len(year) - len(after) == 3 * 288 + 60 + 170
    early = after[: 50 * 288]
    assert 0.98 < sum(one.mwh == true[one.at] for one in early) / len(early) < 0.999


def test_rows_that_need_no_duckdb_are_measured_and_checked(tmp_path):
    chosen = [word for name in ("append", "verify", "bytes", "late", "startup") for word in ("--only", name)]
    found = bench("--events", EVENTS, "--inverters", INVERTERS, "--runs", 1, "--json", *chosen, "--folder", tmp_path)
    assert [one["name"] for one in found["rows"]] == ["append", "append", "verify", "bytes", "bytes", "late", "startup"]
    assert all(one["value"] > 0 for one in found["rows"])
    assert (found["durability"]["journal_mode"], found["durability"]["synchronous"]) == ("wal", "FULL")
    assert found["versions"].keys() >= {"python", "sqlite", "sqlalchemy"}
    assert [path.name for path in tmp_path.iterdir()] == [f"events-{EVENTS}-of-{INVERTERS}"]


def test_a_log_that_grows_is_measured_at_both_ends(tmp_path):
    chosen = ["--only", "late", "--only", "last", "--scale", 2, "--runs", 1]
    found = bench("--events", 2_000, "--inverters", 10, "--json", *chosen, "--folder", tmp_path)
    assert [(one["name"], one["target"]["bound"]) for one in found["rows"]] == [("late", 1.5), ("last", 1.25)]


def test_counter_years_are_followed_at_some_speed(tmp_path):
    found = bench("--only", "fold", "--fold-inverters", 1, "--runs", 1, "--json", "--folder", tmp_path)
    (fold,) = found["rows"]
    assert (fold["unit"], fold["target"]["bound"], fold["target"]["at_least"]) == ("readings/s", 0.5, True)
    assert fold["ratio"] == fold["value"] / fold["their_value"]


@NEEDS_DUCKDB
def test_duckdb_finds_the_same_readings():
    found = bench("--events", EVENTS, "--inverters", INVERTERS, "--runs", 1, "--json", "--only", "rebuild", "--only", "whole")
    assert [(one["name"], one["ratio"] > 0) for one in found["rows"]] == [("rebuild", True), ("whole", True)]


@pytest.mark.skipif(find_spec("eventsourcing") is None, reason="eventsourcing is in tools/locks/bench.txt alone")
def test_a_peer_records_the_same_events():
    (peer,) = bench("--events", EVENTS, "--inverters", INVERTERS, "--runs", 1, "--json", "--only", "peers")["rows"]
    assert peer["ratio"] > 0


def bench(*arguments):
    done = tool("bench", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr.startswith(b"bench: ")
    return json.loads(done.stdout)


def test_help_has_an_example_and_every_row():
    text = tool("bench", "--help").stdout.decode()
    assert "Example: tools/bench --events 100000 --only append --only rebuild" in text
    assert {name for name in TARGETS if name not in text} == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "nothing"], b"'nothing' is not one of"),
        (["--events", "1"], b"1 is not in the range"),
        (["--chart", "/nowhere/a.png"], b"--chart"),
        (["--only", "server-append"], b"name it with --db"),
        (["--db", "sqlite:///a.db"], b"--db names a server"),
        (["--db", "a server"], b"--db names a server"),
        (["--events", "9000000", "--inverters", "1", "--only", "append"], b"ask for more inverters"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments, said):
    done = tool("bench", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr


def test_a_server_is_measured_beside_its_floor_and_a_file_and_left_as_it_was(clusters):
    url = clusters(SYSTEM).new_database()
    done = tool("bench", "--db", url, "--events", 500, "--runs", 1, "--only", "server-append", "--only", "server-rebuild", "--json")
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)["rows"]
    assert [(row["name"], row["unit"], len(row["ours"]), len(row["theirs"])) for row in rows] == [
        ("server-append", "lines/s", 1, 1),
        ("server-rebuild", "lines/s", 1, 1),
    ]
    with psycopg.connect(url.replace("+psycopg", "")) as raw:
        assert raw.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'heliolog%'").fetchall() == []


def test_an_interrupted_run_leaves_no_folder(tmp_path):
    environment = environ(TMPDIR=str(tmp_path))
    child = subprocess.Popen(command("bench", "--events", 2_000, "--runs", 50, "--only", "append"), stderr=subprocess.PIPE, env=environment)
    for line in child.stderr:
        if line == b"bench: run 2 of 50\n":
            break
    child.send_signal(signal.SIGTERM)
    assert b"terminated" in child.communicate()[1]
    assert child.returncode == 143
    assert list(tmp_path.iterdir()) == []
