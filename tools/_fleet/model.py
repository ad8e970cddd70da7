"""How a made-up inverter generates: sun, clouds, a true counter, and the message it sends about them.

Chance is SHA-256 of a name and a number, so the same fleet gives the same bytes everywhere. Instants are µs since 1970 UTC.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import attrs

from projections.calendar.zones import zone

STEP_S = 300
SECOND_US = 1_000_000
STEP_US = STEP_S * SECOND_US
_CLOUD_US = 3 * STEP_US
_DAY_US = 86_400 * SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Message = dict[str, Any]


@attrs.frozen(kw_only=True)
class Site:
    """A plant: its registration, its latitude and longitude (degrees), and the wording of its logger.

    `time` is how it writes instants: `utc` with a Z, `local` with ±HH:MM, `compact` with a space and ±HHMM.
    """

    plant_id: str
    name: str
    location: str
    timezone: str
    latitude: float
    longitude: float
    source: str
    running: str
    sleeping: str
    time: str = "utc"


@attrs.frozen(kw_only=True)
class Unit:
    """An inverter: its registration, its counter's start (Wh), step (Wh) and modulus, and how it writes powers.

    `power_units` are used in turn, `as_text` sends numbers as strings, `tare_w` is what it draws at night,
    `registered_capacity` what the registry says instead of `capacity_kw`.
    """

    inverter_id: str
    site: Site
    vendor: str
    model: str
    capacity_kw: int
    commissioned_at: str
    counter_wh: int
    counter_step_wh: int = 1
    counter_modulus_wh: int | None = None
    power_units: tuple[str, ...] = ("kW",)
    as_text: bool = False
    tare_w: int = 0
    registered_capacity: str = ""


@attrs.frozen
class Measurement:
    """What an inverter shows at an instant: AC power in W, counter in Wh."""

    at: int
    power_w: int
    counter_wh: int


def chance(name: str, number: int) -> float:
    """Return a number in [0, 1) that depends on a name and a number alone."""
    return int.from_bytes(sha256(f"{name} {number}".encode()).digest()[:4], "big") / 2**32


def local_instant(site: Site, text: str) -> int:
    """Return the instant of `YYYY-MM-DD HH:MM` on a site's clocks; a site without a zone keeps UTC."""
    tz = zone(site.timezone or "Etc/UTC")
    return (datetime.fromisoformat(text).replace(tzinfo=tz) - _EPOCH) // timedelta(microseconds=1)


def samples(unit: Unit, start: int, end: int) -> Iterator[Measurement]:
    """Return an inverter's samples from `start` to before `end`, its counter the trapezoid of its power."""
    watt_seconds_doubled, before = 0, 0
    for at in range(start, end, STEP_US):
        power = _power_w(unit, at)
        watt_seconds_doubled += (before + power) * STEP_S
        before = power
        counter = unit.counter_wh + watt_seconds_doubled // 7200
        counter -= counter % unit.counter_step_wh
        yield Measurement(at, power or -unit.tare_w, counter % unit.counter_modulus_wh if unit.counter_modulus_wh else counter)


def _power_w(unit: Unit, at: int) -> int:
    sun = _sun(unit.site, at)
    if sun <= 0:
        return 0
    # Two neighbouring cloud values blended: the sky does not jump every quarter of an hour.
    index, part = divmod(at, _CLOUD_US)
    cloud = _cloud(unit.site.plant_id, index) * (1 - part / _CLOUD_US) + _cloud(unit.site.plant_id, index + 1) * part / _CLOUD_US
    noise = 0.98 + 0.04 * chance(unit.inverter_id, at // STEP_US)
    return round(unit.capacity_kw * 900 * math.pow(sun, 1.2) * (1 - 0.6 * cloud) * noise)


@lru_cache(maxsize=1 << 12)
def _cloud(plant_id: str, index: int) -> float:
    return chance(plant_id, index) ** 4


@lru_cache(maxsize=1 << 12)
def _sun(site: Site, at: int) -> float:
    """Return the sine of the sun's height, from the day of the year and the site's solar time."""
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (at / _DAY_US + 10) / 365.2425)
    hour_angle = 2 * math.pi * (at % _DAY_US / _DAY_US + site.longitude / 360 - 0.5)
    latitude = math.radians(site.latitude)
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour_angle)


def message(unit: Unit, sample: Measurement) -> Message:
    """Return the message a healthy logger sends about a sample."""
    number = sample.at // STEP_US
    load = max(sample.power_w, 0) / (unit.capacity_kw * 1000)
    power_unit = unit.power_units[number % len(unit.power_units)]
    scale = 1000 if power_unit == "kW" else 1
    site = unit.site
    values = {
        "event_id": f"{unit.inverter_id}-{number}",
        "plant_id": site.plant_id,
        "inverter_id": unit.inverter_id,
        "event_time": time_text(site, sample.at),
        "source": site.source,
        "ac_power": sample.power_w / scale,
        "ac_power_unit": power_unit,
        "dc_power": round(max(sample.power_w, 0) * 1.03) / scale,
        "dc_power_unit": power_unit,
        "energy_wh_total": sample.counter_wh,
        "temperature_c": round(16 + 34 * load + 2 * chance(site.plant_id, number), 1),
        "status": site.running if sample.power_w > 0 else site.sleeping,
    }
    return {name: str(value) for name, value in values.items()} if unit.as_text else values


def time_text(site: Site, at: int) -> str:
    """Write an instant the way a site's logger does."""
    moment = _EPOCH + timedelta(microseconds=at)
    if site.time == "utc":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    local = moment.astimezone(zone(site.timezone))
    return local.isoformat() if site.time == "local" else local.strftime("%Y-%m-%d %H:%M:%S%z")


def encode(fields: Message) -> bytes:
    """Write a message as one line, without its end."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def lines_in_step(units: Sequence[Unit], start: int, end: int) -> Iterator[bytes]:
    """Return the healthy lines of all units, instant by instant; memory does not grow with the time span."""
    for together in zip(*(samples(unit, start, end) for unit in units), strict=True):
        for unit, sample in zip(units, together, strict=True):
            yield encode(message(unit, sample))
