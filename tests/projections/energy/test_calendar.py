import attrs

from projections._contract.registry import Registry
from projections._energy.calendar import inverter_days, plant_days


def test_placeholder() -> None:
    assert attrs.has(Registry)
    assert inverter_days and plant_days
