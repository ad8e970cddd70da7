"""Which zone's days an inverter follows, as registered. Pure."""

from projections.calendar.local_days import LocalDays
from projections.registry.registry import Registry


def plant_days(registry: Registry, plant_id: str | None) -> LocalDays | None:
    """Return a plant's days; None while it is not registered or has no valid zone: its summaries are held, no zone is guessed."""
    plant = registry.plants.get(plant_id or "")
    return None if plant is None or plant.timezone is None else LocalDays(plant.timezone)


def inverter_days(registry: Registry, inverter_id: str) -> LocalDays | None:
    """Return the days of an inverter's registered plant; None while they are held."""
    inverter = registry.inverters.get(inverter_id)
    return None if inverter is None else plant_days(registry, inverter.plant_id)
