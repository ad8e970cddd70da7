"""Power in the units that senders use, as whole milliwatts, and the codes by which a register says "no value". Pure."""

from projections.values.numbers import PER_UNIT, read_thousandths

_PER_KILO = 1_000 * PER_UNIT
_PER_UNIT = {"w": PER_UNIT, "kw": _PER_KILO, "W": PER_UNIT, "kW": _PER_KILO}

_CODES = (-32_768, 65_535, 2_147_483_647, -2_147_483_647, -2_147_483_648, 4_294_967_295, -1_000_000)
_MILLI_SCALES = tuple(10**k for k in range(7))
"""10^k for k from −3 to 3, as thousandths of a unit."""

UNSCALED_CODES = frozenset(code * PER_UNIT for code in _CODES)
"""The codes in W, as milliwatts."""

_CODES_IN_WATTS = frozenset(code * scale for code in _CODES for scale in _MILLI_SCALES)
_CODES_AS_SENT = {PER_UNIT: _CODES_IN_WATTS, _PER_KILO: _CODES_IN_WATTS | {code * 1_000 for code in _CODES_IN_WATTS}}


def read_unit(unit: object) -> int | None:
    """Return the milliwatts in one unit: 1 000 for `W`, 1 000 000 for `kW`, in any case, spaces around it allowed; None for any other."""
    if not isinstance(unit, str):
        return None
    return _PER_UNIT.get(unit) or _PER_UNIT.get(unit.strip().lower())


def read_power(value: object, unit: object) -> int | None:
    """Return a power in mW; None if `value` is not a number or `unit` neither W nor kW."""
    per_unit = read_unit(unit)
    return None if per_unit is None else read_thousandths(value, per_unit)


def is_code(milliwatts: int, unit: object) -> bool:
    """Return whether a power is a code for "no value", or one times 10^k for k from −3 to 3, in W or in the `unit` it was sent in."""
    return milliwatts in _CODES_AS_SENT[read_unit(unit) or PER_UNIT]
