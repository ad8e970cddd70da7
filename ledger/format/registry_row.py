"""One row of a registry file, from its payload: header record, LF, row record. Pure."""

import csv
import io
import re

COLUMNS = {
    "plant": ("plant_id", "name", "location", "timezone"),
    "inverter": ("inverter_id", "plant_id", "vendor", "model", "capacity_kw", "commissioned_at"),
}
_FIELD = rb'(?:"(?:[^"]++|"")*+"[^,]*+|(?!")[^,]*+)'
_WHOLE = re.compile(rb"%s(?:,%s)*+" % (_FIELD, _FIELD))
_REST = re.compile(rb'(?:[^"]++|"")*+"[^,]*+(?:,%s)*+' % _FIELD)
_RECORDS = 2


def ends_inside_quotes(line: bytes, *, inside: bool = False) -> bool:
    """Return whether a quoted field is still open at the end of a line; `inside`: one was open at its beginning."""
    return (_REST if inside else _WHOLE).fullmatch(line) is None


def read_record(record: bytes) -> list[str] | None:
    """Read the fields of one CSV record; None if it is not UTF-8 or not one record."""
    rows = _read_rows(record)
    return rows[0] if rows and len(rows) == 1 else None


def read_registry_row(payload: bytes) -> dict[str, str] | None:
    """Read a registry row as column → text as written (column names trimmed); None if it does not fit its header."""
    rows = _read_rows(payload)
    if rows is None or len(rows) != _RECORDS or len(rows[0]) != len(rows[1]):
        return None
    return dict(zip(map(str.strip, rows[0]), rows[1], strict=True))


def registry_id(kind: str, payload: bytes) -> str | None:
    """Return the plant_id or inverter_id that a registry row registers, trimmed of spaces and tabs; None if it has no usable one."""
    row = read_registry_row(payload)
    return (row.get(f"{kind}_id", "").strip(" \t") or None) if row else None


def _read_rows(payload: bytes) -> list[list[str]] | None:
    try:
        rows = list(csv.reader(io.StringIO(payload.decode(), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return None
    # csv takes an open quote at the end for a closed one.
    return None if ends_inside_quotes(payload.rpartition(b"\n")[2], inside=_opens_before_last_line(payload)) else rows


def _opens_before_last_line(payload: bytes) -> bool:
    inside = False
    for line in payload.split(b"\n")[:-1]:
        inside = ends_inside_quotes(line, inside=inside)
    return inside
