"""Inverters as last registered: one row per inverter. Pure."""

from typing import TYPE_CHECKING

from projections.definition.event_projection import EventProjection, Judgement, last_statement_wins, registry_does_not_matter
from projections.registry.inverter import Inverter, read_inverter
from projections.table import Table

if TYPE_CHECKING:
    from ledger.format.event import Logged
    from projections.registry.registry import Registry

INVERTERS = Table(name="inverters", row=Inverter, key=("inverter_id",), indexes=(("plant_id",),))


def _judge(event: "Logged", _registry: "Registry") -> Judgement:
    inverter = read_inverter(event)
    return Judgement((inverter.inverter_id if inverter else "",), INVERTERS.name, inverter)


_HELD_PLANTS = """
SELECT inverters.plant_id, plants.timezone, COALESCE(NULLIF(plants.issues, ''), 'not_registered') AS reason,
       COUNT(*) AS inverters, 'timezone_missing' AS held_as
FROM inverters LEFT JOIN plants ON plants.plant_id = inverters.plant_id
WHERE plants.timezone IS NULL
GROUP BY inverters.plant_id, plants.timezone, plants.issues
"""

PROJECTION = EventProjection(
    name="inverters",
    version=2,
    tables=(INVERTERS,),
    kinds=frozenset({"inverter"}),
    conflict_key=("inverter_id",),
    judge=_judge,
    settle=last_statement_wins,
    judged_again=registry_does_not_matter,
    views={"held_plants": _HELD_PLANTS},
)
