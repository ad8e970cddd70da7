"""The contract over many events at once: the rows of all events that are certain to be readings, by column. Pure.

The one definition of the contract is `contract.judge.judge` with `contract.message.read_message`; an event that is unusual in any way is
left to them. A property test holds every row made here equal to the row that they make of the same event.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from projections.contract.by_column.decode_chunk import FieldColumn
from projections.contract.by_column.decode_lines import decode_lines
from projections.contract.by_column.limits import ColumnLimits, Registrations, column_limits
from projections.contract.by_column.numbers import read_numbers, read_units, to_thousandths, to_units
from projections.contract.flags import join_names
from projections.contract.plausibility import (
    AHEAD_US_MAX,
    COUNTER_MILLIWATT_HOURS_MAX,
    DC_TO_AC_MAX,
    TEMPERATURE_C_USUAL_MAX,
    TEMPERATURE_C_USUAL_MIN,
)
from projections.table import RowsByColumn
from projections.values.arrays import Flags, Floats, Instants
from projections.values.numbers import PER_UNIT
from projections.values.status import UNKNOWN, read_status
from projections.values.text import label_of

if TYPE_CHECKING:
    from projections.registry.registry import Registry

LogRow = tuple[int, int, bytes, int, str, bytes]
"""A row as `ledger.log.read_rows` returns it: position, event_time, payload, recorded_at, kind, leaf_hash."""

_WIDTH = 13
"""Columns of a row of inverter_telemetry_clean."""

_TEXTS = {str, NoneType}
_FLAGS = ("clock_ahead", "over_nameplate", "standby_negative", "status_unknown")
_FLAG_TEXTS = [join_names(name for bit, name in enumerate(_FLAGS) if code >> bit & 1) for code in range(1 << len(_FLAGS))]
"""The text of each set of flags: element 5 (bits 0 and 2) is `clock_ahead,standby_negative`. No other flag occurs in a certain reading."""


def judge_columns(rows: Sequence[LogRow], registry: "Registry") -> RowsByColumn:
    """Return the rows of inverter_telemetry_clean that these events are certain to have, by column, and the indices of all other events.

    Rows of the log keep their order. An event that is not telemetry is among the others.
    """
    columns: tuple[list[Any], ...] = tuple([] for _ in range(_WIDTH))
    registrations = Registrations(registry)
    left = np.ones(len(rows), dtype=np.bool_)
    for lines in decode_lines([row[2] if row[4] == "telemetry" else b"" for row in rows]):
        page = [rows[place] for place in lines.places]
        sure, found = _judge_page(page, lines.columns, registrations)
        left[np.array(lines.places, dtype=np.intp)[sure]] = False
        for column, part in zip(columns, found, strict=True):
            column.extend(part)
    return RowsByColumn(columns, np.flatnonzero(left).tolist())


def _judge_page(
    rows: Sequence[LogRow], column: Mapping[str, FieldColumn], registrations: Registrations
) -> tuple[Flags, tuple[Sequence[Any], ...]]:
    inverters, plants = column["inverter_id"].values, column["plant_id"].values
    positions, moments, arrivals = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1, 3))
    limits = column_limits(inverters, plants, registrations)
    ac, dc = (to_thousandths(read_numbers(column[name]), read_units(column[f"{name}_unit"])) for name in ("ac_power", "dc_power"))
    energy, temperature = to_thousandths(read_numbers(column["energy_wh_total"]), PER_UNIT), read_numbers(column["temperature_c"])
    status, status_raw = _statuses(column["status"])
    flags = _flag_texts(moments > arrivals, ac > limits.nameplate_max, ac < limits.standby_from, _is_unknown(status))
    sure = _is_timely(moments, arrivals, limits) & _is_power_sure(ac, dc, limits) & _is_rest_sure(ac, energy, temperature)
    picked = _picker(sure)
    return sure, (
        picked(inverters), moments[sure].tolist(), picked(plants), picked(_labels(column["event_id"])), picked(_labels(column["source"])),
        to_units(ac[sure], PER_UNIT), to_units(dc[sure], PER_UNIT), to_units(energy[sure], PER_UNIT), to_units(temperature[sure], 1),
        picked(status), picked(status_raw), picked(flags), positions[sure].tolist(),
    )  # fmt: skip


def _is_timely(moments: Instants, arrivals: Instants, limits: ColumnLimits) -> Flags:
    # The log also writes 0 where it found no instant in a line.
    timely: Flags = limits.known & (moments != 0) & (moments >= limits.earliest) & (moments - arrivals <= AHEAD_US_MAX)
    return timely


def _is_power_sure(ac: Floats, dc: Floats, limits: ColumnLimits) -> Flags:
    # A null is NaN and beyond no limit; a doubt is infinite and beyond every one.
    doubtful = (ac < limits.ac_min) | (ac > limits.ac_max) | (dc < limits.dc_min) | (dc > limits.ac_max)
    unit_suspect = (ac > limits.low_load_max) & (dc > DC_TO_AC_MAX * ac)
    no_value = np.isin(ac, limits.no_value) | np.isin(dc, limits.no_value)
    sure: Flags = ~(doubtful | unit_suspect | no_value)
    return sure


def _is_rest_sure(ac: Floats, energy: Floats, temperature: Floats) -> Flags:
    doubtful = (energy < 0) | (energy > COUNTER_MILLIWATT_HOURS_MAX)
    extreme = (temperature < TEMPERATURE_C_USUAL_MIN) | (temperature > TEMPERATURE_C_USUAL_MAX)
    sure: Flags = ~(doubtful | extreme | (np.isnan(ac) & np.isnan(energy)))
    return sure


def _statuses(column: FieldColumn) -> tuple[Sequence[str | None], Sequence[str | None]]:
    values = column.values
    if column.kinds <= _TEXTS:
        known = {word: read_status(word)[0] for word in set(values)}
        return [known[word] for word in values], values
    pairs = [read_status(value) for value in values]
    return [status for status, _ in pairs], [raw for _, raw in pairs]


def _is_unknown(statuses: Sequence[str | None]) -> Flags:
    return np.array([status == UNKNOWN for status in statuses], dtype=np.bool_)


def _labels(column: FieldColumn) -> Sequence[str | None]:
    return column.values if column.kinds <= _TEXTS else [label_of(value) for value in column.values]


def _flag_texts(*flags: Flags) -> list[str]:
    """Return each event's flags as text; the arguments are in the order of _FLAGS."""
    codes = np.zeros(flags[0].shape, dtype=np.uint8)
    for bit, flag in enumerate(flags):
        codes[flag] |= 1 << bit
    return list(map(_FLAG_TEXTS.__getitem__, codes.data))


def _picker(chosen: Flags) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return a function that keeps the chosen elements of a list; the list itself if all are chosen."""
    keep = chosen.tolist()
    return (lambda values: values) if all(keep) else (lambda values: list(compress(values, keep)))
