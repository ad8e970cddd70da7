"""A day's counter line retold: each reading with its mark and why, each step with where its energy lands, and their sum. Pure.

It starts from what is stored (marks, the value before the day, the first accepted one after it) and adds up anew, apart from the day book,
so that a stored figure which is not the sum of its steps is found out. Instants in µs, energies in mWh.
"""

from collections.abc import Sequence

import attrs

from projections.calendar.local_days import LocalDays
from projections.counter.day_book import EPOCH, REPLACED, Entry
from projections.counter.explained.why import ACCEPTED, GROWTH, NO_COUNTER, ROLLOVER, Judged, kind_of, why
from projections.counter.explained.wording import LocalClock
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


@attrs.frozen
class Marked:
    """A clean event as it is stored: instant, counter value and power (mW), None where absent, and its mark (None: plainly accepted)."""

    at: int
    mwh: int | None
    power_mw: int | None
    mark: str | None


@attrs.frozen(kw_only=True)
class DayLine:
    """What is stored of a day: its clean events in order, and the accepted values just before and after (None: none).

    `power_max_mw` is the largest clean AC power before the day.
    """

    days: LocalDays
    day: int
    rules: Rules
    power_max_mw: int
    standing: Point | None
    events: Sequence[Marked]
    following: Entry | None


@attrs.frozen
class RetoldReading:
    """A clean event's value, its mark (None: no counter value), what it is to the line, why, and where the line stands after it."""

    at: int
    mwh: int | None
    mark: str | None
    kind: str
    why: str
    line_mwh: int | None


@attrs.frozen
class RetoldStep:
    """A step between two accepted values: growth, rollover or opening credit; `placed` names the rule that its shares follow."""

    step: Step
    kind: str
    from_mwh: int
    to_mwh: int
    placed: str
    shares: tuple[Share, ...]

    def energy_in(self, day: int) -> int | None:
        """Return what a day gets of it; None where nothing is placed there, not even a zero."""
        return next((share.mwh for share in self.shares if share.day == day), None)

    def gap_in(self, day: int) -> int:
        """Return what is set apart on a day."""
        return sum(share.gap_mwh for share in self.shares if share.day == day)


@attrs.frozen
class Retold:
    """A day's readings, its steps (and those over its ends), and what they sum up to in the day: `mwh` None where no step is placed."""

    readings: list[RetoldReading]
    steps: list[RetoldStep]
    mwh: int | None
    gap_mwh: int


def retell(line: DayLine) -> Retold:
    """Retell a day."""
    telling = _Telling(line)
    for event, following in zip(line.events, _following(line), strict=True):
        telling.tell(event, following)
    if line.following is not None:
        telling.enter(line.following)
    steps = telling.steps
    placed = [mwh for step in steps if (mwh := step.energy_in(line.day)) is not None]
    return Retold(telling.readings, steps, sum(placed) if placed else None, sum(step.gap_in(line.day) for step in steps))


class _Telling:
    """How far the line has been retold."""

    def __init__(self, line: DayLine) -> None:
        self.readings: list[RetoldReading] = []
        self.steps: list[RetoldStep] = []
        self._line, self._clock = line, LocalClock(line.days, line.day)
        self._standing, self._power_max_mw = line.standing, line.power_max_mw

    def tell(self, event: Marked, following: Entry | None) -> None:
        """Take the next event; `following` is the next accepted value after it."""
        self._power_max_mw = max(self._power_max_mw, event.power_mw or 0)
        if event.mwh is None:
            self.readings.append(RetoldReading(event.at, None, None, NO_COUNTER, "no counter value", self._stands()))
            return
        rules, last = self._line.rules, self._standing
        judged = Judged(
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
        self.readings.append(RetoldReading(event.at, event.mwh, judged.mark, kind_of(judged), why(judged, self._clock), self._stands()))

    def enter(self, entry: Entry) -> None:
        """Carry the line on to an accepted value and keep the step to it."""
        last = self._standing
        if last is None or entry.opens:
            self._standing = Point(entry.at, entry.mwh)
            if last is not None and entry.credit is not None:
                self._keep(Step(last.at, entry.at, entry.credit), CREDIT, 0, entry.mwh)
            return
        grown = gain(last.mwh, entry.mwh, self._line.rules.modulus_mwh)
        stands = line_value(last.mwh, entry.mwh) if grown == 0 else entry.mwh
        self._standing = Point(entry.at, stands)
        self._keep(Step(last.at, entry.at, grown), ROLLOVER if stands < last.mwh else GROWTH, last.mwh, stands)

    def _keep(self, step: Step, kind: str, from_mwh: int, to_mwh: int) -> None:
        shares = place(step, self._line.days)
        self.steps.append(RetoldStep(step, kind, from_mwh, to_mwh, self._placed(step, shares), shares))

    def _placed(self, step: Step, shares: tuple[Share, ...]) -> str:
        if len(shares) > 1:
            return SPLIT
        if shares[0].mwh is None:
            return NO_DAY
        return IN_DAY if shares[0].day == self._line.days.day_of(step.start) else LATER_DAY

    def _stands(self) -> int | None:
        return None if self._standing is None else self._standing.mwh


def _entry(event: Marked) -> Entry | None:
    if event.mwh is None or event.mark not in {None, EPOCH, REPLACED}:
        return None
    return Entry(event.at, event.mwh, event.mark is not None, event.mwh if event.mark == EPOCH else None)


def _following(line: DayLine) -> list[Entry | None]:
    """Give, for each event, the next accepted value after it."""
    ahead, found = line.following, list[Entry | None]()
    for event in reversed(line.events):
        found.append(ahead)
        ahead = _entry(event) or ahead
    return found[::-1]
