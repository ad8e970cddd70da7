"""What each inverter made on each local day, how well that is known, and up to which log position. Pure."""

from collections.abc import Iterator, Sequence
from itertools import islice

import attrs

from projections.calendar.local_days import LocalDays, iso_date
from projections.definition.changes import REGISTRY, Change, RowRule, Touch
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.measures.sampling import GAP_US_MAX
from projections.registry.days import inverter_days
from projections.registry.inverter import Inverter
from projections.registry.registry import Registry
from projections.table import Table
from projections.tables._days import day_of_row_and_steps_after, days_around_instants, days_of_instants, one_day, touched_days
from projections.tables._groups import all_days_of_inverters, every_inverter, inverters_by_plant
from projections.tables._lookup import DAYS_AT_ONCE, CleanEvents, clean_events
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS
from projections.tables.inverter_daily_summary.figures import SETTLE_US, DayInputs, figures_of
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_daily_summary.sources import NONE_REJECTED, Sources, read_sources
from projections.tables.inverter_telemetry import CLEAN, REJECTED
from projections.tables.plant_production_window import WINDOWS

SUMMARY = Table(
    name="inverter_daily_summary",
    row=InverterDailySummary,
    key=("inverter_id", "local_date"),
    indexes=(("plant_id", "local_date", "inverter_id"),),
)


@RowRule
def _day_of_all_its_inverters(changes: Sequence[Change], registry: Registry) -> Iterator[Touch]:
    inverters = inverters_by_plant(registry)
    for day in (row for change in changes for row in change.rows):
        yield from (one_day(inverter_id, day) for inverter_id in inverters.get(day.plant_id, ()))


@attrs.frozen
class _Inverter:
    """One inverter at work: its registration, its days, and what to read."""

    inverter: Inverter
    days: LocalDays
    reader: Reader
    statement_position: int


def _derive(inverter_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = inverter_days(registry, inverter_id)
    if days is None:
        return [Replacement(SUMMARY, (inverter_id,), None, None, [])]
    inverter = registry.inverters[inverter_id]
    position = max(inverter.position, registry.plants[inverter.plant_id or ""].position)
    work = _Inverter(inverter, days, reader, position)
    return [
        Replacement(SUMMARY, (inverter_id,), iso_date(first), iso_date(last), _rows_between(work, first, last))
        for first, last in touched_days(touches, days)
    ]


def _rows_between(work: _Inverter, first: int, last: int) -> list[InverterDailySummary]:
    sources = read_sources(work.reader, work.inverter, work.days, first, last)
    days, rows = iter(sources.days), []
    while some := list(islice(days, DAYS_AT_ONCE)):
        start, end = work.days.start(some[0]), work.days.start(some[-1] + 1)
        events = clean_events(work.reader, work.inverter.inverter_id, start - GAP_US_MAX, end + GAP_US_MAX)
        rows += [figures_of(_inputs(work, sources, events, day)) for day in some]
    return rows


def _inputs(work: _Inverter, sources: Sources, events: CleanEvents, day: int) -> DayInputs:
    start, end = work.days.start(day), work.days.start(day + 1)
    rejected = sources.rejected.get(day, NONE_REJECTED)
    clean = events.position[events.at.searchsorted(start) : events.at.searchsorted(end)]
    position = max(work.statement_position, int(clean.max(initial=0)), rejected.position)
    return DayInputs(
        inverter=work.inverter,
        timezone=work.days.timezone,
        local_date=iso_date(day),
        start=start,
        end=end,
        readings=events.readings.between(start - GAP_US_MAX, end + GAP_US_MAX),
        step_seconds=sources.step_of_day(day),
        counter=sources.counters.get(day),
        window=sources.windows.get(day),
        duplicate_count=rejected.duplicates,
        rejected_count=rejected.others,
        log_position=position,
        restated=work.reader.arrived_after(position, end + SETTLE_US),
    )


_FINAL = """
SELECT summary.*,
       CASE WHEN summary.settles_at IS NULL THEN 0
            WHEN applied.newest_recorded_at > {micros:summary.settles_at} THEN 1 ELSE 0 END AS is_final,
       applied.position AS applied_position
FROM inverter_daily_summary summary
JOIN checkpoint applied ON applied.projection = 'inverter_daily_summary'
"""

PROJECTION = DerivedProjection(
    name=SUMMARY.name,
    version=1,
    tables=(SUMMARY,),
    on={
        CLEAN: days_around_instants,
        REJECTED: days_of_instants,
        COUNTER_MARKS: days_around_instants,
        COUNTER_DAYS: day_of_row_and_steps_after("inverter_id"),
        WINDOWS: _day_of_all_its_inverters,
        REGISTRY: all_days_of_inverters,
    },
    groups=every_inverter,
    derive=_derive,
    views={"inverter_daily_summary_final": _FINAL},
)
