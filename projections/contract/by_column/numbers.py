"""Whole columns of numbers at once: what `values.numbers` and `values.units` read of each value, as arrays. Pure.

In an array NaN is a null. Infinity is a doubt: a value that is no number, or too large to be exact; such an event is judged one by one.
"""

from types import NoneType
from typing import Any

import numpy as np

from projections.contract.by_column.decode_chunk import FieldColumn
from projections.values.arrays import Floats
from projections.values.numbers import read_number, read_thousandths
from projections.values.units import read_unit

_NUMBERS = {int, float, NoneType}
_NUMBERS_AND_TEXTS = _NUMBERS | {str}
_WHOLE_END = 1e14
"""Thousandths from here on are a doubt: a double no longer tells neighbouring whole numbers apart for certain."""

_DOUBT = 2.0**-50
"""More than twice the relative error of a product of which one factor was itself rounded from a decimal."""


def read_numbers(column: FieldColumn) -> Floats:
    """Return what `read_number` reads of each value; infinity for a value that is no number."""
    if column.kinds <= _NUMBERS:
        return np.array(column.values, dtype=np.float64)
    if column.kinds <= _NUMBERS_AND_TEXTS:
        return np.array([_read_sent(value) if type(value) is str else value for value in column.values], dtype=np.float64)
    return np.array([_read_sent(value) for value in column.values], dtype=np.float64)


def _read_sent(value: object) -> float | None:
    number = read_number(value)
    return np.inf if number is None and value is not None else number


def read_units(column: FieldColumn) -> Floats:
    """Return the thousandths in one of each unit, as `read_unit` reads them, for example 1 000 000 for kW; NaN for an unknown unit."""
    units = column.values if column.kinds <= {str, NoneType} else [unit if isinstance(unit, str) else None for unit in column.values]
    return np.fromiter(map(_PerUnit().__getitem__, units), np.float64, len(units))


class _PerUnit(dict[Any, float]):
    """The thousandths in one of each unit; a unit is read when it is first asked for."""

    def __missing__(self, unit: str | None) -> float:
        self[unit] = per_unit = float(read_unit(unit) or np.nan)
        return per_unit


def to_thousandths(numbers: Floats, per_unit: Floats | float) -> Floats:
    """Return each number times `per_unit` as the nearest whole number, exactly as `read_thousandths` does.

    Infinity where that is not certain: for a number without a unit (`per_unit` is NaN) and from 1e14 thousandths on.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        product = numbers * per_unit
        whole = np.rint(product)
        # Rounding turns at a half. A product nearer to one than its own error is worked out exactly, below.
        doubtful = 0.5 - np.abs(product - whole) <= np.abs(product) * _DOUBT
    per_each = np.broadcast_to(per_unit, numbers.shape)
    for place in np.flatnonzero(doubtful & (np.abs(product) < _WHOLE_END)).tolist():
        whole[place] = read_thousandths(float(numbers[place]), int(per_each[place]))
    whole[~np.isnan(numbers) & ~(np.abs(product) < _WHOLE_END)] = np.inf
    return whole


def to_units(thousandths: Floats, per_unit: int) -> list[float | None]:
    """Return whole thousandths divided by `per_unit`, for example 12 500 mW as 12.5 W; None for NaN."""
    values: list[float | None] = (thousandths / per_unit + 0.0).tolist()  # −0.0 becomes 0.0
    return [None if value != value else value for value in values] if np.isnan(thousandths).any() else values  # noqa: PLR0124 - NaN
