import sqlite3

import pytest

from ledger.sqlite.advice import advise, shows_damage


def fault(code: int, text: str = "said by SQLite") -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("cause", "damage"),
    [
        (fault(11), True),
        (fault(11 | 1 << 8), True),
        (fault(10), True),
        (fault(1, "no such column: payload"), True),
        (fault(1, "unsupported file format"), True),
        (fault(5), False),
        (fault(7), False),
        (fault(9), False),
    ],
)
def test_what_is_damaged_or_altered_is_told_from_what_the_machine_does(cause: sqlite3.Error, damage: bool) -> None:  # noqa: FBT001
    assert shows_damage(cause) == damage


def test_a_file_of_another_format_is_a_damaged_one_and_a_wrong_statement_is_none() -> None:
    assert advise(fault(1, "unsupported file format")) == ("damaged or cut off (unsupported file format)", "restore it from a backup")
    assert advise(fault(1, "no such column: payload")) is None
