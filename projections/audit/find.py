"""Which events an auditor means by a position, a key or a line, and where events came from."""

from collections.abc import Iterable

import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError, UsageError
from ledger.format.event import Recorded
from ledger.format.instant import iso
from ledger.store.schema import delivery, event_log

KEY_DIGITS_MIN = 8
_POSITION_DIGITS_MAX = 18
_FOUND_MAX = 10


def find_events(connection: sa.Connection, name: str) -> list[Recorded]:
    """Return the events called `name`: a position, a key's first 8 hex digits or more, or SOURCE:LINE_NUMBER.

    Raise UsageError for a name that is none of these, and LedgerError, saying what is known, where it names no event.
    """
    source, colon, number = name.rpartition(":")
    if colon and number.isascii() and number.isdigit():
        return log.read_positions(connection, _at_line(connection, source, int(number[:_POSITION_DIGITS_MAX])))
    if name.isascii() and name.isdigit():
        # A key, too, may begin with digits alone.
        at_position = log.read_positions(connection, [int(name)]) if len(name) <= _POSITION_DIGITS_MAX else []
        if at_position or len(name) < KEY_DIGITS_MIN:
            return at_position or _no_position(connection, name)
    if len(name) < KEY_DIGITS_MIN:
        raise UsageError(f"not a position, a key of at least {KEY_DIGITS_MIN} hex digits or SOURCE:LINE_NUMBER: {name!r}")
    positions = log.find_key(connection, name, _FOUND_MAX)
    if not positions:
        raise LedgerError(f"no event's key begins with {name}")
    return log.read_positions(connection, positions)


def describe(event: Recorded, source: str) -> dict[str, object]:
    """Return what the log says about an event, keys in hex and times in ISO; a payload that is not UTF-8 in hex."""
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
        "line": line_of(event, source),
        "payload": payload,
        "payload_encoding": encoding,
    }


def lines_of(connection: sa.Connection, positions: Iterable[int]) -> dict[int, dict[str, object]]:
    """Give, by position, the delivery, source and line number events came from."""
    events = log.read_positions(connection, list(positions))
    sources = sources_of(connection, events)
    return {event.position: line_of(event, sources[event.delivery_id]) for event in events}


def line_of(event: Recorded, source: str) -> dict[str, object]:
    """Return the delivery, source and line number of one event."""
    return {"delivery_id": event.delivery_id, "source": source, "line_number": event.line_number}


def sources_of(connection: sa.Connection, events: Iterable[Recorded]) -> dict[int, str]:
    """Return the names of the sources of events by delivery_id."""
    wanted = sorted({event.delivery_id for event in events})
    rows = connection.execute(sa.select(delivery.c.delivery_id, delivery.c.source).where(delivery.c.delivery_id.in_(wanted)))
    return {**dict.fromkeys(wanted, "(delivery not recorded)"), **{row.delivery_id: row.source for row in rows}}


def _at_line(connection: sa.Connection, source: str, number: int) -> list[int]:
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


def _no_position(connection: sa.Connection, name: str) -> list[Recorded]:
    raise LedgerError(f"no event at position {name}: the log has {log.head(connection).size} events, from position 0")
