"""The check before every commit: everything that can be checked in under a minute without a database, a server or shared data."""

import subprocess
import sys
import time

import click

PURE_TESTS = (
    "tests/ledger/format",
    "tests/ledger/proof",
    "tests/ledger/source/test_lines.py",
    "tests/projections/calendar",
    "tests/projections/contract",
    "tests/projections/counter",
    "tests/projections/measures",
    "tests/projections/registry",
    "tests/projections/values",
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
