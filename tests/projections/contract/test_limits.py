"""Every limit: what the value itself gives, and what the next representable value beyond it gives."""

import pytest

from tests.support.contract_lines import judged, line


def outcome(row):
    return getattr(row, "reason", "") or row.flags


AC = [
    # kW, at the limit in W, there; beyond it, there
    ("33", -1650, "standby_negative", "-1650.001", "negative_power"),
    ("33", "-0.001", "standby_negative", 0, ""),
    ("33", 36300, "", "36300.001", "over_nameplate"),
    ("33", 39600, "over_nameplate", "39600.001", "power_over_limit"),
    ("27.6", 33120, "over_nameplate", "33120.001", "power_over_limit"),
    ("27.6", 30360, "", "30360.001", "over_nameplate"),
    ("27.6", -1380, "standby_negative", "-1380.001", "negative_power"),
    ("0.07", 84, "over_nameplate", "84.001", "power_over_limit"),
    ("4.95", 5940, "over_nameplate", "5940.001", "power_over_limit"),
    ("10000", 12_000_000, "over_nameplate", "12000000.001", "power_over_limit"),
    ("", -10_000_000, "", "-10000000.001", "negative_power"),
    ("", 10_000_000, "", "10000000.001", "power_over_limit"),
]


@pytest.mark.parametrize(("capacity", "limit", "at", "beyond", "there"), AC)
def test_ac_power_at_a_limit_takes_the_milder_side(capacity, limit, at, beyond, there):
    def of(power):
        return outcome(judged(line(ac_power=power, ac_power_unit="W", dc_power=None), capacity_kw=capacity))

    assert (of(limit), of(beyond)) == (at, there)


DC = [
    ("33", -330, "", "-330.001", "dc_out_of_range"),
    ("33", 42900, "", "42900.001", "dc_high"),
    ("33", 49500, "dc_high", "49500.001", "dc_out_of_range"),
    ("27.6", 35880, "", "35880.001", "dc_high"),
    ("27.6", 41400, "dc_high", "41400.001", "dc_out_of_range"),
    ("", 10_000_000, "", "10000000.001", "dc_out_of_range"),
    ("", -10_000_000, "", "-10000000.001", "dc_out_of_range"),
]


@pytest.mark.parametrize(("capacity", "limit", "at", "beyond", "there"), DC)
def test_dc_power_at_a_limit_takes_the_milder_side(capacity, limit, at, beyond, there):
    def of(power):
        return outcome(judged(line(dc_power=power, dc_power_unit="W", ac_power=None), capacity_kw=capacity))

    assert (of(limit), of(beyond)) == (at, there)


@pytest.mark.parametrize(
    ("ac", "dc", "flags"),
    [(2000, 6000, ""), (2000, "6000.001", "unit_suspect"), (1650, 9000, ""), ("1650.001", 9000, "unit_suspect"), ("1700.1", "5100.3", "")],
)
def test_dc_to_ac_at_its_limit_takes_the_milder_side(ac, dc, flags):
    assert judged(line(ac_power=ac, ac_power_unit="W", dc_power=dc, dc_power_unit="W")).flags == flags


@pytest.mark.parametrize(
    ("temperature", "value", "flags"),
    [
        (-40, -40.0, ""), (-40.0001, -40.0001, "temperature_extreme"), (-60, -60.0, "temperature_extreme"),
        ("-60.0001", None, "temperature_out_of_range"), (100, 100.0, ""), (100.0001, 100.0001, "temperature_extreme"),
        (125, 125.0, "temperature_extreme"), (125.0001, None, "temperature_out_of_range"), (-32768, None, "temperature_out_of_range"),
    ],
)  # fmt: skip
def test_temperature_at_a_limit_takes_the_milder_side(temperature, value, flags):
    row = judged(line(temperature_c=temperature))
    assert (row.temperature_c, row.flags) == (value, flags)


@pytest.mark.parametrize(
    ("counter", "value", "flags"),
    [
        (0, 0.0, ""), ("-0.001", None, "counter_out_of_range"), (-1, None, "counter_out_of_range"),
        (1e14, 1e14, ""), (10**14, 1e14, ""), (99999999999999.98, 99999999999999.98, ""),
        (100000000000000.02, None, "counter_out_of_range"), (1e300, None, "counter_out_of_range"),
    ],
)  # fmt: skip
def test_a_counter_at_a_limit_takes_the_milder_side(counter, value, flags):
    row = judged(line(energy_wh_total=counter))
    assert (row.energy_wh_total, row.flags) == (value, flags)
