"""Power in the units senders use, as whole milliwatts, and the codes by which a register says 'no value'. Pure."""

import attrs

from projections._contract.numbers import PER_UNIT, read_number, to_thousandths

_PER_KILO = 1_000 * PER_UNIT
_PER_UNIT = {"w": PER_UNIT, "kw": _PER_KILO, "W": PER_UNIT, "kW": _PER_KILO}

_CODES = (-32_768, 65_535, 2_147_483_647, -2_147_483_647, -2_147_483_648, 4_294_967_295, -1_000_000)
_MILLI_SCALES = tuple(10**k for k in range(7))
"""10^k for k from −3 to 3, in thousandths."""

UNSCALED_CODES = frozenset(code * PER_UNIT for code in _CODES)
"""The codes in W, as milliwatts."""

_CODES_IN_WATTS = frozenset(code * scale for code in _CODES for scale in _MILLI_SCALES)
_CODES_AS_SENT = {PER_UNIT: _CODES_IN_WATTS, _PER_KILO: _CODES_IN_WATTS | {code * 1_000 for code in _CODES_IN_WATTS}}


@attrs.frozen(slots=True)
class Power:
    """A power in mW, and whether it reads as a 'no value' code, at some power of ten, in W or in the unit it was sent in."""

    milliwatts: int
    is_code: bool


def read_unit(unit: object) -> int | None:
    """Give the milliwatts in one `W` or `kW`, written in any case and with surrounding spaces; None for any other unit."""
    if not isinstance(unit, str):
        return None
    return _PER_UNIT.get(unit) or _PER_UNIT.get(unit.strip().lower())


def read_power(value: object, unit: object) -> Power | None:
    """Read a power; None where `value` is not a number or `unit` neither W nor kW."""
    per_unit, number = read_unit(unit), read_number(value)
    if per_unit is None or number is None:
        return None
    milliwatts = to_thousandths(number, per_unit)
    return Power(milliwatts, milliwatts in _CODES_AS_SENT[per_unit])
