import pytest

from ledger.format.instant import read_instant
from projections.contract.reasons import ISSUES
from projections.registry.registry import Registry
from projections.tables.inverters import PROJECTION, Inverter
from tests.support.contract_lines import inverter_row, recorded


def inverter(**fields):
    judgement = PROJECTION.judge(inverter_row(4, **fields), Registry.empty())
    ((table, row),) = PROJECTION.settle([judgement])
    assert table == "inverters"
    return row


def test_a_row_becomes_an_inverter():
    assert inverter(capacity_kw="33.0", commissioned_at="2024-11-01T00:00:00Z", counter_modulus_wh="4294967296") == Inverter(
        inverter_id="inv_1",
        plant_id="p_1",
        vendor="V",
        model="M",
        capacity_kw=33.0,
        commissioned_at=read_instant("2024-11-01T00:00:00Z"),
        counter_modulus_wh=4294967296.0,
        issues="",
        position=4,
    )


def test_texts_are_trimmed():
    row = inverter(inverter_id=" inv_1 ", plant_id=" p_1\t", vendor=" V", model="M ", commissioned_at=" 2024-11-01T00:00:00Z ")
    assert (row.inverter_id, row.plant_id, row.vendor, row.model, row.issues) == ("inv_1", "p_1", "V", "M", "")


@pytest.mark.parametrize(("text", "capacity"), [("33", 33.0), (" +3.3e1 ", 33.0), ("0.001", 0.001), ("10000", 10000.0)])
def test_a_capacity_is_a_number_up_to_ten_megawatts(text, capacity):
    row = inverter(capacity_kw=text)
    assert (row.capacity_kw, row.issues) == (capacity, "")


@pytest.mark.parametrize("text", ["not_a_number", "", "0", "-5", "10000.001", "33 kW", "33,0", "nan", "inf", "1e999", "True"])
def test_a_bad_capacity_is_null_and_the_inverter_stands(text):
    row = inverter(capacity_kw=f'"{text}"')
    assert (row.capacity_kw, row.issues) == (None, "bad_capacity")


@pytest.mark.parametrize("text", ["2024-11-01", "2024-11-01T00:00:00", "someday"])
def test_a_bad_commissioning_is_null_and_the_inverter_stands(text):
    row = inverter(commissioned_at=text)
    assert (row.commissioned_at, row.issues) == (None, "bad_commissioned_at")


def test_no_commissioning_is_no_issue():
    row = inverter(commissioned_at=" ")
    assert (row.commissioned_at, row.issues) == (None, "")


@pytest.mark.parametrize("text", ["x", "0", "-1", "1e999", "0.0001", "1e306", "1.1e15"])
def test_a_bad_modulus_is_null_and_the_inverter_stands(text):
    row = inverter(counter_modulus_wh=text)
    assert (row.counter_modulus_wh, row.issues) == (None, "bad_counter_modulus")


def test_no_modulus_is_no_issue():
    row = inverter(counter_modulus_wh="")
    assert (row.counter_modulus_wh, row.issues) == (None, "")


def test_an_inverter_without_a_plant_stands():
    row = inverter(plant_id=" ")
    assert (row.plant_id, row.issues) == (None, "missing_plant")


def test_all_issues_are_named_sorted_and_documented():
    row = inverter(plant_id="", capacity_kw="x", commissioned_at="x", counter_modulus_wh="x")
    assert row.issues == "bad_capacity,bad_commissioned_at,bad_counter_modulus,missing_plant"
    assert set(row.issues.split(",")) | {"timezone_invalid", "timezone_missing"} == set(ISSUES)


def test_columns_that_are_absent_are_empty_or_null():
    ((_, row),) = PROJECTION.settle([PROJECTION.judge(recorded(b"inverter_id\ninv_1", kind="inverter"), Registry.empty())])
    assert (row.plant_id, row.vendor, row.model, row.capacity_kw) == (None, "", "", None)
    assert row.issues == "bad_capacity,missing_plant"


def test_the_last_statement_stands():
    judgements = [PROJECTION.judge(inverter_row(at, model=model), Registry.empty()) for at, model in ((1, "A"), (2, "B"), (3, "A"))]
    ((_, row),) = PROJECTION.settle(judgements)
    assert (row.model, row.position) == ("A", 3)


def test_a_row_without_an_id_is_no_inverter():
    assert PROJECTION.settle([PROJECTION.judge(inverter_row(inverter_id=""), Registry.empty())]) == []


def test_every_column_says_what_it_means():
    assert all(column.doc and column.store for table in PROJECTION.tables for column in table.columns)
