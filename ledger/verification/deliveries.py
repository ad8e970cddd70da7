"""Whether the rows of `delivery` can be read, each with values of the type of its column."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.store.schema import delivery
from ledger.verification.finding import Finding
from ledger.verification.stored import UnreadableError, columns_there, fetch, select_stored, shown, types_of, wrong_type


def check_deliveries(conn: Connection, numbers: set[int]) -> Iterator[Finding]:
    """Yield what cannot be read or is of another type; add to `numbers` those of the deliveries that there are."""
    try:
        there = columns_there(conn, delivery)
        rows = fetch(conn, select_stored(delivery, there, "ORDER BY delivery_id" if "delivery_id" in there else ""))
    except UnreadableError as error:
        yield Finding(None, f"delivery cannot be read: {error}")
        return
    checked = [(at, column, types_of(column)) for at, column in enumerate(delivery.columns) if column.name in there]
    for row in rows:
        if type(row[0]) is int:
            numbers.add(row[0])
        for at, column, wanted in checked:
            if type(row[at]) not in wanted:
                yield Finding(None, f"delivery {shown(row[0])}: {wrong_type(column, row[at])}")
