from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.format.instant import BadInstant, from_iso, iso, read_instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
instants = st.integers(FIRST, LAST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2025-04-01T06:00:00Z", 1_743_487_200_000_000),
        ("2025-04-01 06:00Z", 1_743_487_200_000_000),
        ("2025-04-01T11:30+05:30", 1_743_487_200_000_000),
        ("2025-04-01T11:30:00+0530", 1_743_487_200_000_000),
        ("2025-04-01T01:00:00.0-05:00", 1_743_487_200_000_000),
        ("2025-04-01T06:00:00-00:00", 1_743_487_200_000_000),
        ("2025-04-01T06:00:00.1234569Z", 1_743_487_200_123_456),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("2024-02-29T00:00Z", 1_709_164_800_000_000),
        ("1970-01-02T00:00+23:59", 60_000_000),
        ("1969-12-31T00:00-23:59", -60_000_000),
        ("0001-01-01T00:00:00Z", FIRST),
        ("9999-12-31T23:59:59.999999Z", LAST),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
    ],
)
def test_a_time_of_the_grammar_is_read(text: str, expected: int) -> None:
    assert read_instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-04-01",
        "2025-04-01T06:00:00z",
        "2025-04-01t06:00:00Z",
        "2025-04-01T06Z",
        "2025-04-01T24:00Z",
        "2025-04-01T23:59:60Z",
        "2025-04-01T06:60Z",
        "2025-04-01T06:00:00.Z",
        "2025-04-01T06:00.5Z",
        "2025-04-01T06:00:00,5Z",
        "2025-02-29T06:00Z",
        "2025-13-01T06:00Z",
        "0000-12-31T23:00-02:00",
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59-00:01",
        "2025-04-01T06:00+24:00",
        "2025-04-01T06:00+05:60",
        "2025-04-01T06:00+05",
        "2025-04-01T06:00:00 Z",
        " 2025-04-01T06:00:00Z",
        "2025-04-01T06:00:00Z\n",
        "20250401T060000Z",
        "2025-W14-2T06:00Z",
        "2025-04-01T06:00:00\u221205:00",
        "\u0662025-04-01T06:00:00Z",
        "2025-02-30T06:00",
        "+2025-04-01T06:00:00Z",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(BadInstant) as caught:
        read_instant(text)
    assert not caught.value.naive


@pytest.mark.parametrize("text", ["2025-04-01T06:00", "2025-04-01 06:00:00.5"])
def test_a_time_without_offset_is_naive(text: str) -> None:
    with pytest.raises(BadInstant, match="no offset") as caught:
        read_instant(text)
    assert caught.value.naive


@given(instants, st.integers(-1439, 1439))
def test_every_instant_is_read_in_any_offset(instant: int, minutes: int) -> None:
    try:
        local = (EPOCH + timedelta(microseconds=instant)).astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert read_instant(local.isoformat()) == instant


@given(instants)
def test_iso_text_is_read_back(instant: int) -> None:
    assert from_iso(iso(instant)) == instant == read_instant(iso(instant))


@given(instants, instants)
def test_iso_text_sorts_as_the_instants_do(one: int, two: int) -> None:
    assert (iso(one) < iso(two)) == (one < two)


def test_iso_text_looks_like_this() -> None:
    assert iso(1_743_487_200_000_000) == "2025-04-01T06:00:00+00:00"
    assert iso(1_743_487_200_000_001) == "2025-04-01T06:00:00.000001+00:00"


def test_iso_text_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        from_iso("2025-04-01T06:00:00")
