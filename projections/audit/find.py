"""Which events an auditor means by a position, a key or a line, and which line of which source an event came from."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError, UsageError
from ledger.format.event import Recorded
from ledger.format.instant import iso
from ledger.store.schema import delivery, event_log

KEY_DIGITS_MIN = 8
_POSITION_DIGITS_MAX = 18
_FOUND_MAX = 10


@attrs.frozen
class SourceLine:
    """Where an event came from: the delivery, its source as it was called then, and the number of the line in it, from 1.

    The number is 0 for an event that comes from no line: one that states a delivery.
    """

    delivery_id: int
    source: str
    line_number: int


@attrs.frozen
class FoundEvent:
    """An event as the log has it, and the line it came from."""

    event: Recorded
    line: SourceLine


class LineDocument(TypedDict):
    """The line that an event came from; its number is 0 if it came from none, but states the delivery."""

    delivery_id: int
    source: str
    line_number: int


class EventDocument(TypedDict):
    """An event of the log: key in hex, times as ISO text in UTC, the payload as text or, if it is not UTF-8, in hex."""

    position: int
    key: str
    kind: str
    event_time: str | None
    recorded_at: str
    line: LineDocument
    payload: str
    payload_encoding: str


def find_events(connection: sa.Connection, name: str) -> list[FoundEvent]:
    """Return the events called `name`: a position, a key's first 8 hex digits or more, or SOURCE:LINE_NUMBER.

    `"17"` is an event by position, `"9f86d081"` by key, `"data/telemetry.jsonl:5"` by line. Raise UsageError for a name that is none of
    these, and LedgerError, saying what is known, if it names no event.
    """
    return with_lines(connection, _events_called(connection, name))


def with_lines(connection: sa.Connection, events: Sequence[Recorded]) -> list[FoundEvent]:
    """Return events with the lines they came from, in their order."""
    sources = _sources_of(connection, {event.delivery_id for event in events})
    return [FoundEvent(event, SourceLine(event.delivery_id, sources[event.delivery_id], event.line_number)) for event in events]


def lines_of(connection: sa.Connection, positions: Iterable[int]) -> dict[int, SourceLine]:
    """Return, by position, the lines that events came from."""
    return {found.event.position: found.line for found in with_lines(connection, log.read_positions(connection, list(positions)))}


def event_document(found: FoundEvent) -> EventDocument:
    """Return what the log says about an event, as JSON holds it."""
    event = found.event
    try:
        payload, encoding = event.payload.decode(), "utf-8"
    except UnicodeDecodeError:
        payload, encoding = event.payload.hex(), "hex"
    return {
        "position": event.position,
        "key": event.event_hash.hex(),
        "kind": event.kind,
        "event_time": iso(event.event_time) if event.event_time else None,
        "recorded_at": iso(event.recorded_at),
        "line": line_document(found.line),
        "payload": payload,
        "payload_encoding": encoding,
    }


def line_document(line: SourceLine) -> LineDocument:
    """Return a line as JSON holds it."""
    return {"delivery_id": line.delivery_id, "source": line.source, "line_number": line.line_number}


def _events_called(connection: sa.Connection, name: str) -> list[Recorded]:
    source, colon, number = name.rpartition(":")
    if colon and number.isascii() and number.isdigit():
        return log.read_positions(connection, _at_line(connection, source, int(number[:_POSITION_DIGITS_MAX])))
    if name.isascii() and name.isdigit():
        # A key, too, may begin with digits alone.
        at_position = log.read_positions(connection, [int(name)]) if len(name) <= _POSITION_DIGITS_MAX else []
        if at_position:
            return at_position
        if len(name) < KEY_DIGITS_MIN:
            size = log.head(connection).size
            raise LedgerError(f"no event at position {name}: the log has {size} events, from position 0")
    if len(name) < KEY_DIGITS_MIN:
        raise UsageError(f"not a position, a key of at least {KEY_DIGITS_MIN} hex digits or SOURCE:LINE_NUMBER: {name!r}")
    positions = log.find_key(connection, name, _FOUND_MAX)
    if not positions:
        raise LedgerError(f"no event's key begins with {name}")
    return log.read_positions(connection, positions)


def _sources_of(connection: sa.Connection, delivery_ids: Iterable[int]) -> dict[int, str]:
    wanted = sorted(delivery_ids)
    rows = connection.execute(sa.select(delivery.c.delivery_id, delivery.c.source).where(delivery.c.delivery_id.in_(wanted)))
    return {**dict.fromkeys(wanted, "(delivery not recorded)"), **{row.delivery_id: row.source for row in rows}}


def _at_line(connection: sa.Connection, source: str, number: int) -> list[int]:
    if number == 0:  # of the events that state a delivery, which come from no line
        raise UsageError(f"lines of {source!r} are counted from 1")
    runs = list(connection.execute(sa.select(delivery).where(delivery.c.source == source).order_by(delivery.c.delivery_id)))
    found = [
        position
        for run in runs
        for position in connection.execute(
            sa.select(event_log.c.position).where(
                event_log.c.position.between(run.first_position, run.last_position),
                event_log.c.delivery_id == run.delivery_id,
                event_log.c.line_number == number,
            )
        ).scalars()
    ]
    if found:
        return found
    if not runs:
        raise LedgerError(f"no delivery has a source called {source!r}; tools/inspect shows the newest deliveries")
    last = max(run.last_line_number for run in runs)
    if number > last:
        raise LedgerError(f"{source} was read up to line {last}; line {number} has not been delivered")
    raise LedgerError(f"line {number} of {source} made no event of its own: it is blank, a header, or a line that was in the log already")
