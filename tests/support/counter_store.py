"""An inverter's counter readings and the days earlier passes left, in memory, kept as the projection keeps them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs
import msgspec

from projections.calendar.local_days import LocalDays, day_number
from projections.counter.day_book import Entry
from projections.counter.marks import GLITCHES
from projections.counter.samples import Sample, Samples, samples_of_rows
from projections.counter.state import Carry
from projections.counter.step import Rules
from projections.counter.walk import DayResult, History, PassResult, StoredDay, follow
from projections.definition.changes import Touch
from projections.measures.sampling import GAP_US_MAX
from projections.tables._days import touched_days

MINUTE = 60_000_000
HOUR = 60 * MINUTE
RULES_10_KW = Rules(nameplate_mw=10_000_000)
THRESHOLD_MW = 100_000


def utc(text: str) -> int:
    """Read an instant such as `2025-04-01 12:00`, in UTC unless it says otherwise."""
    moment = datetime.fromisoformat(text if text[-6] in "+-" and ":" in text[-6:] else text + "+00:00")
    return round(moment.timestamp()) * 1_000_000


def sample(at: str | int, wh: float | None, watts: float | None = None, celsius: float | None = None) -> Sample:
    """Make a reading; counter in Wh."""
    instant = utc(at) if isinstance(at, str) else at
    return Sample(instant, None if wh is None else round(wh * 1000), None if watts is None else round(watts * 1000), celsius)


def series(start: str, minutes: int, *counters_wh: float | None, watts: float | None = None) -> list[Sample]:
    """Make readings at a regular step."""
    first = utc(start)
    return [sample(first + index * minutes * MINUTE, wh, watts) for index, wh in enumerate(counters_wh)]


@attrs.define
class CounterStore:
    """Samples by instant, day results by day: what each delivery touches is followed anew, the rest stays as it was."""

    rules: Rules = RULES_10_KW
    timezone: str = "Etc/UTC"
    samples: dict[int, Sample] = attrs.field(factory=dict)
    results: dict[int, DayResult] = attrs.field(factory=dict)
    passes: list[PassResult] = attrs.field(factory=list)
    piece: int = 7

    @property
    def days(self) -> LocalDays:
        """Return the plant's days."""
        return LocalDays(self.timezone)

    def deliver(self, *batches: Iterable[Sample]) -> "CounterStore":
        """Add (or replace) samples, each batch in one go."""
        for batch in batches:
            arrived = {one.at: one for one in batch}
            self.samples.update(arrived)
            self._follow(arrived)
        return self

    def withdraw(self, instants: Iterable[int]) -> None:
        """Take samples away, as when they are judged again."""
        gone = [at for at in instants if self.samples.pop(at, None) is not None]
        self._follow(gone)

    def from_nothing(self) -> "CounterStore":
        """Return a store that saw all of the samples at once."""
        return CounterStore(self.rules, self.timezone).deliver(self.samples.values())

    def marks(self) -> dict[int, str]:
        """Return every mark by instant."""
        return {at: mark for day in self.results.values() for at, mark in day.marks}

    def day(self, date: str) -> DayResult:
        """Return one day's result."""
        return self.results[day_number(date)]

    def energy_wh(self, date: str) -> float | None:
        """Return the energy of a day."""
        mwh = self.day(date).counter.mwh
        return None if mwh is None else mwh / 1000

    def total_mwh(self) -> int:
        """Return all days' energy and gaps."""
        return sum((day.counter.mwh or 0) + day.counter.gap_mwh for day in self.results.values())

    def _follow(self, instants: Iterable[int]) -> None:
        touches = [Touch("inverter", at - GAP_US_MAX, at + GAP_US_MAX) for at in instants]
        for touched in touched_days(touches, self.days):
            self._apply(follow(self._history(), self.days, self.rules, THRESHOLD_MW, touched))

    def _apply(self, result: PassResult) -> None:
        self.passes.append(result)
        kept = {day: old for day, old in self.results.items() if day < result.first or (result.last is not None and day > result.last)}
        self.results = kept | {day.day: day for day in result.days}

    def _history(self) -> History:
        ordered = [self.samples[at] for at in sorted(self.samples)]
        results = dict(sorted(self.results.items()))
        marks = self.marks()

        def samples(day: int) -> Iterator[Samples]:
            start = self.days.start(day)
            later = [one for one in ordered if one.at >= start]
            return (samples_of_rows(later[low : low + self.piece]) for low in range(0, len(later), self.piece))

        def stored(day: int) -> Iterator[StoredDay]:
            return (_stored(result) for number, result in results.items() if number >= day)

        def before(day: int) -> StoredDay | None:
            return next((_stored(results[number]) for number in reversed(results) if number < day), None)

        return History(samples, stored, before, lambda at: marks.get(at) in GLITCHES)


def _stored(result: DayResult) -> StoredDay:
    carry = msgspec.json.decode(msgspec.json.encode(result.carry), type=Carry)
    entry = msgspec.json.decode(msgspec.json.encode(result.counter.entry), type=Entry | None)
    return StoredDay(result.day, carry, entry)
