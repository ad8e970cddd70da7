from pathlib import Path

import pytest

from ledger.errors import LedgerError, UsageError
from projections import Book
from projections.audit.find import SourceLine, event_document
from tests.projections.audit.conftest import OpenBook, change, copied
from tests.support.audited import LATEST, LINES, NOT_UTF8


def test_an_event_is_found_by_position_key_and_line_alike(book: Book) -> None:
    (by_position,) = book.event(LATEST)
    key = by_position.found.event.event_hash.hex()
    assert by_position.found.line == SourceLine(3, "lines.jsonl", 6)
    assert by_position.found.event.payload == LINES[5]
    assert book.event(str(LATEST)) == book.event(key) == book.event(key[:8].upper()) == book.event("lines.jsonl:6") == [by_position]


def test_a_key_of_digits_alone_is_a_key_where_no_such_position_is(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, "DROP TRIGGER event_log_refuses_update")
    change(file, f"UPDATE event_log SET event_hash = x'{'12345678' * 8}' WHERE position = {LATEST}")  # noqa: S608 - a constant
    (found,) = opened(file).event("12345678")
    assert found.found.event.position == LATEST


def test_a_line_of_two_deliveries_with_other_content_is_found_in_both(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, "DROP TRIGGER delivery_refuses_renumbering")
    change(file, "UPDATE delivery SET source = 'plants.csv' WHERE source = 'renamed.csv'")
    found = opened(file).event("plants.csv:2")
    assert [trace.found.line.delivery_id for trace in found] == [2, 4]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("999", LedgerError, "no event at position 999: the log has 24 events, from position 0"),
        ("9" * 30, LedgerError, f"no event's key begins with {'9' * 30}"),
        ("0123456789", LedgerError, "no event's key begins with 0123456789"),
        ("abc", UsageError, "not a position, a key of at least 8 hex digits or SOURCE:LINE_NUMBER: 'abc'"),
        ("nothexadecimal", UsageError, "not a key: 'nothexadecimal'"),
        ("other.jsonl:1", LedgerError, "no delivery has a source called 'other.jsonl'"),
        ("lines.jsonl:18", LedgerError, "lines.jsonl was read up to line 17; line 18 has not been delivered"),
        ("lines.jsonl:16", LedgerError, "line 16 of lines.jsonl made no event of its own"),
    ],
)
def test_what_names_no_event_is_refused_with_what_is_known(book: Book, name: str, error: type[LedgerError], said: str) -> None:
    with pytest.raises(LedgerError) as caught:
        book.event(name)
    assert type(caught.value) is error
    assert str(caught.value).startswith(said)


def test_a_document_has_the_payload_as_text_or_in_hex_and_times_in_iso(book: Book) -> None:
    text, binary, stated = (event_document(book.event(name)[0].found) for name in (LATEST, NOT_UTF8, 0))
    assert (text["payload"], text["payload_encoding"]) == (LINES[5].decode(), "utf-8")
    assert (binary["payload"], binary["payload_encoding"]) == (LINES[12].hex(), "hex")
    assert (text["event_time"], stated["event_time"]) == ("2025-04-02T06:10:00+00:00", None)
    assert text["line"] == {"delivery_id": 3, "source": "lines.jsonl", "line_number": 6}


def test_an_event_whose_delivery_is_gone_says_so(whole: Path, tmp_path: Path, opened: OpenBook) -> None:
    file = copied(whole, tmp_path)
    change(file, "DROP TRIGGER delivery_refuses_delete")
    change(file, "DELETE FROM delivery WHERE delivery_id = 3")
    (found,) = opened(file).event(LATEST)
    assert found.found.line == SourceLine(3, "(delivery not recorded)", 6)
