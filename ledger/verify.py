"""Check that the log is what it was: every key, leaf, time and position is worked out again from the payloads and compared."""

from collections.abc import Callable, Iterator

from attrs import astuple, define, field, fields, frozen
from sqlalchemy import Connection, select

from ledger.format.event import Recorded, event_hash, leaf_hash
from ledger.format.grammar import event_time_of
from ledger.format.registry_row import registry_id
from ledger.proof.frontier import Frontier
from ledger.store import reading
from ledger.store.reading import Head
from ledger.store.schema import NO_INSTANT, delivery

_PAGE = 10_000
_TYPES = tuple(attribute.type for attribute in fields(Recorded))
FINDINGS_MAX = 1_000


@frozen
class Finding:
    """One thing that is wrong: at which position (None: the log as a whole), and what."""

    position: int | None
    what: str


@frozen
class Verification:
    """What checking a log found: the head that was checked, and what is wrong, by position, at most FINDINGS_MAX of it."""

    head: Head
    findings: list[Finding]


@define
class _Expected:
    """What the next event has to fit, as far as those before it say."""

    deliveries: frozenset[int]
    position: int = 0
    recorded_at: int = 0
    event_time_max: int = NO_INSTANT
    in_force: dict[tuple[str, str], bytes] = field(factory=dict)
    leaves: list[bytes] = field(factory=list)
    frontier: Frontier = field(factory=Frontier)


def verify(conn: Connection, progress: Callable[[int], None] | None = None) -> list[Finding]:
    """Check the whole log, a page in memory at a time; return what is wrong, by position, at most FINDINGS_MAX of it.

    `progress` is called with the number of events checked so far. Raise VerificationError if the head itself cannot be read.
    """
    head = reading.head(conn)
    expected = _Expected(frozenset(conn.execute(select(delivery.c.delivery_id)).scalars()))
    findings: list[Finding] = []
    after = -1
    while (page := reading.read(conn, after, _PAGE)) and len(findings) < FINDINGS_MAX:
        for event in page:
            findings += [Finding(event.position, what) for what in _check_event(event, expected, head.size)]
        expected.frontier = expected.frontier.extended(expected.leaves)
        expected.leaves.clear()
        after = page[-1].position
        if progress:
            progress(after + 1)
    if not page:
        findings += [Finding(None, what) for what in _check_head(head, expected)]
    return findings[:FINDINGS_MAX]


def _leaf(event: Recorded) -> bytes:
    return leaf_hash(
        event.position, event.event_time, event.event_hash, event.kind, event.recorded_at, event.delivery_id, event.line_number
    )


def _check_event(event: Recorded, expected: _Expected, size: int) -> Iterator[str]:
    if event.position != expected.position:
        missing = event.position - expected.position
        yield f"{missing} positions before it are missing, from {expected.position}"
    expected.position = event.position + 1
    if event.position >= size:
        yield f"beyond the head, which says {size} events"
    if tuple(map(type, astuple(event))) != _TYPES:
        yield "a column holds a value of another type"
        return
    yield from _check_columns(event, expected)
    expected.leaves.append(_leaf(event))
    expected.recorded_at = max(expected.recorded_at, event.recorded_at)
    expected.event_time_max = max(event.event_time, expected.event_time_max)


def _check_columns(event: Recorded, expected: _Expected) -> Iterator[str]:
    if event.event_hash != _key(event, expected):
        yield "the payload is not the one that was hashed"
    if event.event_time != (event_time_of(event.payload) if event.kind == "telemetry" else 0):
        yield "event_time is not what the payload says"
    if event.leaf_hash != _leaf(event):
        yield "a column is not what its leaf was made of"
    if event.recorded_at < expected.recorded_at:
        yield "recorded_at is before that of an earlier position"
    if event.delivery_id not in expected.deliveries:
        yield f"delivery {event.delivery_id} is not recorded"


def _key(event: Recorded, expected: _Expected) -> bytes:
    """Hash an event anew; a registry row over the key of the statement it replaces."""
    name = registry_id(event.kind, event.payload) if event.kind in {"plant", "inverter"} else None
    if name is None:
        return event_hash(event.kind, event.payload)
    replaces = expected.in_force.get((event.kind, name), b"")
    expected.in_force[event.kind, name] = event.event_hash
    return event_hash(event.kind, event.payload, replaces)


def _check_head(head: Head, expected: _Expected) -> Iterator[str]:
    if expected.position != head.size:
        yield f"the log has {expected.position} positions, its head says {head.size}"
    if head.frontier != expected.frontier:
        yield "the frontier in the head is not that of the events"
    if head.root != expected.frontier.root():
        yield "the root in the head is not that of the events"
    if (head.recorded_at, head.event_time_max) != (expected.recorded_at, expected.event_time_max):
        yield "the times in the head are not the largest of the events"
