"""The registry at one position of the log: every plant and inverter as last registered. Pure."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from projections.registry.inverter import Inverter, read_inverter
from projections.registry.plant import Plant, read_plant

if TYPE_CHECKING:
    from ledger.format.event import Logged


@attrs.frozen
class Registry:
    """Plants by plant_id and inverters by inverter_id, as registered at one position of the log."""

    plants: Mapping[str, Plant]
    inverters: Mapping[str, Inverter]

    @classmethod
    def empty(cls) -> "Registry":
        """Return the registry of an empty log."""
        return cls({}, {})

    def extended(self, statements: "Iterable[Logged]") -> "Registry":
        """Return the registry after further events in log order: an id's last statement wins, events of other kinds are passed over."""
        plants, inverters = dict(self.plants), dict(self.inverters)
        for event in statements:
            if event.kind == "plant" and (plant := read_plant(event)):
                plants[plant.plant_id] = plant
            elif event.kind == "inverter" and (inverter := read_inverter(event)):
                inverters[inverter.inverter_id] = inverter
        return Registry(plants, inverters)
