"""From an open source to the log: each kind of file in its own way, telemetry from where the last run stopped."""

from collections.abc import Iterable, Iterator
from contextlib import closing

from ledger.append.arrival import Clock
from ledger.append.result import AppendResult
from ledger.append.writer import SourceWriter
from ledger.clock import now
from ledger.format.batch import Events, telemetry_events
from ledger.source.ahead import pays, read_ahead
from ledger.source.read import Batch, Source, read_lines, readable_name
from ledger.source.registry_file import RegistryFile, read_registry
from ledger.store.opened import Database, reading
from ledger.store.reading import last_delivery


def deliver(
    db: Database, source: Source, kind: str, *, name: str | None = None, final: bool = False, clock: Clock = now
) -> Iterator[AppendResult]:
    """Append a source of `plant`, `inverter` or `telemetry` events; yield a result after each transaction.

    `name`: under which the delivery is recorded and found again, by default the source's own. `final`: an unfinished last line counts.
    Raise LedgerError if the source or the database fails; what the results told of stays.
    """
    name = readable_name(name or source.name)
    if kind != "telemetry":
        yield append_registry(db, name, read_registry(source, kind), clock=clock)
        return
    with reading(db) as conn:
        before = last_delivery(conn, name)
    after = before.place if before else None
    if pays(source, after):
        with closing(read_ahead(source, after=after, final=final)) as batches:
            yield from append_prepared(db, name, batches, clock=clock)
    else:
        yield from append_telemetry(db, name, read_lines(source, after=after, final=final), clock=clock)


def append_telemetry(db: Database, source: str, batches: Iterable[Batch], *, clock: Clock = now) -> Iterator[AppendResult]:
    """Append the batches of a source, each in one transaction that also moves the delivery; yield a result for each.

    A run that dies leaves whole batches, and where they ended in the delivery. A source without anything new records nothing.
    """
    return append_prepared(db, source, ((batch, telemetry_events(batch.lines)) for batch in batches), clock=clock)


def append_prepared(db: Database, source: str, batches: Iterable[tuple[Batch, Events]], *, clock: Clock = now) -> Iterator[AppendResult]:
    """Append batches as `append_telemetry` does, given the events already made of their lines, which are not looked at again."""
    writer = SourceWriter(db, source, clock)
    for batch, events in batches:
        yield writer.append_batch(batch, events)


def append_registry(db: Database, source: str, file: RegistryFile, *, clock: Clock = now) -> AppendResult:
    """Append what a registry file states anew, in one transaction; without any, nothing is recorded."""
    return SourceWriter(db, source, clock).append_registry(file)
