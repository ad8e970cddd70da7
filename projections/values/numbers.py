"""Numbers as senders write them, and their exact value in thousandths of a unit. Pure.

Limits are compared in whole thousandths (mW, mWh): whether −1650 W is below −5 % of 33 kW must not depend on how doubles round.
"""

import re
from fractions import Fraction
from math import isfinite

_GRAMMAR = re.compile(r" *[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? *")
_INTEGER_END = 2**1024 - 2**970
"""The smallest integer that is too large for a finite double."""

PER_UNIT = 1_000
"""Thousandths in one W or one Wh."""

_ROUND_SAFELY = 0.4
_SAFE_END = 1e14
"""Below this a product's error is under 0.1, so that one at most 0.4 away from a whole number rounds to that number and no other."""


def read_number(value: object) -> float | None:
    """Return a JSON number, or a string that holds one (a `+` and surrounding spaces allowed), as a finite double.

    None for anything else: true, `1,4`, `12 kW`, an empty string, `nan`, 1e999.
    """
    if type(value) is float:
        return value if isfinite(value) else None
    if type(value) is int:
        return float(value) if -_INTEGER_END < value < _INTEGER_END else None
    if isinstance(value, str) and _GRAMMAR.fullmatch(value):
        return read_number(float(value))
    return None


def read_thousandths(value: object, per_unit: int) -> int | None:
    """Return a number, read as `read_number` does, times `per_unit`, rounded to the nearest whole number, a half to the even neighbour.

    None if it is no number. The decimal as written counts, not the double it became: 12.5 times 1 000 000, "12.5" times 1 000 000 and
    12500 times 1000 are one value.
    """
    number = value if type(value) is float else read_number(value)
    if number is None:
        return None
    product = number * per_unit
    if -_SAFE_END < product < _SAFE_END:
        nearest = round(product)
        if -_ROUND_SAFELY <= product - nearest <= _ROUND_SAFELY:
            return nearest
    return round(Fraction(repr(number)) * per_unit) if isfinite(number) else None
