import pytest

from projections.values.units import is_code, read_power, read_unit


@pytest.mark.parametrize(("unit", "milliwatts"), [("W", 1_000), ("w", 1_000), ("kW", 1_000_000), (" KW ", 1_000_000), ("Kw\n", 1_000_000)])
def test_watts_and_kilowatts_are_read_in_any_case(unit, milliwatts):
    assert read_unit(unit) == milliwatts


@pytest.mark.parametrize("unit", ["MW", "mW", "mw", "kWh", "", "k W", "VA", None, 1, True, ["W"], {"W": 1}])
def test_every_other_unit_is_unknown(unit):
    assert read_unit(unit) is None


def test_a_power_is_read_to_the_milliwatt():
    assert read_power(12.5, "kW") == read_power("12500", "W") == 12_500_000


@pytest.mark.parametrize(("value", "unit"), [("12 kW", "kW"), (12, "MW"), (None, "W")])
def test_a_power_without_number_or_unit_is_none(value, unit):
    assert read_power(value, unit) is None


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (-32768, "W"), (65535, "W"), (2147483647, "W"), (-2147483647, "W"), (-2147483648, "W"), (4294967295, "W"), (-1000000, "W"),
        (-32.768, "W"), (65.535, "W"), (65535000, "W"), (-3276.8, "W"), (4294967295000, "W"),
        (-32768, "kW"), (-32.768, "kW"), (-0.032768, "kW"), (65535000, "kW"), (-1000, "kW"), ("-3276.8", "kw"),
    ],
)  # fmt: skip
def test_a_code_is_known_at_every_scale_in_watts_and_as_sent(value, unit):
    assert is_code(read_power(value, unit), unit)


@pytest.mark.parametrize(
    ("value", "unit"), [(32768, "W"), (-32767, "W"), (655350000, "W"), (-3.2768, "W"), (0, "W"), (655350000, "kW"), (1000000, "W")]
)
def test_a_neighbour_or_a_further_scale_is_no_code(value, unit):
    assert not is_code(read_power(value, unit), unit)
