"""Rejected events, of telemetry and of registry files: listed with their lines, and counted."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, Literal

import attrs
import sqlalchemy as sa

from ledger.errors import UsageError
from ledger.store.schema import delivery, event_log
from projections.audit.rows import NoDays, days_of, open_rows, require_readable
from projections.calendar.local_days import iso_date
from projections.contract.reasons import REASONS, REGISTRY_REASONS
from projections.sql.columns import sql_table
from projections.sql.drivers import driver_of
from projections.sql.reader import SqlReader
from projections.tables.inverter_telemetry import REJECTED
from projections.tables.registry_rejected import REGISTRY_REJECTED

ALL_REASONS = tuple(dict.fromkeys((*REASONS, *REGISTRY_REASONS)))
By = Literal["reason", "inverter", "day", "source"]
_PAGE_ROWS = 1_000
_OF_TELEMETRY_ALONE = frozenset({"inverter_id", "plant_id", "event_time", "event_id"})


@attrs.frozen
class Rejected:
    """A rejected event: `kind` telemetry, plant or inverter, its primary reason, all its reasons, and the line it came from.

    Instants are µs since 1970 UTC. What a registry row does not have, or cannot be read, is None.
    """

    position: int
    kind: str
    inverter_id: str | None
    plant_id: str | None
    event_time: int | None
    event_id: str | None
    reason: str
    reasons: str
    field: str | None
    value: str | None
    recorded_at: int
    delivery_id: int
    source: str | None
    line_number: int


COLUMNS = tuple(field.name for field in attrs.fields(Rejected))


@attrs.frozen
class RejectedGroup:
    """How many rejected events share a value (None: it cannot be read, or its day is held), the first and the last position among them."""

    value: str | None
    events: int
    first_position: int
    last_position: int


def read_rejected(connection: sa.Connection, reasons: Collection[str], inverter_id: str | None, since: int | None) -> Iterator[Rejected]:
    """Yield rejected events by position, as they are read: of these primary reasons, this inverter, arrived at `since` (µs) or later.

    No reasons, None and None: all. Raise LedgerError if the projections cannot be read.
    """
    require_readable(connection)
    load = driver_of(connection).codec.load
    place = COLUMNS.index("event_time")
    for row in connection.execute(_query(reasons, inverter_id, since), execution_options={"yield_per": _PAGE_ROWS}):
        values: list[Any] = list(row)
        values[place] = None if values[place] is None else load(values[place])
        yield Rejected(*values)


def group_rejected(connection: sa.Connection, events: Iterable[Rejected], by: By) -> list[RejectedGroup]:
    """Count rejected events by primary reason, inverter, local day of the inverter's plant, or source; those with most events first.

    Raise UsageError for anything else.
    """
    values: dict[By, Callable[[Rejected], str | None]] = {
        "reason": attrgetter("reason"),
        "inverter": attrgetter("inverter_id"),
        "day": _local_date(open_rows(connection)),
        "source": attrgetter("source"),
    }
    if by not in values:
        raise UsageError(f"rejected events are not counted by {by!r}, but by one of: {', '.join(values)}")
    value_of = values[by]
    groups: dict[str | None, RejectedGroup] = {}
    for event in events:
        value = value_of(event)
        known = groups.get(value)
        first = event.position if known is None else known.first_position
        groups[value] = RejectedGroup(value, 1 + (0 if known is None else known.events), first, event.position)
    return sorted(groups.values(), key=lambda group: (-group.events, group.first_position))


def _query(reasons: Collection[str], inverter_id: str | None, since: int | None) -> sa.Select[*tuple[object, ...]]:
    found = _all_rejected()
    columns = [found.c[name] if name in found.c else (delivery if name == "source" else event_log).c[name] for name in COLUMNS]
    joined = found.join(event_log, event_log.c.position == found.c.position)
    query = sa.select(*columns).select_from(joined.outerjoin(delivery, delivery.c.delivery_id == event_log.c.delivery_id))
    if reasons:
        query = query.where(found.c.reason.in_(list(reasons)))
    if inverter_id is not None:
        query = query.where(found.c.inverter_id == inverter_id)
    if since is not None:
        query = query.where(event_log.c.recorded_at >= since)
    return query.order_by(found.c.position)


def _all_rejected() -> sa.Subquery:
    telemetry, registry = sql_table(REJECTED, REJECTED.name), sql_table(REGISTRY_REJECTED, REGISTRY_REJECTED.name)
    names = REJECTED.names
    of_telemetry = sa.select(sa.literal_column("'telemetry'").label("kind"), *(telemetry.c[name] for name in names))
    same = {"reasons": registry.c.reason.label("reasons")}
    of_registry = sa.select(
        registry.c.kind, *(sa.null().label(name) if name in _OF_TELEMETRY_ALONE else same.get(name, registry.c.get(name)) for name in names)
    )
    return sa.union_all(of_telemetry, of_registry).subquery("rejected")


def _local_date(reader: SqlReader) -> Callable[[Rejected], str | None]:
    """Return the function from a rejected event to its inverter's local date; None if it has none."""
    days_by_inverter = cache(lambda inverter_id: days_of(reader, inverter_id))

    def local_date(event: Rejected) -> str | None:
        if event.inverter_id is None or event.event_time is None:
            return None
        days = days_by_inverter(event.inverter_id)
        return None if isinstance(days, NoDays) else iso_date(days.day_of(event.event_time))

    return local_date
