from projections.registry.registry import Registry
from tests.support.contract_lines import inverter_row, line, plant_row, recorded


def test_an_empty_registry_knows_nobody():
    assert Registry.empty() == Registry({}, {})


def test_the_last_statement_about_an_id_wins():
    registry = Registry.empty().extended([inverter_row(1, capacity_kw="33"), inverter_row(2, capacity_kw="50")])
    assert registry.inverters["inv_1"].capacity_kw == 50.0


def test_extending_leaves_the_registry_before_as_it_was():
    before = Registry.empty().extended([plant_row(0)])
    after = before.extended([plant_row(1, timezone="Europe/Oslo"), inverter_row(2)])
    assert before.plants["p_1"].timezone == "Asia/Kolkata"
    assert after.plants["p_1"].timezone == "Europe/Oslo"
    assert list(before.inverters) == []
    assert list(after.inverters) == ["inv_1"]


def test_rows_without_an_id_and_telemetry_register_nothing():
    rows = [plant_row(plant_id=""), inverter_row(inverter_id=" "), recorded(line())]
    assert Registry.empty().extended(rows) == Registry.empty()


def test_statements_may_come_in_any_number_of_batches():
    rows = [plant_row(0), inverter_row(1), inverter_row(2, capacity_kw="9"), plant_row(3, name="Two")]
    whole = Registry.empty().extended(rows)
    for cut in range(5):
        assert Registry.empty().extended(rows[:cut]).extended(rows[cut:]) == whole
