"""What the tools' tests share: a small plant's three files."""

from pathlib import Path

import pytest

from tests.support.cli import line

PLANTS = "plant_id,name,location,timezone\np,Plant,Here,Asia/Kolkata\n"
INVERTERS = "inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,\nb,p,V,M,10,\n"


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Return a folder with plants.csv, inverters.csv and 200 lines of telemetry."""
    folder = tmp_path / "plant"
    folder.mkdir()
    (folder / "plants.csv").write_text(PLANTS)
    (folder / "inverters.csv").write_text(INVERTERS)
    (folder / "telemetry.jsonl").write_text("".join(line(number) for number in range(200)))
    return folder
