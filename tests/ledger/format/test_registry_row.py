import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.format.registry_row import ends_inside_quotes, read_record, read_registry_row, registry_id

fields = st.text(st.sampled_from('ab,"\n\r é'), max_size=6)


@given(st.lists(fields, min_size=2, max_size=4))
def test_what_a_csv_writer_wrote_is_read_back(written: list[str]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(written)
    header = ",".join(f"c{number}" for number in range(len(written)))
    assert read_registry_row(f"{header}\n{text.getvalue()[:-2]}".encode()) == {f"c{number}": value for number, value in enumerate(written)}


@pytest.mark.parametrize(
    ("line", "inside", "expected"),
    [
        (b"a,b", False, False),
        (b"", False, False),
        (b'a,"b"', False, False),
        (b'a,"b', False, True),
        (b'a,b"', False, False),
        (b'"a""', False, True),
        (b'"a"""', False, False),
        (b'"a" x,b', False, False),
        (b'a,b"', True, False),
        (b'a","b', True, True),
        (b"a", True, True),
        (b'""', True, True),
        (b'",', True, False),
    ],
)
def test_an_open_quote_is_seen_line_by_line(line: bytes, inside: bool, expected: bool) -> None:  # noqa: FBT001
    assert ends_inside_quotes(line, inside=inside) is expected


@pytest.mark.parametrize(
    "payload",
    [b"", b"a,b", b"a,b\n1", b"a,b\n1,2,3", b"a,b\n1,2\n3,4", b"a,b\n1,\xff", b'a,b\n1,"2', b'"a\n1', b"a,b\n1,2\r3"],
)
def test_a_row_that_does_not_fit_its_header_is_none(payload: bytes) -> None:
    assert read_registry_row(payload) is None


def test_column_names_are_trimmed_and_values_are_not() -> None:
    assert read_registry_row(b' a ,"b"\r\n 1 ,"x\ny"') == {"a": " 1 ", "b": "x\ny"}


def test_a_field_too_long_for_csv_makes_no_row() -> None:
    assert read_registry_row(b"a\n" + b"x" * 200_000) is None


def test_a_record_alone_is_read_to_its_fields() -> None:
    assert read_record(b'a,"b,c"') == ["a", "b,c"]
    assert read_record(b"a\nb") is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"plant_id,name\n p1\t,x", "p1"),
        (b"name,plant_id\nx,", None),
        (b"plant_id\n p 1 ", "p 1"),
        (b"name\nx", None),
        (b"plant_id,name\nx", None),
    ],
)
def test_a_row_is_about_the_id_in_it(payload: bytes, expected: str | None) -> None:
    assert registry_id("plant", payload) == expected
