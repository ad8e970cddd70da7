"""The log as projections read it: stretches of rows, statements and single events, each read in a snapshot of its own."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from ledger import log
from ledger.database import Database, reading
from ledger.errors import LedgerError
from ledger.format.event import Logged, LogRow, Recorded
from ledger.log import Head
from ledger.proof.frontier import Frontier
from projections.engine.arrivals import Arrivals
from projections.registry.registry import Registry

_LEAVES_AT_ONCE = 100_000


class LogReader:
    """Read access to one database's log, up to the head found at the start."""

    def __init__(self, database: Database, upto: int | None = None) -> None:
        self._database = database
        with reading(database) as connection:
            self.head: Head = log.head(connection)
        self.end = self.head.size if upto is None else min(upto, self.head.size)
        self._frontiers: dict[Frontier, Frontier] = {}
        self._registry = (0, Registry.empty())
        self.recorded_at: Callable[[int], int] = lru_cache(maxsize=65_536)(self._recorded_at)
        self.arrived_after = Arrivals(self.recorded_at).after

    def rows(self, start: int, count: int) -> list[LogRow]:
        """Return the events at `count` positions from `start`; LedgerError if one is missing."""
        with reading(self._database) as connection:
            found = log.read_rows(connection, start - 1, count)
        if [row[0] for row in found] != list(range(start, start + count)):
            raise LedgerError(
                f"the log has no event at some position from {start} to {start + count - 1}: run tools/audit verify to see what"
            )
        return found

    def statements(self, start: int, position: int) -> list[Logged]:
        """Return the registry rows at positions from `start` to below `position`."""
        with reading(self._database) as connection:
            return list(map(_logged, log.statements(connection, position, start)))

    def read_positions(self, positions: Sequence[int]) -> list[Logged]:
        """Return the events at the positions, in order."""
        if not positions:
            return []
        with reading(self._database) as connection:
            return list(map(_logged, log.read_positions(connection, positions)))

    def registry(self, position: int) -> Registry:
        """Return the registry as the first `position` events state it; asked for in rising order, each statement is read once."""
        known, registry = self._registry if self._registry[0] <= position else (0, Registry.empty())
        new = self.statements(known, position)
        registry = registry.extended(new) if new else registry
        self._registry = (position, registry)
        return registry

    def frontier(self, start: Frontier, position: int) -> Frontier:
        """Extend a tree's frontier over the log's leaves up to a position; projections that begin together hash the leaves once."""
        known = self._frontiers.get(start, start)
        reached = known if known.size <= position else start
        for leaves in self._leaves(reached.size, position):
            reached = reached.extended(leaves)
        return self.note_frontier(start, reached)

    def note_frontier(self, start: Frontier, reached: Frontier) -> Frontier:
        """Remember the frontier that was reached from another over this log's leaves."""
        origin = next((origin for origin, known in self._frontiers.items() if known == start), start)
        self._frontiers[origin] = reached
        return reached

    def check_grown_from(self, start: Frontier) -> None:
        """Raise LedgerError if the log is not the one read before: the tree of `start` must have grown into the log's own."""
        if start.size > self.head.size or self.frontier(start, self.head.size).root() != self.head.root:
            raise LedgerError(
                f"the log is not the one that the projections were made from: its first {start.size} events are others (log of "
                f"{self.head.size}). Run tools/audit verify; if this log is the right one, tools/project --rebuild"
            )

    def check_root(self, frontier: Frontier) -> None:
        """Raise LedgerError if the leaves, now that all are read, do not lead to the log's root."""
        if frontier.size == self.head.size and frontier.root() != self.head.root:
            raise LedgerError("the log's leaves do not give its root: something in it was altered. Run tools/audit verify to see what")

    def _leaves(self, after: int, position: int) -> Iterator[list[bytes]]:
        for start in range(after, position, _LEAVES_AT_ONCE):
            with reading(self._database) as connection:
                yield list(log.leaves(connection, start - 1, min(start + _LEAVES_AT_ONCE, position)))

    def _recorded_at(self, position: int) -> int:
        return self.read_positions([position])[0].recorded_at


def _logged(event: Recorded) -> Logged:
    return Logged(event.position, event.event_time, event.payload, event.recorded_at, event.kind, event.leaf_hash)
