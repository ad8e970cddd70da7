"""What passes between an append and the backend under it: what the locked log holds, and what a transaction adds."""

from collections.abc import Collection, Sequence

from attrs import frozen

from ledger.errors import LedgerError
from ledger.format.batch import Events
from ledger.format.event import Recorded
from ledger.store.reading import Delivery, Head


class TakenError(Exception):
    """A position or a key that was free under the lock is taken: the log is not what its head says."""


def require_none_beyond(size: int, beyond: int | None) -> None:
    """Raise LedgerError if there is a position beyond the head, which says `size` events; `beyond`: the first such position."""
    if beyond is not None:
        raise LedgerError(
            f"position {beyond} lies beyond the head of the log, which says {size} events; it was not appended: run tools/audit verify,"
            " then have it removed (RUNBOOK.md, Somebody changed something); until then nothing is appended"
        )


@frozen(kw_only=True)
class LockedLog:
    """What is known of the log while it is locked, so that it stays true until the transaction ends.

    `known`: of the keys asked about, those in the log. `delivery`: the one asked about, None if there is none of that number.
    `next_delivery`: the number that the next new delivery takes.
    """

    head: Head
    known: Collection[bytes]
    delivery: Delivery | None
    next_delivery: int


@frozen(kw_only=True)
class Addition:
    """All that one transaction writes.

    `events`: the new ones, with their `leaves`. `state`: the event after them, at the last position before `head.size`; it states the
    `delivery` as it then is, so that the Merkle tree commits to every row of that table, too. `opens`: whether the delivery is new.
    `gaps`: whether some of the events asked about under the lock are not among `events`.
    """

    events: Events
    leaves: Sequence[bytes]
    state: Recorded
    head: Head
    delivery: Delivery
    opens: bool
    gaps: bool

    @property
    def first(self) -> int:
        """Return the position of the first of the events."""
        return self.state.position - len(self.events)
