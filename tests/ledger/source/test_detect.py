from pathlib import Path

import pytest

from ledger.errors import LedgerError, UsageError
from ledger.source.detect import detect_kind, find_files


@pytest.mark.parametrize(
    ("first_line", "name", "expected"),
    [
        (b'{"event_id":1}', "plants.csv", "telemetry"),
        (b"inverter_id,plant_id,vendor", "x", "inverter"),
        (b' location ,"plant_id" ', "inverters.csv", "plant"),
        (b"plant_id,inverter_id,event_time", "x.csv", None),
        (b"what", "x.JSONL", "telemetry"),
        (b"what", "x.ndjson.gz", "telemetry"),
        (b"", "x.csv", None),
        (b"\xff", "plants.csv", None),
    ],
)
def test_content_tells_the_kind_before_the_name_does(first_line: bytes, name: str, expected: str | None) -> None:
    assert detect_kind(first_line, name) == expected


def test_a_folder_stands_for_the_known_files_under_it(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.csv", "deep/c.ndjson.gz", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert find_files(str(tmp_path)) == [str(tmp_path / name) for name in ("a.csv", "b.jsonl", "deep/c.ndjson.gz")]
    assert find_files(str(tmp_path / "notes.txt")) == [str(tmp_path / "notes.txt")]


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"no \.csv"):
        find_files(str(tmp_path))


def test_an_empty_name_is_not_taken_for_this_folder() -> None:
    with pytest.raises(UsageError, match=r"an empty name of a file; write \. for this folder"):
        find_files("")
