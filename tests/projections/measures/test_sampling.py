import numpy as np
import pytest

from projections.measures.sampling import GAP_US_MAX, gap_us_max, own_step

SECOND = 1_000_000


def test_step_is_the_most_frequent_one() -> None:
    assert own_step(np.array([second * SECOND for second in (0, 900, 1_800, 2_100, 2_400, 2_700)], np.int64)) == 300


def test_smaller_of_equally_frequent_steps_counts() -> None:
    assert own_step(np.array([second * SECOND for second in (0, 900, 1_200)], np.int64)) == 300
    assert own_step(np.array([second * SECOND for second in (0, 300, 1_200)], np.int64)) == 300


def test_step_is_whole_seconds_and_at_least_one() -> None:
    assert own_step(np.array([0, 60 * SECOND + 999_999], np.int64)) == 60
    assert own_step(np.array([0, 5], np.int64)) == 1


def test_fewer_than_two_readings_have_no_step() -> None:
    assert own_step(np.array([], np.int64)) is None
    assert own_step(np.array([7], np.int64)) is None


@pytest.mark.parametrize(("step", "minutes"), [(1, 10), (300, 10), (301, 602 / 60), (900, 30), (2_700, 90), (3_600, 90)])
def test_longest_gap_is_two_steps_within_10_and_90_minutes(step: int, minutes: float) -> None:
    assert gap_us_max(step) == minutes * 60 * SECOND
    assert gap_us_max(step) <= GAP_US_MAX
