import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from projections.contract.by_column.decode_chunk import column_of
from projections.contract.by_column.numbers import read_numbers, read_units, to_thousandths, to_units
from projections.values.numbers import read_number, read_thousandths
from projections.values.units import read_unit

decimals = st.decimals(-(10**6), 10**6, places=4).map(float) | st.decimals(-1000, 1000, places=7).map(float)
sent = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**308), 10**308),
    st.floats(allow_nan=False),
    decimals,
    decimals.map(str),
    st.text(max_size=3),
)


@given(st.lists(decimals | st.floats(-1e12, 1e12), min_size=1, max_size=50), st.sampled_from([1_000, 1_000_000]))
@example([0.0005, 0.0015, 0.0025, 1.0045, 1.0055, 4.3505, 8.0365, 0.5, 1.5, -0.5], 1_000)
@example([float(f"{whole}.{whole % 10}{whole % 7}{whole % 3}5") for whole in range(5_000)], 1_000)
@example([float(f"0.{whole:06}5") for whole in range(5_000)], 1_000_000)
@example([9.99999999e13, 9.99999999e10, -9.99999999e10, 1e11, 99_999_999_999.9995], 1_000)
def test_thousandths_of_a_column_are_those_of_each_value_or_left(numbers, per_unit):
    found = to_thousandths(np.array(numbers), float(per_unit))
    for number, thousandths in zip(numbers, found.tolist(), strict=True):
        assert thousandths == (read_thousandths(number, per_unit) if abs(number * per_unit) < 1e14 else np.inf)


@given(st.lists(sent, max_size=10))
def test_numbers_of_a_column_are_those_of_each_value(values):
    for value, number in zip(values, read_numbers(column_of(values)).tolist(), strict=True):
        expected = read_number(value)
        if expected is not None:
            assert number == expected
        else:
            assert np.isnan(number) if value is None else np.isinf(number)


@given(st.lists(st.sampled_from(["W", "kW", " kw ", "MW", "", None, True, 1, ()]), max_size=8))
def test_units_of_a_column_are_those_of_each_value(values):
    assert [None if unit != unit else unit for unit in read_units(column_of(values)).tolist()] == list(map(read_unit, values))  # noqa: PLR0124


def test_a_number_without_a_unit_is_left():
    assert to_thousandths(np.array([0.0, 1.0, np.nan]), np.array([np.nan] * 3)).tolist()[:2] == [np.inf, np.inf]


@pytest.mark.parametrize(("thousandths", "value"), [(12_500.0, 12.5), (-0.0, 0.0), (np.nan, None), (1.0, 0.001)])
def test_thousandths_become_numbers_again(thousandths, value):
    assert list(map(repr, to_units(np.array([thousandths, 7.0]), 1_000))) == [repr(value), "0.007"]
