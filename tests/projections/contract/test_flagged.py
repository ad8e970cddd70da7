import json

import pytest

from projections.contract.flags import FLAGS, FLAGS_VERSION
from tests.support.contract_lines import ABSENT, judged, line


def test_an_ordinary_reading_is_in_watts_and_carries_no_flag():
    row = judged(line())
    assert (row.ac_power_w, row.dc_power_w, row.energy_wh_total, row.temperature_c) == (12500.0, 13100.0, 100000.0, 35.2)
    assert (row.status, row.status_raw, row.flags) == ("running", "ok", "")


@pytest.mark.parametrize(
    ("power", "unit"), [(12.5, "kW"), (12500, "W"), ("12.5", "kw"), (" +12.500 ", " KW "), ("1.25e4", "w"), (12.5000000001, "kW")]
)
def test_one_power_written_in_any_way_is_one_value(power, unit):
    assert judged(line(ac_power=power, ac_power_unit=unit)).ac_power_w == 12500.0


def test_power_and_energy_are_rounded_to_thousandths():
    row = judged(line(ac_power=1234.56789, ac_power_unit="W", dc_power=0.00123456, energy_wh_total="100000.12345"))
    assert (row.ac_power_w, row.dc_power_w, row.energy_wh_total) == (1234.568, 1.235, 100000.123)


@pytest.mark.parametrize("zero", [-0.0, "-0", "-0.0", -0.0000001])
def test_a_negative_zero_is_zero(zero):
    row = judged(line(ac_power=zero, dc_power=zero, energy_wh_total=zero, temperature_c="-0"))
    assert [str(value) for value in (row.ac_power_w, row.dc_power_w, row.energy_wh_total, row.temperature_c)] == ["0.0"] * 4
    assert row.flags == ""


@pytest.mark.parametrize("field", ["dc_power", "energy_wh_total", "temperature_c", "status", "event_id", "source"])
@pytest.mark.parametrize("value", [None, ABSENT])
def test_a_field_that_is_not_sent_is_null_without_a_flag(field, value):
    row = judged(line(**{field: value}))
    assert getattr(row, {"dc_power": "dc_power_w"}.get(field, field)) is None
    assert row.flags == ""


@pytest.mark.parametrize(
    ("field", "column"), [("dc_power", "dc_power_w"), ("energy_wh_total", "energy_wh_total"), ("temperature_c", "temperature_c")]
)
@pytest.mark.parametrize("value", ["", "abc", "1,4", True, [], {}, "1e999"])
def test_a_further_field_that_is_no_number_is_left_out(field, column, value):
    row = judged(line(**{field: value}))
    assert (getattr(row, column), row.flags) == (None, "field_unreadable")


@pytest.mark.parametrize("field", ["13.1", "100000.0", "35.2"])
@pytest.mark.parametrize("huge", ["1e999", "-1e999", "1" + "0" * 400, "1" + "0" * 5000])
def test_a_number_beyond_every_double_is_left_out(field, huge):
    assert judged(line().replace(field.encode(), huge.encode())).flags == "field_unreadable"


@pytest.mark.parametrize("unit", ["MW", "mW", "", None, ABSENT, 1])
def test_dc_power_in_an_unknown_unit_is_left_out(unit):
    row = judged(line(dc_power_unit=unit))
    assert (row.dc_power_w, row.flags) == (None, "field_unreadable")


def test_several_unreadable_fields_are_flagged_once():
    assert judged(line(dc_power="x", temperature_c="x", energy_wh_total="x")).flags == "field_unreadable"


def test_flags_are_sorted_names():
    row = judged(line(ac_power=39, dc_power=44, temperature_c=101, status="?", event_time="2025-04-01T06:01:00Z"))
    assert row.flags == "clock_ahead,dc_high,over_nameplate,status_unknown,temperature_extreme"


@pytest.mark.parametrize(
    ("moment", "flags"),
    [("2025-04-01T06:00:30Z", ""), ("2025-04-01T06:00:30.000001Z", "clock_ahead"), ("2025-04-01T06:05:30Z", "clock_ahead")],
)
def test_a_clock_is_ahead_up_to_five_minutes(moment, flags):
    assert judged(line(event_time=moment)).flags == flags


@pytest.mark.parametrize("status", ["dreaming", "", 5, True, ["ok"]])
def test_a_status_that_is_no_known_word_is_unknown_and_kept(status):
    row = judged(line(status=status))
    assert (row.status, row.flags) == ("unknown", "status_unknown")
    assert row.status_raw == (status if isinstance(status, str) else json.dumps(status))


@pytest.mark.parametrize(("value", "text"), [(17, "17"), (1.5, "1.5"), (True, None), ([], None)])
def test_the_senders_number_and_channel_are_kept_as_text(value, text):
    row = judged(line(event_id=value, source=value))
    assert (row.event_id, row.source) == (text, text)


def test_dc_three_times_ac_looks_like_the_wrong_unit_and_is_never_corrected():
    row = judged(line(ac_power=2, dc_power=6.1))
    assert (row.ac_power_w, row.dc_power_w, row.flags) == (2000.0, 6100.0, "unit_suspect")


def test_a_dc_power_left_out_does_not_make_the_unit_suspect():
    assert judged(line(ac_power=2, dc_power=60)).flags == "dc_out_of_range"


def test_dc_power_stands_without_ac_power():
    row = judged(line(ac_power=None, dc_power=44))
    assert (row.dc_power_w, row.flags) == (44000.0, "dc_high")


@pytest.mark.parametrize(
    ("capacity", "power", "value"),
    [("50", 65535, None), ("60", 65535, 65535.0), ("", 65535, None), ("", 6553.5, 6553.5), ("", 10**8, None)],
)
def test_a_dc_register_code_is_left_out_where_the_power_could_not_be(capacity, power, value):
    row = judged(line(dc_power=power, dc_power_unit="W", ac_power=30), capacity_kw=capacity)
    assert (row.dc_power_w, row.flags) == (value, "" if value else "dc_out_of_range")


def test_shares_of_an_unknown_nameplate_flag_nothing():
    for ac, dc in ((-5, -5), (9999, 9999), (1, 100)):
        assert judged(line(ac_power=ac, dc_power=dc), capacity_kw="").flags == ""


def test_the_set_of_flags_is_versioned():
    assert FLAGS_VERSION == 1
    assert list(FLAGS) == sorted(FLAGS)
    assert "clock_ahead" in FLAGS
