"""Rejected events, of telemetry and of registry files: listed with their lines, grouped, and made harmless for spreadsheets."""

from collections.abc import Callable, Collection, Iterator
from functools import cache

import attrs
import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.format.instant import from_iso, iso
from ledger.store.schema import delivery, event_log
from projections.audit.rows import days_of, open_rows, why_unreadable
from projections.calendar.local_days import iso_date
from projections.contract.reasons import REASONS, REGISTRY_REASONS
from projections.sql.columns import sql_table
from projections.sql.drivers import driver_of
from projections.sql.reader import SqlReader
from projections.tables.inverter_telemetry import REJECTED
from projections.tables.registry_rejected import REGISTRY_REJECTED

ALL_REASONS = tuple(dict.fromkeys((*REASONS, *REGISTRY_REASONS)))
COLUMNS = (
    "position", "kind", "inverter_id", "plant_id", "event_time", "event_id", "reason", "reasons", "field", "value",
    "recorded_at", "delivery_id", "source", "line_number",
)  # fmt: skip
GROUPED_BY = {"reason": "reason", "inverter": "inverter_id", "day": "local_date", "source": "source"}
_PAGE_ROWS = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Document = dict[str, object]


@attrs.define
class Group:
    """How many rejected events share a value, and the first and last position among them."""

    events: int
    first_position: int
    last_position: int


def read_rejected(connection: sa.Connection, reasons: Collection[str], inverter_id: str | None, since: int | None) -> Iterator[Document]:
    """Return rejected events by position, as they are read: of these primary reasons, this inverter, arrived at `since` (µs) or later.

    No reasons, None and None: all. Raise LedgerError where the projections cannot be read.
    """
    why = why_unreadable(connection)
    if why:
        raise LedgerError(why)
    load = driver_of(connection).codec.load
    for row in connection.execute(_query(reasons, inverter_id, since), execution_options={"yield_per": _PAGE_ROWS}):
        found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        at = found["event_time"]
        yield {**found, "event_time": None if at is None else iso(load(at)), "recorded_at": iso(found["recorded_at"])}


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
    absent = {"inverter_id", "plant_id", "event_time", "event_id"}
    same = {"reasons": registry.c.reason.label("reasons")}
    of_registry = sa.select(
        registry.c.kind, *(sa.null().label(name) if name in absent else same.get(name, registry.c.get(name)) for name in names)
    )
    return sa.union_all(of_telemetry, of_registry).subquery("rejected")


def group_rejected(connection: sa.Connection, rows: Iterator[Document], by: str) -> list[Document]:
    """Count rejected events by reason, inverter, local day or source, most first; null: it cannot be read or, a day, is held."""
    local_date = _dating(open_rows(connection))
    name = GROUPED_BY[by]
    groups: dict[object, Group] = {}
    for row in rows:
        value = local_date(row) if by == "day" else row[name]
        position = int(str(row["position"]))
        group = groups.setdefault(value, Group(0, position, position))
        group.events += 1
        group.last_position = position
    ordered = sorted(groups.items(), key=lambda item: (-item[1].events, item[1].first_position))
    return [{name: value, **attrs.asdict(group)} for value, group in ordered]


def _dating(reader: SqlReader) -> Callable[[Document], str | None]:
    """Return the function from a rejected event to its inverter's local date."""
    days = cache(lambda inverter_id: days_of(reader, inverter_id))

    def local_date(row: Document) -> str | None:
        if row["inverter_id"] is None or row["event_time"] is None:
            return None
        found = days(str(row["inverter_id"]))
        return None if isinstance(found, str) else iso_date(found.day_of(from_iso(str(row["event_time"]))))

    return local_date


def harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: a leading apostrophe before text that begins like one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
