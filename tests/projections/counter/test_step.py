import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.counter.step import POWER_CEILING_MW, Rules, fits, gain, is_jitter, is_on_line, line_value, resolution

HOUR = 3_600_000_000
WH, KWH = 1_000, 1_000_000
KW_10 = 10_000_000


def test_nameplate_decides_where_it_is_known() -> None:
    assert Rules(nameplate_mw=5).power_limit_mw(10**9) == 5


def test_unknown_nameplate_is_half_as_much_again_as_the_largest_power_seen() -> None:
    assert Rules().power_limit_mw(8_000_000) == 12_000_000
    assert [Rules().power_limit_mw(power) for power in (0, -5)] == [POWER_CEILING_MW] * 2 == [10 * 10**9] * 2


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ((5 * KWH, 12 * KWH), KWH),
        ((5 * KWH, 12 * KWH + 100 * WH), 100 * WH),
        ((5 * KWH, 70 * WH), 10 * WH),
        ((5 * KWH, 7 * WH), WH),
        ((5 * KWH, 7 * WH + 1), WH),
        ((0, 0), KWH),
        ((KWH,), KWH),
    ],
)
def test_resolution_is_the_largest_unit_that_divides_all_values_and_at_least_one_wh(values: tuple[int, ...], unit: int) -> None:
    assert resolution(*values) == unit


def test_step_fits_up_to_a_fifth_above_the_nameplate_and_one_resolution() -> None:
    limit = 12 * KWH + 10 * WH
    assert fits(limit, HOUR, KW_10, 10 * WH)
    assert not fits(limit + 1, HOUR, KW_10, 10 * WH)
    assert fits(0, 1, KW_10, WH)
    assert not fits(-1, HOUR, KW_10, WH)


def test_limit_is_exact_where_it_is_no_whole_number() -> None:
    assert fits(WH, 1, 1, WH), "6/5 mW µs is a hair above nothing"
    assert not fits(WH + 1, 1, 1, WH)
    assert fits(WH + 1, HOUR, 1, WH)
    assert not fits(WH + 2, HOUR, 1, WH)


@pytest.mark.parametrize(
    ("last", "value", "noise"),
    [
        (500 * KWH, 499 * KWH, True),
        (500 * KWH, 498 * KWH, False),
        (500_001 * WH, 499_999 * WH, True),
        (2_000_003 * WH, 1_999_003 * WH, True),
        (2_000_003 * WH, 1_999_002 * WH, False),
        (999_003 * WH, 998_003 * WH, False),
        (5 * WH, 4 * WH, True),
        (5 * WH, 3 * WH, False),
        (5 * WH, 5 * WH, False),
        (5 * WH, 6 * WH, False),
    ],
)
def test_small_decrease_is_jitter(last: int, value: int, *, noise: bool) -> None:
    assert is_jitter(last, value) is noise
    assert is_on_line(last, value, HOUR, KW_10, None) is (noise or value >= last)
    if noise:
        assert gain(last, value, None) == 0
        assert line_value(last, value) == last


def test_growth_is_on_the_line_while_the_inverter_can_have_made_it() -> None:
    assert is_on_line(100 * KWH + 1, 112 * KWH + WH + 1, HOUR, KW_10, None)
    assert not is_on_line(100 * KWH + 1, 112 * KWH + WH + 2, HOUR, KW_10, None)
    assert gain(100, 350, None) == 250
    assert line_value(100, 350) == 350


def test_rollover_counts_only_at_the_registered_modulus() -> None:
    last, value, modulus = 4_294_967_000 * WH, 350 * WH, 2**32 * WH
    assert is_on_line(last, value, HOUR, KW_10, modulus)
    assert gain(last, value, modulus) == 646 * WH
    assert line_value(last, value) == value
    assert not is_on_line(last, value, HOUR, KW_10, None)
    assert not is_on_line(last, value + 13 * KWH, HOUR, KW_10, modulus), "too much for an hour"


def test_value_that_the_modulus_rules_out_does_not_roll_over() -> None:
    assert not is_on_line(101 * KWH, 1 * KWH, HOUR, KW_10, 100 * KWH)
    assert not is_on_line(100 * KWH, 1 * KWH, HOUR, KW_10, 100 * KWH)


def test_jitter_near_the_modulus_stays_jitter() -> None:
    assert gain(100 * KWH, 99 * KWH, 101 * KWH) == 0


@given(st.integers(0, 10**17), st.integers(0, 10**17), st.integers(1, 10**14), st.integers(1, 10**10), st.none() | st.integers(1, 10**17))
def test_what_is_on_the_line_adds_what_fits(last: int, value: int, duration: int, limit: int, modulus: int | None) -> None:
    if is_on_line(last, value, duration, limit, modulus):
        assert fits(gain(last, value, modulus), duration, limit, resolution(last, value))
