"""What SQLite's errors mean to an operator, and what to do. Pure."""

# https://www.sqlite.org/rescode.html, primary codes
_ADVICE = {
    3: ("no permission", "check who owns the file and its folder"),
    5: ("locked by another program", "wait until it has finished, then run again"),
    6: ("locked by another program", "wait until it has finished, then run again"),
    7: ("out of memory", "free memory, then run again"),
    8: ("cannot be written", "check the permissions of the file and its folder"),
    9: ("interrupted", "run again"),
    10: ("the disk failed to read or write", "check the disk and its free space, then run again"),
    11: ("damaged or cut off", "restore it from a backup"),
    13: ("no space left", "free space on the disk, then run again: nothing is half-written"),
    14: ("cannot be opened", "check that the folder exists and that its permissions allow it"),
    15: ("locked by another program", "wait until it has finished, then run again"),
    26: ("not a database", "check the path; restore it from a backup if it was one"),
}

# Said with the code of any wrong statement.
_OTHER_FORMAT = "unsupported file format"
_CORRUPT = 11
_DAMAGE = (10, _CORRUPT, 26)


def advise(cause: BaseException | None) -> tuple[str, str] | None:
    """Return what happened and what to do; None if it was not the machine."""
    advice = _ADVICE.get(_code(cause))
    return advice and (f"{advice[0]} ({cause})", advice[1])


def shows_damage(cause: BaseException | None) -> bool:
    """Return whether what was read is damaged, or not what this program made, such as a table or a page; no second try helps."""
    return _code(cause) in _DAMAGE or advise(cause) is None


def passes(_cause: BaseException | None) -> bool:
    """Return False: SQLite has waited for others by itself, and a file's connection is not lost."""
    return False


def _code(cause: BaseException | None) -> int:
    return _CORRUPT if str(cause) == _OTHER_FORMAT else getattr(cause, "sqlite_errorcode", 0) & 0xFF
