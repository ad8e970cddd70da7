"""The groups that derived projections have rows for, inverters or plants, and which of them registrations touch. Pure."""

from collections.abc import Iterable, Mapping

from projections.definition.changes import RegistryRule, Touch, everything
from projections.registry.registry import Registry


def every_inverter(registry: Registry) -> Iterable[str]:
    """Return the registered inverters: no other has derived rows."""
    return registry.inverters


def every_plant(registry: Registry) -> Iterable[str]:
    """Return the registered plants."""
    return registry.plants


def inverters_by_plant(registry: Registry) -> Mapping[str, list[str]]:
    """Return the registered inverters' ids by their plant's id; under the empty id those of no plant."""
    found: dict[str, list[str]] = {}
    for inverter in registry.inverters.values():
        found.setdefault(inverter.plant_id or "", []).append(inverter.inverter_id)
    return found


@RegistryRule
def all_days_of_inverters(before: Registry, after: Registry) -> Iterable[Touch]:
    """Touch all of every inverter whose own registration, or whose plant's, has changed."""
    plants = _changed(before.plants, after.plants)
    under_them = {
        inverter.inverter_id for registry in (before, after) for inverter in registry.inverters.values() if inverter.plant_id in plants
    }
    return map(everything, sorted(_changed(before.inverters, after.inverters) | under_them))


@RegistryRule
def all_days_of_plants(before: Registry, after: Registry) -> Iterable[Touch]:
    """Touch all of every plant whose own registration, or that of one of its inverters, has changed."""
    plants = _changed(before.plants, after.plants)
    for inverter_id in _changed(before.inverters, after.inverters):
        plants |= {registry.inverters[inverter_id].plant_id or "" for registry in (before, after) if inverter_id in registry.inverters}
    return map(everything, sorted(plants - {""}))


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
