import json
import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cli import ROOT, environ

SHOW_PROFILES = """import json
from hypothesis import settings
from tests.support.hypothesis_profiles import EXPLORE, GATE, register
register()
profiles = [settings.get_profile(name) for name in (GATE, EXPLORE)]
print(json.dumps([[one.derandomize, one.database, one.deadline, one.print_blob] for one in profiles]))
"""


def drawn() -> list[int]:
    seen = []

    @given(st.integers())
    @settings(max_examples=300)
    def draw(number: int) -> None:
        seen.append(number)

    draw()
    return seen


def test_every_run_draws_the_same_examples() -> None:
    assert drawn() == drawn()


def test_modules_that_happen_to_be_loaded_do_not_change_the_examples(tmp_path, monkeypatch) -> None:
    before = drawn()
    for number in range(20):
        file = tmp_path / f"loaded_{number}.py"
        file.write_text(f"NUMBERS = {[number * 1_000_003 + one for one in range(500)]}\n")
        module = ModuleType(file.stem)
        module.__file__ = str(file)
        monkeypatch.setitem(sys.modules, file.stem, module)
    assert drawn() == before


@pytest.mark.parametrize("ci", ["", "true"], ids=["on a desk", "in CI"])
def test_only_the_gate_draws_the_same_examples_wherever_it_runs(ci: str) -> None:
    environment = {name: value for name, value in environ().items() if name != "CI"} | ({"CI": ci} if ci else {})
    done = subprocess.run(
        [sys.executable, "-P", "-c", SHOW_PROFILES], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [[True, None, None, False], [False, None, None, False]]
