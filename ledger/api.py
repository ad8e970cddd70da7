"""The supported way into the log, for programs: open it, append, read, verify, prove. `import ledger` offers these names."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from io import BufferedReader
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Self

from attrs import field, frozen
from sqlalchemy import Connection

from ledger import log
from ledger.append.deliver import deliver
from ledger.append.files import append_files, find_sources
from ledger.append.result import AppendResult
from ledger.database import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, open_database
from ledger.errors import LedgerError, UsageError, VerificationError
from ledger.format.event import Recorded
from ledger.proof.frontier import Frontier
from ledger.proof.proofs import GrowthProof, InclusionProof, Stretch, growth_stretches, inclusion_stretches
from ledger.source.line_stream import LineStream
from ledger.source.read import CHUNK_BYTES, Source
from ledger.store.opened import Database, reading
from ledger.store.reading import Delivery, Head
from ledger.upkeep import Status, initialise, rights_to_revoke, status, status_of, upgrade
from ledger.verification.finding import Finding, Verification
from ledger.verification.run import verify_log

__all__ = [
    "AppendResult",
    "Delivery",
    "Finding",
    "GrowthProof",
    "Head",
    "InclusionProof",
    "LedgerError",
    "Log",
    "Recorded",
    "Status",
    "UsageError",
    "Verification",
    "VerificationError",
    "find_sources",
    "initialise",
    "open_log",
    "rights_to_revoke",
    "status",
    "upgrade",
]

_PAGE = 10_000
Paths = str | PathLike[str] | Iterable[str | PathLike[str]]


@frozen
class Log:
    """An open log; `ledger.open` makes one, to be closed by `with` or `close()`.

    `database` is for the packages that keep tables beside the log. Every method sees a state of its own, and raises LedgerError if the
    database fails.
    """

    database: Database
    _resources: ExitStack = field(factory=ExitStack, repr=False, eq=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; a second time does nothing. Whatever is asked of the log afterwards raises UsageError."""
        self._resources.close()

    def __iter__(self) -> Iterator[Recorded]:
        """Yield all events by position, a page in memory at a time, those appended meanwhile included.

        Lines alone: `[event for event in log if event.line_number]`; the others state deliveries.
        """
        after = -1
        while page := self.read(after, _PAGE):
            yield from page
            after = page[-1].position

    def head(self) -> Head:
        """Return size, root and latest times; raise VerificationError if the head is damaged."""
        with reading(self.database) as conn:
            return log.head(conn)

    def append(
        self,
        paths: str | PathLike[str] | Iterable[str | PathLike[str]],
        *,
        source: str | None = None,
        kind: str | None = None,
        final: bool = False,
    ) -> Iterator[AppendResult]:
        """Append one file or several, folders' files (.csv, .jsonl, .ndjson, .gz) or standard input (`-`); yield a result per transaction.

        Nothing happens until the results are taken: `list(log.append(["plants.csv", "telemetry.jsonl"]))`. A line that the log holds is a
        duplicate and adds nothing, so any call can be repeated. `source`: the name to record instead of the path, for one file.
        `kind`: what the files hold, `plant`, `inverter` or `telemetry`; by default each is looked at. `final`: a last line without its end
        counts, too. Raise LedgerError if a file cannot be read, and UsageError for a log opened to read.
        """
        named = [paths] if isinstance(paths, str | PathLike) else paths
        return append_files(self.database, find_sources([fspath(path) for path in named]), source=source, kind=kind, final=final)

    def append_lines(self, source: str, lines: Iterable[bytes]) -> Iterator[AppendResult]:
        """Append lines of telemetry, each without its line end, under a source's name; yield a result per transaction.

        Nothing happens until the results are taken: `list(log.append_lines("gateway 7", [b'{"event_time": …}']))`.
        An LF inside a line ends it there, as it would in a file.
        """
        stream: Any = BufferedReader(LineStream(lines), CHUNK_BYTES)
        yield from deliver(self.database, Source(source, stream, complete=True, resumable=False), "telemetry")

    def read(self, after: int = -1, limit: int = _PAGE) -> list[Recorded]:
        """Return up to `limit` events at positions above `after` (-1: from the beginning), by position."""
        with reading(self.database) as conn:
            return log.read(conn, after, limit)

    def event(self, position: int) -> Recorded:
        """Return the event at a position, from 0; raise UsageError if the log has none there."""
        with reading(self.database) as conn:
            found = log.read_positions(conn, [position])
        if not found:
            raise UsageError(f"no event at position {position} in {self.database.url}")
        return found[0]

    def find(self, key_prefix: str, limit: int = 10) -> list[Recorded]:
        """Return up to `limit` events whose key in hex begins with `key_prefix`, such as `0b2d6609`; raise UsageError if it is no hex."""
        with reading(self.database) as conn:
            return log.read_positions(conn, log.find_key(conn, key_prefix, limit))

    def deliveries(self, limit: int = 100) -> list[Delivery]:
        """Return the latest deliveries, latest first."""
        with reading(self.database) as conn:
            return log.deliveries(conn, limit)

    def verify(self, progress: Callable[[int, int], None] | None = None, *, noted: str | None = None) -> Verification:
        """Check schema, storage, deliveries, every event and the head; return the head and what is wrong.

        A whole log has no findings. Nothing that was altered, dropped or damaged raises: it is a finding, and the rest is checked.
        `progress` is called with how many events are checked so far, and of how many. `noted`: `SIZE:HEX`, as `note` of an earlier
        verification returned it and somebody kept it; the log has to begin with the events under it, which shows even what was rewritten
        with all its hashes. Raise UsageError if it is no such root.
        """
        with reading(self.database) as conn:
            return verify_log(conn, progress, noted)

    def prove(self, position: int) -> InclusionProof:
        """Return the proof that the event at a position is in the log under its root; raise UsageError if the log has none there.

        All leaves are read: 32 bytes an event.
        """
        with reading(self.database) as conn:
            head = log.head(conn)
            if not 0 <= position < head.size:
                raise UsageError(f"no event at position {position} in {self.database.url}, which has {head.size}")
            return InclusionProof(
                position=position,
                leaf_hash=_root_of(conn, (position, position + 1)),
                size=head.size,
                root=head.root,
                path=tuple(_root_of(conn, stretch) for stretch in inclusion_stretches(position, head.size)),
            )

    def prove_growth(self, old_size: int) -> GrowthProof:
        """Return the proof that the log's first `old_size` events are the beginning of it; raise UsageError if it has fewer.

        Whoever noted size and root then compares the root with `old_root` and needs no event. All leaves are read.
        """
        with reading(self.database) as conn:
            head = log.head(conn)
            if not 0 <= old_size <= head.size:
                raise UsageError(f"no log of {old_size} events is the beginning of {self.database.url}, which has {head.size}")
            return GrowthProof(
                old_size=old_size,
                old_root=_root_of(conn, (0, old_size)),
                size=head.size,
                root=head.root,
                path=tuple(_root_of(conn, stretch) for stretch in growth_stretches(old_size, head.size)),
            )

    def status(self) -> Status:
        """Return server, schema version, size, roles, and what is missing."""
        return status_of(self.database)


def open_log(
    url: str, *, write: bool = False, lock_timeout_ms: int = LOCK_TIMEOUT_MS, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS
) -> Log:
    """Open the log that a URL names: `sqlite:///PATH` or `postgresql+psycopg://USER@HOST/DATABASE`.

        with ledger.open("sqlite:///data.db", write=True) as log:
            for result in log.append(["plants.csv", "telemetry.jsonl"]):
                print(result.appended, "new events from", result.source)

    To write, a missing file is made; a server's log is made by `ledger.initialise`. To read, nothing is changed. `lock_timeout_ms`: how
    long a lock is waited for. `statement_timeout_ms`: how long a server may work at one statement. Raise UsageError for another kind of
    URL, and LedgerError if the database is missing, cannot be reached, is another program's, of another version, damaged or locked.
    """
    resources = ExitStack()
    opened = open_database(url, write=write, busy_timeout_ms=lock_timeout_ms, statement_timeout_ms=statement_timeout_ms)
    return Log(resources.enter_context(opened), resources)


def _root_of(conn: Connection, stretch: Stretch) -> bytes:
    """Return the root of the leaves of a stretch, a page in memory at a time; of one leaf, the leaf itself."""
    start, end = stretch
    frontier = Frontier()
    for first in range(start, end, _PAGE):
        frontier = frontier.extended(list(log.leaves(conn, first - 1, min(first + _PAGE, end))))
    return frontier.root()
