import pytest

from projections.values.moment import read_moment, why_no_moment


def test_a_moment_with_an_offset_is_read_as_an_instant():
    assert read_moment("1970-01-01T05:30:00.000001+05:30") == 1


def test_a_moment_without_an_offset_is_never_taken_for_utc():
    assert read_moment("2025-04-01T06:00:00") is None
    assert why_no_moment("2025-04-01T06:00:00") == "naive_timestamp"


@pytest.mark.parametrize("text", ["", "yesterday", "2025-02-30T00:00:00Z", "2025-04-01T23:59:60Z", "1743487200", "x" * 10**6])
def test_anything_else_is_no_moment(text):
    assert read_moment(text) is None
    assert why_no_moment(text) == "bad_timestamp"


def test_a_moment_has_no_reason_to_be_none():
    with pytest.raises(AssertionError, match="is an instant"):
        why_no_moment("2025-04-01T06:00:00Z")
