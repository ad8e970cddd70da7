"""What each plant made on each local day: the sum of its inverters' rows, and how many of them are in it. Pure."""

from collections.abc import Sequence
from itertools import groupby

from projections.calendar.local_days import iso_date
from projections.definition.changes import REGISTRY, Touch
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.registry.days import plant_days
from projections.registry.inverter import Inverter
from projections.registry.registry import Registry
from projections.table import Table, column, row_class
from projections.tables._days import day_of_row, touched_days
from projections.tables._groups import all_days_of_plants, every_plant, inverters_by_plant
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_daily_summary.row import QUALITY, InverterDailySummary


@row_class
class PlantDailySummary:
    """One plant on one of its local days."""

    plant_id: str = column("The plant.")
    local_date: str = column("The plant's local date.", store="date")
    timezone: str = column("The plant's IANA zone.")
    day_start_utc: int = column("First instant of the day.", store="instant")
    day_end_utc: int = column("First instant after the day.", store="instant")
    energy_wh: float | None = column("Sum of the inverters' energy, of those that have one.", unit="Wh", null="no inverter has energy")
    inverters_with_energy: int = column("Inverters in that sum.")
    inverters_reporting: int = column("Inverters with a reading that day.")
    inverters_registered: int = column("Inverters registered under the plant and, where that is known, commissioned by the day's end.")
    capacity_kw: float = column("Nameplate AC power of the registered inverters, of those where it is known.", unit="kW")
    specific_yield_kwh_per_kw: float | None = column(
        "Energy per kW of AC nameplate.", unit="kWh/kW", null="a registered inverter has no energy or no nameplate, or none is registered"
    )
    quality: str = column("The worst quality of the registered inverters: good, usable, poor or no_data (also where one has no row).")
    flags: str = column("All flags of the inverters' rows: comma-joined sorted names.")
    log_position: int = column("Largest log position among the inverters' rows.")


PLANT_SUMMARY = Table(name="plant_daily_summary", row=PlantDailySummary, key=("plant_id", "local_date"))


def _derive(plant_id: str, touches: Sequence[Touch], reader: Reader, registry: Registry) -> list[Replacement]:
    days = plant_days(registry, plant_id)
    if days is None:
        return [Replacement(PLANT_SUMMARY, (plant_id,), None, None, [])]
    inverters = [registry.inverters[inverter_id] for inverter_id in inverters_by_plant(registry).get(plant_id, ())]
    replacements = []
    for first, last in touched_days(touches, days):
        low, high = iso_date(first), iso_date(last)
        found = reader.scan(SUMMARY, SUMMARY.indexes[0], (plant_id,), low, high)
        rows = [_row(list(day), inverters) for _, day in groupby(found, lambda row: row.local_date)]
        replacements.append(Replacement(PLANT_SUMMARY, (plant_id,), low, high, rows))
    return replacements


def _row(rows: list[InverterDailySummary], inverters: list[Inverter]) -> PlantDailySummary:
    day = rows[0]
    by_inverter = {row.inverter_id: row for row in rows}
    registered = [inverter for inverter in inverters if inverter.commissioned_at is None or inverter.commissioned_at < day.day_end_utc]
    energies_mwh = [round(row.energy_wh * 1e3) for row in rows if row.energy_wh is not None]
    capacity_kw = sum(round(inverter.capacity_kw * 1e6) for inverter in registered if inverter.capacity_kw is not None) / 1e6
    qualities = [
        by_inverter[inverter.inverter_id].quality if inverter.inverter_id in by_inverter else QUALITY[0] for inverter in registered
    ]
    return PlantDailySummary(
        plant_id=day.plant_id,
        local_date=day.local_date,
        timezone=day.timezone,
        day_start_utc=day.day_start_utc,
        day_end_utc=day.day_end_utc,
        energy_wh=sum(energies_mwh) / 1e3 if energies_mwh else None,
        inverters_with_energy=len(energies_mwh),
        inverters_reporting=sum(row.reading_count > 0 for row in rows),
        inverters_registered=len(registered),
        capacity_kw=capacity_kw,
        specific_yield_kwh_per_kw=_yield(by_inverter, registered),
        quality=min(qualities or [QUALITY[0]], key=QUALITY.index),
        flags=",".join(sorted({flag for row in rows for flag in row.flags.split(",") if flag})),
        log_position=max(row.log_position for row in rows),
    )


def _yield(rows: dict[str, InverterDailySummary], registered: list[Inverter]) -> float | None:
    wh, watts = 0, 0
    for inverter in registered:
        row = rows.get(inverter.inverter_id)
        if row is None or row.energy_wh is None or inverter.capacity_kw is None:
            return None
        wh += round(row.energy_wh * 1e3)
        watts += round(inverter.capacity_kw * 1e6)
    return round(wh / watts, 6) if watts else None


PROJECTION = DerivedProjection(
    name=PLANT_SUMMARY.name,
    version=1,
    tables=(PLANT_SUMMARY,),
    on={SUMMARY: day_of_row("plant_id"), REGISTRY: all_days_of_plants},
    groups=every_plant,
    derive=_derive,
)
