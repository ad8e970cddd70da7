from projections.calendar.local_days import LocalDays
from projections.registry.days import inverter_days, plant_days
from projections.registry.inverter import Inverter
from projections.registry.plant import Plant
from projections.registry.registry import Registry


def inverter(inverter_id: str, plant_id: str | None) -> Inverter:
    return Inverter(
        inverter_id=inverter_id,
        plant_id=plant_id,
        vendor="",
        model="",
        capacity_kw=None,
        commissioned_at=None,
        counter_modulus_wh=None,
        issues="",
        position=1,
    )


def plant(plant_id: str, timezone: str | None) -> Plant:
    return Plant(plant_id=plant_id, name="", location="", timezone=timezone, issues="", position=1)


REGISTRY = Registry(
    {"p_1": plant("p_1", "Asia/Kolkata"), "p_2": plant("p_2", None)},
    {"i_1": inverter("i_1", "p_1"), "i_2": inverter("i_2", "p_2"), "i_3": inverter("i_3", "p_3"), "i_4": inverter("i_4", None)},
)


def test_inverter_follows_the_days_of_its_registered_plant() -> None:
    assert inverter_days(REGISTRY, "i_1") == plant_days(REGISTRY, "p_1") == LocalDays("Asia/Kolkata")


def test_days_are_held_without_a_plant_or_a_zone_and_no_zone_is_guessed() -> None:
    assert [plant_days(REGISTRY, name) for name in ("p_2", "p_3", "", None)] == [None] * 4
    assert [inverter_days(REGISTRY, name) for name in ("i_2", "i_3", "i_4", "i_5")] == [None] * 4
