"""Why a counter value has its mark, in a sentence that a person can check. Pure. Instants in µs, energies in mWh, powers in mW."""

from typing import Final

import attrs

from projections.counter.day_book import Entry
from projections.counter.explained.wording import LocalClock, duration, energy
from projections.counter.marks import EPOCH, OPENINGS, PLACEHOLDER, PLACEHOLDER_ROW
from projections.counter.state import Point
from projections.counter.step import Rules, gain, is_jitter, is_on_line, line_value, resolution

ACCEPTED: Final = "accepted"
FIRST, EQUAL, GROWTH, JITTER, ROLLOVER = "first", "equal", "growth", "jitter", "rollover"
"""What an accepted value is to the line. The kind of any other value is its mark."""

NO_COUNTER: Final = "no_counter"
_US_PER_HOUR = 3_600_000_000

_ZEROS = {
    PLACEHOLDER: "zero after a non-zero value: it stands for a lost one",
    PLACEHOLDER_ROW: "zero after a non-zero value, without power and temperature: no data",
}


@attrs.frozen(kw_only=True)
class JudgedValue:
    """A counter value with its mark, and what it was judged by.

    `last` is the line before it (None: there is no line yet), `limit_mw` the power that plausible growth is worked out from, `following`
    the next accepted value (None: there is none yet).
    """

    at: int
    mwh: int
    mark: str
    last: Point | None
    limit_mw: int
    rules: Rules
    following: Entry | None


def plausible_mwh(duration_us: int, limit_mw: int, resolution_mwh: int) -> int:
    """Return the largest growth that `fits`: 1.2 × limit × duration + resolution, rounded down."""
    return resolution_mwh + 6 * limit_mw * duration_us // (5 * _US_PER_HOUR)


def kind_of(judged: JudgedValue) -> str:
    """Return what a value is to the line: its mark, or for an accepted one first, equal, growth, jitter or rollover."""
    if judged.mark != ACCEPTED:
        return judged.mark
    last, mwh = judged.last, judged.mwh
    if last is None:
        return FIRST
    if mwh >= last.mwh:
        return GROWTH if mwh > last.mwh else EQUAL
    return JITTER if is_jitter(last.mwh, mwh) else ROLLOVER


def why(judged: JudgedValue, clock: LocalClock) -> str:
    """Return a sentence that says why a value has its mark, for example `120 000 Wh below the line; the line went on at 10:15`."""
    if judged.mark in _ZEROS:
        return _ZEROS[judged.mark]
    last, is_off = judged.last, judged.mark != ACCEPTED and judged.mark not in OPENINGS
    if last is None:
        return f"no line was in force; {_how_it_went_on(judged, clock)}" if is_off else "the line begins here"
    if is_off:
        return f"{_why_off(judged, last)}; {_how_it_went_on(judged, clock)}"
    return _why_on(judged, last) if judged.mark == ACCEPTED else _why_new(judged, last)


def _why_on(judged: JudgedValue, last: Point) -> str:
    if judged.mwh == last.mwh:
        return "equal to the line"
    if is_jitter(last.mwh, judged.mwh):
        return f"jitter of {energy(last.mwh - judged.mwh)}: the line stays at {energy(line_value(last.mwh, judged.mwh))}"
    over = "" if judged.mwh > last.mwh else f"rollover at {energy(judged.rules.modulus_mwh or 0)}: "
    return over + _growth(judged, last)


def _why_new(judged: JudgedValue, last: Point) -> str:
    since = judged.at - last.at
    most = plausible_mwh(since, judged.limit_mw, resolution(judged.mwh))
    spent = f"in {duration(since)}, at most {energy(most)} plausible"
    if judged.mark == EPOCH:
        return f"a new line begins: {energy(judged.mwh)} counted from zero {spent}, so it is credited"
    return f"a new line begins: {energy(judged.mwh)} cannot have been counted from zero {spent}, so nothing is credited"


def _why_off(judged: JudgedValue, last: Point) -> str:
    if is_on_line(last.mwh, judged.mwh, judged.at - last.at, judged.limit_mw, judged.rules.modulus_mwh):
        return "plausible on the line, but one of a run that began off it"
    if judged.mwh < last.mwh:
        return f"{energy(last.mwh - judged.mwh)} below the line"
    return _growth(judged, last)


def _growth(judged: JudgedValue, last: Point) -> str:
    since = judged.at - last.at
    most = plausible_mwh(since, judged.limit_mw, resolution(last.mwh, judged.mwh))
    grown = gain(last.mwh, judged.mwh, judged.rules.modulus_mwh)
    return f"{energy(grown)} more in {duration(since)}, at most {energy(most)} plausible on the line"


def _how_it_went_on(judged: JudgedValue, clock: LocalClock) -> str:
    following = judged.following
    if following is None:
        return "not yet decided"
    if judged.last is None:
        return f"the line began at {clock.time(following.at)}"
    return f"{'a new line began' if following.opens else 'the line went on'} at {clock.time(following.at)}"
