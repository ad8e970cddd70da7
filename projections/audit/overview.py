"""What a database holds, how far its projections have come, and what waits: one answer, from one snapshot."""

from typing import Any

import attrs
import sqlalchemy as sa

from ledger import log
from ledger.clock import now
from ledger.format.instant import iso
from projections.audit.counts import ReasonCount, TableCount, reason_counts, table_counts
from projections.audit.rows import checkpoints, has_projections
from projections.engine.catalog import catalog
from projections.engine.prepare import in_another_layout
from projections.sql.columns import sql_table
from projections.tables.inverter_daily_summary.projection import SUMMARY

_DELIVERIES = 5


@attrs.frozen
class LogState:
    """The log's events, those that state deliveries counted, its Merkle root in hex, newest arrival as ISO text in UTC (None: no event)."""

    size: int
    root: str
    newest_recorded_at: str | None


@attrs.frozen
class Lag:
    """How far a projection has come: its position, how many events are still to apply, the age (s) of the oldest of them, its version."""

    projection: str
    position: int
    lag_events: int
    lag_seconds: float
    version: int | None


@attrs.frozen
class HeldPlant:
    """A plant without a valid time zone, for how many inverters its daily summaries are held, and why: `reason`, kept as `held_as`."""

    plant_id: str | None
    timezone: str | None
    reason: str
    inverters: int
    held_as: str


@attrs.frozen
class DeliveryState:
    """A delivery and what became of its lines; `complete` says whether its source was read to the end."""

    delivery: int
    source: str
    lines: int
    appended: int
    duplicates: int
    ended_at: str
    complete: bool


@attrs.frozen
class DaySample:
    """The headline of one daily row: energy in Wh, coverage of the production window from 0 to 1."""

    inverter_id: str
    local_date: str
    energy_wh: float | None
    energy_source: str
    reading_count: int
    coverage_window: float | None
    quality: str
    flags: str


@attrs.frozen(kw_only=True)
class Overview:
    """What a database holds, and how far its projections have come.

    `database` is its URL without password, `rejected` counts telemetry events by primary reason, `deliveries` are the five newest,
    `daily_summary` some daily rows, those of the newest days first.
    """

    database: str
    log: LogState
    rows: tuple[TableCount, ...]
    projections: tuple[Lag, ...]
    rejected: tuple[ReasonCount, ...]
    held_plants: tuple[HeldPlant, ...]
    deliveries: tuple[DeliveryState, ...]
    daily_summary: tuple[DaySample, ...]


def read_overview(connection: sa.Connection, url: str, sample: int) -> Overview:
    """Return what a database holds, called `url`, with `sample` daily rows at most; before the first projection, the log alone."""
    head, has_tables = log.head(connection), has_projections(connection)
    return Overview(
        database=url,
        log=LogState(head.size, head.root.hex(), iso(head.recorded_at) if head.size else None),
        rows=table_counts(connection),
        projections=_lags(connection, head.size, has_tables=has_tables),
        rejected=reason_counts(connection),
        held_plants=_held_plants(connection) if has_tables else (),
        deliveries=tuple(map(_delivery, log.deliveries(connection, _DELIVERIES))),
        daily_summary=_sample(connection, sample) if has_tables and SUMMARY.name not in in_another_layout(connection) else (),
    )


def _lags(connection: sa.Connection, size: int, *, has_tables: bool) -> tuple[Lag, ...]:
    known = checkpoints(connection) if has_tables else {}
    found = []
    for projection in catalog():
        checkpoint = known.get(projection.name)
        position, version = (0, None) if checkpoint is None else (checkpoint.position, checkpoint.version)
        found.append(Lag(projection.name, position, size - position, _age_s(connection, position), version))
    return tuple(found)


def _age_s(connection: sa.Connection, position: int) -> float:
    """Return how long ago the event at a position arrived; 0 if there is none."""
    waiting = log.read_positions(connection, [position])
    return max(round((now() - waiting[0].recorded_at) / 1e6, 1), 0.0) if waiting else 0.0


def _held_plants(connection: sa.Connection) -> tuple[HeldPlant, ...]:
    columns: list[sa.ColumnElement[Any]] = [sa.column(name) for name in _names(HeldPlant)]
    held = sa.select(*columns).select_from(sa.table("held_plants")).order_by(sa.column("plant_id").nulls_first())
    return tuple(HeldPlant(*row) for row in connection.execute(held))


def _sample(connection: sa.Connection, limit: int) -> tuple[DaySample, ...]:
    table = sql_table(SUMMARY, SUMMARY.name)
    columns = [table.c[name] for name in _names(DaySample)]
    newest = sa.select(*columns).order_by(table.c.local_date.desc(), table.c.inverter_id).limit(limit)
    return tuple(DaySample(*row) for row in connection.execute(newest))


def _delivery(found: log.Delivery) -> DeliveryState:
    return DeliveryState(
        found.delivery_id, found.source, found.lines, found.appended, found.duplicates, iso(found.ended_at), found.complete
    )


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))
