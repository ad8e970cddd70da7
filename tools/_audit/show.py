"""An audited event, a traced day and a verification as text for people."""

from collections.abc import Mapping
from typing import Any

import click

from ledger import Verification
from projections import DayTrace, EventTrace
from projections.audit.day_trace import day_trace_document
from projections.audit.event_trace import event_trace_document
from projections.tables.inverter_daily_summary.projection import SUMMARY
from tools._cli.output import print_table, printable

_READING = ("event_time", "ac_power_w", "energy_wh_total", "mark", "status", "flags", "position")
_COUNTER_BEFORE = ("event_time", "ac_power_w", "energy_wh_total", "position")
_REJECTED = ("event_time", "reason", "field", "value", "position")
_STATEMENT = ("kind", "payload", "position")
_DEPENDENT = ("plant_id", "inverter_id", "local_date", "mark", "energy_wh", "quality")
_LINE = ("source", "line_number")


def show_verification(found: Verification, noted: str | None) -> None:
    """Print what is wrong with the log, or the root to keep; `noted` is the root that it was compared with."""
    for what in found.unchecked:
        click.echo(f"not checked: {printable(what)}")
    if found.findings:
        rows = [("the log" if one.position is None else one.position, one.what) for one in found.findings]
        print_table("What is wrong", ("position", "what"), rows)
    elif found.head:
        compared = f"; it begins with the {noted.partition(':')[0]} under the root noted" if noted else ""
        click.echo(f"{found.head.size} events verified, nothing is wrong{compared}; root {found.note}")


def show_event(trace: EventTrace) -> None:
    """Print an event, its payload, where it ended up and what depends on it."""
    document = event_trace_document(trace)
    line = trace.found.line
    facts: list[tuple[str, object]] = [
        ("key", document["key"]),
        ("kind", document["kind"]),
        ("event_time", document["event_time"]),
        ("recorded_at", document["recorded_at"]),
        ("delivery", line.delivery_id),
        ("source", line.source),
        ("line_number", line.line_number or None),
    ]
    print_table(f"Event {document['position']}", ("column", "value"), facts)
    click.echo(f"Payload ({document['payload_encoding']})\n  {printable(document['payload'])}")
    for note in trace.notes:
        click.echo(printable(note))
    if trace.row is not None:
        print_table(f"It is a row of {trace.row.table.name}", ("column", "value"), trace.row.shown().items())
    dependents = [_dependent(found) for found in document["standing"]["rests"]]
    if dependents:
        print_table("What rests on it", ("table", "rows", *_DEPENDENT), dependents)


def show_trace(trace: DayTrace) -> None:
    """Print a day's figures and everything they were made of."""
    document = day_trace_document(trace)
    units = {column.name: column.unit for column in SUMMARY.columns}
    print_table("Figures", ("column", "value", "unit"), [(name, value, units[name]) for name, value in document["day"].items()])
    before = document["counter_before"]
    if before is not None:
        _print("The counter stood, before that day", _COUNTER_BEFORE, [before])
    _print("Readings", _READING, document["readings"])
    _print("Rejected events", _REJECTED, document["rejected"])
    _print("Statements in force", _STATEMENT, document["statements"])
    applied, size = trace.applied_position, trace.log_size
    late = "" if applied == size else ": run tools/project for the rest"
    click.echo(f"Made from the first {applied} of {size} events{late}")


def _print(title: str, columns: tuple[str, ...], documents: Any) -> None:  # noqa: ANN401 - rows of any table, each with its line
    rows = [[*(found[name] for name in columns), *(found["line"][name] for name in _LINE)] for found in documents]
    print_table(title, (*columns, *_LINE), rows)


def _dependent(found: Mapping[str, Any]) -> list[object]:
    row = found.get("row", {})
    return [found["table"], found.get("rows", 1), *(row.get(name) for name in _DEPENDENT)]
