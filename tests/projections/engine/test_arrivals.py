from hypothesis import given
from hypothesis import strategies as st

from projections.engine.arrivals import Arrivals


@given(arrivals=st.lists(st.integers(-5, 5), min_size=1).map(sorted), questions=st.lists(st.tuples(st.integers(0, 50), st.integers(-6, 6))))
def test_few_arrivals_answer_for_all_events(arrivals: list[int], questions: list[tuple[int, int]]) -> None:
    after = Arrivals(arrivals.__getitem__).after
    for number, instant in questions:
        position = number % len(arrivals)
        assert after(position, instant) is (arrivals[position] > instant)


def test_events_between_two_of_one_arrival_are_not_read() -> None:
    read: list[int] = []
    after = Arrivals(lambda position: (read.append(position), 7)[1]).after
    assert [after(position, 7) for position in (0, 9, 4, 9, 0)] == [False] * 5
    assert [after(position, 6) for position in (4, 0, 9, 5)] == [True] * 4
    assert read == [0, 9]
