"""The benchmark's telemetry lines: a healthy fleet's, to which repeated and broken lines and some disorder are added in exact shares.

Chance is SHAKE-256 of a block's number, so the same parameters give the same bytes everywhere.
"""

import re
from collections.abc import Iterator
from hashlib import shake_256
from itertools import islice

import attrs

from ledger.errors import UsageError
from tools._fleet.files import fleet_lines

BLOCK = 2_000
"""Lines that are shuffled among each other: 50 minutes of 200 inverters."""
REPEATED, RESTATED, BROKEN = 80, 20, 1
"""Per block: lines sent again as they are, lines sent again under another event_id, lines that are no reading."""
_DAYS_MAX = 600
_STEPS_A_DAY = 288
_UNIT = re.compile(rb'"ac_power_unit":"k?W"')
_POWER = re.compile(rb'"ac_power":"?[^,"]*"?,')
_TEMPERATURE = re.compile(rb'"temperature_c":"?[^,"]*"?')
_STRANGE, _UNKNOWN, _CODE = b'"ac_power_unit":"MW"', b'"inverter_id":"un', b'"ac_power":65535,'
_NAMED = b'{"event_id":"'


@attrs.frozen
class Counts:
    """What some lines hold: `distinct` ones by their bytes, `readings` by inverter and instant."""

    lines: int = 0
    distinct: int = 0
    readings: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both together."""
        return Counts(self.lines + other.lines, self.distinct + other.distinct, self.readings + other.readings)


@attrs.frozen
class Block:
    """Lines in the order they arrive in, and what they hold."""

    lines: list[bytes]
    counts: Counts


def healthy_lines(events: int, inverters: int) -> Iterator[bytes]:
    """Yield at least `events` undamaged lines by time, from 2025-01-01 UTC on; UsageError if they would reach past 600 days."""
    days = -(-events // (inverters * _STEPS_A_DAY))
    if days > _DAYS_MAX:
        raise UsageError(f"{events} events of {inverters} inverters are {days} days, more than {_DAYS_MAX}: ask for more inverters")
    return fleet_lines(inverters, days)


def blocks(healthy: Iterator[bytes], events: int, part: int = 0) -> Iterator[Block]:
    """Yield the next `events` lines, without line ends, made of healthy ones; `part` makes each part of a workload different."""
    for number, begun in enumerate(range(0, events, BLOCK), part * -(-events // BLOCK)):
        yield _block(number, min(BLOCK, events - begun), healthy)


def _block(number: int, size: int, healthy: Iterator[bytes]) -> Block:
    repeated, restated, broken = (size * share // BLOCK for share in (REPEATED, RESTATED, BROKEN))
    fresh = list(islice(healthy, size - repeated - restated))
    chosen = iter(_order(f"chosen {number}", len(fresh)))
    for place in islice(chosen, broken):
        fresh[place] = _break(number, fresh[place])
    again = [fresh[place] for place in islice(chosen, repeated)]
    again += [restate(fresh[place], b"again") for place in islice(chosen, restated)]
    lines = fresh + again
    order = _order(f"order {number}", size)
    return Block([lines[place] for place in order], Counts(size, len(fresh) + restated, len(fresh) - broken))


def _order(name: str, size: int) -> list[int]:
    """Return 0 … size − 1 in an order that depends on the name alone."""
    drawn = memoryview(shake_256(name.encode()).digest(8 * size)).cast("Q")
    return sorted(range(size), key=drawn.__getitem__)


def restate(line: bytes, prefix: bytes) -> bytes:
    """Return another message of the same reading: its event_id begins with the prefix."""
    return _NAMED + prefix + b"-" + line.removeprefix(_NAMED)


def correct(line: bytes) -> bytes:
    """Return a correction of a reading: another event_id, another temperature."""
    return _TEMPERATURE.sub(b'"temperature_c":1.5', restate(line, b"late"))


def is_healthy(line: bytes) -> bool:
    """Return whether a line is a reading as its inverter sent it: not broken, and not sent again under another event_id."""
    return line.startswith(_NAMED + b"inv_") and line.endswith(b'"}') and not any(mark in line for mark in (_STRANGE, _UNKNOWN, _CODE))


def _break(number: int, line: bytes) -> bytes:
    """Make a line no reading: cut off, in a strange unit, of an unknown inverter, or a register's code for no value."""
    ways = (
        line[: len(line) // 2],
        _UNIT.sub(_STRANGE, line),
        line.replace(b'"inverter_id":"', _UNKNOWN, 1),
        _UNIT.sub(b'"ac_power_unit":"kW"', _POWER.sub(_CODE, line)),
    )
    return ways[number % len(ways)]
