"""The oracle for the counter line, by the letter of its rules: looks ahead, decides all anew, keeps no state. For small series only."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import attrs

from projections.counter.samples import Sample
from projections.counter.step import Rules

HOUR = 3_600_000_000
DAY = 24 * HOUR
Levels = list[int]


@attrs.frozen
class Value:
    """A counter value that is no placeholder; `limit_mw` is the power to judge it by."""

    at: int
    mwh: int
    limit_mw: Fraction


@attrs.frozen
class Accepted:
    """A value on the line; `level` is what the line stands at after it; `credit` only where it opens a line."""

    at: int
    level: int
    opens: bool = False
    credit: int | None = None


@attrs.frozen
class Verdict:
    """Marks by instant, and the values accepted."""

    marks: dict[int, str]
    accepted: list[Accepted]


@attrs.frozen
class Judge:
    """All values of a history in order; runs are slices of it."""

    values: list[Value]
    modulus: int | None
    marks: dict[int, str]

    def follows(self, at: int, level: int, index: int) -> bool:
        """Return whether a value is plausible on a line."""
        value = self.values[index]
        grown = value.mwh - level
        room = _room(value, at, _unit(level, value.mwh))
        if 0 <= grown <= room or _is_noise(level, value.mwh):
            return True
        return self.modulus is not None and grown < 0 and level < self.modulus and grown + self.modulus <= room

    def levels(self, indices: Sequence[int]) -> Levels:
        """Return what the line stands at after each of its values: noise keeps the old maximum."""
        levels: Levels = []
        for index in indices:
            mwh = self.values[index].mwh
            levels.append(levels[-1] if levels and _is_noise(levels[-1], mwh) else mwh)
        return levels

    def run_start(self, low: int, index: int) -> int:
        """Return where the run that `index` lies in begins, runs being counted from `low`."""
        start = low
        for here in range(low + 1, index + 1):
            if not self.follows(self.values[here - 1].at, self.levels(range(start, here))[-1], here):
                start = here
        return start

    def confirms(self, start: int, end: int, count: int, span: int) -> bool:
        """Return whether the run from `start` to `end` is long enough and has grown by more than its resolution."""
        run = self.values[start : end + 1]
        levels = self.levels(range(start, end + 1))
        turns = sum(later < earlier for earlier, later in pairwise(levels))
        grown = levels[-1] - levels[0] + turns * (self.modulus or 0)
        return len(run) >= count and run[-1].at - run[0].at >= span and grown > _unit(*(value.mwh for value in run))

    def throw(self, low: int, high: int, level: int) -> None:
        """Mark a stretch as glitches, each run above or below by its first value."""
        for index in range(low, high):
            first = self.values[self.run_start(low, index)].mwh
            self.marks[self.values[index].at] = "glitch_above" if first > level else "glitch"

    def hold(self, low: int) -> None:
        """Mark everything from an index on as pending."""
        self.marks.update({value.at: "pending" for value in self.values[low:]})


def _unit(*values: int) -> int:
    return max((unit for unit in (10**6, 10**5, 10**4) if all(value % unit == 0 for value in values)), default=1000)


def _room(value: Value, since: int, unit: int) -> Fraction:
    return Fraction(12, 10) * value.limit_mw * Fraction(value.at - since, HOUR) + unit


def _is_noise(level: int, mwh: int) -> bool:
    drop = level - mwh
    return drop > 0 and (drop <= _unit(level, mwh) or (Fraction(drop, level) <= Fraction(1, 1000) and drop <= 10**6))


def _values(samples: Sequence[Sample], rules: Rules, marks: dict[int, str]) -> list[Value]:
    values = []
    for index, one in enumerate(samples):
        if one.mwh == 0 and any(other.mwh for other in samples[:index]):
            empty = one.power_mw in {None, 0} and one.temperature_c in {None, 0}
            marks[one.at] = "placeholder_row" if empty else "placeholder"
        elif one.mwh is not None:
            top = max((other.power_mw or 0 for other in samples[: index + 1]), default=0)
            shown = Fraction(3, 2) * top if top > 0 else Fraction(10**10)
            values.append(Value(one.at, one.mwh, shown if rules.nameplate_mw is None else Fraction(rules.nameplate_mw)))
    return values


def judge(samples: Sequence[Sample], rules: Rules) -> Verdict:
    """Decide a whole history, given in order."""
    marks: dict[int, str] = {}
    case = Judge(_values(samples, rules, marks), rules.modulus_mwh, marks)
    size = len(case.values)
    for end in range(size):
        start = case.run_start(0, end)
        if case.confirms(start, end, 3, HOUR // 2):
            case.throw(0, start, case.values[start].mwh)
            return Verdict(marks, _lines(case, start, end))
    if size and case.run_start(0, size - 1) > 0:
        case.hold(0)
        return Verdict(marks, [])
    return Verdict(marks, _accept(case, range(size)))


def _accept(case: Judge, indices: Sequence[int]) -> list[Accepted]:
    return [Accepted(case.values[index].at, level) for index, level in zip(indices, case.levels(indices), strict=True)]


def _lines(case: Judge, start: int, end: int) -> list[Accepted]:
    """Follow lines from the first on, always looking ahead for what decides the values at hand."""
    older: list[Accepted] = []
    line, line_from = _accept(case, range(start, end + 1)), start
    here = end + 1
    while (event := _decision(case, here, line[-1], older[-1] if older else None)) is not None:
        kind, index = event
        value = case.values[index]
        if kind == "on":
            case.throw(here, index, line[-1].level)
            level = line[-1].level if _is_noise(line[-1].level, value.mwh) else value.mwh
            line.append(Accepted(value.at, level))
        elif kind == "void":
            above = case.values[line_from].mwh > older[-1].level
            case.marks.update({one.at: "glitch_above" if above else "glitch" for one in case.values[line_from:index]})
            line, older = [*older, Accepted(value.at, value.mwh)], []
        else:
            line_from = case.run_start(here, index)
            case.throw(here, line_from, line[-1].level)
            older, line = [*older, *line], _opened(case, line[-1], line_from, index)
        here = index + 1
    case.hold(here)
    return [*older, *line]


def _opened(case: Judge, last: Accepted, start: int, end: int) -> list[Accepted]:
    first = case.values[start]
    credited = first.mwh <= _room(first, last.at, _unit(first.mwh))
    case.marks[first.at] = "epoch" if credited else "counter_replaced"
    opening = Accepted(first.at, first.mwh, opens=True, credit=first.mwh if credited else None)
    return [opening, *_accept(case, range(start, end + 1))[1:]]


def _decision(case: Judge, here: int, last: Accepted, before: Accepted | None) -> tuple[str, int] | None:
    for index in range(here, len(case.values)):
        if case.follows(last.at, last.level, index):
            return "on", index
        if before is not None and case.values[index].mwh > before.level and case.follows(before.at, before.level, index):
            return "void", index
        if case.confirms(case.run_start(here, index), index, 6, DAY):
            return "reset", index
    return None


@attrs.define
class Day:
    """A day's energy as the rules place it."""

    mwh: int | None = None
    gap_mwh: int = 0
    boundary_gap: bool = False
    lower_bound: bool = False


def place(verdict: Verdict, modulus: int | None) -> dict[int, Day]:
    """Place every step in UTC days, counted from 1970."""
    accepted, days = verdict.accepted, dict[int, Day]()
    thrown_out = [at for at, mark in verdict.marks.items() if mark.startswith("glitch")]
    if accepted and any(at < accepted[0].at for at in thrown_out):
        days[accepted[0].at // DAY] = Day(lower_bound=True)
    for last, one in pairwise(accepted):
        if one.opens:
            days.setdefault(last.at // DAY, Day()).lower_bound = True
            days.setdefault(one.at // DAY, Day()).lower_bound = True
            grown = one.credit
        else:
            grown = one.level - last.level if one.level >= last.level else one.level - last.level + (modulus or 0)
        if grown is not None:
            _place(days, last.at, one.at, grown)
    return days


def _place(days: dict[int, Day], start: int, end: int, mwh: int) -> None:
    crossed = [day for day in range(start // DAY, end // DAY + 1) if start < day * DAY < end]
    shares: list[tuple[int, int]]
    if not crossed:
        shares = [(start // DAY, mwh)]
    elif len(crossed) > 1 or end - start > 20 * HOUR:
        for number in (start // DAY, end // DAY):
            days.setdefault(number, Day()).lower_bound |= mwh > 0
        days[end // DAY].gap_mwh += mwh
        return
    elif end - start > HOUR // 2:
        shares = [(crossed[0], mwh)]
        days.setdefault(crossed[0], Day()).boundary_gap |= mwh > 0
    else:
        early = mwh * (crossed[0] * DAY - start) // (end - start)
        shares = [(crossed[0] - 1, early), (crossed[0], mwh - early)]
    for number, share in shares:
        day = days.setdefault(number, Day())
        day.mwh = (day.mwh or 0) + share


def spans(accepted: Sequence[Accepted], day: int) -> bool:
    """Return whether a step (or an opening credit) spans any of a day."""
    steps = pairwise(accepted)
    return any((not two.opens or two.credit is not None) and one.at < (day + 1) * DAY and two.at > day * DAY for one, two in steps)
