"""Whether the rows of `delivery` are what the log states of them, and what they brought is what the log has of them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field, frozen
from sqlalchemy import Connection

from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import event_hash
from ledger.store.schema import delivery
from ledger.verification.events import Brought, Seen
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, columns_there, fetch, select_stored, shown, types_of, wrong_type

_COLUMNS = tuple(delivery.columns.keys())
_PAGE = 10_000
_STATE_BYTES_MAX = 1 << 15
"""No state is longer; a forged payload may be anything, such as brackets nested deeper than a parser can go."""
_COLUMNS_TYPED = tuple((column, types_of(column)) for column in delivery.columns)


@frozen
class _Row:
    """What is kept of a row until all events are seen: the key of the event that would state it, and what it says it brought."""

    key: bytes
    appended: int
    first: int | None
    last: int | None


@define
class StoredDeliveries:
    """The rows that can be compared, by number; which numbers there are; and what is wrong with the others."""

    rows: dict[int, _Row] = field(factory=dict)
    numbers: set[int] = field(factory=set)
    findings: list[Finding] = field(factory=list)


def read_deliveries(conn: Connection) -> StoredDeliveries:
    """Read all deliveries, whatever their columns hold, a page in memory at a time."""
    found = StoredDeliveries()
    try:
        there = columns_there(conn, delivery)
        for row in _rows(conn, there):
            _take(row, there, found)
    except UnreadableError as error:
        found.findings.append(Finding(None, f"delivery cannot be read: {error}"))
    return found


def _rows(conn: Connection, there: frozenset[str]) -> Iterator[Sequence[Any]]:
    if "delivery_id" not in there:
        yield from fetch(conn, select_stored(delivery, there, ""))
        return
    after = ""
    while page := fetch(conn, select_stored(delivery, there, f"{after} ORDER BY delivery_id LIMIT {_PAGE}")):
        yield from page
        after = f"WHERE delivery_id > {page[-1][0]}"


def _take(row: Sequence[Any], there: frozenset[str], found: StoredDeliveries) -> None:
    if type(row[0]) is int:
        found.numbers.add(row[0])
    wrong = [*_wrong_values(row, there)]
    found.findings += [Finding(None, f"delivery {shown(row[0])}: {what}") for what in wrong]
    if wrong or len(there) < len(_COLUMNS):
        return
    columns = _columns(row)
    if columns["lines"] != columns["appended"] + columns["duplicates"] + columns["blank"]:
        found.findings.append(Finding(None, f"delivery {row[0]}: lines are not appended + duplicates + blank"))
    key = event_hash(KIND, state_payload(columns))
    found.rows[row[0]] = _Row(key, columns["appended"], columns["first_position"], columns["last_position"])


def _columns(row: Sequence[Any]) -> dict[str, Any]:
    return {**dict(zip(_COLUMNS, row, strict=True)), "complete": bool(row[-1])}


def _wrong_values(row: Sequence[Any], there: frozenset[str]) -> Iterator[str]:
    for (column, wanted), value in zip(_COLUMNS_TYPED, row, strict=True):
        if column.name in there and type(value) not in wanted:
            yield wrong_type(column, value)
        elif column.name == "complete" and value not in {0, 1}:
            yield f"complete is {value}, neither 0 nor 1"


def check_deliveries(conn: Connection, stored: StoredDeliveries, seen: Seen) -> Iterator[Finding]:
    """Yield in what the deliveries differ from what the log, all of whose events have been seen, states of them and has of them."""
    for number, row in stored.rows.items():
        brought = seen.brought.get(number)
        if brought is None or brought.stated_at is None:
            yield Finding(None, f"delivery {number} is not stated in the log: nothing shows that there was one")
            continue
        if row.key != brought.stated_key:
            yield from (Finding(None, f"delivery {number}: {what}") for what in _unlike_stated(conn, number, brought.stated_at))
        yield from (Finding(None, f"delivery {number}: {what}") for what in _unlike_brought(row, brought))
    for number, brought in seen.brought.items():
        if number not in stored.numbers and brought.stated_at is not None:
            yield Finding(None, f"delivery {number} has no row, and the log states it at position {brought.stated_at}")


def _unlike_stated(conn: Connection, number: int, position: int) -> Iterator[str]:
    """Yield which columns are not what the event at a position says; its payload may have been altered, too."""
    try:
        (row,) = fetch(conn, select_stored(delivery, frozenset(_COLUMNS), f"WHERE delivery_id = {number}"))
        ((payload,),) = fetch(conn, f"SELECT payload FROM event_log WHERE position = {position}")  # noqa: S608 - a number
        stated = json.loads(payload) if len(payload) <= _STATE_BYTES_MAX else {}
        differences = [
            f"{name} is {shown(value)}, and the log states {shown(stated[name])} at position {position}"
            for name, value in json.loads(state_payload(_columns(row))).items()
            if stated[name] != value
        ]
    except (UnreadableError, ValueError, KeyError, TypeError):
        differences = []
    yield from differences or [f"it is not what the log states at position {position}"]


def _unlike_brought(row: _Row, brought: Brought) -> Iterator[str]:
    if row.appended != brought.lines:
        yield f"appended is {row.appended}, and the log has {brought.lines} events of it"
    if (row.first, row.last) != (brought.first, brought.last):
        yield f"its positions are {row.first} to {row.last}, and the log has those from {brought.first} to {brought.last}"
