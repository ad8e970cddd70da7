"""An inspected day as a small chart for a terminal: power over the day, the counter line's growth, and the marks under it."""

from collections.abc import Iterable
from itertools import accumulate

from projections.audit.day_steps import InspectedDay
from projections.counter.explained.why import ACCEPTED
from projections.counter.explained.wording import energy
from projections.counter.marks import EPOCH, GLITCH, GLITCH_ABOVE, NO_READING, PENDING, PLACEHOLDER, PLACEHOLDER_ROW, REPLACED

WIDTH, HEIGHT = 72, 5
SIGNS = {EPOCH: "▲", REPLACED: "△", GLITCH: "×", GLITCH_ABOVE: "+", PENDING: "?", PLACEHOLDER: "0", PLACEHOLDER_ROW: "o"}
"""Signs of what is not plainly accepted; where several share a column, the first of these shows."""

_ON = frozenset({ACCEPTED, EPOCH, REPLACED})
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_STYLES = {"power": "yellow", "line": "green", "marks": "bold red"}
Line = tuple[str, str]


def show_chart(found: InspectedDay) -> None:
    """Print the chart."""
    from rich.console import Console  # noqa: PLC0415 - needed on terminals alone
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    for text, part in chart(found):
        console.print(Text(text, style=_STYLES.get(part, ""), no_wrap=True))


def chart(found: InspectedDay) -> list[Line]:
    """Return the chart's lines, each with the part it belongs to: power, line, marks or axis."""
    told = list(zip(found.readings, found.retold.readings, strict=True))
    power = [
        (reading.event_time, reading.ac_power_w) for reading, one in told if reading.ac_power_w is not None and one.mark not in NO_READING
    ]
    marks = [(one.at, one.mark) for _, one in told if one.mark in SIGNS]
    lines: list[Line] = []
    if power:
        peak = max(watts for _, watts in power)
        lines.append((f"power, up to {max(peak, 0) / 1e3:.4g} kW", "axis"))
        lines += [(text, "power") for text in _bars(_columns(found, power), max(peak, 1e-9))]
    grown = _growth(found)
    if grown:
        total = max(grown[-1][1], 1)
        lines.append((f"counter line, up by {energy(grown[-1][1])} since its first value of the day", "axis"))
        # One eighth of a row more, so that a line that stands still is seen.
        raised = [(at, mwh + total / (8 * HEIGHT)) for at, mwh in grown]
        lines += [(text, "line") for text in _bars(_columns(found, raised), total * (1 + 1 / (8 * HEIGHT)))]
    if marks:
        lines.append((_mark_row(found, marks), "marks"))
    lines += [(text, "axis") for text in _axis(found, {mark for _, mark in marks})]
    return lines


def _growth(found: InspectedDay) -> list[tuple[int, int]]:
    """Return (instant, mWh grown since the day's first value) at each accepted value; a new counter line goes on from the old one."""
    first = next((one.at for one in found.retold.readings if one.mark in _ON), None)
    if first is None:
        return []
    ends = [
        (told.step.end, told.step.mwh) for told in found.retold.steps if told.step.start >= first and told.step.end < found.row.day_end_utc
    ]
    sums = accumulate((mwh for _, mwh in ends), initial=0)
    return list(zip([first, *(at for at, _ in ends)], sums, strict=True))


def _place(found: InspectedDay, at: int) -> int:
    start, end = found.row.day_start_utc, found.row.day_end_utc
    return (at - start) * WIDTH // (end - start)


def _columns(found: InspectedDay, points: Iterable[tuple[int, float]]) -> list[float | None]:
    """Return the largest value in each column, None if it has none."""
    columns: list[float | None] = [None] * WIDTH
    for at, value in points:
        place, there = _place(found, at), columns[_place(found, at)]
        columns[place] = value if there is None else max(there, value)
    return columns


def _bars(columns: list[float | None], top: float) -> list[str]:
    eighths = [0 if value is None else round(8 * HEIGHT * min(max(value / top, 0), 1)) for value in columns]
    return ["│" + "".join(_EIGHTHS[min(max(size - 8 * row, 0), 8)] for size in eighths).rstrip() for row in range(HEIGHT - 1, -1, -1)]


def _mark_row(found: InspectedDay, marks: list[tuple[int, str]]) -> str:
    row = [" "] * WIDTH
    order = list(SIGNS)
    for at, mark in sorted(marks, key=lambda one: -order.index(one[1])):
        row[_place(found, at)] = SIGNS[mark]
    return "│" + "".join(row).rstrip()


def _axis(found: InspectedDay, marks: set[str]) -> list[str]:
    start, end = found.row.day_start_utc, found.row.day_end_utc
    labels = [" "] * (WIDTH + 6)
    ruler = ["─"] * WIDTH
    for part in range(9):
        at = start + (end - start) * part // 8
        place = WIDTH * part // 8
        labels[place : place + 5] = found.clock.end(at)[:5]
        if part < 8:  # noqa: PLR2004 - the last mark is the chart's own end
            ruler[place] = "┴"
    legend = "  ".join(f"{sign} {mark}" for mark, sign in SIGNS.items() if mark in marks)
    return ["└" + "".join(ruler), " " + "".join(labels).rstrip(), *([legend] if legend else [])]
