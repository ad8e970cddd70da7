"""Days of a counter line, one plant and inverter for each shape: 10 kW, so at most 1 kWh and the resolution in 5 min."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DAY = "2025-04-01"


def rows(start: str, minutes: int, *counters: float | None, watts: float | None = None, celsius: float = 20) -> list[dict[str, Any]]:
    first = datetime.fromisoformat(f"{start}Z")
    moments = [(first + index * timedelta(minutes=minutes)).isoformat() for index in range(len(counters))]
    return [
        {"event_time": at, "energy_wh_total": wh, "ac_power": watts, "ac_power_unit": "W", "temperature_c": celsius}
        for at, wh in zip(moments, counters, strict=True)
    ]


LINE = rows("2025-04-01T11:00:00", 30, 99_401, 99_701, 100_001, watts=600)
STILL = rows("2025-04-01T13:00:00", 10, 100_001, 100_001)
SHAPES = {
    "inv_normal": rows("2025-04-01T05:00:00", 5, *range(100_003, 103_603, 300), watts=3_600),
    "inv_glitch": [*LINE, *rows("2025-04-01T12:05:00", 5, 100_301, 60_003, 104_581, 100_901, watts=3_600)],
    "inv_split": rows("2025-04-01T23:50:00", 20, 100_001, 100_101, watts=300),
    "inv_night": [*rows("2025-04-01T18:00:00", 5, 100_001, 100_002), *rows("2025-04-02T06:00:00", 5, 100_402, 100_502)],
    "inv_gap": [*rows("2025-04-01T18:00:00", 5, 100_001, 100_002), *rows("2025-04-04T06:00:00", 5, 100_602, 100_702)],
    "inv_reset": [*LINE, *rows("2025-04-01T12:05:00", 300, *range(303, 2_703, 300))],
    "inv_replaced": [
        *LINE,
        *rows("2025-04-01T12:10:00", 5, *range(50_003, 50_603, 100)),
        *rows("2025-04-01T17:10:00", 300, *range(50_603, 52_403, 300)),
    ],
    "inv_late_reset": [
        *LINE,
        *rows("2025-04-01T22:00:00", 90, 303, 0),
        *rows("2025-04-02T03:00:00", 300, *range(603, 2_703, 300)),
    ],
    "inv_rollover": rows("2025-04-01T12:00:00", 5, 999_501, 999_901, 301, 601),
    "inv_zeros": [*LINE, *rows("2025-04-01T12:05:00", 5, *[0] * 11, celsius=0), *STILL],
    "inv_pending": [*LINE, *rows("2025-04-01T12:05:00", 5, 100_301, 60_003)],
    "inv_power": [
        *rows("2025-04-01T08:00:00", 5, None, None, watts=0),
        *rows("2025-04-01T08:10:00", 5, *[None] * 12, watts=3_000),
        *rows("2025-04-01T09:10:00", 5, None, None, watts=0),
    ],
}
DAYS = [(name, DAY) for name in SHAPES] + [
    ("inv_split", "2025-04-02"),
    ("inv_night", "2025-04-02"),
    ("inv_gap", "2025-04-04"),
    ("inv_reset", "2025-04-02"),
    ("inv_replaced", "2025-04-02"),
    ("inv_late_reset", "2025-04-02"),
]


def write_files(folder: Path) -> list[str]:
    """Write the files into a folder, and return their names in the order in which they are appended."""
    zones = {**dict.fromkeys(SHAPES, "Etc/UTC"), "inv_normal": "Asia/Kolkata", "inv_held": "", "inv_[red]": "Etc/UTC"}
    plants = "".join(f"p_{name},P,Here,{zone}\n" for name, zone in zones.items())
    inverters = "".join(f"{name},p_{name},V,M,10,,{1_000_000 if name == 'inv_rollover' else ''}\n" for name in zones)
    (folder / "plants.csv").write_text("plant_id,name,location,timezone\n" + plants)
    (folder / "inverters.csv").write_text("inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at,counter_modulus_wh\n" + inverters)
    lines = [{"inverter_id": name, "plant_id": f"p_{name}", "status": "ok", **row} for name, shape in SHAPES.items() for row in shape]
    lines += [{"inverter_id": "inv_held", "plant_id": "p_inv_held", **row} for row in LINE]
    lines += [
        {"inverter_id": "inv_normal", "plant_id": "p_inv_normal", **row} for row in rows("2025-04-10T12:00:00", 5, None, watts=-9_000)
    ]
    (folder / "lines.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return ["plants.csv", "inverters.csv", "lines.jsonl"]
