"""What the machine under a database did, told in one line that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError, PassingError


class Advisor(Protocol):
    """Knows the errors of one database's driver; each backend's `advice` is one."""

    def advise(self, cause: BaseException | None, /) -> tuple[str, str] | None:
        """Return what happened and what to do, as `("no space left (disk full)", "free space …")`; None if it was not the machine."""

    def shows_damage(self, cause: BaseException | None, /) -> bool:
        """Return whether what was read is damaged, or not what this program made, such as a table or a page; no second try helps."""

    def passes(self, cause: BaseException | None, /) -> bool:
        """Return whether the same may go through if it is tried again."""


@contextmanager
def operating(url: str, advisor: Advisor) -> Iterator[None]:
    """Raise what the machine does to the database at `url` as a LedgerError, as a PassingError if it may pass.

    Every other exception, such as a wrong statement of ours, passes as it is.
    """
    try:
        yield
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        advice = advisor.advise(cause)
        if advice is None:
            raise
        what, remedy = advice
        raise (PassingError if advisor.passes(cause) else LedgerError)(f"{url}: {what}; {remedy}") from error
