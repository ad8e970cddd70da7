"""What passes between the log and the database under it: how things stand under the lock, and what a transaction adds."""

from collections.abc import Collection, Sequence

from attrs import frozen

from ledger.format.batch import Events
from ledger.store.reading import Delivery, Head


class TakenError(Exception):
    """A position or a key that was free under the lock is taken: the log is not what its head says."""


@frozen(kw_only=True)
class Standing:
    """How the log stands while it is locked.

    `known`: the keys of the events asked about that are in it. `delivery`: the one asked about, None where there is none of that number.
    `next_delivery`: the number of the next one.
    """

    head: Head
    known: Collection[bytes]
    delivery: Delivery | None
    next_delivery: int


@frozen(kw_only=True)
class Addition:
    """All that one transaction writes: new events with their leaves, at the positions before `head`; the delivery as it then is.

    `opens`: the delivery is new. `gaps`: some of the events that were asked about are left out.
    """

    events: Events
    leaves: Sequence[bytes]
    head: Head
    delivery: Delivery
    opens: bool
    gaps: bool

    @property
    def first(self) -> int:
        """Return the position of the first of the events."""
        return self.head.size - len(self.events)
