"""Deliveries: the lines of one source, appended batch by batch (telemetry) or whole (a registry file)."""

from collections.abc import Iterable, Iterator

from attrs import asdict, evolve, frozen
from sqlalchemy import Connection, func, insert, select, update

from ledger._appending import Arrival, Clock, append_new, arrival, choose_new
from ledger._reading import Delivery, Head, head, last_delivery
from ledger._stating import choose_statements
from ledger.clock import now
from ledger.columns import Events, telemetry_events
from ledger.database import Database, writing
from ledger.registry_file import RegistryFile
from ledger.schema import delivery
from ledger.source import Batch, Place


@frozen(kw_only=True)
class Outcome:
    """What one transaction did with its lines; `size` is that of the log after it, times are in µs since 1970 UTC.

    `delivery_id` is None where nothing was recorded. `waiting`: an unfinished last line was left. `warning`: something an operator should
    know of.
    """

    delivery_id: int | None
    lines: int
    appended: int
    duplicates: int
    blank: int
    oversize: int
    first_position: int | None
    last_position: int | None
    size: int
    place: Place
    waiting: bool = False
    complete: bool = False
    warning: str | None = None


def append_telemetry(db: Database, source: str, batches: Iterable[Batch], *, clock: Clock = now) -> Iterator[Outcome]:
    """Append the batches of a source, each in one transaction that also moves the delivery; give an outcome for each.

    A run that dies leaves whole batches, and where they ended in the delivery. A source without anything new records nothing.
    """
    return append_keyed(db, source, ((batch, telemetry_events(batch.lines)) for batch in batches), clock=clock)


def append_keyed(db: Database, source: str, batches: Iterable[tuple[Batch, Events]], *, clock: Clock = now) -> Iterator[Outcome]:
    """Append batches as `append_telemetry` does, with what was already made of their lines; those are not looked at again."""
    state: Delivery | None = None
    for batch, events in batches:
        with writing(db) as conn:
            outcome, state = _append_batch(conn, batch, events, state or source, clock)
        yield outcome


def _append_batch(conn: Connection, batch: Batch, events: Events, begun: Delivery | str, clock: Clock) -> tuple[Outcome, Delivery | None]:
    """Append to the delivery begun before, or else to a new one of the source of that name."""
    log = head(conn)
    if isinstance(begun, str) and not batch.read:
        # Nothing new. A run that was stopped before it could say so has now been found to be complete.
        last = last_delivery(conn, begun)
        if last is None or last.complete or last.place != batch.place:
            return _outcome(None, batch, 0, log, log), None
        begun = last
    arrived = arrival(log, _next_id(conn) if isinstance(begun, str) else begun.delivery_id, clock)
    state = _open(conn, begun, "telemetry", arrived) if isinstance(begun, str) else begun
    new = choose_new(conn, log, events)
    after = append_new(conn, log, new, arrived)
    outcome = _outcome(arrived, batch, len(events) + events.repeats, log, after)
    state = _add(state, outcome, arrived)
    _store(conn, state)
    return outcome, state


def append_registry(db: Database, source: str, file: RegistryFile, *, clock: Clock = now) -> Outcome:
    """Append what a registry file states anew, in one transaction; without any, nothing is recorded."""
    batch = Batch(lines=file.rows, place=file.place, read=file.read, blank=file.blank, oversize=file.oversize, last=True)
    with writing(db) as conn:
        log = head(conn)
        new = choose_statements(conn, log, file.kind, file.rows)
        if not new:
            return _outcome(None, batch, len(file.rows), log, log)
        arrived = arrival(log, _next_id(conn), clock)
        state = _open(conn, source, file.kind, arrived)
        after = append_new(conn, log, new, arrived)
        outcome = _outcome(arrived, batch, len(file.rows), log, after)
        _store(conn, _add(state, outcome, arrived))
        return outcome


def _next_id(conn: Connection) -> int:
    newest: int | None = conn.execute(select(func.max(delivery.c.delivery_id))).scalar_one()
    return (newest or 0) + 1


def _open(conn: Connection, source: str, kind: str, arrived: Arrival) -> Delivery:
    """Record a delivery's beginning, before the events that refer to it."""
    start, at = Place(), arrived.recorded_at
    opened = Delivery(arrived.delivery_id, source, kind, 0, start.digest, 0, 0, 0, 0, 0, 0, None, None, at, at, complete=False)
    conn.execute(insert(delivery).values(**asdict(opened)))
    return opened


def _outcome(arrived: Arrival | None, batch: Batch, kept: int, log: Head, after: Head) -> Outcome:
    appended = after.size - log.size
    return Outcome(
        delivery_id=arrived.delivery_id if arrived else None,
        lines=batch.read,
        appended=appended,
        duplicates=kept - appended,
        blank=batch.blank,
        oversize=batch.oversize,
        first_position=log.size if appended else None,
        last_position=after.size - 1 if appended else None,
        size=after.size,
        place=batch.place,
        waiting=batch.waiting,
        complete=batch.last,
        warning=arrived.warning if arrived else None,
    )


def _add(state: Delivery, outcome: Outcome, arrived: Arrival) -> Delivery:
    return evolve(
        state,
        bytes_read=outcome.place.bytes_read,
        digest=outcome.place.digest,
        last_line_number=outcome.place.line_number,
        lines=state.lines + outcome.lines,
        appended=state.appended + outcome.appended,
        duplicates=state.duplicates + outcome.duplicates,
        blank=state.blank + outcome.blank,
        oversize=state.oversize + outcome.oversize,
        first_position=outcome.first_position if state.first_position is None else state.first_position,
        last_position=state.last_position if outcome.last_position is None else outcome.last_position,
        ended_at=arrived.recorded_at,
        complete=outcome.complete,
    )


def _store(conn: Connection, state: Delivery) -> None:
    # Setting the number, even to itself, would make SQLite look for it in the whole log.
    values = asdict(state, filter=lambda field, _: field.name not in {"delivery_id", "source", "kind"})
    conn.execute(update(delivery).where(delivery.c.delivery_id == state.delivery_id).values(values))
