"""The one way into the log: the lines of one source, appended under the log's lock, a transaction at a time."""

from collections.abc import Callable
from functools import partial

from attrs import Attribute, define, evolve, field, frozen
from sqlalchemy import Connection

from ledger.append.arrival import Clock, add_state, arrival, extend
from ledger.append.attempts import attempts
from ledger.append.result import AppendResult, advance_delivery, begin_delivery, result_of
from ledger.append.statements import new_statements
from ledger.clock import now
from ledger.errors import LedgerError, UsageError
from ledger.format.batch import Events
from ledger.source.read import Batch
from ledger.source.registry_file import RegistryFile
from ledger.store.exchange import Addition, LockedLog, TakenError
from ledger.store.opened import Database, writing
from ledger.store.reading import Delivery, last_delivery, statements


@frozen(kw_only=True)
class _Choice:
    """What of a batch is to be recorded.

    `new`: the events that are not in the log. `gaps`: whether that leaves out some of those looked up. `kept`: how many lines are events,
    new or not. `delivery`: the one that goes on, None to open another. `worth`: False if there is nothing to record.
    """

    new: Events
    gaps: bool
    kept: int
    delivery: Delivery | None
    worth: bool


@frozen
class _Written:
    """What one transaction leaves: its result, and the delivery as it then is, None if it recorded nothing."""

    result: AppendResult
    delivery: Delivery | None


Choose = Callable[[Connection, LockedLog], _Choice]


SOURCE_BYTES_MAX = 1024
"""The longest name of a source, in bytes of UTF-8. An entry of a PostgreSQL index holds 2,704 bytes."""


@define
class SourceWriter:
    """Appends the lines of one source as one delivery; new events take the next positions of the log.

    Two things are remembered: the delivery as this run left it, None until something is recorded; and, while a transaction is tried again,
    what the attempt before would have left if its commit, which was not answered, went through. If the log holds just that, it did, and
    nothing is appended twice.
    """

    db: Database
    source: str = field()
    clock: Clock = now
    _delivery: Delivery | None = field(default=None, init=False)
    _unanswered: _Written | None = field(default=None, init=False)

    @source.validator
    def _check_source(self, _field: "Attribute[str]", name: str) -> None:
        length = len(name.encode("utf-8", "surrogateescape"))
        if length > SOURCE_BYTES_MAX:
            raise UsageError(
                f"the source's name has {length} bytes, more than {SOURCE_BYTES_MAX}: give a shorter one with --source ({name[:60]}…)"
            )

    def append_batch(self, batch: Batch, events: Events) -> AppendResult:
        """Append a batch of telemetry, given the events of its lines, in one transaction that also moves the delivery.

        Raise LedgerError if the machine fails, the clock cannot be right, or the log or the delivery was changed under this run.
        """
        return self._append(batch, events, partial(self._choose_telemetry, batch, events))

    def append_registry(self, file: RegistryFile) -> AppendResult:
        """Append what a registry file states anew, in one transaction; without any, nothing is recorded. Raise as `append_batch` does."""
        batch = Batch(lines=file.rows, place=file.place, read=file.read, blank=file.blank, oversize=file.oversize, last=True)
        return self._append(batch, None, partial(self._choose_statements, file))

    def _append(self, batch: Batch, events: Events | None, choose: Choose) -> AppendResult:
        self._unanswered = None
        for attempt in attempts():
            with attempt, writing(self.db) as conn:
                locked = self._lock(conn, events)
                if self._unanswered and self._unanswered.delivery == locked.delivery:
                    written = self._unanswered
                else:
                    written = self._write(conn, locked, batch, choose(conn, locked), attempt.retried_after)
        self._delivery = written.delivery
        return written.result

    def _lock(self, conn: Connection, events: Events | None) -> LockedLog:
        """Lock the log, and look up events and the delivery that this run has left or may have left."""
        expected = self._unanswered.delivery if self._unanswered else self._delivery
        return self.db.backend.lock(conn, events, expected.delivery_id if expected else None)

    def _choose_telemetry(self, batch: Batch, events: Events, conn: Connection, locked: LockedLog) -> _Choice:
        delivery = self._delivery
        if delivery and delivery != locked.delivery:
            raise LedgerError(
                f"delivery {delivery.delivery_id} is not what this run left: the server lost what it had committed; run again"
            )
        if not delivery and not batch.read:
            delivery = self._find_stopped(conn, batch)
        new = events.without(locked.known)
        return _Choice(
            new=new,
            gaps=len(new) < len(events),
            kept=len(events) + events.repeats,
            delivery=delivery,
            worth=delivery is not None or batch.read > 0,
        )

    def _find_stopped(self, conn: Connection, batch: Batch) -> Delivery | None:
        """Return the source's last delivery if it was stopped after its last line, before it could be recorded as complete."""
        last = last_delivery(conn, self.source)
        return last if last and not last.complete and last.place == batch.place else None

    def _choose_statements(self, file: RegistryFile, conn: Connection, locked: LockedLog) -> _Choice:
        stated = new_statements(statements(conn, locked.head.size), file.kind, file.rows)
        new = stated.without(self.db.backend.find_known(conn, locked.head, stated))
        return _Choice(new=new, gaps=len(new) < len(stated), kept=len(file.rows), delivery=None, worth=len(new) > 0)

    def _write(self, conn: Connection, locked: LockedLog, batch: Batch, choice: _Choice, retried_after: str | None) -> _Written:
        """Write new events, the delivery, the event that states it, and the head, last in the transaction."""
        head, delivery = locked.head, choice.delivery
        if not choice.worth:
            return _Written(evolve(result_of(self.source, batch, choice.kept, head, 0), retried_after=retried_after), None)
        arrived = arrival(head, delivery.delivery_id if delivery else locked.next_delivery, self.clock)
        extended, leaves = extend(head, choice.new, arrived)
        result = result_of(self.source, batch, choice.kept, head, len(choice.new))
        current = advance_delivery(delivery or begin_delivery(self.source, choice.new.kind, arrived), result, arrived)
        after, state = add_state(extended, current, arrived.recorded_at)
        result = evolve(
            result, size=after.size, delivery_id=arrived.delivery_id, clock_warning=arrived.clock_warning, retried_after=retried_after
        )
        written = self._unanswered = _Written(result, current)
        addition = Addition(
            events=choice.new, leaves=leaves, state=state, head=after, delivery=current, opens=delivery is None, gaps=choice.gaps
        )
        self._add(conn, addition)
        return written

    def _add(self, conn: Connection, addition: Addition) -> None:
        try:
            self.db.backend.add(conn, addition)
        except TakenError as error:
            raise LedgerError(
                f"the log does not take position {addition.first} ({error}); it was changed: run tools/audit verify"
            ) from error
