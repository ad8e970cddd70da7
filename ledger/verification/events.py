"""Whether each event is what it was: key, leaf, time and position are worked out again from the payloads and compared."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from attrs import define, field
from sqlalchemy import Connection

from ledger.format.delivery_state import KIND as STATE_KIND
from ledger.format.event import Recorded, event_hash, leaf_hash
from ledger.format.grammar import event_time_of
from ledger.format.registry_row import COLUMNS as REGISTRY_COLUMNS
from ledger.format.registry_row import registry_id
from ledger.proof.frontier import Frontier
from ledger.store.schema import NO_INSTANT, event_log
from ledger.verification.finding import Finding
from ledger.verification.pages import Pages, Row, Stretch
from ledger.verification.stored import UnreadableError, as_bytes, columns_there, shown, types_of, wrong_type

_COLUMNS = tuple(event_log.columns)
_TYPES = tuple(map(types_of, _COLUMNS))
_KEY = frozenset({"kind", "payload", "event_hash"})
_TIME = frozenset({"kind", "payload", "event_time"})
_ORIGIN = frozenset({"position", "kind", "event_hash", "delivery_id"})
_LEAF = frozenset(column.name for column in _COLUMNS) - {"payload"}


@define
class Brought:
    """What the log has of one delivery: how many lines, from which position to which, and the latest event that states it, if any."""

    lines: int = 0
    first: int | None = None
    last: int | None = None
    stated_at: int | None = None
    stated_key: bytes = b""

    def add(self, event: Recorded) -> None:
        """Count one more event."""
        if event.kind == STATE_KIND:
            self.stated_at, self.stated_key = event.position, event.event_hash
        else:
            self.lines, self.last = self.lines + 1, event.position
            self.first = event.position if self.first is None else self.first


@define
class Seen:
    """What the events seen so far amount to, which is what the next one has to fit.

    `deliveries`: the numbers of those that there are; `brought`: what the log has of each. `size`: what the head says the log has, if it
    says so. `noted_size`: the number of events whose root is wanted as `noted_root`; None until that many were seen. `whole`: whether all
    events have been seen.
    """

    deliveries: set[int] = field(factory=set)
    brought: dict[int, Brought] = field(factory=lambda: defaultdict(Brought))
    size: int | None = None
    noted_size: int | None = None
    noted_root: bytes | None = None
    positions: int = 0
    recorded_at: int = 0
    event_time_max: int = NO_INSTANT
    in_force: dict[tuple[str, str], bytes] = field(factory=dict)
    leaves: list[bytes] = field(factory=list)
    frontier: Frontier = field(factory=Frontier)
    whole: bool = False

    def add_leaves(self) -> None:
        """Take the leaves seen since last time into the tree."""
        before_noted = -1 if self.noted_size is None else self.noted_size - self.frontier.size
        if 0 <= before_noted <= len(self.leaves):
            self.noted_root = self.frontier.extended(self.leaves[:before_noted]).root()
        self.frontier = self.frontier.extended(self.leaves)
        self.leaves.clear()


def check_events(conn: Connection, seen: Seen, progress: Callable[[int], None]) -> Iterator[Finding]:
    """Yield what is wrong with the events, by position, a page in memory at a time; `seen` then holds what they amount to.

    `progress` is called with the number of positions checked so far. A row of which some columns cannot be used is checked in the others.
    """
    try:
        there = columns_there(conn, event_log)
    except UnreadableError as error:
        yield Finding(None, f"event_log cannot be read: {error}")
        return
    lacking = frozenset(column.name for column in _COLUMNS) - there
    yield from (Finding(None, f"event_log has no column {name}: what depends on it was not checked") for name in sorted(lacking))
    if "position" in lacking:
        return
    pages = Pages(conn, there)
    yield from (Finding(position, "before position 0, where the log begins") for position in pages.below_zero())
    for page in pages:
        if isinstance(page, Stretch):
            yield Finding(page.first, page.what)
            seen.positions = seen.positions if page.last is None else page.last + 1
        else:
            yield from _check_page(page, lacking, seen)
        progress(seen.positions)
    seen.add_leaves()
    seen.whole = True


def _check_page(page: Sequence[Row], lacking: frozenset[str], seen: Seen) -> Iterator[Finding]:
    # Set by set: to look at the type of each value by itself would cost a tenth of the rate.
    clean = not lacking and all(
        wanted.issuperset(map(type, values)) for wanted, values in zip(_TYPES, zip(*page, strict=True), strict=True)
    )
    for row in page:
        if clean:
            position, unusable, event = row[0], lacking, Recorded(*row)
        else:
            position = row[0] if type(row[0]) is int else None
            yield from (Finding(position, what) for what in _wrong_types(row, lacking))
            event, unusable = _usable(row, lacking)
        for what in _check_event(event, unusable, seen):
            yield Finding(position, what)
    seen.add_leaves()


def _wrong_types(row: Row, lacking: frozenset[str]) -> Iterator[str]:
    for value, wanted, column in zip(row, _TYPES, _COLUMNS, strict=True):
        if type(value) not in wanted and column.name not in lacking:
            yield wrong_type(column, value)


def _usable(row: Row, lacking: frozenset[str]) -> tuple[Recorded, frozenset[str]]:
    """Return a row, text in place of bytes as bytes, and the names of those columns that are of no use."""
    values = [as_bytes(value) if bytes in wanted else value for value, wanted in zip(row, _TYPES, strict=True)]
    strange = {column.name for value, wanted, column in zip(values, _TYPES, _COLUMNS, strict=True) if type(value) not in wanted}
    return Recorded(*values), lacking | strange


def _check_event(event: Recorded, unusable: frozenset[str], seen: Seen) -> Iterator[str]:
    if "position" not in unusable:
        yield from _check_position(event.position, seen)
    if "kind" not in unusable and not event.kind.isascii():
        yield f"kind is {shown(event.kind)}, which is not ASCII"
        unusable |= {"kind"}
    if unusable.isdisjoint(_KEY) and event.event_hash != _key(event, seen):
        yield "the payload is not the one that was hashed"
    if unusable.isdisjoint(_TIME) and event.event_time != (event_time_of(event.payload) if event.kind == "telemetry" else 0):
        yield "event_time is not what the payload says"
    if unusable.isdisjoint(_LEAF):
        leaf = _leaf(event)
        if event.leaf_hash != leaf:
            yield "a column is not what its leaf was made of"
        seen.leaves.append(leaf)
    yield from _check_arrival(event, unusable, seen)
    if unusable.isdisjoint(_ORIGIN):
        seen.brought[event.delivery_id].add(event)
    if "event_time" not in unusable:
        seen.event_time_max = max(event.event_time, seen.event_time_max)


def _check_position(position: int, seen: Seen) -> Iterator[str]:
    if position < seen.positions:
        yield "the position is there a second time, or out of order"
    elif position > seen.positions:
        yield f"{position - seen.positions} positions before it are missing, from {seen.positions}"
    seen.positions = position + 1
    if seen.size is not None and position >= seen.size:
        yield f"beyond the head, which says {seen.size} events"


def _check_arrival(event: Recorded, unusable: frozenset[str], seen: Seen) -> Iterator[str]:
    if "recorded_at" not in unusable:
        if event.recorded_at < seen.recorded_at:
            yield "recorded_at is before that of an earlier position"
        seen.recorded_at = max(seen.recorded_at, event.recorded_at)
    if "delivery_id" not in unusable and event.delivery_id not in seen.deliveries:
        yield f"delivery {event.delivery_id} is not recorded"


def _leaf(event: Recorded) -> bytes:
    return leaf_hash(
        event.position, event.event_time, event.event_hash, event.kind, event.recorded_at, event.delivery_id, event.line_number
    )


def _key(event: Recorded, seen: Seen) -> bytes:
    """Hash an event anew; a registry row over the key of the statement it replaces."""
    name = registry_id(event.kind, event.payload) if event.kind in REGISTRY_COLUMNS else None
    if name is None:
        return event_hash(event.kind, event.payload)
    replaces = seen.in_force.get((event.kind, name), b"")
    seen.in_force[event.kind, name] = event.event_hash
    return event_hash(event.kind, event.payload, replaces)
