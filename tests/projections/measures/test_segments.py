from math import fsum

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.measures import segments as seg
from projections.measures.readings import instants, values
from projections.measures.segments import Segments, duration, duration_above, duration_within, energy_wh, longest_gap, mean
from tests.support import day_oracle

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
GAP = HOUR


def covered(points: list[tuple[int, float | None]], gap_us: int, day_start: int, day_end: int) -> Segments:
    return seg.covered(instants([at for at, _ in points]), values([value for _, value in points]), gap_us, day_start, day_end)


def lines(segments: Segments) -> list[tuple[float, ...]]:
    """Return each segment as start, end, low, high, lesser."""
    columns = (segments.start, segments.end, segments.low, segments.high, segments.lesser)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_trapezoid_over_two_readings() -> None:
    segments = covered([(0, 1_000.0), (HOUR // 2, 3_000.0)], GAP, 0, DAY)
    assert energy_wh(segments) == 1_000
    assert mean(segments) == 2_000
    assert duration(segments) == HOUR // 2


def test_areas_are_added_up_exactly() -> None:
    """Ten times 0.1, added one by one in floats, is less than 1."""
    assert mean(covered([(at, 0.1) for at in range(11)], GAP, 0, DAY)) == 0.1


def test_gap_of_exactly_the_longest_is_joined_and_one_more_microsecond_is_not() -> None:
    assert len(covered([(0, 1.0), (GAP, 1.0)], GAP, 0, DAY)) == 1
    assert len(covered([(0, 1.0), (GAP + 1, 1.0)], GAP, 0, DAY)) == 0


def test_reading_without_the_quantity_joins_nothing() -> None:
    assert len(covered([(0, 1.0), (1, None), (2, 1.0)], GAP, 0, DAY)) == 0


def test_no_segment_no_mean() -> None:
    for points in ([], [(0, 1.0)]):
        nothing = covered(points, GAP, 0, DAY)
        assert mean(nothing) is None
        assert energy_wh(nothing) == duration(nothing) == 0
        assert longest_gap(nothing, 0, 10) == 10


def test_segment_is_cut_at_midnight_with_the_linear_value() -> None:
    points: list[tuple[int, float | None]] = [(-30 * MINUTE, 100.0), (10 * MINUTE, 500.0)]
    assert lines(covered(points, GAP, 0, DAY)) == [(0, 10 * MINUTE, 400, 500, 100)]
    assert lines(covered(points, GAP, -DAY, 0)) == [(-30 * MINUTE, 0, 100, 400, 100)]


def test_segments_of_other_days_are_left_out() -> None:
    points: list[tuple[int, float | None]] = [(-20, 1.0), (0, 1.0), (DAY, 1.0), (DAY + 20, 1.0)]
    assert lines(covered(points, GAP, 0, DAY)) == []


def test_only_segments_with_both_readings_at_a_level_count_as_at_it() -> None:
    segments = covered([(0, 5.0), (10, 5.0), (25, 4.0), (30, 9.0)], GAP, 0, DAY)
    assert duration_above(segments, 5.0) == 10


def test_part_inside_a_window_counts() -> None:
    segments = covered([(0, 1.0), (10, 1.0), (20, 1.0)], GAP, 0, DAY)
    assert [duration_within(segments, *window) for window in [(5, 12), (-5, 30), (20, 30), (30, 40)]] == [7, 20, 0, 0]


@pytest.mark.parametrize(
    ("window", "gap"),
    [
        ((0, 100), 45),
        ((0, 60), 45),
        ((12, 18), 6),
        ((65, 100), 30),
        ((2, 9), 0),
        ((5, 15), 5),
        ((80, 100), 20),
        ((5, 60), 45),
        ((-30, 5), 30),
    ],
)
def test_longest_stretch_without_a_segment(window: tuple[int, int], gap: int) -> None:
    segments = covered([(0, 1.0), (10, 1.0), (11, None), (55, 1.0), (70, 1.0)], 20, -DAY, DAY)
    assert longest_gap(segments, *window) == gap


@given(st.lists(st.tuples(st.integers(-DAY, DAY), st.floats(0, 1e5) | st.none()), max_size=12, unique_by=lambda point: point[0]))
def test_two_days_hold_what_their_readings_hold(points: list[tuple[int, float | None]]) -> None:
    points.sort()
    whole = covered(points, 6 * HOUR, -DAY, DAY)
    before, after = covered(points, 6 * HOUR, -DAY, 0), covered(points, 6 * HOUR, 0, DAY)
    assert energy_wh(before) + energy_wh(after) == pytest.approx(energy_wh(whole))
    assert duration(before) + duration(after) == duration(whole)


POINTS = st.lists(
    st.tuples(st.integers(-DAY, 2 * DAY), st.floats(-1e5, 1e5, allow_subnormal=False) | st.none()),
    max_size=12,
    unique_by=lambda point: point[0],
)


@given(POINTS, st.integers(1, DAY))
def test_columns_are_to_the_last_bit_what_the_pairs_are_one_by_one(points: list[tuple[int, float | None]], gap_us: int) -> None:
    points.sort()
    segments, expected = covered(points, gap_us, 0, DAY), day_oracle.straight_lines(points, gap_us, (0, DAY))
    assert lines(segments) == [attrs.astuple(line) for line in expected]
    area = fsum(line.area for line in expected)
    assert energy_wh(segments) == area / 3_600_000_000
    assert mean(segments) == (area / sum(line.end - line.start for line in expected) if expected else None)
