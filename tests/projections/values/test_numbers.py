from fractions import Fraction
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.values.numbers import read_number, read_thousandths


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (12, 12.0),
        (12.5, 12.5),
        ("12.5", 12.5),
        ("+12.5", 12.5),
        ("  -1.5e3 ", -1500.0),
        ("1E-2", 0.01),
        ("0", 0.0),
        (10**308, 1e308),
        (2**1024 - 2**970 - 1, 1.7976931348623157e308),
    ],
)
def test_a_number_or_a_text_holding_one_is_read(value, number):
    assert read_number(value) == number


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, "", " ", "1,4", "12 kW", "nan", "inf", "Infinity", "1e999", "-1e999", "0x10", "1_000", "01", ".5", "5.", "+-5",
        "1\n", "\t1", "١", "1" * 5000, 10**400, float("inf"), float("-inf"), float("nan"), [], [1], {}, {"a": 1}, b"1",
    ],
)  # fmt: skip
def test_anything_else_is_no_number(value):
    assert read_number(value) is None
    assert read_thousandths(value, 1_000) is None


@pytest.mark.parametrize(
    ("kilowatts", "watts"), [(12.5, 12500), ("12.5", "12500"), (0.0123456, 12.3456), (1.0000005, 1000.0005), (-0.0, 0)]
)
def test_kilowatts_and_watts_of_one_power_are_one_value(kilowatts, watts):
    assert read_thousandths(kilowatts, 1_000_000) == read_thousandths(watts, 1_000)


@pytest.mark.parametrize(("written", "thousandths"), [("0.0005", 0), ("0.0015", 2), ("0.0025", 2), ("1.0045", 1004), ("1.0055", 1006)])
def test_a_half_goes_to_the_even_neighbour_of_the_decimal_as_written(written, thousandths):
    assert read_thousandths(written, 1_000) == thousandths


@given(st.floats(), st.sampled_from([1_000, 1_000_000]))
def test_thousandths_are_those_of_exact_arithmetic(number, per_unit):
    exact = round(Fraction(repr(number)) * per_unit) if isfinite(number) else None
    assert read_thousandths(number, per_unit) == exact


@given(st.decimals(-(10**9), 10**9, places=4), st.sampled_from([1_000, 1_000_000]))
def test_thousandths_of_short_decimals_are_exact_at_every_half(number, per_unit):
    assert read_thousandths(f"{number:f}", per_unit) == round(Fraction(repr(float(number))) * per_unit)


def test_an_integer_of_any_length_is_read_without_a_crash():
    assert read_number(-(10**5000)) is None
