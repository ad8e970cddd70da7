"""The log as projections read it: batches, statements and single events, each read in a snapshot of its own."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

from ledger import log
from ledger.database import Database, reading
from ledger.errors import LedgerError
from ledger.event import Recorded
from ledger.log import Head
from ledger.merkle import Frontier
from projections._contract.registry import Registry

_LEAVES_AT_ONCE = 100_000


class Log:
    """Read access to one database's log, up to the head found at the start."""

    def __init__(self, database: Database, upto: int | None = None) -> None:
        self._database = database
        with reading(database) as connection:
            self.head: Head = log.head(connection)
        self.end = self.head.size if upto is None else min(upto, self.head.size)
        self.recorded_at: Callable[[int], int] = lru_cache(maxsize=65_536)(self._recorded_at)

    def batch(self, start: Frontier, limit: int, kinds: Collection[str]) -> tuple[list[Recorded], Frontier]:
        """Give the next events, of the wanted kinds and all statements, and the frontier after them; without telemetry all at once."""
        if "telemetry" not in kinds:
            with reading(self._database) as connection:
                statements = [event for event in log.statements(connection, self.end) if event.position >= start.size]
            return statements, self.frontier(start, self.end)
        with reading(self._database) as connection:
            events = log.read(connection, start.size - 1, min(limit, self.end - start.size))
        return events, start.extended([event.leaf_hash for event in events])

    def read_positions(self, positions: Sequence[int]) -> list[Recorded]:
        """Give the events at the positions, in order."""
        if not positions:
            return []
        with reading(self._database) as connection:
            return log.read_positions(connection, positions)

    def registry(self, position: int) -> Registry:
        """Give the registry as the first `position` events state it."""
        with reading(self._database) as connection:
            return Registry.empty().extended(log.statements(connection, position))

    def frontier(self, start: Frontier, position: int) -> Frontier:
        """Extend a tree's frontier over the log's leaves up to a position."""
        for leaves in self._leaves(start.size, position):
            start = start.extended(leaves)
        return start

    def check_grown_from(self, start: Frontier) -> None:
        """Refuse a log that is not the one read before: LedgerError unless the tree of `start` grew into the log's own."""
        if start.size > self.head.size or self.frontier(start, self.head.size).root() != self.head.root:
            raise LedgerError(
                f"the log is not the one that the projections were made from: its first {start.size} events are others (log of "
                f"{self.head.size}). Run tools/audit verify; if this log is the right one, tools/project --rebuild"
            )

    def check_root(self, frontier: Frontier) -> None:
        """Refuse leaves that do not give the log's root, once they are all read."""
        if frontier.size == self.head.size and frontier.root() != self.head.root:
            raise LedgerError("the log's leaves do not give its root: something in it was altered. Run tools/audit verify to see what")

    def _leaves(self, after: int, position: int) -> Iterator[list[bytes]]:
        for start in range(after, position, _LEAVES_AT_ONCE):
            with reading(self._database) as connection:
                yield list(log.leaves(connection, start - 1, min(start + _LEAVES_AT_ONCE, position)))

    def _recorded_at(self, position: int) -> int:
        return self.read_positions([position])[0].recorded_at
