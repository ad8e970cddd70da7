import pytest

from projections.values.text import label_of, text_of, text_of_bytes


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), ("x", "x"), ("", ""), (True, "true"), (12, "12"), (1.5, "1.5"), (["é"], '["é"]'), (float("inf"), "Infinity")],
)
def test_a_value_is_shown_as_it_was_sent(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize("value", ["x" * 10**6, ["x"] * 10**4, 10**300])
def test_a_long_value_is_cut(value):
    assert len(text_of(value)) == 200


def test_bytes_that_are_no_text_are_shown_in_hex():
    assert text_of_bytes(b"a\xff\0b") == "a\\xff\\x00b"


@pytest.mark.parametrize(
    "payload", [b"x" * 10**6, b"\xff" * 10**6, b"\0" * 10**6, "é".encode() * 10**6, b"a" + "\U0001f31e".encode() * 10**5]
)
def test_long_bytes_are_cut_between_characters(payload):
    text = text_of_bytes(payload)
    assert len(text) == 200
    assert text.endswith(("x", "\\xff\\xff", "\\x00\\x00", "é", "\U0001f31e"))


@pytest.mark.parametrize(
    ("value", "label"),
    [("t_1", "t_1"), ("", ""), (17, "17"), (1.5, "1.5"), (None, None), (True, None), ([], None), ({}, None), (float("inf"), None)],
)
def test_a_label_is_a_text_or_a_number(value, label):
    assert label_of(value) == label


def test_a_label_is_never_cut():
    assert label_of("x" * 1000) == "x" * 1000
