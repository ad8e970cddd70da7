"""Plants as last registered: one row per plant. Pure."""

from typing import TYPE_CHECKING

from projections.definition.event_projection import EventProjection, Judgement, last_statement_wins, registry_does_not_matter
from projections.registry.plant import Plant, read_plant
from projections.table import Table

if TYPE_CHECKING:
    from ledger.format.event import Logged
    from projections.registry.registry import Registry

PLANTS = Table(name="plants", row=Plant, key=("plant_id",))


def _judge(event: "Logged", _registry: "Registry") -> Judgement:
    plant = read_plant(event)
    return Judgement((plant.plant_id if plant else "",), PLANTS.name, plant)


PROJECTION = EventProjection(
    name="plants",
    version=2,
    tables=(PLANTS,),
    kinds=frozenset({"plant"}),
    conflict_key=("plant_id",),
    judge=_judge,
    settle=last_statement_wins,
    judged_again=registry_does_not_matter,
)
