"""What the transcripts of RUNBOOK's chapter on servers play, on throw-away PostgreSQL servers: one play, its acts in this order."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.documents.scenarios import fenced
from tests.support.documents.stage import Stage
from tests.support.servers import SYSTEM, cluster

Act = Callable[[Stage], None]
ACTS: dict[str, Act] = {}
_OWNER = "postgresql+psycopg://heliolog@127.0.0.1:5432/heliolog"
_ROOT_USER = "postgresql://postgres@127.0.0.1"


def act(play: Act) -> Act:
    """Let a document show what a function plays, under the function's name."""
    ACTS[play.__name__] = play
    return play


def play_all(base: Path, folder: Path) -> dict[str, str]:
    """Play every act and return the transcripts by name; raises NoServerError where there is no PostgreSQL of the system's."""
    shutil.copytree(base / "fleet", folder / "fleet")
    played = {}
    with cluster(SYSTEM, fsync="off") as first, cluster(SYSTEM, fsync="off") as second:
        for name, play in ACTS.items():
            stage = Stage(folder, ports={"5432": first.port, "5433": second.port}, programs=first.bin)
            play(stage)
            played[name] = fenced(stage)
    return played


@act
def server_install(stage: Stage) -> None:
    stage.quietly(
        f'psql -X -q {_ROOT_USER}:5432/postgres -c "CREATE ROLE heliolog LOGIN CREATEROLE" -c "CREATE DATABASE heliolog OWNER heliolog"'
    )
    stage.run(f"export LEDGER_DB={_OWNER}")
    stage.run("tools/db init", LEDGER_DB=_OWNER)
    # Everybody's rights on what is the server's own, an administrator alone takes away.
    stage.quietly(f"tools/db init | sed -n 's/^  //p' | psql -X -q {_ROOT_USER}:5432/heliolog", LEDGER_DB=_OWNER)
    stage.run("tools/db init                                    # again: makes what is missing", LEDGER_DB=_OWNER)
    stage.run("tools/db status", LEDGER_DB=_OWNER, keep=("Database", "what", "schema version", "events", "heliolog_", "missing"))


@act
def server_roles(stage: Stage) -> None:
    owner, anna = (f"psql -X postgresql://{user}@127.0.0.1:5432/heliolog" for user in ("heliolog", "anna"))
    day = "SELECT inverter_id, local_date, energy_wh, is_final FROM inverter_daily_summary_final LIMIT 1"
    delete = '"DELETE FROM event_log"'
    stage.run(
        f"{owner} -q <<'END'\n"
        "CREATE ROLE feed LOGIN PASSWORD '…' IN ROLE heliolog_writer;         -- tools/append\n"
        "CREATE ROLE nightly LOGIN PASSWORD '…' IN ROLE heliolog_projector;   -- tools/project\n"
        "CREATE ROLE anna LOGIN PASSWORD '…';\n"
        "GRANT heliolog_auditor TO anna;                   -- tools/inspect, tools/audit, tools/project --verify, psql\n"
        "END"
    )
    stage.run("tools/append --db postgresql+psycopg://feed@127.0.0.1:5432/heliolog fleet")
    stage.run("tools/project --db postgresql+psycopg://nightly@127.0.0.1:5432/heliolog", keep=("^Projections",))
    stage.run("tools/audit verify --db postgresql+psycopg://anna@127.0.0.1:5432/heliolog")
    stage.run(f'{anna} -c "{day}"', keep=(r"\|",))
    stage.run(f"{anna} -c {delete}", ends_with=1)
    stage.run(f"{owner} -c {delete}", ends_with=1, keep=("ERROR",))


@act
def server_dump(stage: Stage) -> None:
    stage.run("pg_dump -Fc -f heliolog.dump postgresql://heliolog@127.0.0.1:5432/heliolog")
    stage.run(f"pg_dumpall --roles-only -f roles.sql -d {_ROOT_USER}:5432/postgres       # as an administrator")


@act
def server_restore(stage: Stage) -> None:
    stage.run(f"psql -X -q -f roles.sql {_ROOT_USER}:5433/postgres           # one error is expected", keep=("ERROR",))
    stage.run(f"createdb --maintenance-db={_ROOT_USER}:5433/postgres -O heliolog heliolog")
    stage.run(f"pg_restore --exit-on-error -d {_ROOT_USER}:5433/heliolog heliolog.dump")
    stage.run("tools/db status --db postgresql+psycopg://anna@127.0.0.1:5433/heliolog", keep=("missing",))
    stage.run("tools/audit verify --db postgresql+psycopg://anna@127.0.0.1:5433/heliolog        # the root must be one you noted")
    stage.run("tools/append --db postgresql+psycopg://feed@127.0.0.1:5433/heliolog fleet        # all files since the backup")
