import gzip
import io
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.format.event import LINE_BYTES_MAX, oversize_stub
from ledger.source.read import Batch, Place, Source, first_line, open_source, read_lines, readable_name

Write = Callable[[str, bytes], str]


def take(path: str, **options: Any) -> list[Batch]:
    with open_source(path) as source:
        return list(read_lines(source, **options))


def lines_of(batches: list[Batch]) -> list[tuple[int, bytes]]:
    return [line for batch in batches for line in batch.lines]


def test_lines_are_numbered_and_blank_ones_counted_not_given(write: Write) -> None:
    (batch,) = take(write("a.jsonl", b"one\n\n \t\r\ntwo\r\n"))
    assert batch.lines == [(1, b"one"), (4, b"two")]
    assert (batch.read, batch.blank, batch.oversize, batch.waiting, batch.last) == (4, 2, 0, False, True)
    content = b"one\n\n \t\r\ntwo\r\n"
    assert batch.place == Place(len(content), sha256(content).digest(), 4)


def test_only_one_carriage_return_and_only_an_opening_mark_are_dropped(write: Write) -> None:
    batches = take(write("a.jsonl", b"\xef\xbb\xbfone\r\r\n\xef\xbb\xbftwo\n"))
    assert lines_of(batches) == [(1, b"one\r"), (2, b"\xef\xbb\xbftwo")]


def test_bytes_that_are_no_text_are_lines_too(write: Write) -> None:
    assert lines_of(take(write("a.jsonl", b"\x00\xff\n\xc3\x28\n"))) == [(1, b"\x00\xff"), (2, b"\xc3\x28")]


def test_an_unfinished_last_line_of_a_growing_file_waits(write: Write) -> None:
    path = write("a.jsonl", b"one\ntw")
    (batch,) = take(path)
    assert batch.lines == [(1, b"one")]
    assert batch.waiting
    assert batch.place.bytes_read == 4
    (final,) = take(path, final=True)
    assert final.lines == [(1, b"one"), (2, b"tw")]
    assert not final.waiting


def test_packed_files_and_standard_input_are_complete(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = take(write("a.jsonl.gz", gzip.compress(b"one\n") + gzip.compress(b"two")))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo")))
    assert lines_of(packed) == lines_of(take("-", after=Place(4, b"", 1))) == [(1, b"one"), (2, b"two")]


def test_batches_end_after_a_chunk_that_fills_them(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.source.read.CHUNK_BYTES", 10)
    path = write("a.jsonl", b"".join(b"%04d\n" % number for number in range(20)))
    by_lines = take(path, lines_max=4)
    assert [len(batch.lines) for batch in by_lines] == [4, 4, 4, 4, 4, 0]
    assert [batch.last for batch in by_lines] == [False] * 5 + [True]
    assert [len(batch.lines) for batch in take(path, bytes_max=50)] == [10, 10, 0]
    assert [number for number, _ in lines_of(by_lines)] == list(range(1, 21))


def test_a_file_that_grew_is_read_from_where_the_last_read_stopped(write: Write) -> None:
    before = take(write("a.jsonl", b"\xef\xbb\xbfone\ntwo\nth"))[-1].place
    path = write("a.jsonl", b"\xef\xbb\xbfone\ntwo\nthree\n\xef\xbb\xbffour\n")
    (batch,) = take(path, after=before)
    assert batch.lines == [(3, b"three"), (4, b"\xef\xbb\xbffour")]
    assert batch.place == take(path)[-1].place


@pytest.mark.parametrize("content", [b"ONE\ntwo\nthree\n", b"one\n", b"", b"new\n"], ids=["edited", "cut off", "emptied", "rotated"])
def test_a_file_that_is_another_is_read_from_its_start(write: Write, content: bytes) -> None:
    before = take(write("a.jsonl", b"one\ntwo\n"))[-1].place
    path = write("a.jsonl", content)
    assert take(path, after=before) == take(path)


def test_a_file_that_stayed_the_same_gives_nothing(write: Write) -> None:
    path = write("a.jsonl", b"one\ntwo")
    before = take(path, final=True)[-1].place
    (batch,) = take(path, final=True, after=before)
    assert (batch.read, batch.place, batch.last) == (0, before, True)


def test_a_last_line_taken_unfinished_that_grew_is_read_anew(write: Write) -> None:
    before = take(write("a.jsonl", b"one\ntw"), final=True)[-1].place
    assert lines_of(take(write("a.jsonl", b"one\ntwo\n"), after=before)) == [(1, b"one"), (2, b"two")]


def test_a_packed_file_that_grew_is_read_from_where_the_last_read_stopped(write: Write) -> None:
    before = take(write("a.jsonl.gz", gzip.compress(b"one\n")))[-1].place
    assert lines_of(take(write("a.jsonl.gz", gzip.compress(b"one\ntwo\n")), after=before)) == [(2, b"two")]


def test_lines_over_a_mebibyte_become_stubs(write: Write) -> None:
    fits, long, huge = b"f" * LINE_BYTES_MAX, b"l" * (LINE_BYTES_MAX + 1), b"h" * (3 * LINE_BYTES_MAX)
    (batch,) = take(write("a.jsonl", b"\r\n".join([fits, long, huge, b"x\n"])), bytes_max=1 << 30)
    stubs = [oversize_stub(len(line), sha256(line).digest()) for line in (long, huge)]
    assert batch.lines == [(1, fits), (2, stubs[0]), (3, stubs[1]), (4, b"x")]
    assert batch.oversize == 2


def test_a_long_line_that_is_unfinished_waits_whole(write: Write) -> None:
    (batch,) = take(write("a.jsonl", b"one\n" + b"x" * (2 * LINE_BYTES_MAX)))
    assert (batch.lines, batch.waiting, batch.place.bytes_read) == ([(1, b"one")], True, 4)


def test_a_line_of_fifty_megabytes_takes_only_a_few_in_memory(tmp_path: Path) -> None:
    path, part = tmp_path / "a.jsonl", b"x" * 1_000_000
    with path.open("wb") as file:
        for _ in range(50):
            file.write(part)
        file.write(b"\none\n")
    tracemalloc.start()
    found = lines_of(take(str(path)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[0][1].startswith(b"\x00oversize_line 50000000 ")
    assert found[1] == (2, b"one")
    assert peak < 8_000_000


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip", "trailing"])
def test_a_damaged_packed_file_gives_what_came_before_and_names_the_place(write: Write, damage: str) -> None:
    content = b"".join(sha256(b"%d" % number).hexdigest().encode() + b"\n" for number in range(20_000))
    packed = bytearray(gzip.compress(content))
    path = write(
        "a.jsonl.gz",
        {
            "cut": bytes(packed[: len(packed) // 2]),
            "flipped": bytes(packed[: len(packed) // 2] + bytes(64) + packed[len(packed) // 2 + 64 :]),
            "no gzip": b"plain text\n",
            "trailing": bytes(packed) + b"rubbish",
        }[damage],
    )
    found: list[Batch] = []

    def collect(source: Source) -> None:
        for batch in read_lines(source):
            found.append(batch)  # noqa: PERF402 - what came before the error is wanted

    with open_source(path) as source, pytest.raises(LedgerError, match=r"a\.jsonl\.gz: damaged or cut off after \d+"):
        collect(source)
    taken = b"".join(line + b"\n" for _, line in lines_of(found))
    # gzip knows of a changed byte only at its checksum; the lines read until then are recorded, and judged, as any others.
    assert damage == "flipped" or content.startswith(taken)
    assert bool(taken) == (damage != "no gzip")
    assert not any(batch.last for batch in found)


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot read .*nothing\.jsonl: No such file"), open_source(str(tmp_path / "nothing.jsonl")):
        pass


def test_a_file_that_fails_while_it_is_read_is_told_in_one_line() -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: Any) -> int:
            raise OSError(5, "Input/output error")

    source = Source("a.jsonl", io.BufferedReader(Failing()), complete=False, resumable=True)
    with pytest.raises(LedgerError, match=r"cannot read a\.jsonl: Input/output error"):
        list(read_lines(source))


def test_the_first_line_is_seen_without_being_taken(write: Write) -> None:
    with open_source(write("a.jsonl", b"\xef\xbb\xbf\n  \r\n{one} \r\ntwo\n")) as source:
        assert first_line(source) == b"{one}"
        assert [line for batch in read_lines(source) for _, line in batch.lines] == [b"{one} ", b"two"]


@pytest.mark.parametrize(
    ("name", "readable"),
    [("a.jsonl", "a.jsonl"), ("é\x1b", "é\x1b"), ("a\udcff.gz", "a\\xff.gz"), ("a\x00b", "a\\x00b"), ("\\xff", "\\xff")],
)
def test_a_name_that_is_not_utf_8_is_made_readable(name: str, readable: str) -> None:
    assert readable_name(name) == readable
    assert readable_name(readable) == readable
