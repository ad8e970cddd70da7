"""What is said of a schema that is not this program's, in one place."""

from ledger.errors import LedgerError
from ledger.store.schema import SCHEMA_VERSION

BY_INIT, BY_APPEND = "make it with tools/db init", "append to it first"


def no_log(shown: str, remedy: str = BY_INIT) -> LedgerError:
    """Return the error of a database without a log; `remedy` says how one is made there."""
    return LedgerError(f"{shown}: holds no log yet; {remedy}")


def require_known(version: int | None, shown: str) -> int:
    """Return the version of a schema that this program can bring forward or use; raise LedgerError if there is none or it is newer."""
    if version is None:
        raise no_log(shown)
    if version > SCHEMA_VERSION:
        raise LedgerError(f"{shown}: written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}); update this program")
    return version


def require_current(version: int | None, shown: str) -> None:
    """Raise LedgerError unless a schema is of this program's version."""
    known = require_known(version, shown)
    if known < SCHEMA_VERSION:
        raise LedgerError(f"{shown}: of an older version (schema {known}, this one needs {SCHEMA_VERSION}); run tools/db upgrade")
