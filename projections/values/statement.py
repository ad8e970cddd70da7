"""A registry row's payload as trimmed text fields, or the reason why it registers nothing. Pure."""

from ledger.format.event import read_stub
from ledger.format.registry_row import read_registry_row

_SPACE = " \t"
"""What the log, too, trims off the ids by which it knows one statement from another."""


def read_statement(payload: bytes, id_field: str) -> dict[str, str] | str:
    """Read a registry row into its fields, each trimmed, with `id_field` among them and not empty.

    A payload that registers nothing gives the name of its reason instead: `oversize_line`, `malformed_row` or `missing_id`.
    """
    if read_stub(payload) is not None:
        return "oversize_line"
    row = read_registry_row(payload)
    # No text column of PostgreSQL holds a NUL.
    if row is None or b"\0" in payload:
        return "malformed_row"
    fields = {name: text.strip(_SPACE) for name, text in row.items()}
    return fields if fields.get(id_field) else "missing_id"
