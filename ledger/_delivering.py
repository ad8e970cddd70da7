"""Deliveries: the lines of one source, appended batch by batch (telemetry) or whole (a registry file)."""

from collections.abc import Iterable, Iterator

from attrs import evolve, frozen
from sqlalchemy import Connection, func, insert, select, update

from ledger._appending import Arrival, Clock, Keyed, append_new, arrival, choose_new, key_lines
from ledger._reading import Delivery, Head, head, last_delivery
from ledger._stating import choose_statements
from ledger.clock import now
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
    state: Delivery | None = None
    for batch in batches:
        events = key_lines(batch.lines)
        with writing(db) as conn:
            outcome, state = _append_batch(conn, source, batch, events, state, clock)
        yield outcome


def _append_batch(
    conn: Connection, source: str, batch: Batch, events: list[Keyed], state: Delivery | None, clock: Clock
) -> tuple[Outcome, Delivery | None]:
    log = head(conn)
    if not batch.read and state is None:
        # Nothing new. A run that was stopped before it could say so has now been found to be complete.
        state = last_delivery(conn, source)
        if state is None or state.complete or state.place != batch.place:
            return _outcome(None, batch, [], log, log, None), None
    arrived = arrival(log, state.delivery_id if state else _next_id(conn), clock)
    state = state or _open(conn, source, "telemetry", arrived)
    new = choose_new(conn, log, events)
    after = append_new(conn, log, new, arrived)
    outcome = _outcome(arrived, batch, new, log, after, arrived.warning)
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
            return _outcome(None, batch, [], log, log, None)
        arrived = arrival(log, _next_id(conn), clock)
        state = _open(conn, source, file.kind, arrived)
        after = append_new(conn, log, new, arrived)
        outcome = _outcome(arrived, batch, new, log, after, arrived.warning)
        _store(conn, _add(state, outcome, arrived))
        return outcome
