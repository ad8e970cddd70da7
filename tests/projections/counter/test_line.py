import pytest

from projections.counter.line import CounterLine
from projections.counter.marks import GLITCH, GLITCH_ABOVE, PENDING
from projections.counter.samples import Sample
from projections.counter.state import Carry, Epoch, MarkedSpan, Point, Run
from projections.counter.step import Rules
from tests.support.counter_store import HOUR, MINUTE, RULES_10_KW, series

KWH = 1_000_000


def followed(samples: list[Sample], carry: Carry | None = None, rules: Rules = RULES_10_KW) -> CounterLine:
    line = CounterLine(rules, carry or Carry())
    for sample in samples:
        line.feed(sample.at, sample.mwh, sample.power_mw)
    return line


def on(level_kwh: int) -> Carry:
    return Carry(line=Point(0, level_kwh * KWH), single=False, seen_nonzero=True)


def test_reading_out_of_order_is_a_defect_of_the_caller() -> None:
    line = followed([Sample(HOUR, 1, None, None)])
    with pytest.raises(AssertionError, match="fed after"):
        line.feed(HOUR, 1, None)


def test_state_that_cannot_be_is_a_crash() -> None:
    torn = Carry(line=Point(0, KWH), before=Point(0, 90 * KWH), single=False, seen_nonzero=True)
    with pytest.raises(AssertionError, match="has a first reading"):
        followed([Sample(HOUR, 95 * KWH, None, None)], torn)


def test_state_is_the_same_however_the_readings_are_cut() -> None:
    samples = series("2025-04-01 08:00", 60, 20_000, 21_000, 3, 22_000, 500, 900, 1_400, 99_000, 600, 700, watts=7)
    whole = followed(samples, rules=Rules())
    for cut in range(len(samples) + 1):
        earlier = followed(samples[:cut], rules=Rules())
        assert followed(samples[cut:], earlier.carry, Rules()).carry == whole.carry


def test_suspects_are_pending_and_a_value_on_the_line_makes_them_glitches() -> None:
    line = followed([Sample(hour * HOUR, kwh * KWH, None, None) for hour, kwh in ((1, 40), (2, 45), (3, 900))], on(100))
    assert line.spans == [MarkedSpan(HOUR, 2 * HOUR, PENDING, 40 * KWH), MarkedSpan(3 * HOUR, 3 * HOUR, PENDING, 900 * KWH)]
    assert (line.carry.last_accepted(), line.carry.suspect_since, line.revised_from) == (Point(0, 100 * KWH), HOUR, None)
    line.feed(4 * HOUR, 100 * KWH, None)
    assert [span.mark for span in line.spans] == [GLITCH, GLITCH_ABOVE]
    assert (line.carry.last_accepted(), line.carry.suspect_since, line.revised_from) == (Point(4 * HOUR, 100 * KWH), None, HOUR)


def test_placeholder_breaks_no_run() -> None:
    samples = [Sample(hour * HOUR, mwh, None, None) for hour, mwh in ((1, 40 * KWH), (2, 0), (3, 42 * KWH))]
    assert followed(samples, on(100)).carry.run == Run(Point(HOUR, 40 * KWH), Point(3 * HOUR, 42 * KWH), 2, 2 * KWH, KWH, None)


def test_jitter_keeps_the_old_maximum_and_moves_the_time_on() -> None:
    line = followed([Sample(HOUR, 100 * KWH - 90_000, None, None)], on(100))
    assert line.carry.last_accepted() == Point(HOUR, 100 * KWH)
    assert not line.spans


@pytest.mark.parametrize(
    ("count", "hours", "growth_mwh", "is_reset"),
    [(6, 24, 1_001_000, True), (5, 24, 1_001_000, False), (6, 23.99, 1_001_000, False), (6, 24, 1_000_000, False)],
)
def test_reset_takes_six_readings_a_day_and_growth_above_the_resolution(
    count: int, hours: float, growth_mwh: int, *, is_reset: bool
) -> None:
    end = round((1 + hours) * HOUR)
    values = [*((HOUR + index * MINUTE, 5 * KWH) for index in range(count - 1)), (end, 5 * KWH + growth_mwh)]
    line = followed([Sample(at, mwh, None, None) for at, mwh in values], on(100))
    assert (line.epochs == [Epoch(Point(HOUR, 5 * KWH), 5 * KWH)]) is is_reset
    assert (line.carry.before == Point(0, 100 * KWH)) is is_reset
    assert bool(line.spans) is not is_reset


@pytest.mark.parametrize(("first_mwh", "credit"), [(12 * KWH + 1_000, 12 * KWH + 1_000), (12 * KWH + 2_000, None)])
def test_first_value_is_credited_if_it_can_have_been_counted_from_zero(first_mwh: int, credit: int | None) -> None:
    samples = [Sample((1 + 6 * index) * HOUR, first_mwh + index * KWH, None, None) for index in range(6)]
    assert followed(samples, on(100)).epochs == [Epoch(Point(HOUR, first_mwh), credit)]


@pytest.mark.parametrize(
    ("count", "minutes", "growth_mwh", "is_line"),
    [(3, 30, 101_000, True), (2, 30, 101_000, False), (3, 29, 101_000, False), (3, 30, 100_000, False)],
)
def test_start_takes_three_readings_half_an_hour_and_growth_above_the_resolution(
    count: int, minutes: int, growth_mwh: int, *, is_line: bool
) -> None:
    values = [*((index * MINUTE, 700_000) for index in range(count - 1)), (minutes * MINUTE, 700_000 + growth_mwh)]
    line = followed([Sample(at, mwh, None, None) for at, mwh in values])
    assert (line.carry.line is not None) is is_line
    assert line.carry.last_accepted() == Point(minutes * MINUTE, 700_000 + growth_mwh), "one single run serves as the line"


def test_capacity_that_is_unknown_is_learnt_from_power_in_order() -> None:
    samples = [Sample(HOUR, 109 * KWH, 4_000_000, None), Sample(2 * HOUR, 118 * KWH, 6_000_000, None)]
    line = followed(samples, on(100), Rules())
    assert [span.start for span in line.spans] == [HOUR], "7.2 kWh an hour at 4 kW; 21.6 kWh in two hours at 6 kW"
    assert line.carry.power_max_mw == 6_000_000
    assert followed(samples, on(100)).carry.power_max_mw == 0, "nothing to remember where the capacity is registered"


def test_reset_that_is_void_leaves_no_epoch() -> None:
    new = [Sample((1 + 6 * index) * HOUR, (5 + index) * KWH, None, None) for index in range(6)]
    line = followed(new, on(100))
    assert [epoch.first.at for epoch in line.epochs] == [HOUR]
    line.feed(32 * HOUR, 300 * KWH, None)
    assert (line.epochs, line.spans) == ([], [MarkedSpan(HOUR, 32 * HOUR - 1, GLITCH, 5 * KWH)])
    assert (line.carry.last_accepted(), line.carry.before, line.revised_from) == (Point(32 * HOUR, 300 * KWH), None, HOUR)
