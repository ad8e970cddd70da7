"""What the tools' tests share: a small plant's three files."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

PLANTS = "plant_id,name,location,timezone\np,Plant,Here,Asia/Kolkata\n"
INVERTERS = "inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,\nb,p,V,M,10,\n"


def line(number: int, inverter: str = "a", minute: int | None = None, power: object = 1000) -> str:
    """Give one telemetry line: minute by minute, 1 kW."""
    minute = number if minute is None else minute
    return (
        f'{{"event_id":"{number}","plant_id":"p","inverter_id":"{inverter}",'
        f'"event_time":"2025-04-01T{6 + minute // 60:02}:{minute % 60:02}:00Z",'
        f'"ac_power":{power},"ac_power_unit":"W","energy_wh_total":{100_000 + minute * 17},"temperature_c":20,"status":"ok"}}\n'
    )


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Give a folder with plants.csv, inverters.csv and 200 lines of telemetry."""
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "plants.csv").write_text(PLANTS)
    (folder / "inverters.csv").write_text(INVERTERS)
    (folder / "telemetry.jsonl").write_text("".join(line(number) for number in range(200)))
    return folder
