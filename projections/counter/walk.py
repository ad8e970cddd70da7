"""A pass over an inverter's days: from the first touched one to the first whose state at its end comes out as stored. Pure.

Each stored day holds the line's state at its end, so that a late reading costs only the days that it touches and those whose line it
changes. If a later value changes the mark of a reading before the first day, the pass begins again on that reading's day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import attrs
import numpy as np

from projections.calendar.local_days import LocalDays
from projections.counter.day_book import CounterDay, DayBook, Entry
from projections.counter.line import CounterLine
from projections.counter.marker import Marker
from projections.counter.marks import NO_READING
from projections.counter.samples import Samples
from projections.counter.state import Carry, Point
from projections.counter.step import Rules
from projections.measures.sampling import own_step


@attrs.frozen
class StoredDay:
    """What an earlier pass left of one day: the state at its end and its first accepted value, None if it has none."""

    day: int
    carry: Carry
    entry: Entry | None


@attrs.frozen
class History:
    """An inverter's samples, and what earlier passes left: functions, because a pass needs little of a long history.

    `samples(day)` yields the samples from a day on, in order, in pieces of any size but empty; `stored(day)` the stored days from it on;
    `before(day)` returns the last stored day before it, or None; `is_glitch(at)` whether an earlier pass marked that reading a glitch.
    """

    samples: Callable[[int], Iterator[Samples]]
    stored: Callable[[int], Iterator[StoredDay]]
    before: Callable[[int], StoredDay | None]
    is_glitch: Callable[[int], bool]


@attrs.frozen
class DayResult:
    """A day's share of the counter line, and what its readings are besides.

    `carry` is the state at its end; `marks` are (instant, mark) of its counter values that are not simply accepted. Of its readings:
    `step_seconds` is None for fewer than two, `production` the first and last instant at production power, None for none.
    """

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
    """The days from `first` to `last`, inclusive, which replace the stored ones; `last` is None for the end of the history."""

    first: int
    last: int | None
    days: list[DayResult]


def follow(history: History, days: LocalDays, rules: Rules, threshold_mw: int, touched: tuple[int, int]) -> PassResult:
    """Return the days that differ, or may differ, from the stored ones after a change in the `touched` days (first and last, inclusive).

    `threshold_mw` is the power from which on the inverter counts as producing.
    """
    first = touched[0]
    while True:
        attempt = _Pass(history, days, rules, first, touched[1])
        back = attempt.revised_day()
        if back is None:
            result = attempt.result(threshold_mw)
            back = attempt.reopened_day()
            if back is None:
                attempt.check()
                return result
        first = back


class _Pass:
    """One attempt at a pass, from a given day on."""

    def __init__(self, history: History, days: LocalDays, rules: Rules, first: int, last_touched: int) -> None:
        before = history.before(first)
        self._history, self._days, self._first = history, days, first
        self._carry = before.carry if before is not None else Carry()
        self._line = CounterLine(rules, self._carry)
        self._carries: dict[int, Carry] = {}
        self._samples: list[tuple[int, Samples]] = []
        self._last = self._feed(last_touched)
        self._book = DayBook(days, self._line, self._carry)

    def _feed(self, last_touched: int) -> int | None:
        stored = _StoredInOrder(self._history.stored(self._first))
        for day, samples in by_day(self._history.samples(self._first), self._days):
            self._samples.append((day, samples))
            self._line.feed_all(samples)
            self._carries[day] = self._line.carry
            earlier = stored.at(day)
            if day >= last_touched and earlier is not None and earlier.carry == self._carries[day] and self._is_settled(earlier.carry):
                return day
        return None

    def _is_settled(self, carry: Carry) -> bool:
        """Return whether what follows cannot change a mark before it.

        That is so if nothing is undecided, and no reset is in force that a later value voided in an earlier pass.
        """
        if carry.suspect_since is not None or (carry.line is None and carry.run is not None):
            return False
        return carry.line_first is None or not self._history.is_glitch(carry.line_first.at)

    def result(self, threshold_mw: int) -> PassResult:
        """Place the line's energy and return every day's result."""
        marker = Marker(self._line)
        counted = [self._count(day, samples, marker, threshold_mw) for day, samples in self._samples]
        following = None if self._last is None else _first_entry(self._history.stored(self._last + 1))
        if following is not None:
            self._book.enter(following)
        return PassResult(self._first, self._last, [day.result(self._book, self._carries[day.day]) for day in counted])

    def _count(self, day: int, samples: Samples, marker: Marker, threshold_mw: int) -> "_DayReadings":
        marks = marker.marks(samples)
        self._book.add(day, samples, marks)
        return _day_readings(day, samples, marks, threshold_mw)

    def revised_day(self) -> int | None:
        """Return the day of the earliest reading whose mark a later one changes, if it is before the first day; else None."""
        revised = self._line.revised_from
        return None if revised is None else self._if_before(self._days.day_of(revised))

    def reopened_day(self) -> int | None:
        """Return the earlier day on which the step into the first day begins, if that step is another one now; else None.

        The step begins at the last accepted value before the first day, or at the first undecided reading if nothing was accepted; it may
        place energy in that day, or make a lower bound of it. It is another step now if the accepted value that ends it is another one.
        """
        latest = self._carry.last_accepted()
        since = self._carry.suspect_since if latest is None else latest.at
        if since is None:
            return None
        doubted = latest is not None and not self._was_accepted(latest)
        return self._if_before(self._days.day_of(since)) if doubted or self._entry_changed() else None

    def check(self) -> None:
        """Raise AssertionError if the line and its days end on different values, or if energy was lost between line, days and gaps."""
        line, days = self._line.carry.last_accepted(), self._book.last_accepted
        if self._last is None and days != line:
            raise AssertionError(f"the line ends at {line}, its days at {days}")
        self._book.check()

    def _if_before(self, day: int) -> int | None:
        return day if day < self._first else None

    def _was_accepted(self, latest: Point) -> bool:
        """Return whether an earlier pass accepted anything on the day of this value; if not, it had left the whole history undecided."""
        stored = self._history.before(self._days.day_of(latest.at) + 1)
        return stored is not None and stored.entry is not None

    def _entry_changed(self) -> bool:
        earlier = _first_entry(self._history.stored(self._first))
        days = (self._book.days[day].entry for day in sorted(self._book.days) if day >= self._first)
        now = next((entry for entry in days if entry is not None), None)
        if now is None and self._last is not None:
            now = _first_entry(self._history.stored(self._last + 1))
        return now != earlier


@attrs.frozen
class _DayReadings:
    """A day's marks and readings, its energy apart."""

    day: int
    marks: list[tuple[int, str]]
    reading_count: int
    step_seconds: int | None
    production: tuple[int, int] | None

    def result(self, book: DayBook, carry: Carry) -> DayResult:
        counter, spanned = book.day(self.day), book.is_spanned(self.day)
        return DayResult(self.day, counter, carry, spanned, self.marks, self.reading_count, self.step_seconds, self.production)


def _day_readings(day: int, samples: Samples, marks: Mapping[int, str], threshold_mw: int) -> _DayReadings:
    at, power = samples.at, samples.power_mw
    left_out = [index for index, mark in marks.items() if mark in NO_READING]
    if left_out:
        at, power = np.delete(at, left_out), np.delete(power, left_out)
    productive = at[power >= threshold_mw]
    production = (int(productive[0]), int(productive[-1])) if len(productive) else None
    marked = [(int(samples.at[index]), mark) for index, mark in marks.items()]
    return _DayReadings(day, marked, len(at), own_step(at), production)


def by_day(pieces: Iterable[Samples], days: LocalDays) -> Iterator[tuple[int, Samples]]:
    """Yield each day with all its samples, from pieces of samples in order that may end anywhere."""
    held: Samples | None = None
    for piece in pieces:
        held = piece if held is None else held.joined(piece)
        while True:
            day = days.day_of(int(held.at[0]))
            end = int(np.searchsorted(held.at, days.start(day + 1)))
            if end == len(held):
                break
            yield day, held.part(0, end)
            held = held.part(end, len(held))
    if held is not None:
        yield days.day_of(int(held.at[0])), held


class _StoredInOrder:
    """Stored days, of which each is asked for in rising order."""

    def __init__(self, stored: Iterator[StoredDay]) -> None:
        self._stored = stored
        self._next = next(stored, None)

    def at(self, day: int) -> StoredDay | None:
        while self._next is not None and self._next.day < day:
            self._next = next(self._stored, None)
        return self._next if self._next is not None and self._next.day == day else None


def _first_entry(stored: Iterator[StoredDay]) -> Entry | None:
    return next((day.entry for day in stored if day.entry is not None), None)
