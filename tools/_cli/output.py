"""What tools print: one JSON document, or tables; control characters never reach a terminal."""

import sys
from collections.abc import Iterable, Mapping, Sequence

import attrs
import click
import msgspec

from tools._cli.terminal import printable


def print_json(schema: str, data: Mapping[str, object]) -> None:
    """Print one document that names its schema."""
    document = msgspec.json.encode({"schema": schema, **data})
    click.echo(msgspec.json.format(document, indent=2).decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: drawn on a terminal, aligned plain text elsewhere."""
    cells = [[_cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _draw(title, columns, cells)
        return
    click.echo(printable(title))
    widths = [max(len(column), *(len(row[place]) for row in cells)) if cells else len(column) for place, column in enumerate(columns)]
    for row in [list(columns), *cells]:
        click.echo(("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip())


def print_records(title: str, records: Sequence["attrs.AttrsInstance"]) -> None:
    """Print records of one class as a table, a column for each field; of none, nothing."""
    if records:
        columns = [field.name for field in attrs.fields(type(records[0]))]
        print_table(title, columns, [attrs.astuple(record) for record in records])


def _draw(title: str, columns: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - half the start-up time, and needed on terminals alone
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=Text(printable(title), style="table.title"), title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in cells:
        table.add_row(*map(Text, row))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".").replace(",", " ")
    return printable(str(value))
