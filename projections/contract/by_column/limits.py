"""The limits that each event is judged by, one array per limit, looked up by the inverter and plant that the event names. Pure."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs
import numpy as np

from projections.contract.plausibility import BEFORE_COMMISSIONING_US_MAX, NAMEPLATE_UNKNOWN, PowerLimits, limits_for
from projections.values.arrays import Flags, Floats, Instants
from projections.values.text import is_id_too_long

if TYPE_CHECKING:
    from projections.registry.registry import Registry

_EVER = int(np.iinfo(np.int64).min)
_LIMITS = ("ac_min", "ac_max", "nameplate_max", "standby_from", "dc_min", "low_load_max")
_limits = attrgetter(*_LIMITS)


@attrs.frozen
class ColumnLimits:
    """The limits of `plausibility.PowerLimits` in mW, one element per event, beside what the event's registration allows.

    `known`: whether the inverter is registered, under the plant that the event names or under none (and the plant's id is not too long).
    `earliest`: the first instant at which a reading is accepted (µs since 1970 UTC). `no_value`: the codes that mean "no value" even inside
    the AC limits, of all the inverters together: an event whose power is such a code to another inverter is judged one by one, which costs
    time and nothing else.
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


class Registrations(dict[tuple[str, str], tuple[bool, int, PowerLimits]]):
    """For each pair of inverter_id and plant_id, what a registry allows it: (known, earliest, limits), as in ColumnLimits.

    A pair is looked up when it is first asked for.
    """

    def __init__(self, registry: "Registry") -> None:
        super().__init__()
        self._inverters = registry.inverters

    def __missing__(self, pair: tuple[str, str]) -> tuple[bool, int, PowerLimits]:
        self[pair] = allowed = self._look_up(*pair)
        return allowed

    def _look_up(self, inverter_id: str, plant_id: str) -> tuple[bool, int, PowerLimits]:
        inverter = self._inverters.get(inverter_id)
        if inverter is None:
            return False, _EVER, NAMEPLATE_UNKNOWN
        commissioned_at = inverter.commissioned_at
        earliest = _EVER if commissioned_at is None else commissioned_at - BEFORE_COMMISSIONING_US_MAX
        return inverter.plant_id in {None, plant_id} and not is_id_too_long(plant_id), earliest, limits_for(inverter.capacity_kw)


class _Numbering(dict[tuple[str, str], int]):
    """Numbers keys 0, 1, 2 … in the order in which they are first asked for."""

    def __missing__(self, key: tuple[str, str]) -> int:
        self[key] = number = len(self)
        return number


def column_limits(inverter_ids: Sequence[str], plant_ids: Sequence[str], registrations: Registrations) -> ColumnLimits:
    """Return every event's limits; both sequences have one element per event. Pairs that occur often are looked up once."""
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
