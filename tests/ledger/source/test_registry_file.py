from collections.abc import Callable
from hashlib import sha256

import pytest

from ledger.errors import LedgerError
from ledger.format.event import LINE_BYTES_MAX, oversize_stub
from ledger.format.registry_row import read_registry_row
from ledger.source import registry_file
from ledger.source.read import open_source
from ledger.source.registry_file import RegistryFile, read_registry

Write = Callable[[str, bytes], str]
HEADER = b"plant_id,name,location,timezone"


@pytest.fixture
def load(write: Write) -> Callable[[bytes], RegistryFile]:
    def read(content: bytes, kind: str = "plant") -> RegistryFile:
        with open_source(write("registry.csv", content)) as source:
            return read_registry(source, kind)

    return read


Load = Callable[..., RegistryFile]


def test_each_row_carries_its_header(load: Load) -> None:
    content = b"\xef\xbb\xbf\r\n" + HEADER + b"\r\np1,a,b,UTC\r\n\r\np2,c,d,UTC"
    found = load(content)
    assert found.rows == [(3, HEADER + b"\np1,a,b,UTC"), (5, HEADER + b"\np2,c,d,UTC")]
    assert (found.read, found.blank, found.oversize) == (4, 2, 0)
    assert (found.place.bytes_read, found.place.digest, found.place.line_number) == (len(content), sha256(content).digest(), 5)


def test_a_quoted_line_break_stays_inside_its_row_as_it_was_written(load: Load) -> None:
    found = load(HEADER + b'\np1,"a\r\n\nb""",c,UTC\np2,x,y,UTC\n')
    assert found.rows == [(2, HEADER + b'\np1,"a\r\n\nb""",c,UTC'), (5, HEADER + b"\np2,x,y,UTC")]
    assert read_registry_row(found.rows[0][1]) == {"plant_id": "p1", "name": 'a\r\n\nb"', "location": "c", "timezone": "UTC"}


def test_columns_come_in_any_order_with_others_between(load: Load) -> None:
    header = b'timezone, plant_id ,"name",note,location'
    found = load(header + b"\nUTC,p1,a,n,b\n")
    row = read_registry_row(found.rows[0][1])
    assert row is not None
    assert (row["plant_id"], row["note"]) == ("p1", "n")


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"plant_id,name,location\n", "plant", "registry.csv: no column 'timezone'"),
        (b"", "plant", "registry.csv: no column 'plant_id'"),
        (b"\xff\n", "plant", "registry.csv: no column 'plant_id'"),
        (HEADER + b",name\n", "plant", "registry.csv: more than one column 'name'"),
        (HEADER, "inverter", "registry.csv: no column 'inverter_id'"),
        (b'plant_id,name,location,"timezone\n', "plant", "registry.csv: no column 'plant_id'"),
    ],
)
def test_a_missing_column_is_told_with_file_and_name(load: Load, content: bytes, kind: str, message: str) -> None:
    with pytest.raises(LedgerError) as caught:
        load(content, kind)
    assert str(caught.value).removeprefix(str(caught.value).split("registry.csv")[0]).startswith(message)


def test_a_forgotten_quote_costs_one_row_not_the_rest_of_the_file(load: Load) -> None:
    found = load(HEADER + b'\np1,"a,b,UTC\np2,a,b,UTC\np3,a,b,UTC\n')
    assert [number for number, _ in found.rows] == [2, 3, 4]
    assert [read_registry_row(payload) is None for _, payload in found.rows] == [True, False, False]


def test_a_quote_that_closes_beyond_a_mebibyte_is_taken_as_forgotten(load: Load) -> None:
    filler = b"x" * 1000 + b"\n"
    found = load(HEADER + b'\np1,"a\n' + filler * 1200 + b'p2,b",c,UTC\n')
    assert len(found.rows) == 1202


def test_lines_that_all_forget_their_quote_are_told_apart_in_one_pass(load: Load) -> None:
    line = b',"x","\n'
    found = load(HEADER + b"\n" + line * 30_000)
    assert len(found.rows) == 30_000
    assert found.rows[-1] == (30_001, HEADER + b"\n" + line[:-1])


def test_a_row_over_a_mebibyte_is_a_stub(load: Load) -> None:
    huge = b'p1,"' + b"x" * (2 * LINE_BYTES_MAX)
    over = b"p2," + b"y" * LINE_BYTES_MAX
    found = load(b"\n".join([HEADER, huge, over, b"p3,a,b,UTC"]))
    stubs = [oversize_stub(len(line), sha256(line).digest()) for line in (huge, over)]
    assert [payload for _, payload in found.rows] == [*stubs, HEADER + b"\np3,a,b,UTC"]
    assert found.oversize == 2


def test_a_file_with_more_bytes_than_are_read_whole_is_refused_before_it_is_read_whole(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    content = HEADER + b"\n" + b"p1,a,b,UTC\n" * 10
    monkeypatch.setattr(registry_file, "REGISTRY_BYTES_MAX", len(content) - 1)
    monkeypatch.setattr(registry_file, "read_record", lambda _: pytest.fail("it was read whole"))
    with pytest.raises(LedgerError, match=r"registry\.csv: more than 256 MiB, too much for a registry file, which is read whole: split it"):
        load(content)


def test_a_long_header_that_would_be_kept_with_very_many_rows_is_refused(load: Load) -> None:
    header = HEADER + b",x" * 500_000
    with pytest.raises(LedgerError, match="its 300 rows, each kept with the header of 1000031 bytes, have more than 256 MiB: shorten"):
        load(header + b"\n" + b"".join(b"%d\n" % number for number in range(300)))
    assert len(load(header + b"\n1\n2\n").rows) == 2
