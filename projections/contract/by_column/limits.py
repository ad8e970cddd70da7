"""What each event of a column is held to, by the inverter and plant that it names, as arrays. Pure."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs
import numpy as np

from projections.contract.plausibility import BEFORE_COMMISSIONING_US_MAX, NAMEPLATE_UNKNOWN, Limits, limits_for
from projections.values.arrays import Flags, Floats, Instants

if TYPE_CHECKING:
    from projections.registry.registry import Registry

_EVER = int(np.iinfo(np.int64).min)
_LIMITS = ("ac_min", "ac_max", "nameplate_max", "standby_from", "dc_min", "low_load_max")
_limits = attrgetter(*_LIMITS)


@attrs.frozen
class ColumnLimits:
    """Limits in mW as `plausibility.Limits` has them, one for each event, beside what its registration allows.

    `known`: the inverter is registered, under that plant or none. `earliest`: µs since 1970 UTC, before which it was not in service.
    `no_value`: all codes that mean 'no value' to any inverter of the column, even inside its limits.
    """

    known: Flags
    earliest: Instants
    no_value: Floats
    ac_min: Floats
    ac_max: Floats
    nameplate_max: Floats
    standby_from: Floats
    dc_min: Floats
    low_load_max: Floats


class Registrations(dict[tuple[str, str], tuple[bool, int, Limits]]):
    """What a registry allows each pair of inverter_id and plant_id, looked up once: known, earliest and limits as in ColumnLimits."""

    def __init__(self, registry: "Registry") -> None:
        super().__init__()
        self._inverters = registry.inverters

    def __missing__(self, pair: tuple[str, str]) -> tuple[bool, int, Limits]:
        self[pair] = allowed = self._look_up(*pair)
        return allowed

    def _look_up(self, inverter_id: str, plant_id: str) -> tuple[bool, int, Limits]:
        inverter = self._inverters.get(inverter_id)
        if inverter is None:
            return False, _EVER, NAMEPLATE_UNKNOWN
        commissioned_at = inverter.commissioned_at
        earliest = _EVER if commissioned_at is None else commissioned_at - BEFORE_COMMISSIONING_US_MAX
        return inverter.plant_id in {None, plant_id}, earliest, limits_for(inverter.capacity_kw)


class _Numbering(dict[tuple[str, str], int]):
    """Numbers its keys from 0 in the order in which they are first asked for."""

    def __missing__(self, key: tuple[str, str]) -> int:
        self[key] = number = len(self)
        return number


def column_limits(inverter_ids: Sequence[str], plant_ids: Sequence[str], registrations: Registrations) -> ColumnLimits:
    """Look up every event's limits by its inverter_id and plant_id."""
    numbering = _Numbering()
    numbers = np.array(list(map(numbering.__getitem__, zip(inverter_ids, plant_ids, strict=True))), dtype=np.intp)
    allowed = [registrations[pair] for pair in numbering]
    table = np.array([_limits(limits) for _, _, limits in allowed], dtype=np.float64).reshape(-1, len(_LIMITS))
    return ColumnLimits(
        np.array([known for known, _, _ in allowed], dtype=np.bool_)[numbers],
        np.array([earliest for _, earliest, _ in allowed], dtype=np.int64)[numbers],
        np.array(sorted(frozenset().union(*(limits.no_value for _, _, limits in allowed))), dtype=np.float64),
        *table.T[:, numbers],
    )
