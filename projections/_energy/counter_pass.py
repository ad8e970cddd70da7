"""Follow a counter from one day to where its state is again the stored one, going back when a later value revises an earlier day. Pure.

Each stored day holds the line's state at its end, so a late reading costs the days it touches: the pass begins with the state before
the first of them and ends on the first untouched day whose state comes out as it was.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import attrs

from projections._energy.counter_line import Carry, CounterLine, Point
from projections._energy.counter_step import Rules
from projections._energy.day_book import NO_READING, CounterDay, DayBook, Entry, Marker, Sample
from projections._energy.local_days import DayFinder, LocalDays
from projections._energy.sampling import own_step


@attrs.frozen
class StoredDay:
    """What an earlier pass left for one day: the state at its end and its first accepted value."""

    day: int
    carry: Carry
    entry: Entry | None


@attrs.frozen
class History:
    """An inverter's samples and stored days.

    `samples` and `stored` give what lies from a day on, in order; `before` the last stored day below one; `is_glitch` tells whether an
    earlier pass marked the reading of an instant as a glitch.
    """

    samples: Callable[[int], Iterator[Sample]]
    stored: Callable[[int], Iterator[StoredDay]]
    before: Callable[[int], StoredDay | None]
    is_glitch: Callable[[int], bool]


@attrs.frozen
class DayResult:
    """A day's counter line; `marks`: (instant, mark) of values not plainly accepted, `production`: first and last instant at power."""

    day: int
    counter: CounterDay
    carry: Carry
    spanned: bool
    marks: list[tuple[int, str]]
    reading_count: int
    step_seconds: int | None
    production: tuple[int, int] | None


@attrs.frozen
class PassResult:
    """The days a pass went over, both ends included (`last` None: to the end of the history)."""

    first: int
    last: int | None
    days: list[DayResult]


def follow(history: History, days: LocalDays, rules: Rules, threshold_mw: int, touched: tuple[int, int]) -> PassResult:
    """Follow the line over the `touched` days (first and last), and over every other day whose result may change with them."""
    first = touched[0]
    while True:
        walk = _Walk(history, days, rules, first, touched[1])
        back = walk.revised_day()
        if back is None:
            result = walk.result(threshold_mw)
            back = walk.reopened_day()
            if back is None:
                walk.check()
                return result
        first = back


class _Walk:
    """One attempt from a given day on."""

    def __init__(self, history: History, days: LocalDays, rules: Rules, first: int, last_touched: int) -> None:
        before = history.before(first)
        self._history, self._days, self._first = history, days, first
        self._carry = before.carry if before is not None else Carry()
        self._line = CounterLine(rules, self._carry)
        self._carries: dict[int, Carry] = {}
        self._last = self._feed(last_touched)
        self._book = DayBook(days, self._line, self._carry)

    def _feed(self, last_touched: int) -> int | None:
        stored = _Along(self._history.stored(self._first))
        for day, samples in self._by_day():
            for sample in samples:
                self._line.feed(sample.at, sample.mwh, sample.power_mw)
            self._carries[day] = self._line.carry
            earlier = stored.at(day)
            if day >= last_touched and earlier is not None and earlier.carry == self._carries[day] and self._is_settled(earlier.carry):
                return day
        return None

    def _is_settled(self, carry: Carry) -> bool:
        """Tell whether no later value marks an earlier one anew: nothing undecided, and no reset that an earlier pass saw voided."""
        if carry.suspect_since is not None or (carry.line is None and carry.run is not None):
            return False
        return carry.line_first is None or not self._history.is_glitch(carry.line_first.at)

    def _by_day(self) -> Iterable[tuple[int, Iterator[Sample]]]:
        day_of = DayFinder(self._days)
        return groupby(self._history.samples(self._first), lambda sample: day_of(sample.at))

    def result(self, threshold_mw: int) -> PassResult:
        """Place the line's energy and give every day its result."""
        marker = Marker(self._line)
        tallies = []
        for day, samples in self._by_day():
            if self._last is not None and day > self._last:
                break
            tallies.append(self._tally(day, samples, marker, threshold_mw))
        following = None if self._last is None else _first_entry(self._history.stored(self._last + 1))
        if following is not None:
            self._book.enter(following)
        return PassResult(self._first, self._last, [tally.result(self._book, self._carries[tally.day]) for tally in tallies])

    def _tally(self, day: int, samples: Iterator[Sample], marker: Marker, threshold_mw: int) -> "_Tally":
        tally = _Tally(day)
        for sample in samples:
            mark = marker.mark(sample)
            self._book.add(day, sample, mark)
            tally.add(sample, mark, threshold_mw)
        tally.close()
        return tally

    def revised_day(self) -> int | None:
        """Give the day of the earliest reading that a later one marks anew, if it lies before the first."""
        revised = self._line.revised_from
        return None if revised is None else self._if_before(self._days.day_of(revised))

    def reopened_day(self) -> int | None:
        """Give the day of what stood or was undecided before the first, if what follows from it is another thing now."""
        standing = self._carry.standing()
        since = self._carry.suspect_since if standing is None else standing.at
        if since is None:
            return None
        doubted = standing is not None and not self._was_accepted(standing)
        return self._if_before(self._days.day_of(since)) if doubted or self._entry_changed() else None

    def check(self) -> None:
        """Assert that both readings of the line agree and that no energy is lost between line, days and gaps."""
        if self._last is None and self._book.standing != self._line.carry.standing():
            raise AssertionError(f"the line stands at {self._line.carry.standing()}, the days at {self._book.standing}")
        self._book.check()

    def _if_before(self, day: int) -> int | None:
        return day if day < self._first else None

    def _was_accepted(self, standing: Point) -> bool:
        """Tell whether an earlier pass accepted anything on the standing value's day; else it doubted the whole history."""
        stored = self._history.before(self._days.day_of(standing.at) + 1)
        return stored is not None and stored.entry is not None

    def _entry_changed(self) -> bool:
        earlier = _first_entry(self._history.stored(self._first))
        days = (self._book.days[day].entry for day in sorted(self._book.days) if day >= self._first)
        now = next((entry for entry in days if entry is not None), None)
        if now is None and self._last is not None:
            now = _first_entry(self._history.stored(self._last + 1))
        return now != earlier


class _Tally:
    """What a day's readings are besides their energy."""

    def __init__(self, day: int) -> None:
        self.day = day
        self._marks: list[tuple[int, str]] = []
        self._instants: list[int] = []
        self._production: list[int] = []
        self._count = 0
        self._step: int | None = None

    def add(self, sample: Sample, mark: str | None, threshold_mw: int) -> None:
        if mark is not None:
            self._marks.append((sample.at, mark))
        if mark in NO_READING:
            return
        self._instants.append(sample.at)
        if sample.power_mw is not None and sample.power_mw >= threshold_mw:
            self._production.append(sample.at)

    def close(self) -> None:
        self._count, self._step = len(self._instants), own_step(self._instants)
        self._instants = []
        self._production = [self._production[0], self._production[-1]] if self._production else []

    def result(self, book: DayBook, carry: Carry) -> DayResult:
        production = (self._production[0], self._production[1]) if self._production else None
        spanned = book.is_spanned(self.day)
        return DayResult(self.day, book.day(self.day), carry, spanned, self._marks, self._count, self._step, production)


class _Along:
    """Stored days, asked for in rising order."""

    def __init__(self, stored: Iterator[StoredDay]) -> None:
        self._stored = stored
        self._next = next(stored, None)

    def at(self, day: int) -> StoredDay | None:
        while self._next is not None and self._next.day < day:
            self._next = next(self._stored, None)
        return self._next if self._next is not None and self._next.day == day else None


def _first_entry(stored: Iterator[StoredDay]) -> Entry | None:
    return next((day.entry for day in stored if day.entry is not None), None)
