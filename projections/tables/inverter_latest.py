"""The newest state of each inverter: its latest reading by its own time, so that a late event never overwrites a newer one. Pure."""

from collections.abc import Sequence

from projections.definition.changes import END, REGISTRY, Touch, registrations_touch_nothing
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.registry.registry import Registry
from projections.table import Table, column, row_class
from projections.tables._days import days_of_instants
from projections.tables._groups import every_inverter
from projections.tables.inverter_telemetry import CLEAN


@row_class
class InverterLatest:
    """One inverter's newest clean reading."""

    inverter_id: str = column("The inverter.")
    event_time: int = column("When it measured.", store="instant")
    plant_id: str = column("The plant, as the message names it.")
    ac_power_w: float | None = column("AC power.", unit="W", null="the reading has none")
    energy_wh_total: float | None = column("Lifetime counter as sent.", unit="Wh", null="the reading has none")
    temperature_c: float | None = column("Temperature.", unit="°C", null="the reading has none")
    status: str | None = column("Canonical status.", null="the reading has none")
    flags: str = column("The reading's flags.")
    position: int = column("Log position of the reading's event.")


LATEST = Table(name="inverter_latest", row=InverterLatest, key=("inverter_id",))


def _derive(inverter_id: str, _touches: Sequence[Touch], reader: Reader, _registry: Registry) -> list[Replacement]:
    reading = reader.last_before(CLEAN, (inverter_id,), END)
    rows = [] if reading is None else [InverterLatest(*(getattr(reading, name) for name in LATEST.names))]
    return [Replacement(LATEST, (), inverter_id, inverter_id, rows)]


PROJECTION = DerivedProjection(
    name=LATEST.name,
    version=1,
    tables=(LATEST,),
    on={CLEAN: days_of_instants, REGISTRY: registrations_touch_nothing},
    groups=every_inverter,
    derive=_derive,
)
