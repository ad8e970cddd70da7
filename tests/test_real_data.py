"""The original sample and four real data sets, whole, with what is known of them."""

import sqlite3
import subprocess
import sys
from itertools import pairwise
from math import fsum
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load(folder: Path, db: Path, *, times: int = 1, telemetry_first: bool = False) -> sqlite3.Connection:
    files = sorted(str(file) for file in folder.iterdir() if ".csv" in file.name or ".jsonl" in file.name)
    for _ in range(times):
        run("append", *(reversed(files) if telemetry_first else files), "--db", f"sqlite:///{db}")
        run("project", "--db", f"sqlite:///{db}")
    return sqlite3.connect(db)


def run(name: str, *arguments: str) -> None:
    command = [sys.executable, "-P", "-m", f"tools.{name}", *arguments]
    done = subprocess.run(command, capture_output=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr.decode()


SUMMARY = """SELECT inverter_id, local_date, reading_count, duplicate_count, rejected_count, energy_wh, energy_power_wh, avg_ac_power_w,
sample_mean_ac_power_w, max_ac_power_w, max_ac_power_at, quality, replace(flags, 'restated,', '') FROM inverter_daily_summary ORDER BY 1"""
EXPECTED = [
    (
        "inv_noida_01_a",
        "2025-04-01",
        3,
        0,
        0,
        650.0,
        419.167,
        12575.0,
        12600.0,
        12800.0,
        "2025-04-01T06:02:00+00:00",
        "usable",
        "window_open",
    ),
    ("inv_noida_01_b", "2025-04-01", 1, 0, 1, None, None, None, 11900.0, 11900.0, "2025-04-01T06:00:00+00:00", "poor", "window_open"),
    (
        "inv_pune_01_a",
        "2025-04-01",
        3,
        1,
        0,
        450.0,
        473.333,
        14200.0,
        14200.0,
        14400.0,
        "2025-04-01T06:01:00+00:00",
        "usable",
        "window_open",
    ),
]


@pytest.mark.parametrize(("times", "telemetry_first"), [(1, False), (2, False), (1, True)])
def test_the_sample_gives_its_known_rows(shared: Path, tmp_path: Path, times: int, *, telemetry_first: bool) -> None:
    connection = load(shared / "seed", tmp_path / "x.db", times=times, telemetry_first=telemetry_first)
    assert connection.execute(SUMMARY).fetchall() == EXPECTED
    rejected = connection.execute("SELECT COALESCE(event_id, '-'), reason FROM inverter_telemetry_rejected ORDER BY 1, 2").fetchall()
    assert rejected == [
        ("-", "malformed_json"),
        ("t_0005", "negative_power"),
        ("t_0009", "duplicate_reading"),
        ("t_0010", "unknown_inverter"),
    ]
    assert connection.execute("SELECT capacity_kw, issues FROM inverters WHERE inverter_id = 'inv_unknown'").fetchall() == [
        (None, "bad_capacity")
    ]


@pytest.mark.invariant("I12")
def test_the_sample_in_any_order_gives_its_known_rows(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shuffled"
    folder.mkdir()
    for name in ("plants.csv", "inverters.csv"):
        (folder / name).write_bytes((shared / "seed" / name).read_bytes())
    lines = (shared / "seed" / "inverter_telemetry.jsonl").read_bytes().split(b"\n")
    shuffled = sorted(lines, key=lambda line: line[::-1])
    # Which of two equal readings is kept is what order itself states: t_0008 stays before t_0009.
    shuffled.sort(key=lambda line: b"t_0009" in line)
    (folder / "inverter_telemetry.jsonl").write_bytes(b"\n".join(shuffled) + b"\n")
    assert load(folder, tmp_path / "x.db").execute(SUMMARY).fetchall() == EXPECTED


def test_a_meter_with_a_gap_of_23_days(shared: Path, tmp_path: Path) -> None:
    connection = load(shared / "real" / "pvops_meter", tmp_path / "x.db")
    rows = connection.execute("SELECT local_date, energy_wh, gap_wh, energy_power_wh FROM inverter_daily_summary ORDER BY 1").fetchall()
    closing = next(place for place, row in enumerate(rows) if row[2])
    assert [row[2] for row in rows if row[2]] == [56_590_000.0]
    before, after = rows[:closing], rows[closing:]
    assert [fsum(row[1] or 0 for row in part) for part in (before, after)] == [5_262_000.0, 6_845_000.0]
    for part in (before, after):
        assert fsum(row[3] or 0 for row in part) == pytest.approx(fsum(row[1] or 0 for row in part), rel=0.001)


def test_sentinels_are_rejected_and_peaks_of_109_percent_are_clean(shared: Path, tmp_path: Path) -> None:
    connection = load(shared / "real" / "sdt_us_2inv", tmp_path / "x.db")
    assert connection.execute("SELECT reason, COUNT(*) FROM inverter_telemetry_rejected GROUP BY 1").fetchall() == [("sentinel_value", 3)]
    (peak,) = connection.execute("SELECT MAX(ac_power_w) FROM inverter_telemetry_clean WHERE inverter_id LIKE '%TRIO%'").fetchone()
    assert peak == pytest.approx(1.09 * 27_600, rel=0.001)
    check_power_days(connection)


def test_no_night_of_small_negative_power_is_rejected(shared: Path, tmp_path: Path) -> None:
    connection = load(shared / "real" / "pvanalytics_nrel", tmp_path / "x.db")
    assert connection.execute("SELECT COUNT(*) FROM inverter_telemetry_rejected").fetchone() == (0,)
    check_power_days(connection)


def test_eight_inverters_with_tare_at_night(shared: Path, tmp_path: Path) -> None:
    connection = load(shared / "real" / "pvcaptest_8inv", tmp_path / "x.db")
    found = connection.execute("SELECT COUNT(*), MIN(quality), MAX(quality), MIN(energy_source) FROM inverter_daily_summary").fetchone()
    assert found == (40, "good", "good", "power")


def check_power_days(connection: sqlite3.Connection) -> None:
    """Compare every day's energy by power with a trapezoid of our own, over gaps up to twice the day's step (10 to 90 minutes)."""
    days = connection.execute(
        "SELECT inverter_id, unixepoch(day_start_utc), unixepoch(day_end_utc), step_seconds, energy_power_wh FROM inverter_daily_summary"
    ).fetchall()
    query = "SELECT unixepoch(event_time), MAX(ac_power_w, 0) FROM inverter_telemetry_clean WHERE inverter_id = ? ORDER BY event_time"
    series = {inverter: connection.execute(query, (inverter,)).fetchall() for inverter in {day[0] for day in days}}
    assert days
    for inverter, start, end, step, found in days:
        near = [point for point in series[inverter] if start - 5_400 <= point[0] <= end + 5_400]
        parts = []
        for (t0, p0), (t1, p1) in pairwise(near):
            a, b = max(t0, start), min(t1, end)
            if t1 - t0 <= min(max(2 * step, 600), 5_400) and b > a:
                parts.append((p0 + (p1 - p0) * ((a + b) / 2 - t0) / (t1 - t0)) * (b - a) / 3_600)
        assert found == (pytest.approx(fsum(parts), rel=0.001, abs=0.01) if parts else None)
