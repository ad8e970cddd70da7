"""The rows of a benchmark, as a table and as a JSON document."""

from collections.abc import Mapping, Sequence

import click

from tools._bench.row import Row
from tools._cli.output import print_json, print_table

Facts = Mapping[str, object]
_COLUMNS = ("", "measured", "ours", "against", "theirs", "ratio", "target", "", "peak MiB", "theirs")


def print_report(rows: Sequence[Row], facts: Mapping[str, Facts]) -> None:
    """Print the medians as a table, then what they were measured on and with."""
    print_table("Medians", _COLUMNS, [_cells(row) for row in rows])
    for name, found in facts.items():
        click.echo(f"{name}: {', '.join(f'{key} {value}' for key, value in found.items())}")
    click.echo("Every result was checked: no event lost, the log verified, the rows equal to those of a replay.")


def print_document(rows: Sequence[Row], facts: Mapping[str, Facts]) -> None:
    """Print the same as one JSON document, with the values of every run."""
    print_json("heliolog.bench/1", {**facts, "rows": [_fields(row) for row in rows]})


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        row.what,
        _value(row.value, row.unit),
        row.against,
        _value(row.their_value, row.unit),
        "–" if row.ratio is None else f"{row.ratio:.2f}",
        "–" if row.target is None else f"{'≥' if row.target.at_least else '≤'} {row.target.bound:g}",
        {None: "", True: "met", False: "missed"}[row.met],
        _value(row.peak_mib, ""),
        _value(row.their_peak_mib, ""),
    )


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 3 if unit == "s" and value < 10 else 1 if unit == "s" else 0  # noqa: PLR2004 - five digits are enough to read
    return f"{value:.{digits}f} {unit}".strip()


def _fields(row: Row) -> dict[str, object]:
    target = None if row.target is None else {"bound": row.target.bound, "at_least": row.target.at_least, "met": row.met}
    return {
        "name": row.name,
        "measured": row.what,
        "against": row.against,
        "unit": row.unit,
        "ours": list(row.ours),
        "theirs": list(row.theirs),
        "value": row.value,
        "their_value": row.their_value,
        "ratio": row.ratio,
        "target": target,
        "peak_mib": row.peak_mib,
        "their_peak_mib": row.their_peak_mib,
    }
