import attrs
import pytest

from projections.tables.counter_days import CounterDayRow
from projections.tables.inverter_daily_summary.verdict import Energy, disagrees, energy_of, quality_of


def counter(**figures: object) -> CounterDayRow:
    zero = {field.name: 0 for field in attrs.fields(CounterDayRow)}
    return CounterDayRow(**{**zero, "energy_mwh": None, **figures})


def test_the_counter_comes_first() -> None:
    assert energy_of(counter(energy_mwh=1_500), 9.0, 1.0, window_open=False) == Energy(1.5, "counter")


def test_power_stands_in_where_no_step_spans_a_well_covered_closed_window() -> None:
    assert energy_of(None, 9.0, 0.9, window_open=False) == Energy(9.0, "power")
    assert energy_of(counter(), 9.0, 0.9, window_open=False) == Energy(9.0, "power")


@pytest.mark.parametrize(
    ("row", "power", "coverage", "window_open"),
    [
        (counter(spanned=True), 9.0, 1.0, False),
        (None, 9.0, 0.89, False),
        (None, 9.0, 1.0, True),
        (None, None, 1.0, False),
        (None, 9.0, None, False),
    ],
)
def test_otherwise_there_is_no_energy(row: CounterDayRow | None, power: float | None, coverage: float | None, *, window_open: bool) -> None:
    assert energy_of(row, power, coverage, window_open=window_open) == Energy(None, "none")


@pytest.mark.parametrize(
    ("energy", "power", "coverage", "expected"),
    [
        (Energy(1_000.0, "counter"), 1_101.0, 0.9, True),
        (Energy(1_000.0, "counter"), 899.0, 0.9, True),
        (Energy(1_000.0, "counter"), 1_100.0, 0.9, False),
        (Energy(999.0, "counter"), 2_000.0, 0.9, False),
        (Energy(1_000.0, "counter"), 2_000.0, 0.89, False),
        (Energy(1_000.0, "counter"), None, 0.9, False),
        (Energy(1_000.0, "power"), 2_000.0, 0.9, False),
    ],
)
def test_power_and_counter_disagree_beyond_a_tenth(energy: Energy, power: float | None, coverage: float, *, expected: bool) -> None:
    assert disagrees(energy, power, coverage) is expected


@pytest.mark.parametrize(
    ("count", "coverage", "flags", "expected"),
    [
        (0, 1.0, [], "no_data"),
        (9, 0.95, [], "good"),
        (9, 0.95, ["restated"], "good"),
        (9, 0.95, ["pending_counter"], "usable"),
        (9, 0.75, [], "usable"),
        (9, 0.74, [], "poor"),
        (9, None, [], "poor"),
    ],
)
def test_quality_follows_coverage_and_what_is_open(count: int, coverage: float | None, flags: list[str], expected: str) -> None:
    assert quality_of(count, coverage, flags) == expected
