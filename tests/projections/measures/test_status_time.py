import pytest

from projections.measures import status_time
from projections.measures.readings import STATUS_OF_CODE, codes, instants
from projections.measures.status_time import HeldStatuses, availability, seconds_of

SECOND = 1_000_000


def held(points: list[tuple[int, str | None]], gap_us: int, day_start: int, day_end: int) -> list[tuple[str | None, int, int]]:
    at, status = instants([at for at, _ in points]), codes([status for _, status in points])
    found = status_time.held(at, status, gap_us, day_start, day_end)
    return [
        (STATUS_OF_CODE[code], start, end)
        for code, start, end in zip(found.status.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    ]


def stretches_of(stretches: list[tuple[str, int, int]]) -> HeldStatuses:
    status, start, end = zip(*stretches, strict=True) if stretches else ((), (), ())
    return HeldStatuses(codes(status), instants(start), instants(end))


def test_status_holds_to_the_next_reading() -> None:
    assert held([(0, "running"), (10, "fault"), (30, None)], 100, 0, 1_000) == [("running", 0, 10), ("fault", 10, 30)]


def test_status_holds_no_longer_than_the_longest_gap() -> None:
    assert held([(0, "fault"), (500, "fault")], 100, 0, 1_000) == [("fault", 0, 100), ("fault", 500, 600)]


def test_status_is_cut_at_midnight() -> None:
    assert held([(-50, "fault"), (950, "off")], 100, 0, 1_000) == [("fault", 0, 50), ("off", 950, 1_000)]
    assert held([(-200, "fault"), (-150, "fault"), (1_000, "off")], 100, 0, 1_000) == []


def test_offline_and_unknown_are_not_known() -> None:
    assert held([(0, "offline"), (10, "unknown"), (20, None)], 100, 0, 1_000) == []


def test_no_reading_no_status() -> None:
    assert held([], 100, 0, 1_000) == []


def test_seconds_of_one_status() -> None:
    stretches = stretches_of([("fault", 0, 3 * SECOND), ("standby", 3 * SECOND, 5 * SECOND), ("fault", 5 * SECOND, 6 * SECOND)])
    assert [seconds_of(stretches, status) for status in ("fault", "standby", "derated")] == [4, 2, 0]


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([("running", 0, 100)], 1),
        ([("running", 0, 75), ("fault", 75, 100)], 0.75),
        ([("off", 0, 50), ("maintenance", 50, 100)], 0),
        ([("standby", 0, 25), ("fault", 25, 50)], 0.5),
        ([("running", 0, 49)], None),
        ([("running", -100, 0), ("fault", 100, 200)], None),
        ([("fault", -100, 10), ("running", 10, 300)], 0.9),
        ([], None),
    ],
)
def test_availability_is_the_known_time_not_down_inside_the_window(stretches: list[tuple[str, int, int]], expected: float | None) -> None:
    assert availability(stretches_of(stretches), 0, 100) == expected
