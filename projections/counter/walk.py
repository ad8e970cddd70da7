"""Follow a counter from one day to where its state is again the stored one, going back when a later value revises an earlier day. Pure.

Each stored day holds the line's state at its end, so a late reading costs the days it touches: the pass begins with the state before
the first of them and ends on the first untouched day whose state comes out as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import attrs
import numpy as np

from projections.calendar.local_days import LocalDays
from projections.counter.day_book import NO_READING, CounterDay, DayBook, Entry, Marker
from projections.counter.line import CounterLine
from projections.counter.samples import Samples
from projections.counter.state import Carry, Point
from projections.counter.step import Rules
from projections.measures.sampling import own_step


@attrs.frozen
class StoredDay:
    """What an earlier pass left for one day: the state at its end and its first accepted value."""

    day: int
    carry: Carry
    entry: Entry | None


@attrs.frozen
class History:
    """An inverter's samples and stored days.

    `samples` gives what lies from a day on, in order, in pieces of any size, none of them empty; `stored` the stored days from there on,
    `before` the last stored day below one; `is_glitch` tells whether an earlier pass marked the reading of an instant as a glitch.
    """

    samples: Callable[[int], Iterator[Samples]]
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
        self._samples: list[tuple[int, Samples]] = []
        self._last = self._feed(last_touched)
        self._book = DayBook(days, self._line, self._carry)

    def _feed(self, last_touched: int) -> int | None:
        stored = _Along(self._history.stored(self._first))
        for day, samples in by_day(self._history.samples(self._first), self._days):
            self._samples.append((day, samples))
            self._line.feed_all(samples)
            self._carries[day] = self._line.carry
            earlier = stored.at(day)
            if day >= last_touched and earlier is not None and earlier.carry == self._carries[day] and self._is_settled(earlier.carry):
                return day
        return None

    def _is_settled(self, carry: Carry) -> bool:
        """Return whether no later value marks an earlier one anew: nothing undecided, and no reset that an earlier pass saw voided."""
        if carry.suspect_since is not None or (carry.line is None and carry.run is not None):
            return False
        return carry.line_first is None or not self._history.is_glitch(carry.line_first.at)

    def result(self, threshold_mw: int) -> PassResult:
        """Place the line's energy and give every day its result."""
        marker = Marker(self._line)
        tallies = [self._tally(day, samples, marker, threshold_mw) for day, samples in self._samples]
        following = None if self._last is None else _first_entry(self._history.stored(self._last + 1))
        if following is not None:
            self._book.enter(following)
        return PassResult(self._first, self._last, [tally.result(self._book, self._carries[tally.day]) for tally in tallies])

    def _tally(self, day: int, samples: Samples, marker: Marker, threshold_mw: int) -> "_Tally":
        marks = marker.marks(samples)
        self._book.add(day, samples, marks)
        return _tally(day, samples, marks, threshold_mw)

    def revised_day(self) -> int | None:
        """Return the day of the earliest reading that a later one marks anew, if it lies before the first."""
        revised = self._line.revised_from
        return None if revised is None else self._if_before(self._days.day_of(revised))

    def reopened_day(self) -> int | None:
        """Return the day of what stood or was undecided before the first, if what follows from it is another thing now."""
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
        """Return whether an earlier pass accepted anything on the standing value's day; else it doubted the whole history."""
        stored = self._history.before(self._days.day_of(standing.at) + 1)
        return stored is not None and stored.entry is not None

    def _entry_changed(self) -> bool:
        earlier = _first_entry(self._history.stored(self._first))
        days = (self._book.days[day].entry for day in sorted(self._book.days) if day >= self._first)
        now = next((entry for entry in days if entry is not None), None)
        if now is None and self._last is not None:
            now = _first_entry(self._history.stored(self._last + 1))
        return now != earlier


@attrs.frozen
class _Tally:
    """What a day's readings are besides their energy."""

    day: int
    marks: list[tuple[int, str]]
    reading_count: int
    step_seconds: int | None
    production: tuple[int, int] | None

    def result(self, book: DayBook, carry: Carry) -> DayResult:
        counter, spanned = book.day(self.day), book.is_spanned(self.day)
        return DayResult(self.day, counter, carry, spanned, self.marks, self.reading_count, self.step_seconds, self.production)


def _tally(day: int, samples: Samples, marks: Mapping[int, str], threshold_mw: int) -> _Tally:
    at, power = samples.at, samples.power_mw
    left_out = [index for index, mark in marks.items() if mark in NO_READING]
    if left_out:
        at, power = np.delete(at, left_out), np.delete(power, left_out)
    productive = at[power >= threshold_mw]
    production = (int(productive[0]), int(productive[-1])) if len(productive) else None
    marked = [(int(samples.at[index]), mark) for index, mark in marks.items()]
    return _Tally(day, marked, len(at), own_step(at), production)


def by_day(pieces: Iterable[Samples], days: LocalDays) -> Iterator[tuple[int, Samples]]:
    """Cut pieces of samples, in order, into days, each whole."""
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
