import pytest

from projections.measures.window import Window, threshold_w


@pytest.mark.parametrize(("capacity_kw", "threshold"), [(None, 10), (0.5, 10), (1, 10), (50, 500)])
def test_inverter_produces_from_one_percent_of_its_nameplate_and_ten_watts_on(capacity_kw: float | None, threshold: float) -> None:
    assert threshold_w(capacity_kw) == threshold


def test_window_is_open_unless_both_edges_are_closed() -> None:
    edges = [(True, True), (True, False), (False, True), (False, False)]
    assert [Window(0, 1, start_closed=start, end_closed=end).is_open for start, end in edges] == [False, True, True, True]
