"""What a transaction of an append did, and what it makes of its delivery."""

from attrs import evolve, frozen

from ledger.append.arrival import Arrival
from ledger.source.read import Batch, Place
from ledger.store.reading import Delivery, Head


@frozen(kw_only=True)
class AppendResult:
    """What one transaction did with its lines: `lines = appended + duplicates + blank`; `oversize` counts those recorded as stubs.

    `source`: the name the lines are recorded under. `delivery_id`: None if nothing was recorded. `first_position` and `last_position`: of
    the lines appended, None if there are none; the event after the last of them states the delivery. `size`: events in the log afterwards,
    those included. `place`: how far the source was read.
    `waiting`: a last line without its end was left for a later run. `complete`: the source was read to its end.
    `clock_warning`: that the machine's clock is minutes behind the log's latest arrival. `retried_after`: the failure after which this
    transaction was tried again. Both are sentences for an operator, None if there is nothing to tell.
    """

    source: str
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
    clock_warning: str | None = None
    retried_after: str | None = None


def result_of(source: str, batch: Batch, kept: int, head: Head, appended: int) -> AppendResult:
    """Return the result of a batch, `kept` of whose lines are events, `appended` of them new ones behind the log's `head`.

    Its delivery, the log's size with the event that states it, and what there is to tell an operator, are added by the caller.
    """
    return AppendResult(
        source=source,
        delivery_id=None,
        lines=batch.read,
        appended=appended,
        duplicates=kept - appended,
        blank=batch.blank,
        oversize=batch.oversize,
        first_position=head.size if appended else None,
        last_position=head.size + appended - 1 if appended else None,
        size=head.size,
        place=batch.place,
        waiting=batch.waiting,
        complete=batch.last,
    )


def begin_delivery(source: str, kind: str, arrived: Arrival) -> Delivery:
    """Return a delivery of a source that nothing has been read of yet."""
    start, at = Place(), arrived.recorded_at
    return Delivery(arrived.delivery_id, source, kind, 0, start.digest, 0, 0, 0, 0, 0, 0, None, None, at, at, complete=False)


def advance_delivery(delivery: Delivery, result: AppendResult, arrived: Arrival) -> Delivery:
    """Return the delivery with one more result counted in."""
    return evolve(
        delivery,
        bytes_read=result.place.bytes_read,
        digest=result.place.digest,
        last_line_number=result.place.line_number,
        lines=delivery.lines + result.lines,
        appended=delivery.appended + result.appended,
        duplicates=delivery.duplicates + result.duplicates,
        blank=delivery.blank + result.blank,
        oversize=delivery.oversize + result.oversize,
        first_position=result.first_position if delivery.first_position is None else delivery.first_position,
        last_position=delivery.last_position if result.last_position is None else result.last_position,
        # A delivery that began under schema 1 may have ended later than the head of the log then said.
        ended_at=max(delivery.ended_at, arrived.recorded_at),
        complete=result.complete,
    )
