"""The first schema; a database of it is made whole, and steps begin from there."""

from ledger.errors import LedgerError

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Raise LedgerError: there was nothing before this schema to come from."""
    raise LedgerError("there is no log here to bring forward; tools/db init makes one")
