"""Following many readings at once is following them one by one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.calendar.local_days import LocalDays
from projections.counter import line as counter_line
from projections.counter.line import CounterLine
from projections.counter.samples import Sample, samples_of_rows
from projections.counter.state import Carry, Point
from projections.counter.step import Rules, clearly_fits, clearly_off, is_on_line, line_value
from projections.counter.walk import by_day
from tests.support.counter_histories import RULES, START, any_values, growing_counters
from tests.support.counter_store import HOUR, RULES_10_KW
from tests.support.damaged_counter import damaged_counters

damaged_rows = damaged_counters(resets=True, freezes=True).map(lambda rows: rows.samples())
histories = st.one_of(any_values(), growing_counters(), damaged_rows)


def state(line: CounterLine) -> tuple[object, ...]:
    return line.carry, line.spans, line.epochs, line.revised_from


@given(histories, st.sampled_from(RULES), st.lists(st.integers(0, 300), max_size=4))
def test_many_at_once_are_followed_as_one_by_one(samples: list[Sample], rules: Rules, cuts: list[int]) -> None:
    single, many = CounterLine(rules, Carry()), CounterLine(rules, Carry())
    for low, high in pairwise([0, *sorted(min(cut, len(samples)) for cut in cuts), len(samples)]):
        for one in samples[low:high]:
            single.feed(one.at, one.mwh, one.power_mw)
        many.feed_all(samples_of_rows(samples[low:high]))
        assert state(many) == state(single)
    zeros = [one.mwh == 0 and single.is_placeholder(one.at, 0) for one in samples]
    assert many.placeholders(samples_of_rows(samples)).tolist() == zeros


def test_readings_out_of_order_are_a_defect_of_the_caller() -> None:
    line = CounterLine(RULES_10_KW, Carry())
    with pytest.raises(AssertionError, match="not in order"):
        line.feed_all(samples_of_rows([Sample(HOUR, 1, None, None), Sample(HOUR, 1, None, None)]))
    line.feed_all(samples_of_rows([Sample(HOUR, 1, None, None)]))
    with pytest.raises(AssertionError, match="fed after"):
        line.feed_all(samples_of_rows([Sample(HOUR, 1, None, None)]))


values = st.one_of(st.integers(0, 10**17), st.integers(0, 10**6).map(lambda kwh: kwh * 10**6))


@given(st.lists(st.tuples(st.integers(1, 10**12), values), min_size=2, max_size=8), st.sampled_from([1, 10_000_000, 10**10]))
def test_what_clearly_fits_is_growth_on_the_line(steps: Sequence[tuple[int, int]], limit: int) -> None:
    at, mwh = np.cumsum([step for step, _ in steps]), np.array([value for _, value in steps])
    limits = np.full(len(steps) - 1, limit)
    for found in (clearly_fits(at, mwh, limit), clearly_fits(at, mwh, limits)):
        for index, clear in enumerate(found.tolist()):
            last, value, duration = int(mwh[index]), int(mwh[index + 1]), int(at[index + 1] - at[index])
            if clear:
                assert is_on_line(last, value, duration, limit, None)
                assert line_value(last, value) == value


@pytest.mark.parametrize(
    ("last_wh", "value_wh", "clear"),
    [
        (500_000, 500_300, True),  # 12 kW for an hour's thirteenth are 923 Wh
        (500_000, 500_924, True),
        (500_001, 500_926, False),
        (500_000, 501_000, True),  # a resolution of 1000 Wh on top
        (500_000, 501_010, False),
        (500_100, 501_100, True),  # 100 Wh on top
        (500_010, 500_940, True),  # 10 Wh on top
        (500_001, 500_000, False),
    ],
)
def test_ordinary_growth_is_clear_and_the_resolution_counts(last_wh: int, value_wh: int, *, clear: bool) -> None:
    at, mwh = np.array([0, HOUR // 13]), np.array([last_wh * 1000, value_wh * 1000])
    assert clearly_fits(at, mwh, 10_000_000).tolist() == [clear]


def test_a_healthy_counter_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(counter_line, "is_on_line", lambda *step: (looked.append(step[1]), is_on_line(*step))[1])
    line = CounterLine(RULES_10_KW, Carry(line=Point(0, 1_000_000), single=False, seen_nonzero=True))
    line.feed_all(samples_of_rows([Sample((index + 1) * HOUR, 1_000_000 + index * 5_000, 100, 20.0) for index in range(50)]))
    assert looked == [1_000_000]
    assert line.carry.line == Point(50 * HOUR, 1_245_000)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.integers(1, 9))
def test_pieces_are_cut_into_whole_days(hours: list[int], piece: int) -> None:
    instants = (START + np.cumsum(hours) * HOUR).tolist()
    rows = [Sample(at, 1, None, None) for at in instants]
    days = LocalDays("Asia/Kolkata")
    pieces = [samples_of_rows(rows[low : low + piece]) for low in range(0, len(rows), piece)]
    found = {day: samples.at.tolist() for day, samples in by_day(pieces, days)}
    expected: dict[int, list[int]] = {}
    for at in instants:
        expected.setdefault(days.day_of(at), []).append(at)
    assert found == expected
    assert list(found) == sorted(found)


@pytest.mark.parametrize("modulus", [None, 10**15])
def test_a_long_run_off_the_line_is_decided_at_the_value_that_decides_it(modulus: int | None) -> None:
    line = [Sample(index * HOUR, 50_000_000 + index * 1_000, 100, 20.0) for index in range(4)]
    run = [Sample((4 + index) * HOUR, 900_000_000 + max(0, index - 30) * 500, 100, 20.0) for index in range(60)]
    rules = Rules(nameplate_mw=10_000_000, modulus_mwh=modulus)
    for size in range(len(run) + 1):
        samples = line + run[:size]
        single, many = CounterLine(rules, Carry()), CounterLine(rules, Carry())
        for one in samples:
            single.feed(one.at, one.mwh, one.power_mw)
        many.feed_all(samples_of_rows(samples))
        assert state(many) == state(single)
        assert bool(many.epochs) == (size >= 34), "flat for thirty hours, it grows by more than 1 Wh at the 34th"


def test_what_is_clearly_off_a_line_is_on_it_by_no_rule() -> None:
    values = np.array([49_000_000, 48_999_999, 50_000_000, 61_000_000, 62_000_000, 62_000_001, 63_100_000, 90_000_000])
    at = np.full(len(values), HOUR)
    for limits in (10_000_000, np.full(len(values), 10_000_000)):
        found = clearly_off(0, 50_000_000, at, values, limits).tolist()
        assert found == [False, True, False, False, False, False, True, True]
        assert not any(is_on_line(50_000_000, int(value), HOUR, 10_000_000, None) for value, off in zip(values, found, strict=True) if off)
