"""A registry row's payload as trimmed text fields, and the reason why a row registers nothing. Pure."""

from ledger.format.event import read_stub
from ledger.format.registry_row import read_registry_row

_SPACE = " \t"
"""What the log, too, trims off the ids by which it knows one statement from another."""


def read_statement(payload: bytes, id_field: str) -> dict[str, str] | None:
    """Return a registry row's fields by name, each trimmed; None if the row registers nothing, for which `why_no_statement` has the reason.

    For example `plant_id,name⏎ p_1 ,One` is `{"plant_id": "p_1", "name": "One"}`. `id_field` is always present and never empty.
    """
    fields = _read_fields(payload)
    return fields if fields and fields.get(id_field) else None


def why_no_statement(payload: bytes) -> str:
    """Return the reason why `read_statement` found none in a payload: `oversize_line`, `malformed_row` or `missing_id`."""
    if read_stub(payload) is not None:
        return "oversize_line"
    return "malformed_row" if _read_fields(payload) is None else "missing_id"


def _read_fields(payload: bytes) -> dict[str, str] | None:
    row = read_registry_row(payload)
    # No text column of PostgreSQL holds a NUL, and the stub of an oversize row begins with one.
    if row is None or b"\0" in payload:
        return None
    return {name: text.strip(_SPACE) for name, text in row.items()}
