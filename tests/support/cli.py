"""Run a tool as a user does, without the launcher."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def tool(
    name: str, *arguments: object, db: Path | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one tool to its end."""
    flags = [] if db is None else ["--db", f"sqlite:///{db}"]
    return subprocess.run(command(name, *arguments, *flags), input=stdin, capture_output=True, check=False, env=environ(**environment))


def command(name: str, *arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", f"tools.{name}", *map(str, arguments)]


def environ(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def result(name: str, *arguments: object, db: Path) -> dict[str, Any]:
    """Run a tool with --json and return its document; it must have gone well."""
    done = tool(name, *arguments, "--json", db=db)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(number: int, inverter: str = "a", minute: int | None = None, power: object = 1000) -> str:
    """Return one telemetry line: minute by minute, 1 kW."""
    minute = number if minute is None else minute
    return (
        f'{{"event_id":"{number}","plant_id":"p","inverter_id":"{inverter}",'
        f'"event_time":"2025-04-01T{6 + minute // 60:02}:{minute % 60:02}:00Z",'
        f'"ac_power":{power},"ac_power_unit":"W","energy_wh_total":{100_000 + minute * 17},"temperature_c":20,"status":"ok"}}\n'
    )
