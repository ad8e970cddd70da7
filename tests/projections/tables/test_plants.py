import pytest

from ledger.format.event import oversize_stub
from projections.registry.registry import Registry
from projections.tables.plants import PROJECTION, Plant
from tests.support.contract_lines import plant_row, recorded


def rows(*events):
    judgements = [PROJECTION.judge(event, Registry.empty()) for event in events]
    assert len({judgement.key for judgement in judgements}) == 1
    return PROJECTION.settle(judgements)


def test_a_row_becomes_a_plant():
    plant = Plant(plant_id="p_1", name="One", location="Here", timezone="Asia/Kolkata", issues="", position=3)
    assert PROJECTION.judge(plant_row(3), Registry.empty()).key == ("p_1",)
    assert rows(plant_row(3)) == [("plants", plant)]


def test_texts_are_trimmed_and_columns_may_come_in_any_order():
    event = recorded(b"timezone,extra,plant_id,name,location\n Europe/Oslo ,x,\tp_1 , One,Here ", kind="plant")
    ((_, plant),) = rows(event)
    assert (plant.plant_id, plant.name, plant.location, plant.timezone, plant.issues) == ("p_1", "One", "Here", "Europe/Oslo", "")


@pytest.mark.parametrize(
    ("zone", "issue"),
    [
        ("", "timezone_missing"),
        ("  ", "timezone_missing"),
        ("Mars/Olympus", "timezone_invalid"),
        ("asia/kolkata", "timezone_invalid"),
        ("+05:30", "timezone_invalid"),
    ],
)
def test_a_plant_without_a_valid_zone_stands_with_an_issue(zone, issue):
    ((_, plant),) = rows(plant_row(timezone=zone))
    assert (plant.timezone, plant.issues) == (None, issue)


def test_columns_that_are_absent_are_empty():
    ((_, plant),) = rows(recorded(b"plant_id\np_1", kind="plant"))
    assert (plant.name, plant.location, plant.timezone, plant.issues) == ("", "", None, "timezone_missing")


def test_the_last_statement_stands():
    ((_, plant),) = rows(plant_row(1, name="One"), plant_row(2, name="Two"), plant_row(3, name="One"))
    assert (plant.name, plant.position) == ("One", 3)


@pytest.mark.parametrize("payload", [b"plant_id,name\n,One", b"plant_id\n\xff", b"", oversize_stub(2_000_000, bytes(32))])
def test_a_row_without_a_usable_id_is_no_plant(payload):
    assert rows(recorded(payload, kind="plant")) == []


def test_the_registry_itself_changes_no_plant():
    after = Registry.empty().extended([plant_row()])
    assert PROJECTION.judged_again(Registry.empty(), after) == set()


def test_every_column_says_what_it_means():
    assert all(column.doc and column.store for table in PROJECTION.tables for column in table.columns)
