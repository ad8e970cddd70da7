from hypothesis import given
from hypothesis import strategies as st

from projections.counter.samples import NO_COUNTER, NO_POWER, Sample, samples_of, samples_of_rows

numbers = st.one_of(st.none(), st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000))
counters = st.one_of(st.none(), st.integers(0, 10**17).map(lambda mwh: mwh / 1000))


def test_absent_values_have_codes_of_their_own_and_zeros_are_values() -> None:
    samples = samples_of([1, 2, 3], [None, 0.0, 1.2345], [-2.5, None, 0.0], [None, 0.0, 20.5])
    assert samples.at.tolist() == [1, 2, 3]
    assert samples.mwh.tolist() == [NO_COUNTER, 0, 1234]
    assert samples.power_mw.tolist() == [-2500, NO_POWER, 0]
    assert samples.bare.tolist() == [False, True, False]


def test_no_rows_are_no_samples() -> None:
    assert len(samples_of([], [], [], [])) == len(samples_of_rows([])) == 0


@given(st.lists(st.tuples(counters, numbers, numbers), min_size=1, max_size=20))
def test_columns_of_a_table_are_those_of_single_samples(rows: list[tuple[float | None, float | None, float | None]]) -> None:
    one = samples_of(range(len(rows)), *map(list, zip(*rows, strict=True)))
    singles = [
        Sample(at, None if wh is None else round(wh * 1e3), None if watts is None else round(watts * 1e3), celsius)
        for at, (wh, watts, celsius) in enumerate(rows)
    ]
    other = samples_of_rows(singles)
    for name in ("at", "mwh", "power_mw", "bare"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@given(st.integers(0, 9), st.integers(0, 9))
def test_parts_join_to_the_whole(low: int, high: int) -> None:
    whole = samples_of_rows([Sample(at, at * 10, None, 1.0) for at in range(9)])
    low, high = sorted((low, high))
    again = whole.part(0, low).joined(whole.part(low, high)).joined(whole.part(high, 9))
    assert (again.at.tolist(), again.mwh.tolist()) == (whole.at.tolist(), whole.mwh.tolist())
