from hashlib import sha256

import pytest

from ledger import errors
from ledger.format.event import Event, event_hash, leaf_data, leaf_hash, oversize_stub, read_stub, telemetry
from ledger.format.grammar import read_object

LEAF = """
01
0000000000000007
fffffffffffffffe
148db5ee7181541a245fab1978bdb605b6b4f2050ef2dfc82e5912533455fd82
0006610473279000
0000000000000003
0000000000000029
74656c656d65747279
"""
LINE = b'{"event_time":"2025-04-01T06:00:00Z"}'


def test_the_key_of_the_worked_example_is_this() -> None:
    """The example stands in DESIGN.md: whoever follows the text must come to these bytes."""
    encoded = b"heliolog event 1\n" + bytes(7) + b"\x09telemetry" + bytes(8) + bytes(7) + b"\x25" + LINE
    assert event_hash("telemetry", LINE) == sha256(encoded).digest()
    assert event_hash("telemetry", LINE).hex() == "148db5ee7181541a245fab1978bdb605b6b4f2050ef2dfc82e5912533455fd82"


def test_the_leaf_of_the_worked_example_is_this() -> None:
    data = leaf_data(7, -2, event_hash("telemetry", LINE), "telemetry", 1_795_521_600_000_000, 3, 41)
    assert data == bytes.fromhex(LEAF)
    expected = sha256(b"\x00" + data).digest()
    assert leaf_hash(7, -2, event_hash("telemetry", LINE), "telemetry", 1_795_521_600_000_000, 3, 41) == expected


@pytest.mark.invariant("I4")
def test_kind_replaced_statement_and_payload_all_make_the_key() -> None:
    keys = {event_hash("plant", b"ab"), event_hash("inverter", b"ab"), event_hash("plant", b"a", b"b"), event_hash("plant", b"b", b"a")}
    assert len(keys) == 4


@pytest.mark.invariant("I3")
def test_a_telemetry_line_carries_the_instant_inside_it() -> None:
    assert telemetry(LINE) == Event("telemetry", LINE, 1_743_487_200_000_000)
    assert telemetry(b"broken").event_time == 0


def test_a_stub_tells_length_and_hash_and_is_never_a_line_of_the_grammar() -> None:
    stub = oversize_stub(1_048_577, sha256(b"x").digest())
    assert stub == b"\x00oversize_line 1048577 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert read_stub(stub) == (1_048_577, sha256(b"x").hexdigest())
    assert read_object(stub) is None


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x00oversize_line 12 ab", b"oversize_line 5 " + b"a" * 64, LINE])
def test_other_payloads_are_no_stub(payload: bytes) -> None:
    assert read_stub(payload) is None


def test_each_error_knows_its_exit_code() -> None:
    assert [errors.LedgerError.exit_code, errors.UsageError.exit_code, errors.VerificationError.exit_code] == [1, 2, 3]
