import sys
from types import ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st


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
