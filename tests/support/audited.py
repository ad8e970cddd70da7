"""Two days of two inverters with a defect of each kind, the files they come in, and where in the log each line is."""

import json
from pathlib import Path

PLANTS = """plant_id,name,location,timezone
p_north,North,Delhi,Asia/Kolkata
p_dark,Dark,Nowhere,
,Nameless,Nowhere,Asia/Kolkata
"""
PLANTS_AGAIN = """plant_id,name,location,timezone
p_north,North renamed,Delhi,Asia/Kolkata
"""
INVERTERS = """inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at
inv_a,p_north,Sungrow,SG33CX,33.0,2024-11-01T00:00:00Z
inv_b,p_north,Sungrow,SG33CX,33.0,2024-11-01T00:00:00Z
inv_dark,p_dark,Sungrow,SG33CX,33.0,2024-11-01T00:00:00Z
inv_homeless,,Sungrow,SG33CX,33.0,
inv_lost,p_nowhere,Sungrow,SG33CX,33.0,
"""


def line(inverter_id: str, at: str, power: object, counter: object, **more: object) -> bytes:
    plant_id = "p_dark" if inverter_id == "inv_dark" else "p_north"
    fields = {"plant_id": plant_id, "inverter_id": inverter_id, "event_time": at, "ac_power": power, "ac_power_unit": "W"}
    return json.dumps({**fields, "energy_wh_total": counter, "status": "ok", **more}).encode()


LINES = [
    line("inv_a", "2025-04-01T05:50:00Z", 10_000, 100_000),
    line("inv_a", "2025-04-01T06:00:00Z", 10_000, 101_000),
    line("inv_a", "2025-04-01T06:10:00Z", 10_000, 102_000),
    line("inv_a", "2025-04-02T06:00:00Z", 10_000, 110_000),
    line("inv_a", "2025-04-02T06:05:00Z", 10_000, 0),
    line("inv_a", "2025-04-02T06:10:00Z", 10_000, 111_000),
    line("inv_a", "2025-04-02T06:15:00Z", -5_000, 111_500),
    line("inv_a", "2025-04-02T06:10:00Z", 10_000, 111_000, event_id="again"),
    line("inv_b", "2025-04-02T06:00:00Z", 9_000, 5_000),
    line("inv_b", "2025-04-02T06:00:00Z", 9_500, 5_000),
    line("=HYPERLINK(1)", "2025-04-02T06:00:00Z", 1, 1),
    line("inv_\u001b[31mred", "2025-04-02T06:00:00Z", 1, 1),
    b"not \xff json",
    line("inv_dark", "2025-04-02T06:00:00Z", 1_000, 1_000),
    line("inv_b", "2025-04-05T06:00:00Z", 1, 1, plant_id="p_dark"),
]
# Five statements of inverters and three of plants come first. After each file's lines an event states its delivery.
FIRST = 10
A_DAY_TWO, PLACEHOLDER, NEGATIVE, DUPLICATE, SUPERSEDED, KEPT = (FIRST + number for number in (3, 4, 6, 7, 8, 9))
LATEST, NOT_UTF8, DARK = FIRST + 5, FIRST + 12, FIRST + 13
RENAMED = FIRST + len(LINES) + 1
SIZE = RENAMED + 2


def write_files(folder: Path) -> list[str]:
    """Write the files into a folder, and return their names in the order in which they are appended."""
    (folder / "plants.csv").write_text(PLANTS, "utf-8")
    (folder / "inverters.csv").write_text(INVERTERS, "utf-8")
    (folder / "lines.jsonl").write_bytes(b"".join(line + b"\n" for line in LINES) + b"\n" + LINES[0] + b"\n")
    (folder / "renamed.csv").write_text(PLANTS_AGAIN, "utf-8")
    return ["inverters.csv", "plants.csv", "lines.jsonl", "renamed.csv"]
