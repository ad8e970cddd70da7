"""What is stored on a server, whatever it is: the server lets no other text in, and checks its pages as it reads them. PostgreSQL."""

from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection


def any_text(_conn: Connection) -> AbstractContextManager[None]:
    """See `Backend.any_text`: a server refuses text that is not in the encoding of the database."""
    return nullcontext()


def check_storage(_conn: Connection, _table: str) -> list[str]:
    """Return nothing: what a server cannot read, it says when it is read."""
    return []
