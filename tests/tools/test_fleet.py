"""The made-up fleet: always the same bytes, and every defect of the contract in it."""

import hashlib
import itertools
import json
from collections import defaultdict

import pytest

from ledger.format.event import LINE_BYTES_MAX, Recorded, oversize_stub, telemetry
from projections.contract.flags import FLAGS
from projections.contract.reasons import ISSUES, REASONS, REGISTRY_REASONS
from projections.registry.registry import Registry
from projections.tables.inverter_telemetry import CLEAN, PROJECTION, REJECTED
from projections.values.statement import read_statement, why_no_statement
from tools._fleet.files import demo_lines, fleet_lines, write_fleet, write_registry
from tools._fleet.units import SITES

ARRIVAL = 1_767_225_600_000_000  # 2026-01-01, long after every reading
FILES = ("plants.csv", "inverters.csv", "inverter_telemetry.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fleet")
    write_fleet(folder)
    return folder


@pytest.fixture(scope="module")
def lines(folder):
    data = (folder / "inverter_telemetry.jsonl").read_bytes()
    assert data.endswith(b"\n")
    return data[:-1].split(b"\n")


def recorded(kind, position, payload):
    event_time = telemetry(payload).event_time if kind == "telemetry" else 0
    return Recorded(position, event_time, b"", kind, payload, ARRIVAL, 0, position, b"")


def statements(folder, kind):
    header, *rows = (folder / f"{kind}s.csv").read_bytes().splitlines()
    return [recorded(kind, number, header + b"\n" + row) for number, row in enumerate(rows)]


def payload_of(line):
    line = line.removesuffix(b"\r")
    return oversize_stub(len(line), hashlib.sha256(line).digest()) if len(line) > LINE_BYTES_MAX else line


@pytest.fixture(scope="module")
def registry(folder):
    return Registry.empty().extended([*statements(folder, "plant"), *statements(folder, "inverter")])


@pytest.fixture(scope="module")
def rows(lines, registry):
    """Judge every line as a log would, each content once: (table name, row) pairs."""
    payloads = dict.fromkeys(payload_of(line) for line in lines if line)
    claims = defaultdict(list)
    for position, payload in enumerate(payloads):
        judgement = PROJECTION.judge(recorded("telemetry", position, payload), registry)
        claims[judgement.key or position].append(judgement)
    return [pair for group in claims.values() for pair in (PROJECTION.settle(group) if group[0].key else [(group[0].table, group[0].row)])]


def test_same_bytes_every_time(folder, tmp_path):
    write_fleet(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in FILES] == [(folder / name).read_bytes() for name in FILES]


def test_every_reason_occurs(rows):
    assert {row.reason for table, row in rows if table == REJECTED.name} == set(REASONS)


def test_every_flag_occurs_but_the_one_that_arrival_decides(rows):
    found = {flag for table, row in rows if table == CLEAN.name for flag in row.flags.split(",")}
    assert found - {""} == set(FLAGS) - {"clock_ahead"}


def test_every_issue_and_reason_of_the_registry_occurs_but_an_oversize_row(folder, registry):
    issues = {issue for row in [*registry.plants.values(), *registry.inverters.values()] for issue in row.issues.split(",")}
    rows = [(kind, event.payload) for kind in ("plant", "inverter") for event in statements(folder, kind)]
    rejected = [payload for kind, payload in rows if read_statement(payload, f"{kind}_id") is None]
    assert issues - {""} == set(ISSUES)
    assert set(map(why_no_statement, rejected)) == set(REGISTRY_REASONS) - {"oversize_line"}


def test_most_of_the_fleet_is_in_order(rows):
    clean = [row for table, row in rows if table == CLEAN.name]
    assert len(clean) > 10_000
    assert len(rows) - len(clean) < 50
    assert len({site.timezone for site in SITES if site.timezone}) == 3


def test_lines_are_late_repeated_blank_and_end_in_cr(lines, rows):
    instants = [row.event_time for table, row in sorted(rows, key=lambda pair: pair[1].position) if table == CLEAN.name]
    lateness = [newest - instant for newest, instant in zip(itertools.accumulate(instants, max), instants, strict=True)]
    assert sum(late > 600_000_000 for late in lateness) > 50
    assert max(lateness) > 24 * 3600 * 1_000_000
    assert len(set(lines)) < len(lines)
    assert b"" in lines
    assert any(line.endswith(b"}\r") for line in lines)


def test_numbers_come_as_strings_and_powers_in_both_units_from_one_inverter(lines):
    readings = [json.loads(line) for line in lines if line.startswith(b'{"event_id":"inv_') and line.rstrip().endswith(b"}")]
    assert any(isinstance(reading["ac_power"], str) for reading in readings)
    assert {reading["ac_power_unit"] for reading in readings if reading["inverter_id"] == "inv_sevilla_b"} == {"kW", "W"}


def counters(rows, inverter_id):
    clean = sorted((row for table, row in rows if table == CLEAN.name and row.inverter_id == inverter_id), key=lambda row: row.event_time)
    return [row for row in clean if row.energy_wh_total is not None]


def drops(rows, inverter_id):
    values = [row.energy_wh_total for row in counters(rows, inverter_id)]
    return [before - after for before, after in itertools.pairwise(values) if after < before]


def longest_step_hours(rows, inverter_id):
    return max(after.event_time - before.event_time for before, after in itertools.pairwise(counters(rows, inverter_id))) / 3.6e9


def test_every_shape_of_a_counter_occurs(rows):
    zeros = [row for row in counters(rows, "inv_sevilla_a") if row.energy_wh_total == 0]
    assert zeros
    assert all(row.ac_power_w > 0 for row in zeros)  # at dawn
    assert len(drops(rows, "inv_sevilla_b")) == 1  # to a fraction, which then climbs back
    assert all(row.energy_wh_total % 1000 == 0 for row in counters(rows, "inv_sevilla_c"))
    assert [drop < 1000 for drop in drops(rows, "inv_sevilla_d")] == [True]  # jitter
    assert len(drops(rows, "inv_kutch_a")) > 30  # stuck in turn
    assert len(drops(rows, "inv_kutch_b")) == 1  # a reset
    assert len(drops(rows, "inv_kutch_c")) == 1  # rollover
    assert sum(row.energy_wh_total == 0 and row.ac_power_w == 0 and row.temperature_c == 0 for row in counters(rows, "inv_kutch_d")) == 72
    assert drops(rows, "inv_yuma_b")[0] > 40_000  # above the line and back
    assert 12 < longest_step_hours(rows, "inv_sevilla_d") < 20
    assert longest_step_hours(rows, "inv_yuma_c") > 24
    assert len(counters(rows, "inv_sevilla_d")) < 400  # a silence, and a day of power alone


def test_healthy_lines_for_measuring_are_clean_whatever_the_size(tmp_path):
    write_registry(tmp_path, 20)
    registry = Registry.empty().extended([*statements(tmp_path, "plant"), *statements(tmp_path, "inverter")])
    made = list(fleet_lines(inverters=20, days=1))
    tables = {PROJECTION.judge(recorded("telemetry", position, line), registry).table for position, line in enumerate(made)}
    assert len(set(made)) == len(made) == 20 * 288
    assert tables == {CLEAN.name}


def test_demo_fleet_has_about_ten_thousand_lines():
    assert 10_000 < sum(1 for _ in demo_lines()) < 12_000
