"""Whether the log's head is one row that can be read, and says what the events say."""

from collections.abc import Iterator
from typing import Any

from attrs import define, field
from sqlalchemy import Connection

from ledger.proof.frontier import Frontier
from ledger.store.reading import Head
from ledger.store.schema import log_head
from ledger.verification.events import Seen
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, as_bytes, columns_there, fetch, select_stored, types_of, wrong_type

_ID = 1


@define
class StoredHead:
    """What there is in `log_head`: the columns that can be used, and what is wrong with the others."""

    columns: dict[str, Any] = field(factory=dict)
    findings: list[Finding] = field(factory=list)

    @property
    def head(self) -> Head | None:
        """Return it as a Head; None if a part of it is missing or does not fit."""
        try:
            frontier = Frontier.from_bytes(self.columns["size"], self.columns["frontier"])
            return Head(frontier=frontier, **{name: self.columns[name] for name in ("size", "root", "recorded_at", "event_time_max")})
        except (KeyError, ValueError):
            return None


def read_head(conn: Connection) -> StoredHead:
    """Read the row of the head that there is, whatever it holds; of several, the one whose id it should be."""
    found = StoredHead()
    try:
        there = columns_there(conn, log_head)
        rows = fetch(conn, select_stored(log_head, there, ""))
    except UnreadableError as error:
        found.findings.append(Finding(None, f"log_head cannot be read: {error}"))
        return found
    if len(rows) != 1:
        found.findings.append(Finding(None, f"log_head has {len(rows)} rows, not one"))
    for row in sorted(rows, key=lambda row: row[0] != _ID)[:1]:
        _take(dict(zip(log_head.columns.keys(), row, strict=True)), there, found)
    return found


def _take(row: dict[str, Any], there: frozenset[str], found: StoredHead) -> None:
    for name, value in row.items():
        column, wanted = log_head.columns[name], types_of(log_head.columns[name])
        if name not in there:
            continue
        if type(value) not in wanted:
            found.findings.append(Finding(None, f"log_head: {wrong_type(column, value)}"))
        usable = as_bytes(value) if bytes in wanted else value
        if type(usable) in wanted:
            found.columns[name] = usable
    if found.columns.get("id", _ID) != _ID:
        found.findings.append(Finding(None, f"log_head: id is {found.columns['id']}, not {_ID}"))


def check_head(stored: StoredHead, seen: Seen) -> Iterator[Finding]:
    """Yield in what the head differs from the events, all of which have been seen."""
    said = stored.columns
    times = ("recorded_at", seen.recorded_at), ("event_time_max", seen.event_time_max)
    if said.get("size", seen.positions) != seen.positions:
        yield Finding(None, f"the log has {seen.positions} positions, its head says {said['size']}")
    if said.get("frontier", seen.frontier.to_bytes()) != seen.frontier.to_bytes():
        yield Finding(None, "the frontier in the head is not that of the events")
    if said.get("root", seen.frontier.root()) != seen.frontier.root():
        yield Finding(None, "the root in the head is not that of the events")
    if any(said.get(name, time) != time for name, time in times):
        yield Finding(None, "the times in the head are not the largest of the events")
