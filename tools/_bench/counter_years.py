"""A year of an inverter's counter readings: as they truly were, and with the damage that loggers do to them.

Energies are mWh. What is damaged depends on the inverter and the reading's number alone, so every run damages the same.
"""

from projections.counter.samples import Sample
from tools._fleet.model import SECOND_US, STEP_US, Unit, chance, samples

_DAY = 288
YEAR = 365 * _DAY
"""Readings of a year, one every five minutes."""
START = 1_735_689_600 * SECOND_US
_SINGLE_SHARE = 1 / 500
_BELOW_MWH, _ABOVE_MWH = 300_000_000, 9_000_000_000
_GAPS = (range(50 * _DAY, 53 * _DAY), range(80 * _DAY + 100, 80 * _DAY + 160), range(300 * _DAY + 30, 300 * _DAY + 200))
_STUCK = range(100 * _DAY, 130 * _DAY)
_RESETS = ((200 * _DAY, 0), (260 * _DAY, 50_000_000_000))
"""From which reading on the counter starts again, and at what value in mWh."""


def undamaged(unit: Unit, readings: int = YEAR) -> list[Sample]:
    """Return the first `readings` readings of a year, without damage."""
    made = samples(unit, START, START + readings * STEP_US)
    return [Sample(one.at, one.counter_wh * 1000, one.power_w * 1000, 30.0) for one in made]


def damaged(unit: Unit, year: list[Sample]) -> list[Sample]:
    """Return the year with single values below and above, zeros, fractions, a month without change, two resets and three gaps."""
    kept, offset, stuck = list[Sample](), 0, 0
    resets = dict(_RESETS)
    for number, one in enumerate(year):
        mwh = one.mwh or 0
        if number in resets:
            offset = resets[number] - mwh
        if number == _STUCK.start:
            stuck = mwh
        shown = stuck if number in _STUCK else mwh + offset
        if not any(number in gap for gap in _GAPS):
            kept.append(Sample(one.at, _spoilt(unit, number, shown), one.power_mw, one.temperature_c))
    return kept


def _spoilt(unit: Unit, number: int, mwh: int) -> int:
    """Return what the counter shows: in one reading of 125 too little, too much, zero or a thousandth."""
    drawn = chance(f"{unit.inverter_id} damage", number) / _SINGLE_SHARE
    ways = (max(mwh - _BELOW_MWH, 0), mwh + _ABOVE_MWH, 0, mwh // 1000)
    return ways[int(drawn)] if drawn < len(ways) else mwh
