"""Registry rows that register nothing, each with its reason. Pure."""

from typing import TYPE_CHECKING

from ledger.format.event import read_stub
from projections.definition.event_projection import EventProjection, Judgement, last_statement_wins, registry_does_not_matter
from projections.table import Table, column, row_class
from projections.values.statement import long_id_of, read_statement, why_no_statement
from projections.values.text import text_of, text_of_bytes

if TYPE_CHECKING:
    from ledger.format.event import Logged
    from projections.registry.registry import Registry


@row_class
class RejectedStatement:
    """One registry row that names no plant or inverter to register."""

    position: int = column("Log position of the event.")
    kind: str = column("What the row was to register: plant or inverter.")
    reason: str = column("Why it registers nothing: oversize_line, malformed_row, missing_id or id_too_long.")
    field: str | None = column("The field that caused it: plant_id or inverter_id.", null="the row as a whole caused it")
    value: str | None = column(
        "The beginning of the row that could not be read (header first) or of the id that is too long, or an oversize row's length and "
        "SHA-256; at most 200 characters.",
        null="the id is absent or empty",
    )


REGISTRY_REJECTED = Table(name="registry_rejected", row=RejectedStatement, key=("position",), counted_by="reason")


def _judge(event: "Logged", _registry: "Registry") -> Judgement:
    id_field = f"{event.kind}_id"
    registers = read_statement(event.payload, id_field) is not None
    row = None if registers else _rejected(event, why_no_statement(event.payload), id_field)
    return Judgement((event.position,), REGISTRY_REJECTED.name, row)


def _rejected(event: "Logged", reason: str, id_field: str) -> RejectedStatement:
    if reason == "missing_id":
        return RejectedStatement(event.position, event.kind, reason, id_field, None)
    if reason == "id_too_long" and (found := long_id_of(event.payload)):
        return RejectedStatement(event.position, event.kind, reason, found[0], text_of(found[1]))
    stub = read_stub(event.payload)
    value = text_of_bytes(event.payload) if stub is None else f"{stub[0]} bytes, SHA-256 {stub[1]}"
    return RejectedStatement(event.position, event.kind, reason, None, value)


PROJECTION = EventProjection(
    name="registry_rejected",
    version=2,
    tables=(REGISTRY_REJECTED,),
    kinds=frozenset({"plant", "inverter"}),
    conflict_key=("position",),
    judge=_judge,
    settle=last_statement_wins,
    judged_again=registry_does_not_matter,
)
