"""Rejected events, listed or counted, as a table, as CSV that no spreadsheet takes for formulas, or as JSON lines."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence

import attrs

from ledger.format.instant import iso
from projections import Rejected, RejectedGroup
from projections.audit.rejected import COLUMNS, By
from tools._cli.output import print_table

SHAPES = ("table", "csv", "jsonl")
GROUPED_BY: dict[By, str] = {"reason": "reason", "inverter": "inverter_id", "day": "local_date", "source": "source"}
"""What the column is called that events are counted by."""

_TABLE_COLUMNS = ("position", "recorded_at", "inverter_id", "event_time", "reason", "field", "value", "source", "line_number")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_Cells = dict[str, object]


def print_rejected(events: Iterable[Rejected], limit: int | None, shape: str) -> None:
    """Print events, of which there are `limit` at most, in one of SHAPES; a table has fewer columns than the others."""
    title = f"Rejected events (at most {limit}: --limit says how many)"
    _print_rows(title, _TABLE_COLUMNS if shape == "table" else COLUMNS, map(_cells, events), shape)


def print_groups(by: By, groups: Iterable[RejectedGroup], shape: str) -> None:
    """Print how many events share a value, in one of SHAPES."""
    columns = (GROUPED_BY[by], "events", "first_position", "last_position")
    rows = (dict(zip(columns, attrs.astuple(group), strict=True)) for group in groups)
    _print_rows("Rejected events", columns, rows, shape)


def _print_rows(title: str, columns: Sequence[str], rows: Iterable[_Cells], shape: str) -> None:
    """Print rows; CSV and JSON lines in UTF-8, as the rows come."""
    if shape == "table":
        print_table(title, columns, ([row[name] for name in columns] for row in rows))
        return
    stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    if shape == "jsonl":
        stream.writelines(json.dumps({name: row[name] for name in columns}) + "\n" for row in rows)
    else:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_harmless(row[name]) for name in columns] for row in rows)
    # Flushes, and leaves standard output open.
    stream.detach()


def _cells(event: Rejected) -> _Cells:
    at = event.event_time
    return {**attrs.asdict(event), "event_time": None if at is None else iso(at), "recorded_at": iso(event.recorded_at)}


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before text that begins like one, `'=HYPERLINK(1)`."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
