"""Deliveries: the lines of one source, appended batch by batch (telemetry) or whole (a registry file)."""

from collections.abc import Iterable, Iterator
from functools import partial

from attrs import define, evolve, frozen
from sqlalchemy import Connection

from ledger.append.arrival import Arrival, Clock, add, arrival, extend
from ledger.append.attempts import in_transaction
from ledger.append.statements import choose_statements
from ledger.backends import backend
from ledger.clock import now
from ledger.database import Database
from ledger.errors import LedgerError, PassingError
from ledger.format.batch import Events, telemetry_events
from ledger.source.read import Batch, Place
from ledger.source.registry_file import RegistryFile
from ledger.store.exchange import Addition, Standing
from ledger.store.reading import Delivery, Head, last_delivery


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
    begun: Delivery | str = source
    for batch, events in batches:
        tries = _Tries()
        work = partial(_append_batch, batch=batch, events=events, begun=begun, clock=clock, tries=tries)
        outcome, state = in_transaction(db, work, tries.fail)
        begun = state or begun
        yield outcome


def append_registry(db: Database, source: str, file: RegistryFile, *, clock: Clock = now) -> Outcome:
    """Append what a registry file states anew, in one transaction; without any, nothing is recorded."""
    tries = _Tries()
    work = partial(_append_registry, source=source, file=file, clock=clock, tries=tries)
    return in_transaction(db, work, tries.fail)[0]


@define
class _Tries:
    """What is remembered of the tries at one transaction: what the last was about to commit, and why it failed."""

    made: tuple[Outcome, Delivery] | None = None
    trouble: str | None = None

    def fail(self, error: PassingError) -> None:
        self.trouble = f"tried again after: {error}"

    @property
    def delivery_id(self) -> int | None:
        return self.made[1].delivery_id if self.made else None

    def committed(self, standing: Standing) -> tuple[Outcome, Delivery] | None:
        """Return what the last try made where it was committed after all: its delivery then stands as it was to be left."""
        return self.made if self.made and self.made[1] == standing.delivery else None


def _append_batch(
    conn: Connection, *, batch: Batch, events: Events, begun: Delivery | str, clock: Clock, tries: _Tries
) -> tuple[Outcome, Delivery | None]:
    """Append to the delivery begun before, or else to a new one of the source of that name."""
    standing = backend(conn).lock(conn, events, tries.delivery_id if isinstance(begun, str) else begun.delivery_id)
    if made := tries.committed(standing):
        return made
    if isinstance(begun, str) and not batch.read:
        # Nothing new. A run that was stopped before it could say so has now been found to be complete.
        last = last_delivery(conn, begun)
        if last is None or last.complete or last.place != batch.place:
            return _outcome(None, batch, 0, standing.head, standing.head), None
        begun = last
    elif not isinstance(begun, str) and standing.delivery != begun:
        raise LedgerError(f"delivery {begun.delivery_id} is not what this run left: the server lost what it had committed; run again")
    new = events.without(standing.known)
    kept = len(events) + events.repeats
    return _record(conn, standing, new, gaps=len(new) < len(events), kept=kept, batch=batch, begun=begun, clock=clock, tries=tries)


def _append_registry(conn: Connection, *, source: str, file: RegistryFile, clock: Clock, tries: _Tries) -> tuple[Outcome, Delivery | None]:
    batch = Batch(lines=file.rows, place=file.place, read=file.read, blank=file.blank, oversize=file.oversize, last=True)
    standing = backend(conn).lock(conn, None, tries.delivery_id)
    if made := tries.committed(standing):
        return made
    stated, new = choose_statements(conn, standing.head, file.kind, file.rows)
    if not new:
        return _outcome(None, batch, len(file.rows), standing.head, standing.head), None
    gaps = len(new) < stated
    kept = len(file.rows)
    return _record(conn, standing, new, gaps=gaps, kept=kept, batch=batch, begun=source, clock=clock, tries=tries)


def _record(
    conn: Connection,
    standing: Standing,
    new: Events,
    *,
    gaps: bool,
    kept: int,
    batch: Batch,
    begun: Delivery | str,
    clock: Clock,
    tries: _Tries,
) -> tuple[Outcome, Delivery]:
    """Write new events, the head and the delivery."""
    opens = isinstance(begun, str)
    arrived = arrival(standing.head, standing.next_delivery if isinstance(begun, str) else begun.delivery_id, clock)
    state = _open(begun, new.kind, arrived) if isinstance(begun, str) else begun
    after, leaves = extend(standing.head, new, arrived)
    outcome = _outcome(arrived, batch, kept, standing.head, after)
    outcome = evolve(outcome, warning=outcome.warning or tries.trouble)
    state = _add(state, outcome, arrived)
    tries.made = outcome, state
    add(conn, Addition(events=new, leaves=leaves, head=after, delivery=state, opens=opens, gaps=gaps))
    return outcome, state


def _open(source: str, kind: str, arrived: Arrival) -> Delivery:
    start, at = Place(), arrived.recorded_at
    return Delivery(arrived.delivery_id, source, kind, 0, start.digest, 0, 0, 0, 0, 0, 0, None, None, at, at, complete=False)


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
