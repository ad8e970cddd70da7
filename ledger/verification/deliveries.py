"""Whether the rows of `delivery` are what the log states of them, and what they brought is what the log has of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field
from sqlalchemy import Connection

from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import event_hash
from ledger.store.schema import delivery
from ledger.verification.events import Brought, Seen
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, columns_there, fetch, select_stored, shown, types_of, wrong_type

_COLUMNS = tuple(delivery.columns.keys())
_COLUMNS_TYPED = tuple((column, types_of(column)) for column in delivery.columns)


@define
class StoredDeliveries:
    """The rows that can be compared, by number; which numbers there are; and what is wrong with the others."""

    rows: dict[int, Sequence[Any]] = field(factory=dict)
    numbers: set[int] = field(factory=set)
    findings: list[Finding] = field(factory=list)


def read_deliveries(conn: Connection) -> StoredDeliveries:
    """Read all deliveries, whatever their columns hold."""
    found = StoredDeliveries()
    try:
        there = columns_there(conn, delivery)
        rows = fetch(conn, select_stored(delivery, there, "ORDER BY delivery_id" if "delivery_id" in there else ""))
    except UnreadableError as error:
        found.findings.append(Finding(None, f"delivery cannot be read: {error}"))
        return found
    for row in rows:
        if type(row[0]) is int:
            found.numbers.add(row[0])
        wrong = list(_wrong_values(row, there))
        found.findings += [Finding(None, f"delivery {shown(row[0])}: {what}") for what in wrong]
        if not wrong and len(there) == len(_COLUMNS):
            found.rows[row[0]] = row
    return found


def _wrong_values(row: Sequence[Any], there: frozenset[str]) -> Iterator[str]:
    for (column, wanted), value in zip(_COLUMNS_TYPED, row, strict=True):
        if column.name in there and type(value) not in wanted:
            yield wrong_type(column, value)
        elif column.name == "complete" and value not in {0, 1}:
            yield f"complete is {value}, neither 0 nor 1"


def check_deliveries(conn: Connection, stored: StoredDeliveries, seen: Seen) -> Iterator[Finding]:
    """Yield in what the deliveries differ from what the log, all of whose events have been seen, states of them and has of them."""
    for number, row in stored.rows.items():
        columns = {**dict(zip(_COLUMNS, row, strict=True)), "complete": bool(row[-1])}
        brought = seen.brought.get(number)
        if brought is None or brought.stated_at is None:
            yield Finding(None, f"delivery {number} is not stated in the log: nothing shows that there was one")
            continue
        if event_hash(KIND, state_payload(columns)) != brought.stated_key:
            yield from (Finding(None, f"delivery {number}: {what}") for what in _unlike_stated(conn, columns, brought.stated_at))
        yield from (Finding(None, f"delivery {number}: {what}") for what in _unlike_brought(columns, brought))
    for number, brought in seen.brought.items():
        if number not in stored.numbers and brought.stated_at is not None:
            yield Finding(None, f"delivery {number} has no row, and the log states it at position {brought.stated_at}")


def _unlike_stated(conn: Connection, columns: Mapping[str, Any], position: int) -> Iterator[str]:
    """Yield which columns are not what the event at a position says; its payload may have been altered, too."""
    question = f"SELECT payload FROM event_log WHERE position = {position}"  # noqa: S608 - a number
    try:
        ((payload,),) = fetch(conn, question)
        stated = json.loads(payload)
        differences = [
            f"{name} is {shown(value)}, and the log states {shown(stated[name])} at position {position}"
            for name, value in json.loads(state_payload(columns)).items()
            if stated[name] != value
        ]
    except (UnreadableError, ValueError, KeyError, TypeError):
        differences = []
    yield from differences or [f"it is not what the log states at position {position}"]


def _unlike_brought(columns: Mapping[str, Any], brought: Brought) -> Iterator[str]:
    if columns["appended"] != brought.lines:
        yield f"appended is {columns['appended']}, and the log has {brought.lines} events of it"
    if (columns["first_position"], columns["last_position"]) != (brought.first, brought.last):
        said = f"{columns['first_position']} to {columns['last_position']}"
        yield f"its positions are {said}, and the log has those from {brought.first} to {brought.last}"
    if columns["lines"] != columns["appended"] + columns["duplicates"] + columns["blank"]:
        yield "lines are not appended + duplicates + blank"
