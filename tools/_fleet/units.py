"""Who is in the made-up fleet: three plants in three time zones, and what is wrong in its registry."""

from collections.abc import Iterable
from functools import partial

from tools._fleet.model import Site, Unit

SEVILLA = Site(
    plant_id="p_sevilla",
    name="Aljarafe",
    location="Sevilla, Spain",
    timezone="Europe/Madrid",
    latitude=37.4,
    longitude=-6.1,
    source="mqtt",
    running="on-grid",
    sleeping="waiting",
    time="local",
)
KUTCH = Site(
    plant_id="p_kutch",
    name="Rann East",
    location="Kutch, India",
    timezone="Asia/Kolkata",
    latitude=23.7,
    longitude=69.9,
    source="http",
    running="ok",
    sleeping="night",
)
YUMA = Site(
    plant_id="p_yuma",
    name="Mesa Roof",
    location="Yuma, Arizona",
    timezone="America/Phoenix",
    latitude=32.7,
    longitude=-114.6,
    source="ftp",
    running="MPPT",
    sleeping="No Irradiation",
    time="compact",
)
QUITO = Site(
    plant_id="p_quito",
    name="Not surveyed yet",
    location="Quito, Ecuador",
    timezone="",
    latitude=-0.2,
    longitude=-78.5,
    source="mqtt",
    running="run",
    sleeping="sleeping",
)


IN_SERVICE = "2023-06-01T00:00:00Z"
_helia = partial(Unit, site=SEVILLA, vendor="Helia", commissioned_at=IN_SERVICE)
_surya = partial(Unit, site=KUTCH, vendor="Suryatek", commissioned_at=IN_SERVICE)
_solway = partial(Unit, site=YUMA, vendor="Solway", commissioned_at=IN_SERVICE)

SITES = (SEVILLA, KUTCH, YUMA, QUITO)
UNITS = (
    _helia(inverter_id="inv_sevilla_a", model="HX-50", capacity_kw=50, counter_wh=61_204_118),
    _helia(inverter_id="inv_sevilla_b", model="HX-50", capacity_kw=50, counter_wh=59_871_002, power_units=("kW", "W")),
    _helia(inverter_id="inv_sevilla_c", model="HX-30", capacity_kw=30, counter_wh=40_118_000, counter_step_wh=1000),
    _helia(inverter_id="inv_sevilla_d", model="HX-100", capacity_kw=100, counter_wh=118_030_551),
    _surya(inverter_id="inv_kutch_a", model="ST250K", capacity_kw=250, counter_wh=402_770_310),
    _surya(inverter_id="inv_kutch_b", model="ST250K", capacity_kw=250, counter_wh=398_004_977, power_units=("W",)),
    _surya(
        inverter_id="inv_kutch_c",
        model="ST125K",
        capacity_kw=125,
        counter_wh=4_294_567_296,
        counter_modulus_wh=2**32,
        as_text=True,
    ),
    _surya(inverter_id="inv_kutch_d", model="ST20K", capacity_kw=20, counter_wh=30_566_241, power_units=("W",)),
    _solway(inverter_id="inv_yuma_a", model="SW 60", capacity_kw=60, counter_wh=88_102_443, tare_w=390),
    _solway(inverter_id="inv_yuma_b", model="SW 60", capacity_kw=60, counter_wh=87_650_120, power_units=("W",)),
    _solway(inverter_id="inv_yuma_c", model="SW 36", capacity_kw=36, counter_wh=1_020_334, commissioned_at="2025-03-20T15:00:00Z"),
    _solway(inverter_id="inv_yuma_d", model="SW 36", capacity_kw=36, counter_wh=9_400_870, registered_capacity="n/a"),
    Unit(site=QUITO, inverter_id="inv_quito_a", vendor="Helia", model="HX-30", capacity_kw=30, commissioned_at="", counter_wh=55_310),
)

PLANT_COLUMNS = ("plant_id", "name", "location", "timezone")
INVERTER_COLUMNS = ("inverter_id", "plant_id", "vendor", "model", "capacity_kw", "commissioned_at", "counter_modulus_wh")

EXTRA_PLANTS = (
    ("p_retired", "Old Depot", "unknown", "Mars/Olympus_Mons"),  # no such zone
    ("", "Plant without an id", "nowhere", "UTC"),
    ("p_short", "Too few fields"),
)
EXTRA_INVERTERS = (
    ("inv_spare", "", "Helia", "HX-50", "-50", "soon", "never"),  # every issue of a registration at once
    ("", "p_yuma", "Solway", "SW 36", "36", "", ""),
    ("inv_" + "long" * 70, "p_yuma", "Solway", "SW 36", "36", "", ""),
)


def plant_rows() -> list[tuple[str, ...]]:
    """Return the rows of plants.csv, header first."""
    return [PLANT_COLUMNS, *((site.plant_id, site.name, site.location, site.timezone) for site in SITES)]


def inverter_rows(units: Iterable[Unit]) -> list[tuple[str, ...]]:
    """Return the rows of inverters.csv for some inverters, header first."""
    return [INVERTER_COLUMNS, *map(_inverter_row, units)]


def _inverter_row(unit: Unit) -> tuple[str, ...]:
    modulus = "" if unit.counter_modulus_wh is None else str(unit.counter_modulus_wh)
    capacity = unit.registered_capacity or str(unit.capacity_kw)
    return (unit.inverter_id, unit.site.plant_id, unit.vendor, unit.model, capacity, unit.commissioned_at, modulus)
