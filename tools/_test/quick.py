"""The check before every commit: what can be checked in under a minute without a database, server, process or shared data."""

import subprocess
import sys
import time

import click

PURE_TESTS = (
    "tests/ledger/format",
    "tests/ledger/postgresql/test_advice.py",
    "tests/ledger/proof",
    "tests/ledger/source/test_detect.py",
    "tests/ledger/source/test_lines.py",
    "tests/ledger/source/test_read.py",
    "tests/ledger/source/test_registry_file.py",
    "tests/ledger/test_gc_tuning.py",
    "tests/projections/calendar",
    "tests/projections/contract",
    "tests/projections/counter",
    "tests/projections/definition",
    "tests/projections/engine/test_arrivals.py",
    "tests/projections/engine/test_rivals.py",
    "tests/projections/measures",
    "tests/projections/registry",
    "tests/projections/tables/inverter_daily_summary",
    "tests/projections/tables/test_days.py",
    "tests/projections/tables/test_inverter_telemetry.py",
    "tests/projections/tables/test_inverters.py",
    "tests/projections/tables/test_layouts.py",
    "tests/projections/tables/test_plants.py",
    "tests/projections/tables/test_registry_rejected.py",
    "tests/projections/values",
    "tests/test_invariants.py",
    "tests/tools/test_fleet.py",
)
STEPS = (
    ("lint", ["-m", "ruff", "check", "--quiet", "."]),
    ("format", ["-m", "ruff", "format", "--check", "--quiet", "."]),
    ("types", ["-m", "mypy"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("pure tests", ["-m", "pytest", "-n", "auto", "-q", "--no-header", "-m", "not shared_data", *PURE_TESTS]),
)


def run() -> int:
    """Run each step, print a line for it, show what a failed one said; return the exit code, 1 if a step failed."""
    began, failed = time.monotonic(), []
    for name, arguments in STEPS:
        since = time.monotonic()
        command = [sys.executable, "-P", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        click.echo(f"{'passed' if done.returncode == 0 else 'FAILED'}  {time.monotonic() - since:5.1f} s  {name}")
        if done.returncode:
            failed.append(name)
            click.echo(done.stdout + done.stderr)
    click.echo(f"{'FAILED: ' + ', '.join(failed) if failed else 'all passed'} in {time.monotonic() - began:.1f} s")
    return 1 if failed else 0
