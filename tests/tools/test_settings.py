from pathlib import Path

import pytest

from ledger.errors import UsageError
from tests.support.cli import tool
from tools._cli.settings import load_settings


@pytest.mark.parametrize("name", ["lock_timeout", "statement_timeout"])
def test_a_timeout_is_a_number_of_seconds_within_a_day(tmp_path: Path, name: str) -> None:
    variable = f"LEDGER_{name.upper()}"
    assert getattr(load_settings({}, {variable: "0.25"}, tmp_path), name) == 0.25
    for wrong in ("0", "86401", "soon", "nan"):
        with pytest.raises(UsageError, match=f"environment variable {variable}: {name} cannot be '{wrong}'"):
            load_settings({}, {variable: wrong}, tmp_path)


def test_the_lock_timeout_reaches_the_database(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415

    url = f"sqlite:///{tmp_path}/data.db"
    assert tool("db", "init", "--db", url).returncode == 0
    other = sqlite3.connect(tmp_path / "data.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = tool("append", "--kind", "telemetry", "-", stdin=b"one\n", LEDGER_DB=url, LEDGER_LOCK_TIMEOUT="0.01")
    other.close()
    assert done.returncode == 1
    assert b"locked by another program" in done.stderr
