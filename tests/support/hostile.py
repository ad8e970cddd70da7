"""Lines that cost a careless reader its time, its memory or its stack."""

_START = b'{"plant_id":"p","inverter_id":"a","event_time":"2025-04-01T10:00:00Z",'
_END = b',"ac_power":5,"ac_power_unit":"kW"}'


def hostile_lines(size: int) -> list[bytes]:
    """Return lines of about `size` bytes: long numbers, deep nesting, long escapes, quotes that never close, text that is not UTF-8."""
    digits, third = b"1" * size, size // 3
    numbers = [
        digits,
        b"-" + digits,
        b"0." + digits,
        b"1e" + digits,
        b"1." + b"0" * size + b"e5",
        _quoted(digits),
        _quoted(b" " * size + b"1"),
    ]
    nested = [b"[" * size, b'{"a":' * third, b"[" * 60 + b"1" + b"]" * 60, b"[" + b"[]," * third + b"1]"]
    escapes = [_quoted(escape * third) for escape in (b"\\u0041", b"\\ud83d\\ude00", b"\\ud83d", b'\\"', b"\xff", "\u20ac".encode())]
    unclosed = [b'"' + b"\\" * size, b'"' * size, b"-" * size, b" " * size + b"1"]
    many = [b"{" + b",".join(b'"%d":1' % number for number in range(third)) + b"}", b'1,"k":2' * third]
    values = [*nested, *escapes, *unclosed, *many]
    lines = [_START + b'"energy_wh_total":1000,"ac_power_unit":"kW","ac_power":' + number + b"}" for number in numbers]
    lines += [_START + b'"x":' + value + _END for value in values]
    lines += [_START.replace(b"00Z", b"00." + digits + b"Z") + b'"status":"ok"' + _END, b"\0" * size, b"\x1b" * size, digits]
    return lines


def _quoted(text: bytes) -> bytes:
    return b'"' + text + b'"'
