import pytest

from ledger.format.event import oversize_stub
from projections.contract.reasons import REASONS
from projections.tables.inverter_telemetry import PROJECTION, CleanReading
from tests.support.contract_lines import ABSENT, line, plant_row, recorded, registry
from tests.support.contract_lines import judged as row_of


def why(row):
    return row.reason, row.field, row.value


def test_an_ordinary_line_is_a_reading():
    assert isinstance(row_of(line()), CleanReading)


def test_an_oversize_line_is_told_by_its_length_and_digest():
    row = row_of(oversize_stub(2_000_000, bytes(32)))
    assert why(row) == ("oversize_line", None, f"2000000 bytes, SHA-256 {'00' * 32}")


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"this is not valid json", "this is not valid json"),
        (b"", ""),
        (b"[1]", "[1]"),
        (b"null", "null"),
        (b'{"a":1,"a":1}', '{"a":1,"a":1}'),
        (b'{"a":NaN}', '{"a":NaN}'),
        (b'{"a":"\xff"}', '{"a":"\\xff"}'),
        (b"\0", "\\x00"),
        (b"x" * 300, "x" * 200),
    ],
)
def test_a_line_outside_the_grammar_is_malformed(payload, value):
    row = row_of(payload)
    assert why(row) == ("malformed_json", None, value)
    assert row.reasons == "malformed_json"
    assert (row.inverter_id, row.plant_id, row.event_time, row.event_id) == (None, None, None, None)


@pytest.mark.parametrize("field", ["plant_id", "inverter_id", "event_time"])
@pytest.mark.parametrize(("value", "shown"), [(ABSENT, None), (None, None), ("", ""), (17, "17"), (True, "true"), (["x"], '["x"]')])
def test_a_line_without_its_identity_misses_a_field(field, value, shown):
    row = row_of(line(**{field: value}))
    assert why(row) == ("missing_field", field, shown)
    assert getattr(row, field) is None
    assert row.event_id == "t_1"


def test_of_several_missing_fields_the_first_is_shown():
    assert why(row_of(line(event_time=None, plant_id=3))) == ("missing_field", "plant_id", "3")


@pytest.mark.parametrize("text", ["yesterday", "2025-02-30T00:00:00Z", "2025-04-01T24:00:00Z", "2025-04-01T23:59:60Z", " "])
def test_a_moment_that_cannot_be_read_is_a_bad_timestamp(text):
    assert why(row_of(line(event_time=text))) == ("bad_timestamp", "event_time", text)


def test_a_moment_without_offset_is_naive():
    row = row_of(line(event_time="2025-04-01T06:00:00"))
    assert why(row) == ("naive_timestamp", "event_time", "2025-04-01T06:00:00")


@pytest.mark.parametrize(
    ("value", "shown"), [("1,4", "1,4"), ("12 kW", "12 kW"), ("", ""), ("nan", "nan"), ("1e999", "1e999"), (True, "true"), ({}, "{}")]
)
def test_a_power_that_is_no_number_is_a_bad_number(value, shown):
    row = row_of(line(ac_power=value))
    assert why(row) == ("bad_number", "ac_power", shown)
    assert row.reasons == "bad_number"


def test_a_power_beyond_every_double_is_a_bad_number():
    assert why(row_of(line().replace(b"12.5", b"1e999"))) == ("bad_number", "ac_power", "Infinity")
    assert why(row_of(line().replace(b"12.5", b"-1" + b"0" * 400))) == ("bad_number", "ac_power", "-Infinity")


@pytest.mark.parametrize(("unit", "shown"), [("MW", "MW"), ("mW", "mW"), ("kVA", "kVA"), ("", ""), (None, None), (ABSENT, None), (1, "1")])
def test_a_power_in_any_other_unit_is_an_unknown_unit(unit, shown):
    row = row_of(line(ac_power_unit=unit))
    assert why(row) == ("unknown_unit", "ac_power_unit", shown)
    assert row.reasons == "unknown_unit"


@pytest.mark.parametrize("unit", ["MW", None, ABSENT, 1])
def test_a_null_power_needs_no_unit(unit):
    assert row_of(line(ac_power=None, ac_power_unit=unit)).ac_power_w is None


@pytest.mark.parametrize(("counter", "shown"), [(None, None), (ABSENT, None), ("abc", "abc"), (-1, "-1"), (1e15, "1000000000000000.0")])
def test_a_line_with_neither_power_nor_usable_counter_has_no_measurement(counter, shown):
    row = row_of(line(ac_power=None, energy_wh_total=counter))
    assert why(row) == ("no_measurement", "energy_wh_total", shown)


@pytest.mark.parametrize("changes", [{"ac_power": ABSENT}, {"ac_power": None, "energy_wh_total": 0}, {"energy_wh_total": None}])
def test_a_power_or_a_counter_is_enough(changes):
    assert isinstance(row_of(line(**changes)), CleanReading)


def test_an_unreadable_power_is_not_taken_for_none():
    assert row_of(line(ac_power="x", energy_wh_total=None)).reasons == "bad_number"


def test_a_moment_more_than_five_minutes_after_arrival_is_in_the_future():
    late = line(event_time="2025-04-01T06:05:30.000001Z")
    assert why(row_of(late)) == ("future_timestamp", "event_time", "2025-04-01T06:05:30.000001Z")


def test_an_inverter_nobody_registered_is_unknown():
    row = row_of(line(inverter_id="inv_x"))
    assert why(row) == ("unknown_inverter", "inverter_id", "inv_x")
    assert row.inverter_id == "inv_x"


def test_an_inverter_of_another_plant_is_a_mismatch():
    assert why(row_of(line(plant_id="p_2"))) == ("plant_mismatch", "plant_id", "p_2")


def test_an_inverter_registered_under_no_plant_contradicts_none():
    row = row_of(line(plant_id="p_2"), plant_id="")
    assert isinstance(row, CleanReading)
    assert row.plant_id == "p_2"


def test_a_plant_itself_need_not_be_registered():
    assert isinstance(row_of(line(plant_id="p_2"), plant_id="p_2"), CleanReading)


@pytest.mark.parametrize(("commissioned_at", "kept"), [("2025-04-02T06:00:00Z", True), ("2025-04-02T06:00:00.000001Z", False)])
def test_a_reading_may_be_a_day_older_than_its_inverter(commissioned_at, kept):
    row = row_of(line(), commissioned_at=commissioned_at)
    assert isinstance(row, CleanReading) is kept
    if not kept:
        assert why(row) == ("before_commissioning", "event_time", "2025-04-01T06:00:00Z")


@pytest.mark.parametrize("commissioned_at", ["", "someday", "2030-01-01T00:00:00"])
def test_an_unknown_commissioning_rejects_nothing(commissioned_at):
    assert isinstance(row_of(line(), commissioned_at=commissioned_at), CleanReading)


@pytest.mark.parametrize(
    ("power", "unit", "reasons"),
    [
        (65535, "W", "power_over_limit,sentinel_value"),
        (-32768, "W", "negative_power,sentinel_value"),
        ("-3276.8", "W", "negative_power,sentinel_value"),
        (-32.768, "kW", "negative_power,sentinel_value"),
        (6553.5, "kW", "power_over_limit,sentinel_value"),
        (4294967295000, "kW", "power_over_limit,sentinel_value"),
    ],
)
def test_a_register_code_that_the_inverter_cannot_have_is_a_sentinel(power, unit, reasons):
    row = row_of(line(ac_power=power, ac_power_unit=unit))
    assert (row.reason, row.reasons) == ("sentinel_value", reasons)


def test_a_register_code_that_the_inverter_can_have_is_a_power():
    assert row_of(line(ac_power=6553.5, ac_power_unit="W")).ac_power_w == 6553.5


def test_an_unscaled_code_is_a_sentinel_where_the_nameplate_is_unknown():
    row = row_of(line(ac_power=65535, ac_power_unit="W"), capacity_kw="")
    assert why(row) == ("sentinel_value", "ac_power", "65535")
    assert row.reasons == "sentinel_value"


def test_a_power_below_minus_five_percent_is_negative():
    assert why(row_of(line(ac_power="-5"))) == ("negative_power", "ac_power", "-5")


def test_a_power_above_120_percent_is_over_the_limit():
    assert why(row_of(line(ac_power=50))) == ("power_over_limit", "ac_power", "50")


def test_further_reasons_are_all_named_and_the_first_in_order_leads():
    payload = line(event_time="never", ac_power="x", ac_power_unit="MW", inverter_id="inv_x")
    row = row_of(payload)
    assert why(row) == ("bad_timestamp", "event_time", "never")
    assert row.reasons == "bad_number,bad_timestamp,unknown_inverter,unknown_unit"


def test_the_registry_adds_its_reasons_to_a_line_that_is_wrong_itself():
    row = row_of(line(event_time="2025-04-01T07:00:00Z", plant_id="p_2", ac_power=50), commissioned_at="2026-01-01T00:00:00Z")
    assert row.reason == "future_timestamp"
    assert row.reasons == "before_commissioning,future_timestamp,plant_mismatch,power_over_limit"


def test_a_missing_field_leaves_the_other_rules_in_force():
    row = row_of(line(plant_id=None, ac_power=-50, event_time="2025-04-01T07:00:00Z"))
    assert row.reasons == "future_timestamp,missing_field,negative_power"
    assert row_of(line(inverter_id=None, ac_power="x")).reasons == "bad_number,missing_field"


EVERY_RULE = {
    "missing_field": {"plant_id": None},
    "id_too_long": {"plant_id": "p" * 257},
    "bad_timestamp": {"event_time": "never"},
    "naive_timestamp": {"event_time": "2025-04-01T06:00:00"},
    "bad_number": {"ac_power": "x"},
    "unknown_unit": {"ac_power_unit": "MW"},
    "no_measurement": {"ac_power": None, "energy_wh_total": None},
    "future_timestamp": {"event_time": "2025-04-01T07:00:00Z"},
    "unknown_inverter": {"inverter_id": "inv_x"},
    "plant_mismatch": {"plant_id": "p_2"},
    "before_commissioning": {"event_time": "2020-01-01T00:00:00Z"},
    "sentinel_value": {"ac_power": 4294967295},
    "negative_power": {"ac_power": -5},
    "power_over_limit": {"ac_power": 50},
}


@pytest.mark.parametrize("first", EVERY_RULE)
@pytest.mark.parametrize("second", EVERY_RULE)
def test_of_two_reasons_the_earlier_in_the_documented_order_leads(first, second):
    changes = EVERY_RULE[first] | EVERY_RULE[second]
    row = row_of(line(**changes), commissioned_at="2024-01-01T00:00:00Z")
    order = list(REASONS)
    assert row.reason == min(row.reasons.split(","), key=order.index)
    assert row.reasons == ",".join(sorted(row.reasons.split(",")))


@pytest.mark.parametrize("reason", EVERY_RULE)
def test_every_rule_leads_where_it_is_the_only_one_broken(reason):
    row = row_of(line(**EVERY_RULE[reason]), commissioned_at="2024-01-01T00:00:00Z")
    assert row.reason == reason


def test_every_reason_a_line_by_itself_can_have_is_documented():
    assert list(REASONS) == ["oversize_line", "malformed_json", *EVERY_RULE, "duplicate_reading", "superseded"]


def test_without_any_registration_power_is_held_to_ten_megawatts():
    nobody = registry().empty().extended([plant_row()])
    row = PROJECTION.judge(recorded(line(ac_power=10_001)), nobody).row
    assert row.reasons == "power_over_limit,unknown_inverter"
    assert PROJECTION.judge(recorded(line(ac_power=10_000)), nobody).row.reasons == "unknown_inverter"
