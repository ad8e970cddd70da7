import pytest

from projections.measures.readings import instants, values
from projections.measures.stale import stale_us


def of(*powers: float | None) -> int:
    return stale_us(instants(range(0, 10 * len(powers), 10)), values(powers))


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ((500.0,) * 6, 50),
        ((500.0,) * 5, 0),
        ((0.0,) * 20, 0),
        ((None,) * 20, 0),
        ((0.0, 500, 500, 500, 500, 500, 500, 0), 50),
        ((500, 500, 500, None, 500, 500, 500), 0),
        ((100_000, 100_001, 99_999, 100_000, 100_000, 100_000), 50),
        ((100_000, 100_000, 100_000, 100_000, 100_000, 100_002), 0),
        ((-500.0,) * 6, 50),
        ((500, *(600,) * 6, *(700,) * 7), 50 + 60),
        ((*(100_000,) * 6, *(100_001.5,) * 3), 50),
        ((*(100_000,) * 3, *(100_001.5,) * 6), 50),
        ((-0.0,) * 20, 0),
        ((), 0),
    ],
)
def test_runs_of_at_least_six_readings_with_one_power_are_stale(powers: tuple[float | None, ...], expected: int) -> None:
    assert of(*powers) == expected


def test_power_that_drifts_is_measured_against_the_first_of_its_run() -> None:
    assert of(*(100_000 + 0.5 * step for step in range(30))) == 0, "three readings at most lie within 1e-5 of their first"
