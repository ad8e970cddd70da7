import pytest

from ledger.format.event import oversize_stub
from projections.values.statement import read_statement, why_no_statement


def test_fields_are_trimmed():
    assert read_statement(b"plant_id,name\n p_1 ,\tOne ", "plant_id") == {"plant_id": "p_1", "name": "One"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (oversize_stub(2_000_000, bytes(32)), "oversize_line"),
        (b"plant_id,name\np_1", "malformed_row"),
        (b"plant_id,name\np_1,One,more", "malformed_row"),
        (b"plant_id,name\np_1,\xff", "malformed_row"),
        (b"plant_id,name\np_1,\0", "malformed_row"),
        (b"plant_id,name\n,One", "missing_id"),
        (b"plant_id,name\n  ,One", "missing_id"),
        (b"name\nOne", "missing_id"),
    ],
)
def test_a_row_that_registers_nothing_has_its_reason(payload, reason):
    assert read_statement(payload, "plant_id") is None
    assert why_no_statement(payload) == reason
