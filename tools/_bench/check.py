"""Checks of what a measured run left: nothing lost, nothing altered, the rows those of a replay. A wrong result makes its times void."""

from pathlib import Path

from sqlalchemy import Connection, text

from ledger.database import open_database, reading
from ledger.errors import VerificationError
from tools._bench.database import url_of
from tools._bench.events import Counts
from tools._bench.process import Finished, measure, tool

_ENERGY_SHARE = 0.02


def check_log(database: Path | str, expected: Counts) -> None:
    """Raise VerificationError unless the log, in a file or at a URL, holds each distinct telemetry line once."""
    with open_database(url_of(database), write=False) as opened, reading(opened) as connection:
        events = _count(connection, "event_log WHERE kind = 'telemetry'")
    _same("telemetry events in the log", events, expected.distinct)


def check_rows(database: Path | str, expected: Counts) -> None:
    """Raise VerificationError unless every telemetry event is clean or rejected, and every reading is clean."""
    with open_database(url_of(database), write=False) as opened, reading(opened) as connection:
        events = _count(connection, "event_log WHERE kind = 'telemetry'")
        clean, rejected = _count(connection, "inverter_telemetry_clean"), _count(connection, "inverter_telemetry_rejected")
    _same("clean readings + rejected events", clean + rejected, events)
    _same("clean readings", clean, expected.readings)
    _same("telemetry events in the log", events, expected.distinct)


def check_theirs(database: Path, theirs: dict[str, float]) -> None:
    """Raise VerificationError if DuckDB found another number of readings than ours, or an energy that is 2 % off: it did another job."""
    with open_database(url_of(database), write=False) as opened, reading(opened) as connection:
        clean = _count(connection, "inverter_telemetry_clean")
        energy_wh = connection.execute(text("SELECT total(energy_wh) + total(gap_wh) FROM inverter_daily_summary")).scalar_one()
    _same("readings that DuckDB found", int(theirs["readings"]), clean)
    if abs(theirs["energy_wh"] - energy_wh) > _ENERGY_SHARE * energy_wh:
        raise VerificationError(f"DuckDB found {theirs['energy_wh']:.0f} Wh of energy, the daily summaries hold {energy_wh:.0f} Wh")


def verify_log(database: Path, folder: Path) -> Finished:
    """Hash everything again and return how long it took; VerificationError if something is altered."""
    return measure(tool("audit", "verify", "--db", url_of(database), "--json"), folder)


def verify_rows(database: Path, folder: Path) -> Finished:
    """Compare every row with a replay of the log and return how long it took; VerificationError on a difference."""
    return measure(tool("project", "--verify", "--db", url_of(database), "--json"), folder)


def _count(connection: Connection, rows: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one())  # noqa: S608 - names of ours


def _same(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise VerificationError(f"{what}: {found}, not {expected}: the benchmark's result is wrong, its times mean nothing")
