from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.contract.plausibility import NAMEPLATE_UNKNOWN, limits_for


def test_limits_of_33_kw_in_milliwatts():
    limits = limits_for(33.0)
    assert (limits.ac_min, limits.ac_max, limits.nameplate_max) == (-1_650_000, 39_600_000, 36_300_000)
    assert (limits.dc_min, limits.dc_usual_max, limits.dc_max) == (-330_000, 42_900_000, 49_500_000)
    assert limits.low_load_max == 1_650_000


def test_limits_do_not_carry_the_noise_of_a_double():
    assert limits_for(27.6).ac_max == 33_120_000
    assert limits_for(0.07).nameplate_max == 77_000


def test_an_unknown_nameplate_leaves_ten_megawatts_either_way():
    limits = limits_for(None)
    assert limits is NAMEPLATE_UNKNOWN
    assert (limits.ac_min, limits.ac_max) == (-10_000_000_000, 10_000_000_000)


@given(st.floats(1e-300, 10_000))
def test_a_whole_milliwatt_is_within_a_limit_exactly_if_it_is_within_the_fraction(capacity_kw):
    limits, percent = limits_for(capacity_kw), Fraction(repr(capacity_kw)) * 10_000
    assert limits.ac_max <= 120 * percent < limits.ac_max + 1
    assert limits.ac_min - 1 < -5 * percent <= limits.ac_min
    assert limits.dc_min - 1 < -percent <= limits.dc_min
    assert limits.dc_max <= 150 * percent < limits.dc_max + 1


@pytest.mark.parametrize(
    ("capacity_kw", "watts", "unit", "no_value"),
    [
        (50.0, 65_535, "W", True),  # above 120 %
        (60.0, 65_535, "W", False),  # a power that the inverter can have
        (None, 65_535, "W", True),  # unscaled
        (None, 6_553.5, "W", False),  # scaled, within ±10 MW
        (None, 65_535_000, "W", True),  # scaled, beyond ±10 MW
        (5.0, 6_553.5, "W", True),
        (5.0, 6_553.4, "W", False),
    ],
)
def test_a_code_means_no_value_only_where_the_power_could_not_be(capacity_kw, watts, unit, no_value):
    assert limits_for(capacity_kw).is_no_value(round(watts * 1_000), unit) is no_value
