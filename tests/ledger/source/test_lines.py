from hashlib import sha256
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.format.event import LINE_BYTES_MAX, oversize_stub
from ledger.source.lines import BOM, split_lines
from ledger.source.read import to_payload

texts = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"bc", b'"', BOM]), max_size=12).map(b"".join)


def cut(content: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(content)) for place in places), len(content)]
    return [content[start:end] for start, end in pairwise(edges)]


@given(texts, st.lists(st.integers(0, 24), max_size=5))
def test_any_chunks_of_the_same_bytes_give_the_same_lines(content: bytes, places: list[int]) -> None:
    found = list(split_lines(cut(content, places), at_start=True))
    assert b"".join(raw for raw, _, _ in found) == content
    expected = content.split(b"\n")
    assert [line for _, lines, _ in found for line in lines] == (expected if expected[-1] else expected[:-1])
    assert [finished for _, _, finished in found if not finished] == [False] * bool(expected[-1])


def long_line(ending: bytes, *, opening: bytes = b"", cuts: list[int]) -> list[bytes]:
    content = opening + b"x" * (LINE_BYTES_MAX + 10) + ending
    return [to_payload(line.removeprefix(BOM)) for _, lines, _ in split_lines(cut(content, cuts), at_start=True) for line in lines]


def test_a_line_too_long_to_keep_becomes_its_stub_wherever_the_chunks_are_cut() -> None:
    stub = oversize_stub(LINE_BYTES_MAX + 10, sha256(b"x" * (LINE_BYTES_MAX + 10)).digest())
    size = LINE_BYTES_MAX + 10
    for cuts in ([size], [size + 1], [size, size + 1], [size - 1, size], [size - 1, size, size + 1], [size, size, size + 2]):
        assert long_line(b"\nnext", cuts=cuts) == [stub, b"next"]
        assert long_line(b"\r\nnext", cuts=cuts) == [stub, b"next"]
        assert long_line(b"", cuts=cuts) == [stub]
        assert long_line(b"\n", opening=BOM, cuts=[*cuts, size + 3]) == [stub]


def test_a_mark_is_dropped_only_where_the_file_begins() -> None:
    stub = oversize_stub(LINE_BYTES_MAX + 13, sha256(BOM + b"x" * (LINE_BYTES_MAX + 10)).digest())
    content = BOM + b"x" * (LINE_BYTES_MAX + 10)
    assert [lines for _, lines, _ in split_lines([content], at_start=False)] == [[], [stub]]
    assert [lines for _, lines, _ in split_lines([b"a\n", content], at_start=True)] == [[b"a"], [], [stub]]
