"""Run one transaction; retry it after a deadlock or a lost connection. SQLite has no such failures."""

import time
from collections.abc import Iterator
from types import TracebackType

from attrs import define, field

from ledger.errors import PassingError

# A minute in all: a standby is promoted, or a server restarted, in less.
PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 10.0, 10.0)


@define
class Attempt:
    """One attempt; as a context it keeps a failure that may pass, instead of raising it. The last attempt raises it.

    `retried_after`: how the attempt before failed, None for the first.
    """

    retried_after: str | None = None
    is_last: bool = False
    failure: PassingError | None = field(default=None, init=False)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if isinstance(error, PassingError) and not self.is_last:
            self.failure = error
        return self.failure is not None


def attempts() -> Iterator[Attempt]:
    """Yield attempts at one transaction until one of them is committed, with a pause before each but the first.

        for attempt in attempts():
            with attempt, writing(db) as conn:
                written = write(conn)
        return written

    Do not return from inside: leaving the `with` commits, and that may fail. Where the connection was lost with the commit under way,
    nobody knows whether it went through: the next attempt has to look.
    """
    retried_after = None
    for pause in PAUSES_S:
        attempt = Attempt(retried_after)
        yield attempt
        if attempt.failure is None:
            return
        retried_after = str(attempt.failure)
        time.sleep(pause)
    yield Attempt(retried_after, is_last=True)
