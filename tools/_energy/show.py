"""An inspected day as text: its readings and why, its steps, their sum, the power beside it."""

from collections.abc import Callable, Sequence
from itertools import accumulate, groupby, pairwise
from typing import TypeVar

import click

from projections.audit.day_document import disagreements, flags_of, power_of
from projections.audit.day_steps import InspectedDay
from projections.calendar.local_days import iso_date
from projections.counter.explained.retell import IN_DAY, LATER_DAY, NO_DAY, RetoldReading, RetoldStep
from projections.counter.explained.why import ACCEPTED, EQUAL, GROWTH, JITTER, ROLLOVER
from projections.counter.explained.wording import duration, energy
from projections.measures.sampling import gap_us_max
from projections.tables.inverter_daily_summary.row import FLAGS
from projections.tables.inverter_telemetry import CleanReading
from tools._cli.output import print_table
from tools._cli.terminal import printable

_FOLDED_MIN = 5
_Item = TypeVar("_Item")
_Row = list[str]
_ReadingPair = tuple[CleanReading, RetoldReading]
_ON = {GROWTH: "grown", EQUAL: "equal", JITTER: "jitter", ROLLOVER: "rollover"}


def show_day(found: InspectedDay, *, everything: bool) -> None:
    """Print the day; unless `everything`, five or more readings of one mark, or plain steps, in a row are folded into three lines."""
    row, line, clock = found.row, found.line, found.clock
    hours = (row.day_end_utc - row.day_start_utc) / 3.6e9
    click.echo(f"{printable(row.inverter_id)} on {row.local_date}, {row.timezone}, {hours:g} h; times are local")
    if line.accepted_before is not None:
        click.echo(f"Before the day the line stands at {energy(line.accepted_before.mwh)}, since {clock.time(line.accepted_before.at)}.")
    pairs = list(zip(found.readings, found.retold.readings, strict=True))
    _print("Readings", ("time", ">counter Wh", ">power W", "mark", "why"), _reading_rows(found, pairs, everything=everything))
    if line.accepted_after is not None:
        opens = "; a new line begins with it" if line.accepted_after.opens else ""
        click.echo(
            f"After the day the next accepted value is {energy(line.accepted_after.mwh)}, at {clock.time(line.accepted_after.at)}{opens}."
        )
    steps = _step_rows(found, everything=everything)
    columns = ("from", "to", ">duration", ">line from", ">line to", ">step Wh", ">this day Wh", "where it lands")
    _print("Steps between accepted values", columns, steps)
    _show_sum(found)


def _reading_rows(found: InspectedDay, pairs: list[_ReadingPair], *, everything: bool) -> list[_Row]:
    rows: list[_Row] = []
    for _, group in groupby(pairs, lambda pair: (pair[1].mark, pair[1].kind if pair[1].kind not in _ON else ACCEPTED)):
        rows += _folded(list(group), lambda pair: _reading_row(found, pair), _more_readings, everything=everything)
    return rows


def _folded(
    items: Sequence[_Item], row_of: Callable[[_Item], _Row], more: Callable[[Sequence[_Item]], _Row], *, everything: bool
) -> list[_Row]:
    if everything or len(items) < _FOLDED_MIN:
        return [row_of(item) for item in items]
    return [row_of(items[0]), more(items[1:-1]), row_of(items[-1])]


def _reading_row(found: InspectedDay, pair: _ReadingPair) -> _Row:
    reading, told = pair
    return [
        found.clock.time(reading.event_time),
        _number(reading.energy_wh_total),
        _number(reading.ac_power_w),
        told.mark or "–",
        told.why,
    ]


def _more_readings(pairs: Sequence[_ReadingPair]) -> _Row:
    kinds = [told.kind for _, told in pairs]
    parts = [f"{kinds.count(kind)} {name}" for kind, name in _ON.items() if kind in kinds]
    return ["…", "", "", pairs[0][1].mark or "–", f"{len(pairs)} more" + (f": {', '.join(parts)}" if parts else "")]


def _step_rows(found: InspectedDay, *, everything: bool) -> list[_Row]:
    gap_us, rows = gap_us_max(found.row.step_seconds), list[_Row]()
    line_numbers = accumulate(pairwise(found.retold.steps), lambda lines, pair: lines + (pair[0].to_mwh != pair[1].from_mwh), initial=0)

    def group_of(one: tuple[int, RetoldStep]) -> tuple[int, bool]:
        line, told = one
        here = told.placed == IN_DAY and told.shares[0].day == found.line.day
        return line, here and told.kind == GROWTH and told.step.end - told.step.start <= gap_us

    for (_, is_plain_step), group in groupby(zip(line_numbers, found.retold.steps, strict=False), group_of):
        steps = [step for _, step in group]
        if is_plain_step and not everything and len(steps) >= _FOLDED_MIN:
            rows.append(_sum_row(found, steps))
        else:
            rows += [_step_row(found, step) for step in steps]
    return rows


def _step_row(found: InspectedDay, told: RetoldStep) -> _Row:
    counted = told.energy_in(found.line.day)
    return _step_cells(found, [told], "–" if counted is None else _number(counted / 1e3), _where(found, told))


def _sum_row(found: InspectedDay, steps: list[RetoldStep]) -> _Row:
    counted = sum(told.energy_in(found.line.day) or 0 for told in steps)
    return _step_cells(found, steps, _number(counted / 1e3), f"this day, {len(steps)} steps")


def _step_cells(found: InspectedDay, steps: list[RetoldStep], here: str, where: str) -> _Row:
    start, end = steps[0].step.start, steps[-1].step.end
    made = sum(told.step.mwh for told in steps)
    line = [_number(steps[0].from_mwh / 1e3), _number(steps[-1].to_mwh / 1e3)]
    return [found.clock.time(start), found.clock.end(end), duration(end - start), *line, _number(made / 1e3), here, where]


def _where(found: InspectedDay, told: RetoldStep) -> str:
    def named(day: int) -> str:
        return "this day" if day == found.line.day else iso_date(day)

    share = told.shares[-1]
    if told.placed == IN_DAY:
        where = named(share.day)
    elif told.placed == LATER_DAY:
        where = f"whole to the later day, {named(share.day)}" + (" (boundary_gap)" if share.is_late else "")
    elif told.placed == NO_DAY:
        where = f"to no day: gap_wh of {named(share.day)}"
    else:
        where = "split at midnight: " + ", ".join(f"{energy(part.mwh or 0)} to {named(part.day)}" for part in told.shares)
    return where if told.kind == GROWTH else f"{told.kind.replace('_', ' ')}, {where}"


def _show_sum(found: InspectedDay) -> None:
    row, retold = found.row, found.retold
    counted = "none is placed in the day" if retold.mwh is None else energy(retold.mwh)
    stored = "null" if row.energy_wh is None else energy(round(row.energy_wh * 1e3))
    facts = [
        ("steps of this day", counted, f"stored: energy_wh {stored}, from {row.energy_source}"),
        ("set apart on this day", energy(retold.gap_mwh), f"stored: gap_wh {energy(round(row.gap_wh * 1e3))}"),
        ("power integrated", *_power(found)),
        ("quality", row.quality, _counts(found)),
        *(("flag", name, FLAGS[name]) for name in flags_of(found)),
    ]
    print_table("Sum", ("what", "found", "beside it"), facts)
    wrong = disagreements(found)
    click.echo("\n".join(f"WRONG: {one}" for one in wrong) if wrong else "The stored row is the sum of its steps.")


def _counts(found: InspectedDay) -> str:
    row = found.row
    counts = {"glitches": row.glitch_count, "placeholder rows": row.placeholder_count}
    counts |= {"duplicates": row.duplicate_count, "other rejected events": row.rejected_count}
    return ", ".join([f"{row.reading_count} readings", *(f"{count} {name}" for name, count in counts.items() if count)])


def _power(found: InspectedDay) -> tuple[str, str]:
    row, power = found.row, power_of(found)
    if row.energy_power_wh is None:
        return "none", "no two readings with power lie close enough together"
    over = "no production window" if row.coverage_window is None else f"covers {100 * row.coverage_window:.4g} % of the production window"
    return energy(round(row.energy_power_wh * 1e3)), over + _apart(power["minus_counter_wh"], power["minus_counter_percent"])


def _apart(wh: object, percent: object) -> str:
    if not isinstance(wh, float):
        return ""
    share = f" ({_number(round(percent, 2), sign='+')} %)" if isinstance(percent, float) else ""
    return f"; {_number(wh, sign='+')} Wh{share} to the counter"


def _number(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign},.3f}".rstrip("0").rstrip(".").replace(",", " ").replace("-", "−")


def _print(title: str, columns: Sequence[str], rows: list[_Row]) -> None:
    """Print a table whose columns with > before their name are set to the right; if there are no rows, print that."""
    if not rows:
        click.echo(f"{title}: none")
        return
    right = [name.startswith(">") for name in columns]
    shown = [[name.removeprefix(">") for name in columns], *rows]
    widths = [max(len(row[place]) for row in shown) for place in range(len(columns))]
    laid = [[cell.rjust(width) if is_right else cell for cell, width, is_right in zip(row, widths, right, strict=True)] for row in shown]
    print_table(title, laid[0], laid[1:])
