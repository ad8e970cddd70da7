"""A day's counter line retold: each reading with its mark and why, each step with where its energy is placed, and the sums. Pure.

It starts from what is stored (the marks, and the accepted values just before and after the day) and adds up without the day book:
a stored figure that is not the sum of its steps is found out. Instants in µs, energies in mWh, powers in mW.
"""

from collections.abc import Sequence

import attrs

from projections.calendar.local_days import LocalDays
from projections.counter.day_book import Entry
from projections.counter.explained.why import ACCEPTED, GROWTH, NO_COUNTER, ROLLOVER, JudgedValue, kind_of, why
from projections.counter.explained.wording import LocalClock
from projections.counter.marks import EPOCH, OPENINGS
from projections.counter.placement import Share, Step, place
from projections.counter.state import Point
from projections.counter.step import Rules, gain, line_value

CREDIT = "opening_credit"
IN_DAY, SPLIT, LATER_DAY, NO_DAY = "day", "split", "later_day", "no_day"
PLACED = {
    IN_DAY: "within one day: there",
    SPLIT: "over midnight in at most 30 min: split by time",
    LATER_DAY: "over midnight in at most 20 h: whole to the later day",
    NO_DAY: "longer, or over several midnights: to no day, as gap_wh of the day it ends in",
}
"""Every way in which a step is placed, with its rule."""


@attrs.frozen
class MarkedEvent:
    """A clean event as it is stored; None for what it has not. Its mark is None too if its counter value is simply accepted."""

    at: int
    mwh: int | None
    power_mw: int | None
    mark: str | None


@attrs.frozen(kw_only=True)
class DayLine:
    """What is stored of a day: its clean events in order, and the accepted values just before and after it (None: there is none).

    `power_max_mw` is the largest clean AC power before the day, 0 if the nameplate is known.
    """

    days: LocalDays
    day: int
    rules: Rules
    power_max_mw: int
    accepted_before: Point | None
    events: Sequence[MarkedEvent]
    accepted_after: Entry | None


@attrs.frozen
class RetoldReading:
    """A clean event with its mark (None: it has no counter value), explained.

    `kind` is its mark, or for an accepted value what it is to the line (`why.kind_of`); `why` a sentence; `line_mwh` the line after it.
    """

    at: int
    mwh: int | None
    mark: str | None
    kind: str
    why: str
    line_mwh: int | None


@attrs.frozen
class RetoldStep:
    """A step between two accepted values, of the kind growth, rollover or opening_credit; `placed` is the key in PLACED of its rule."""

    step: Step
    kind: str
    from_mwh: int
    to_mwh: int
    placed: str
    shares: tuple[Share, ...]

    def energy_in(self, day: int) -> int | None:
        """Return the energy (mWh) that is placed in a day; None if nothing is, not even 0."""
        return next((share.mwh for share in self.shares if share.day == day), None)

    def gap_in(self, day: int) -> int:
        """Return the energy (mWh) that closes a gap in a day and belongs to none."""
        return sum(share.gap_mwh for share in self.shares if share.day == day)


@attrs.frozen
class Retold:
    """A day's clean events, its steps, those over its ends included, and the day's sums; `mwh` is None if no step is placed in it."""

    readings: list[RetoldReading]
    steps: list[RetoldStep]
    mwh: int | None
    gap_mwh: int


def retell(line: DayLine) -> Retold:
    """Return a day, retold from what is stored of it."""
    retelling = _Retelling(line)
    for event, following in zip(line.events, _following(line), strict=True):
        retelling.tell(event, following)
    if line.accepted_after is not None:
        retelling.enter(line.accepted_after)
    steps = retelling.steps
    placed = [mwh for step in steps if (mwh := step.energy_in(line.day)) is not None]
    return Retold(retelling.readings, steps, sum(placed) if placed else None, sum(step.gap_in(line.day) for step in steps))


class _Retelling:
    """How far the line has been retold."""

    def __init__(self, line: DayLine) -> None:
        self.readings: list[RetoldReading] = []
        self.steps: list[RetoldStep] = []
        self._line, self._clock = line, LocalClock(line.days, line.day)
        self._latest, self._power_max_mw = line.accepted_before, line.power_max_mw

    def tell(self, event: MarkedEvent, following: Entry | None) -> None:
        """Take the next event; `following` is the next accepted value after it."""
        self._power_max_mw = max(self._power_max_mw, event.power_mw or 0)
        if event.mwh is None:
            self.readings.append(RetoldReading(event.at, None, None, NO_COUNTER, "no counter value", self._line_mwh()))
            return
        rules, last = self._line.rules, self._latest
        judged = JudgedValue(
            at=event.at,
            mwh=event.mwh,
            mark=event.mark or ACCEPTED,
            last=last,
            limit_mw=rules.power_limit_mw(self._power_max_mw),
            rules=rules,
            following=following,
        )
        entry = _entry(event)
        if entry is not None:
            self.enter(entry)
        self.readings.append(RetoldReading(event.at, event.mwh, judged.mark, kind_of(judged), why(judged, self._clock), self._line_mwh()))

    def enter(self, entry: Entry) -> None:
        """Carry the line on to an accepted value and keep the step to it."""
        last = self._latest
        if last is None or entry.opens:
            self._latest = Point(entry.at, entry.mwh)
            if last is not None and entry.credit is not None:
                self._keep(Step(last.at, entry.at, entry.credit), CREDIT, 0, entry.mwh)
            return
        grown = gain(last.mwh, entry.mwh, self._line.rules.modulus_mwh)
        reached = line_value(last.mwh, entry.mwh) if grown == 0 else entry.mwh
        self._latest = Point(entry.at, reached)
        self._keep(Step(last.at, entry.at, grown), ROLLOVER if reached < last.mwh else GROWTH, last.mwh, reached)

    def _keep(self, step: Step, kind: str, from_mwh: int, to_mwh: int) -> None:
        shares = place(step, self._line.days)
        self.steps.append(RetoldStep(step, kind, from_mwh, to_mwh, self._placed(step, shares), shares))

    def _placed(self, step: Step, shares: tuple[Share, ...]) -> str:
        if len(shares) > 1:
            return SPLIT
        if shares[0].mwh is None:
            return NO_DAY
        return IN_DAY if shares[0].day == self._line.days.day_of(step.start) else LATER_DAY

    def _line_mwh(self) -> int | None:
        return None if self._latest is None else self._latest.mwh


def _entry(event: MarkedEvent) -> Entry | None:
    if event.mwh is None or (event.mark is not None and event.mark not in OPENINGS):
        return None
    return Entry(event.at, event.mwh, event.mark is not None, event.mwh if event.mark == EPOCH else None)


def _following(line: DayLine) -> list[Entry | None]:
    """Return, for each event, the next accepted value after it, None if there is none."""
    ahead, found = line.accepted_after, list[Entry | None]()
    for event in reversed(line.events):
        found.append(ahead)
        ahead = _entry(event) or ahead
    return found[::-1]
