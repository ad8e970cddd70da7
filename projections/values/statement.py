"""A registry row's payload as trimmed text fields, and the reason why a row registers nothing. Pure."""

from collections.abc import Mapping

from ledger.format.event import read_stub
from ledger.format.registry_row import read_registry_row
from projections.values.text import is_id_too_long

_IDS = ("plant_id", "inverter_id")
_SPACE = " \t"
"""What the log, too, trims off the ids by which it knows one statement from another."""


def read_statement(payload: bytes, id_field: str) -> dict[str, str] | None:
    """Return a registry row's fields by name, each trimmed; None if the row registers nothing, for which `why_no_statement` has the reason.

    For example `plant_id,name⏎ p_1 ,One` is `{"plant_id": "p_1", "name": "One"}`. `id_field` is always present and never empty.
    """
    fields = _read_fields(payload)
    return fields if fields and fields.get(id_field) and long_id(fields) is None else None


def why_no_statement(payload: bytes) -> str:
    """Return why `read_statement` found none in a payload: `oversize_line`, `malformed_row`, `missing_id` or `id_too_long`."""
    if read_stub(payload) is not None:
        return "oversize_line"
    fields = _read_fields(payload)
    if fields is None:
        return "malformed_row"
    return "missing_id" if long_id(fields) is None else "id_too_long"


def long_id_of(payload: bytes) -> tuple[str, str] | None:
    """Return the first id of a payload that is too long, as field and value; None if there is none."""
    fields = _read_fields(payload)
    return None if fields is None else long_id(fields)


def long_id(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the first of a row's ids that is too long, as field and value; None if there is none."""
    return next(((name, fields[name]) for name in _IDS if is_id_too_long(fields.get(name, ""))), None)


def _read_fields(payload: bytes) -> dict[str, str] | None:
    row = read_registry_row(payload)
    # No text column of PostgreSQL holds a NUL, and the stub of an oversize row begins with one.
    if row is None or b"\0" in payload:
        return None
    return {name: text.strip(_SPACE) for name, text in row.items()}
