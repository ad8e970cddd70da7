import pytest

from ledger.format.event import oversize_stub
from projections.contract.reasons import REGISTRY_REASONS
from projections.registry.registry import Registry
from projections.tables.registry_rejected import PROJECTION, RejectedStatement
from tests.support.contract_lines import inverter_row, plant_row, recorded


def rows(event):
    return PROJECTION.settle([PROJECTION.judge(event, Registry.empty())])


@pytest.mark.parametrize("event", [plant_row(), inverter_row(), inverter_row(capacity_kw="x", plant_id="")])
def test_a_row_that_registers_something_is_not_rejected(event):
    assert rows(event) == []


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("plant", b"plant_id,name\n ,One", ("missing_id", "plant_id", None)),
        ("inverter", b"plant_id,name\np_1,One", ("missing_id", "inverter_id", None)),
        ("plant", b"plant_id,name\np_1", ("malformed_row", None, "plant_id,name\np_1")),
        ("inverter", b"inverter_id,model\ni_1,\xff\0", ("malformed_row", None, "inverter_id,model\ni_1,\\xff\\x00")),
        ("plant", oversize_stub(2_000_000, bytes(32)), ("oversize_line", None, f"2000000 bytes, SHA-256 {'00' * 32}")),
    ],
)
def test_a_row_that_registers_nothing_keeps_its_place_and_reason(kind, payload, expected):
    reason, field, value = expected
    row = RejectedStatement(position=7, kind=kind, reason=reason, field=field, value=value)
    assert rows(recorded(payload, kind=kind)) == [("registry_rejected", row)]
    assert reason in REGISTRY_REASONS


def test_rejected_rows_never_compete():
    keys = {PROJECTION.judge(recorded(b"", kind="plant", position=at), Registry.empty()).key for at in range(3)}
    assert keys == {(0,), (1,), (2,)}


def test_every_column_says_what_it_means():
    assert all(column.doc and column.store for table in PROJECTION.tables for column in table.columns)
