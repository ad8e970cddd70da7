"""Strategies for streams of lines: registries and telemetry of a few inverters over a few days, with their defects."""

import json
from base64 import b64encode
from hashlib import sha256

from hypothesis import strategies as st

from ledger.format.instant import iso, read_instant

START = read_instant("2025-03-29T00:00:00Z")
HOUR = 3_600_000_000
INVERTERS = ("a", "b")
LONG = b64encode(b"".join(sha256(bytes([number])).digest() for number in range(96))).decode()
"""An id of 4 kB that cannot be compressed: no index of PostgreSQL takes it."""

_PLANT_HEADER = b"plant_id,name,location,timezone\n"
_INVERTER_HEADER = b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at,counter_modulus_wh\n"

plants = st.builds(
    lambda zone: ("plant", _PLANT_HEADER + f"p,P,Somewhere,{zone}".encode()),
    st.sampled_from(["Europe/Madrid", "Asia/Kolkata", "America/Phoenix", "", "Nowhere/None"]),
)
inverters = st.builds(
    lambda name, plant, capacity, commissioned: (
        "inverter",
        _INVERTER_HEADER + f"{name},{plant},V,M,{capacity},{commissioned},".encode(),
    ),
    st.sampled_from([*INVERTERS, "", LONG]),
    st.sampled_from(["p", "p", "p", "q", "", LONG]),
    st.sampled_from(["10", "10", "2", "none"]),
    st.sampled_from(["", "2025-03-30T12:00:00Z"]),
)


def telemetry(inverter: str, at: int, wh: float | None, power: float | None, **more: object) -> tuple[str, bytes]:
    """Return one telemetry line; power in W."""
    message = {
        "event_id": f"{inverter}{at}",
        "plant_id": "p",
        "inverter_id": inverter,
        "event_time": iso(at),
        "ac_power": power,
        "ac_power_unit": "W",
        "energy_wh_total": wh,
        "temperature_c": 20.0,
        "status": "ok",
        **more,
    }
    return "telemetry", json.dumps(message).encode()


readings = st.builds(
    telemetry,
    st.sampled_from(INVERTERS),
    st.integers(0, 4 * 24 * 2).map(lambda half: START + half * HOUR // 2),
    st.one_of(st.none(), st.integers(0, 40).map(lambda step: 100_000.0 + step * 500), st.sampled_from([0, 0.5, 7_000.0, 7_500.0, 8_000.0])),
    st.one_of(st.none(), st.sampled_from([0.0, -20.0, 5.0, 500.0, 5_000.0, 9_900.0, 12_500.0, 65_535_000.0])),
    status=st.sampled_from(["ok", "fault", "night", None, 7]),
    temperature_c=st.sampled_from([0, None, 20.5, 110]),
)
LONG_ID = json.dumps({"plant_id": "p", "inverter_id": LONG, "event_time": iso(START), "ac_power": 1, "ac_power_unit": "W"}).encode()
broken = st.sampled_from(
    [
        ("telemetry", line)
        for line in (LONG_ID, b"not json", b'{"inverter_id":"a"}', b'{"inverter_id":"a","plant_id":"p","event_time":"2025-03-29"}', b"\xff")
    ]
)


def curve(inverter: str, days: int, step_hours: int = 1) -> list[tuple[str, bytes]]:
    """Return a steady inverter's lines: 1 kW from 8 to 16 UTC, its counter following."""
    lines, wh = [], 100_000.0
    for step in range(days * 24 // step_hours):
        hour = step * step_hours
        power = 1_000.0 if 8 <= hour % 24 < 16 else 0.0
        lines.append(telemetry(inverter, START + hour * HOUR, wh, power))
        wh += power * step_hours
    return lines


streams = st.lists(st.one_of(readings, readings, readings, readings, plants, inverters, broken), min_size=1, max_size=60)
