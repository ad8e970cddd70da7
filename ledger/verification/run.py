"""All checks of a log, one after the other: each yields findings, and none ends the others."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection

from ledger.backends import backend_of
from ledger.verification.deliveries import check_deliveries, read_deliveries
from ledger.verification.events import Seen, check_events
from ledger.verification.finding import EVENT_FINDINGS_MAX, FINDINGS_MAX, Finding, Verification
from ledger.verification.head import StoredHead, check_head, read_head
from ledger.verification.root import NotedRoot, check_root, read_note
from ledger.verification.schema import check_schema
from ledger.verification.storage import check_storage


def verify_log(conn: Connection, progress: Callable[[int, int], None] | None = None, noted: str | None = None) -> Verification:
    """Check the whole log: schema, storage, head, deliveries, and each event against its hashes.

    `progress` is called with the number of positions checked so far, and of how many. `noted`: a root that somebody kept, `SIZE:HEX` as
    `Verification.note` returns it; the log has to begin with the events under it. Raise UsageError if it is no such root, and what the
    machine does, such as a lost connection; nothing that is stored raises.
    """
    root = None if noted is None else read_note(noted)
    with backend_of(conn).as_stored(conn):
        stored, unchecked = read_head(conn), list[str]()
        size = stored.columns.get("size")
        seen = Seen(size=size, noted_size=root.size if root else None)

        def show(done: int) -> None:
            if progress:
                progress(done, max(done, size or 0))

        findings = list(islice(_check(conn, unchecked, stored, seen, root, show), FINDINGS_MAX))
    return Verification(stored.head, findings, unchecked)


def verify(conn: Connection, progress: Callable[[int], None] | None = None) -> list[Finding]:
    """Return what `verify_log` finds wrong; `progress` is called with the number of positions checked so far."""
    return verify_log(conn, progress and (lambda done, _total: progress(done))).findings


def _check(  # noqa: PLR0917 - what all checks know
    conn: Connection, unchecked: list[str], stored: StoredHead, seen: Seen, noted: NotedRoot | None, progress: Callable[[int], None]
) -> Iterator[Finding]:
    yield from check_schema(conn, unchecked)
    yield from check_storage(conn)
    yield from stored.findings
    deliveries = read_deliveries(conn)
    seen.deliveries = deliveries.numbers
    yield from deliveries.findings
    yield from _listed(check_events(conn, seen, progress))
    if seen.whole:
        yield from check_deliveries(conn, deliveries, seen)
        yield from check_head(stored, seen)
        yield from check_root(noted, seen) if noted else ()


def _listed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the first findings of events and how many there are besides: head, deliveries and the root noted are to be told, too."""
    rest = 0
    for number, finding in enumerate(findings):
        if number < EVENT_FINDINGS_MAX:
            yield finding
        else:
            rest += 1
    if rest:
        yield Finding(None, f"{rest} more findings of events are not listed")
