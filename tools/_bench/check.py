"""Checks after a measured run: nothing was lost, nothing is altered, the rows are those of a rebuild."""

from pathlib import Path

from sqlalchemy import Connection, text

from ledger.database import open_database, reading
from ledger.errors import VerificationError
from tools._bench.events import Counts
from tools._bench.process import Finished, measure, tool

_ENERGY_SHARE = 0.02


def check_log(database: Path | str, expected: Counts) -> None:
    """Raise VerificationError unless the log, a file or the one at a URL, holds each distinct telemetry line once."""
    with open_database(_url(database), write=False) as opened, reading(opened) as connection:
        events = _count(connection, "event_log WHERE kind = 'telemetry'")
    _same("telemetry events in the log", events, expected.distinct)


def check_rows(database: Path | str, expected: Counts) -> None:
    """Raise VerificationError unless every telemetry event is clean or rejected, and every reading is clean."""
    with open_database(_url(database), write=False) as opened, reading(opened) as connection:
        events = _count(connection, "event_log WHERE kind = 'telemetry'")
        clean, rejected = _count(connection, "inverter_telemetry_clean"), _count(connection, "inverter_telemetry_rejected")
    _same("clean readings + rejected events", clean + rejected, events)
    _same("clean readings", clean, expected.readings)
    _same("telemetry events in the log", events, expected.distinct)


def check_theirs(database: Path, theirs: dict[str, float]) -> None:
    """Raise VerificationError where DuckDB counts other readings than ours, or much other energy: then the two did not do the same."""
    with open_database(f"sqlite:///{database}", write=False) as opened, reading(opened) as connection:
        clean = _count(connection, "inverter_telemetry_clean")
        energy_wh = connection.execute(text("SELECT total(energy_wh) + total(gap_wh) FROM inverter_daily_summary")).scalar_one()
    _same("readings that DuckDB found", int(theirs["readings"]), clean)
    if abs(theirs["energy_wh"] - energy_wh) > _ENERGY_SHARE * energy_wh:
        raise VerificationError(f"DuckDB found {theirs['energy_wh']:.0f} Wh of energy, the daily summaries hold {energy_wh:.0f} Wh")


def verify_log(database: Path, folder: Path) -> Finished:
    """Hash everything again and give how long it took; VerificationError where something is altered."""
    return measure(tool("audit", "verify", "--db", f"sqlite:///{database}", "--json"), folder)


def verify_rows(database: Path, folder: Path) -> Finished:
    """Compare every row with a replay of the log and give how long it took; VerificationError on a difference."""
    return measure(tool("project", "--verify", "--db", f"sqlite:///{database}", "--json"), folder)


def _url(database: Path | str) -> str:
    return database if isinstance(database, str) else f"sqlite:///{database}"


def _count(connection: Connection, rows: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one())  # noqa: S608 - names of ours


def _same(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise VerificationError(f"{what}: {found}, not {expected}: the benchmark's result is wrong, its times mean nothing")
