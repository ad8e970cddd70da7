"""What the transcripts of README and RUNBOOK play: each function sets a stage in the state its chapter speaks of, and runs the commands.

Every stage begins with the made-up fleet of `tools/_fleet` in `fleet/`, appended and projected into `var/data.db`. Whatever other file a
command names is made here, by the function that uses it.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.documents.stage import KILLED, Stage
from tools._fleet.files import fleet_lines, write_fleet, write_registry

Scenario = Callable[[Stage], None]
SCENARIOS: dict[str, Scenario] = {}


def scenario(play: Scenario) -> Scenario:
    """Let a document show what a function plays, under the function's name."""
    SCENARIOS[play.__name__] = play
    return play


def build(folder: Path) -> None:
    """Make what every stage begins with."""
    stage = Stage(folder)
    write_fleet(folder / "fleet")
    stage.quietly("tools/append fleet && tools/project")


def play(name: str, base: Path, folder: Path) -> str:
    """Play a scenario in a copy of what `build` made, and return its transcript as a fenced block."""
    for part in ("fleet", "var"):
        shutil.copytree(base / part, folder / part)
    stage = Stage(folder)
    SCENARIOS[name](stage)
    return fenced(stage)


def fenced(stage: Stage) -> str:
    """Return a stage's transcript as a fenced block."""
    return f"```console\n{stage.transcript}```\n"


def _anew(stage: Stage) -> None:
    for file in (stage.folder / "var").iterdir():
        file.unlink()


def _big(folder: Path) -> None:
    """Write a file of telemetry of 57 600 lines, three batches of append."""
    write_registry(folder, 20)
    lines = fleet_lines(20, 10)
    (folder / "telemetry.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


@scenario
def demo(stage: Stage) -> None:
    stage.run(
        "tools/demo",
        keep=(r"^\d\. ", "^  inverter_id", "^  inv_(kutch_a|kutch_b|yuma_c) +2025-03-30"),
    )


@scenario
def first_query(stage: Stage) -> None:
    stage.run(
        'sqlite3 -readonly -header var/data.db "SELECT local_date, round(energy_wh/1000, 1) AS kwh, quality, flags\n'
        "    FROM inverter_daily_summary WHERE inverter_id = 'inv_yuma_c'\""
    )


@scenario
def run(stage: Stage) -> None:
    _anew(stage)
    stage.run("tools/append fleet")
    told = ("events applied", r"inverter_telemetry +\d", r"inverter_daily_summary +\d")
    stage.run("tools/project", keep=told)
    stage.run("tools/append fleet && tools/project          # again: changes nothing", keep=("lines from", r"inverter_daily_summary +\d"))


@scenario
def altered_figure(stage: Stage) -> None:
    stage.run(
        "sqlite3 var/data.db \"DELETE FROM inverter_daily_summary WHERE inverter_id='inv_kutch_a' AND local_date='2025-03-29';\n"
        "    UPDATE plant_daily_summary SET energy_wh=energy_wh+1000 WHERE plant_id='p_kutch' AND local_date='2025-03-29'\""
    )
    stage.run("tools/project --verify; echo $?", keep=("Differences", "column", "2025-03-29", r"^\d$", "^tools/project"))


@scenario
def dropped_table(stage: Stage) -> None:
    stage.run('sqlite3 var/data.db "DROP TABLE inverter_latest"')
    stage.run("tools/project", ends_with=1, keep=("^tools/project",))
    stage.run("tools/project --rebuild && tools/project --verify", keep=("inverter_latest  ", "rows compared"))


@scenario
def new_version(stage: Stage) -> None:
    # As if older code had made the rows.
    stage.quietly("sqlite3 var/data.db \"UPDATE checkpoint SET version = version - 1 WHERE projection = 'counter_days'\"")
    stage.run("tools/project", keep=("events applied", "counter_days"))


@scenario
def altered_event(stage: Stage) -> None:
    stage.run('sqlite3 var/data.db "DELETE FROM event_log WHERE position=5"', ends_with=1)
    stage.run(
        'sqlite3 var/data.db "DROP TRIGGER event_log_refuses_update;\n'
        "    UPDATE event_log SET payload=CAST(replace(payload,'inv_kutch_b','inv_kutch_c') AS BLOB) WHERE position=5\""
    )
    stage.run("tools/audit verify", ends_with=3)


@scenario
def altered_delivery(stage: Stage) -> None:
    stage.run('sqlite3 var/data.db "UPDATE delivery SET lines=lines+9, duplicates=duplicates+9 WHERE delivery_id=3"')
    stage.run("tools/audit verify", ends_with=3)


@scenario
def silent_guard(stage: Stage) -> None:
    stage.run(
        'sqlite3 var/data.db "DROP TRIGGER event_log_refuses_delete;\n'
        '    CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log BEGIN SELECT 1; END"'
    )
    stage.run("tools/db status", ends_with=1, keep=(r"^  schema  ", "^tools/db"))


@scenario
def row_beyond(stage: Stage) -> None:
    stage.quietly(
        "sqlite3 var/data.db \"INSERT INTO event_log VALUES (10500, 0, zeroblob(32), 'telemetry', x'00', 0, 1, 1, zeroblob(32))\""
    )
    stage.quietly("printf 'plant_id,name,location,timezone\\np_new,New,Here,UTC\\n' >new.csv")
    stage.run("tools/append new.csv", ends_with=1)
    stage.run(
        'sqlite3 var/data.db "DROP TRIGGER event_log_refuses_delete;\n'
        "    DELETE FROM event_log WHERE position >= (SELECT size FROM log_head);\n"
        "    CREATE TRIGGER event_log_refuses_delete BEFORE DELETE ON event_log"
        " BEGIN SELECT RAISE(ABORT, 'the log is append-only: no DELETE'); END\""
    )
    stage.run("tools/audit verify && tools/append new.csv")


@scenario
def rewritten_log(stage: Stage) -> None:
    stage.run("tools/audit verify                            # note what it prints, elsewhere")
    noted = stage.transcript.rsplit("root ", 1)[1].strip()
    stage.run("sed -i 5d fleet/inverter_telemetry.jsonl && rm var/data.db* && tools/append fleet && tools/audit verify")
    stage.run(f"tools/audit verify --root {noted}", ends_with=3)


@scenario
def append_killed(stage: Stage) -> None:
    _anew(stage)
    _big(stage.folder / "big")
    state = 'sqlite3 -readonly var/data.db "SELECT delivery_id, lines, appended, complete FROM delivery" "SELECT size FROM log_head"'
    stage.run("tools/append big/telemetry.jsonl           # kill -9 after a while", ends_with=KILLED, STAGE_DIES_AT="3")
    stage.run("tools/append big/telemetry.jsonl")
    stage.run(state)


@scenario
def project_killed(stage: Stage) -> None:
    _anew(stage)
    stage.quietly("tools/append fleet")
    stage.run(
        "tools/project                                       # kill -9 after a while",
        ends_with=KILLED,
        LEDGER_BATCH_EVENTS="4000",
        STAGE_DIES_AT="7",
    )
    stage.run("tools/project && tools/project --verify", keep=(r"inverter_telemetry +\d", "rows compared"))


@scenario
def disk_full(stage: Stage) -> None:
    _anew(stage)
    _big(stage.folder / "big")
    stage.run("tools/append big/telemetry.jsonl", ends_with=1, STAGE_PAGES="4000")
    stage.run("tools/append big/telemetry.jsonl           # after making room")


@scenario
def registry_wrong(stage: Stage) -> None:
    _anew(stage)
    file = stage.folder / "fleet" / "inverters.csv"
    right = file.read_text()
    wrong = [line.replace(",250,", ",25,") if line.startswith("inv_kutch_a,") else line for line in right.splitlines(keepends=True)]
    file.write_text("".join(wrong))
    stage.quietly("tools/append fleet && tools/project")
    days = "SELECT local_date, energy_wh, rejected_count, quality FROM inverter_daily_summary WHERE inverter_id='inv_kutch_a' LIMIT 1"
    stage.query(days)
    file.write_text(right)
    stage.quietly("grep -e ^inverter_id -e ^inv_kutch_a, fleet/inverters.csv >right.csv")
    stage.run("cat right.csv")
    stage.run("tools/append right.csv && tools/project", keep=("lines from",))
    stage.query(days)


@scenario
def held_plants(stage: Stage) -> None:
    held = "SELECT * FROM held_plants"
    stage.query(held, header=True)
    stage.run("printf 'plant_id,name,location,timezone\\np_quito,Not surveyed yet,Quito,America/Guayaquil\\n' >zone.csv")
    stage.run("tools/append zone.csv && tools/project", keep=("lines from",))
    stage.query("SELECT local_date, quality FROM inverter_daily_summary WHERE plant_id='p_quito' LIMIT 1")


@scenario
def daily_figure(stage: Stage) -> None:
    told = ("Readings", "time ", "11:5", "12:0", "^Steps", "from ", "24:00", "^Sum", "what ", "of this day  ", "^The stored")
    stage.run("tools/inspect energy inv_kutch_b 2025-03-28", keep=("Asia/Kolkata", *told))


@scenario
def rejected(stage: Stage) -> None:
    stage.run("tools/audit rejected --by reason", keep=("Rejected", "reason", "malformed_json|missing_id"))


@scenario
def backup(stage: Stage) -> None:
    stage.run('sqlite3 var/data.db ".backup backup.db"')
    stage.run('sqlite3 -readonly backup.db "PRAGMA integrity_check" "SELECT size FROM log_head"')
    stage.run("mkdir damaged && mv var/data.db* damaged/ && cp backup.db var/data.db         # to restore it")
    stage.run("tools/append fleet && tools/project           # all files since the backup; too many do no harm", keep=("lines from",))
    stage.run("tools/audit verify                            # the root must be one you noted")


@scenario
def cannot_be_opened(stage: Stage) -> None:
    folder = stage.folder
    stage.quietly("sqlite3 other.db 'CREATE TABLE theirs (x)'; sqlite3 var/data.db '.backup cut.db'")
    with (folder / "cut.db").open("r+b") as file:
        file.truncate(1_000_000)
    with closing(sqlite3.connect(folder / "var" / "data.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.run("tools/append fleet", ends_with=1, LEDGER_LOCK_TIMEOUT="0.1")
    for tool, name in (("append fleet", "other"), ("project", "cut")):
        stage.run(f"tools/{tool} --db sqlite:///{name}.db", ends_with=1)
