import json
import struct
from math import inf
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.format.grammar import event_time_of, read_object, read_plainly

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["a:b", '"', "é", "\\", ":"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=5
)
keys = st.sampled_from(["a", "b", "event_time", ":", 'q"', "é", ""])


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    members = draw(st.lists(st.tuples(keys, values), max_size=5))
    ascii_only = draw(st.booleans())
    written = [f"{json.dumps(key, ensure_ascii=ascii_only)}:{json.dumps(value, ensure_ascii=ascii_only)}" for key, value in members]
    return ("{" + draw(st.sampled_from([",", " , ", ",\t"])).join(written) + "}").encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    line = bytearray(draw(objects()))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        line[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b'"', b":", b"{", b"}", b"[", b"]", b"\\", b"\xff", b"0", b"\t"])
        )
    return bytes(line)


numbers = st.from_regex(rb"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


def bits(value: Any) -> Any:
    """Make equality strict: types, signs of zero and all bits of a float count."""
    if isinstance(value, dict):
        return [(key, bits(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [bits(inner) for inner in value]
    return (type(value), struct.pack(">d", value) if isinstance(value, float) else value)


@given(st.one_of(objects(), damaged(), numbers.map(lambda number: b'{"a":' + number + b"}")))
@example(b'{"a":1,"a":2}')
@example(b'{"a":":","a":2}')
@example(b'{"a":{"b":1}}')
@example(b'{"a":{}}')
@example(b'{"a":-0}')
@example(b'{"a":-0.0,"b":1E5,"c":1e-400,"d":1e999}')
@example(b'{"a":' + b"9" * 309 + b"}")
@example(b'{"a":-' + b"1" * 400 + b"}")
@example(b"[]")
@example(b"1")
@example(b"\xef\xbb\xbf{}")
def test_the_fast_path_reads_what_the_definition_reads(payload: bytes) -> None:
    assert bits(read_object(payload)) == bits(read_plainly(payload))


@given(numbers)
def test_a_number_is_the_double_nearest_to_its_text(number: bytes) -> None:
    found = read_object(b'{"a":' + number + b"}")
    assert found is not None
    text = number.decode()
    is_integer = not set(text) & set(".eE")
    assert bits(found["a"]) == bits(int(text) if is_integer else float(text))


@pytest.mark.parametrize("read", [read_object, read_plainly])
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[1]",
        b"{",
        b"{}{}",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\t"}',
        b'{"a":"\x00"}',
        b'{"a":1}\x00',
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\\ud800\\\\udc00"}',
        b'{"a":{"b":"\\uDFFF","b":1}}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\x80"}',
        b"\xef\xbb\xbf{}",
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":1}',
        b'{"a":' * 64 + b"{}" + b"}" * 64,
        b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"' + b'\\"' * 400_000,
        b"\x00oversize_line 5 aa",
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value.__name__,
)
def test_bytes_outside_the_grammar_are_no_object(read: Any, payload: bytes) -> None:
    assert read(payload) is None


@pytest.mark.parametrize("read", [read_object, read_plainly])
@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b" {} \r", {}),
        (b'{"a":{"b":1,"b":2}}', {"a": {"b": 2}}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\\\u0000\\\\ud800"}', {"a": "\\u0000\\ud800"}),
        (b'{"a":"[[{{","b":":"}', {"a": "[[{{", "b": ":"}),
        (b'{"a":1e999,"b":-1e999}', {"a": inf, "b": -inf}),
        (b'{"a":' + b"1" * 5000 + b"}", {"a": inf}),
        (b'{"a":-' + b"1" * 500_000 + b"}", {"a": -inf}),
        (b'{"a":123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_an_object_of_the_grammar_is_read(read: Any, payload: bytes, expected: dict[str, Any]) -> None:
    assert read(payload) == expected


def test_sixty_four_levels_are_read_and_brackets_in_texts_do_not_count() -> None:
    deepest = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
    assert read_object(deepest) is not None
    assert read_object(b'{"x":"' + b"[{" * 100 + b'","a":[]}') == {"x": "[{" * 100, "a": []}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"event_time":"2025-04-01T06:00:00Z"}', 1_743_487_200_000_000),
        (b'{"event_time":"1969-12-31T23:59:59Z"}', -1_000_000),
        (b'{"event_time":"2025-04-01T06:00:00"}', 0),
        (b'{"event_time":1743487200}', 0),
        (b'{"event_time":null}', 0),
        (b'{"event_time":"2025-04-01T06:00:00Z","a":1,"a":1}', 0),
        (b"{}", 0),
        (b"not json", 0),
    ],
)
def test_the_time_of_an_event_is_zero_unless_the_line_gives_one(payload: bytes, expected: int) -> None:
    assert event_time_of(payload) == expected
