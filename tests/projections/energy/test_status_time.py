import pytest

from projections._energy.status_time import Held, availability, held, seconds_of

SECOND = 1_000_000


def test_status_holds_to_the_next_reading() -> None:
    assert held([(0, "ok"), (10, "fault"), (30, None)], 100, 0, 1_000) == [Held("ok", 0, 10), Held("fault", 10, 30)]


def test_status_holds_no_longer_than_the_longest_gap() -> None:
    assert held([(0, "fault"), (500, "fault")], 100, 0, 1_000) == [Held("fault", 0, 100), Held("fault", 500, 600)]


def test_status_is_cut_at_midnight() -> None:
    assert held([(-50, "fault"), (950, "off")], 100, 0, 1_000) == [Held("fault", 0, 50), Held("off", 950, 1_000)]
    assert held([(-200, "fault"), (-150, "fault"), (1_000, "off")], 100, 0, 1_000) == []


def test_offline_and_unknown_are_not_known() -> None:
    assert held([(0, "offline"), (10, "unknown"), (20, None)], 100, 0, 1_000) == []


def test_no_reading_no_status() -> None:
    assert held([], 100, 0, 1_000) == []


def test_seconds_of_one_status() -> None:
    stretches = [Held("fault", 0, 3 * SECOND), Held("standby", 3 * SECOND, 5 * SECOND), Held("fault", 5 * SECOND, 6 * SECOND)]
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
    assert availability([Held(*stretch) for stretch in stretches], 0, 100) == expected
