"""From an open source to the log: each kind of file in its own way, telemetry from where the last run stopped."""

from collections.abc import Iterator
from contextlib import closing

from ledger.clock import now
from ledger.database import Database, reading
from ledger.log import Clock, Outcome, append_keyed, append_registry, append_telemetry, last_delivery
from ledger.source.ahead import pays, read_ahead
from ledger.source.read import Source, read_lines
from ledger.source.registry_file import read_registry


def deliver(
    db: Database, source: Source, kind: str, *, name: str | None = None, final: bool = False, clock: Clock = now
) -> Iterator[Outcome]:
    """Append a source of `plant`, `inverter` or `telemetry` events; give an outcome after each transaction.

    `name`: under which the delivery is recorded and found again, by default the source's own. `final`: an unfinished last line counts.
    Raise LedgerError where the source or the database fails; what the outcomes told of stays.
    """
    name = name or source.name
    if kind != "telemetry":
        yield append_registry(db, name, read_registry(source, kind), clock=clock)
        return
    with reading(db) as conn:
        before = last_delivery(conn, name)
    after = before.place if before else None
    if pays(source, after):
        with closing(read_ahead(source, after=after, final=final)) as batches:
            yield from append_keyed(db, name, batches, clock=clock)
    else:
        yield from append_telemetry(db, name, read_lines(source, after=after, final=final), clock=clock)
