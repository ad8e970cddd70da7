"""The contract over many events at once: the readings without a doubt, by column. Pure.

The one definition is `judge` with `read_message`; whatever is unusual is left to them. A property test holds the two equal.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from projections.contract.by_column.decode_chunk import Column
from projections.contract.by_column.decode_lines import decode_lines
from projections.contract.by_column.limits import ColumnLimits, Instants, Registrations, column_limits
from projections.contract.by_column.numbers import Flags, Floats, read_numbers, read_units, to_thousandths, to_units
from projections.contract.flags import join_names
from projections.contract.plausibility import (
    AHEAD_US_MAX,
    COUNTER_MILLIWATT_HOURS_MAX,
    DC_TO_AC_MAX,
    TEMPERATURE_C_USUAL_MAX,
    TEMPERATURE_C_USUAL_MIN,
)
from projections.table import RowsByColumn
from projections.values.numbers import PER_UNIT
from projections.values.status import UNKNOWN, read_status
from projections.values.text import label_of

if TYPE_CHECKING:
    from projections.registry.registry import Registry

LogRow = tuple[int, int, bytes, int, str, bytes]
"""A row as `ledger.log.read_rows` gives it: position, event_time, payload, recorded_at, kind, leaf_hash."""

_WIDTH = 13
_TEXTS = {str, NoneType}
_FLAGS = ("clock_ahead", "over_nameplate", "standby_negative", "status_unknown")
_FLAG_TEXTS = [join_names(name for bit, name in enumerate(_FLAGS) if code >> bit & 1) for code in range(1 << len(_FLAGS))]
"""The text of each set of flags, by its code: bit k set for the k-th of _FLAGS."""


def judge_columns(rows: Sequence[LogRow], registry: "Registry") -> RowsByColumn:
    """Judge rows of the log in their order; an event that is not plainly a reading, or no telemetry, is among the others."""
    columns: tuple[list[Any], ...] = tuple([] for _ in range(_WIDTH))
    registrations = Registrations(registry)
    left = np.ones(len(rows), dtype=np.bool_)
    for lines in decode_lines([row[2] if row[4] == "telemetry" else b"" for row in rows]):
        page = [rows[place] for place in lines.places]
        plain, found = _judge_page(page, lines.columns, registrations)
        left[np.array(lines.places, dtype=np.intp)[plain]] = False
        for column, part in zip(columns, found, strict=True):
            column.extend(part)
    return RowsByColumn(columns, np.flatnonzero(left).tolist())


def _judge_page(
    rows: Sequence[LogRow], column: Mapping[str, Column], registrations: Registrations
) -> tuple[Flags, tuple[Sequence[Any], ...]]:
    inverters, plants = column["inverter_id"].values, column["plant_id"].values
    positions, moments, arrivals = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1, 3))
    limits = column_limits(inverters, plants, registrations)
    ac, dc = (to_thousandths(read_numbers(column[name]), read_units(column[f"{name}_unit"])) for name in ("ac_power", "dc_power"))
    energy, temperature = to_thousandths(read_numbers(column["energy_wh_total"]), PER_UNIT), read_numbers(column["temperature_c"])
    status, status_raw = _statuses(column["status"])
    flags = _flag_texts(moments > arrivals, ac > limits.nameplate_max, ac < limits.standby_from, _is_unknown(status))
    plain = _is_timely(moments, arrivals, limits) & _is_power_plain(ac, dc, limits) & _is_measured(ac, energy, temperature)
    picked = _picker(plain)
    return plain, (
        picked(inverters), moments[plain].tolist(), picked(plants), picked(_labels(column["event_id"])), picked(_labels(column["source"])),
        to_units(ac[plain], PER_UNIT), to_units(dc[plain], PER_UNIT), to_units(energy[plain], PER_UNIT), to_units(temperature[plain], 1),
        picked(status), picked(status_raw), picked(flags), positions[plain].tolist(),
    )  # fmt: skip


def _is_timely(moments: Instants, arrivals: Instants, limits: ColumnLimits) -> Flags:
    # A moment of 0 is also how the log writes that it found none.
    timely: Flags = limits.known & (moments != 0) & (moments >= limits.earliest) & (moments - arrivals <= AHEAD_US_MAX)
    return timely


def _is_power_plain(ac: Floats, dc: Floats, limits: ColumnLimits) -> Flags:
    # NaN, a null, is beyond no limit; infinity, a doubt, is beyond every one.
    doubtful = (ac < limits.ac_min) | (ac > limits.ac_max) | (dc < limits.dc_min) | (dc > limits.ac_max)
    unit_suspect = (ac > limits.low_load_max) & (dc > DC_TO_AC_MAX * ac)
    no_value = np.isin(ac, limits.no_value) | np.isin(dc, limits.no_value)
    plain: Flags = ~(doubtful | unit_suspect | no_value)
    return plain


def _is_measured(ac: Floats, energy: Floats, temperature: Floats) -> Flags:
    doubtful = (energy < 0) | (energy > COUNTER_MILLIWATT_HOURS_MAX)
    extreme = (temperature < TEMPERATURE_C_USUAL_MIN) | (temperature > TEMPERATURE_C_USUAL_MAX)
    plain: Flags = ~(doubtful | extreme | (np.isnan(ac) & np.isnan(energy)))
    return plain


def _statuses(column: Column) -> tuple[Sequence[str | None], Sequence[str | None]]:
    values = column.values
    if column.kinds <= _TEXTS:
        known = {word: read_status(word)[0] for word in set(values)}
        return [known[word] for word in values], values
    pairs = [read_status(value) for value in values]
    return [status for status, _ in pairs], [raw for _, raw in pairs]


def _is_unknown(statuses: Sequence[str | None]) -> Flags:
    return np.array([status == UNKNOWN for status in statuses], dtype=np.bool_)


def _labels(column: Column) -> Sequence[str | None]:
    return column.values if column.kinds <= _TEXTS else [label_of(value) for value in column.values]


def _flag_texts(*flags: Flags) -> list[str]:
    """Write each event's flags, given in the order of _FLAGS."""
    codes = np.zeros(flags[0].shape, dtype=np.uint8)
    for bit, flag in enumerate(flags):
        codes[flag] |= 1 << bit
    return list(map(_FLAG_TEXTS.__getitem__, codes.data))


def _picker(plain: Flags) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return a function that keeps of a list what is plain."""
    chosen = plain.tolist()
    return (lambda values: values) if all(chosen) else (lambda values: list(compress(values, chosen)))
