"""An audited event and a traced day as text for people, and rows in three shapes."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from projections.audit.event_trace import Standing
from projections.audit.rejected import harmless
from projections.tables.inverter_daily_summary.projection import SUMMARY
from tools._cli.output import print_table, printable

_READING = ("event_time", "ac_power_w", "energy_wh_total", "mark", "status", "flags", "position")
_REJECTED = ("event_time", "reason", "field", "value", "position")
_RESTING = ("plant_id", "inverter_id", "local_date", "mark", "energy_wh", "quality")
_LINE = ("source", "line_number")


def show_event(record: dict[str, Any], standing: Standing) -> None:
    """Print an event, its payload, where it ended up and what rests on it."""
    line = record["line"]
    facts = [(name, record[name]) for name in ("key", "kind", "event_time", "recorded_at")]
    facts += [("delivery", line["delivery_id"]), ("source", line["source"]), ("line_number", line["line_number"])]
    print_table(f"Event {record['position']}", ("column", "value"), facts)
    click.echo(f"Payload ({record['payload_encoding']})\n  {printable(record['payload'])}")
    for note in standing.notes:
        click.echo(printable(note))
    if standing.row is not None:
        print_table(f"It is a row of {standing.table}", ("column", "value"), standing.row.items())
    if standing.rests:
        print_table("What rests on it", ("table", "rows", *_RESTING), map(_resting, standing.rests))


def show_trace(document: dict[str, Any]) -> None:
    """Print a day's figures and everything they rest on."""
    applied, size = document["applied_position"], document["log_size"]
    units = {column.name: column.unit for column in SUMMARY.columns}
    print_table("Figures", ("column", "value", "unit"), [(name, value, units[name]) for name, value in document["day"].items()])
    before = document["counter_before"]
    if before is not None:
        print_table("The counter stood, before that day", (*_READING[:3], "position", *_LINE), [_row(before, (*_READING[:3], "position"))])
    print_table("Readings", (*_READING, *_LINE), [_row(reading, _READING) for reading in document["readings"]])
    print_table("Rejected events", (*_REJECTED, *_LINE), [_row(event, _REJECTED) for event in document["rejected"]])
    stated = [_row(event, ("kind", "payload", "position")) for event in document["statements"]]
    print_table("Statements in force", ("kind", "payload", "position", *_LINE), stated)
    late = "" if applied == size else ": run tools/project for the rest"
    click.echo(f"Made from the first {applied} of {size} events{late}")


def print_rows(title: str, columns: Sequence[str], rows: Iterable[dict[str, Any]], shape: str) -> None:
    """Print rows as a table, as CSV that no spreadsheet takes for formulas, or as JSON lines; the last two in UTF-8, as they come."""
    if shape == "table":
        print_table(title, columns, ([row[name] for name in columns] for row in rows))
        return
    stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    if shape == "jsonl":
        stream.writelines(json.dumps({name: row[name] for name in columns}) + "\n" for row in rows)
    else:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([harmless(row[name]) for name in columns] for row in rows)
    # Flushes, and leaves standard output open.
    stream.detach()


def _row(document: dict[str, Any], names: tuple[str, ...]) -> list[object]:
    return [*(document[name] for name in names), *(document["line"][name] for name in _LINE)]


def _resting(found: dict[str, Any]) -> list[object]:
    row = found.get("row", {})
    return [found["table"], found.get("rows", 1), *(row.get(name) for name in _RESTING)]
