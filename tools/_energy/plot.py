"""An inspected day as a picture: counter as sent, the accepted line, power, the production window. Needs the extra `plot`."""

import io
import os
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import LedgerError
from projections.audit.day_steps import InspectedDay
from projections.calendar.local_days import DAY_US
from projections.calendar.zones import zone
from projections.counter.explained.why import ACCEPTED
from projections.counter.marks import EPOCH, GLITCH, GLITCH_ABOVE, NO_READING, PENDING, PLACEHOLDER, PLACEHOLDER_ROW, REPLACED
from projections.measures.sampling import gap_us_max

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _LINE, _POWER, _WINDOW = "#2b2b2b", "#2f7d4f", "#d98e04", "#fdf3dc"
MARKS = {
    GLITCH: ("#d62728", "X"),
    GLITCH_ABOVE: ("#9b30c9", "P"),
    PENDING: ("#e377c2", "s"),
    PLACEHOLDER: ("#1f77b4", "v"),
    PLACEHOLDER_ROW: ("#7f7f7f", "v"),
    EPOCH: ("#111111", "^"),
    REPLACED: ("#111111", "D"),
}
"""Colour and shape of each mark that is not plainly accepted."""

_ROOM = 0.06
Points = list[tuple[int, float]]


def draw(found: InspectedDay, file: Path) -> None:
    """Write the picture to a PNG file, whole or not at all; raise LedgerError, saying why, if it cannot be written."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra that need not be there
    except ModuleNotFoundError:
        launcher = Path(__file__).resolve().parents[1] / "inspect"
        raise LedgerError(f"--png needs matplotlib, which {sys.executable} does not have: run {launcher}, which sets it up") from None
    figure = Figure(figsize=(11, 6.4), dpi=130, layout="constrained")
    _compose(found, figure)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    _put(file, picture.getvalue())


def _put(file: Path, picture: bytes) -> None:
    part = file.with_name(f"{file.name}.part-{os.getpid()}")
    try:
        with part.open("xb") as stream:
            stream.write(picture)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LedgerError(
            f"{file} cannot be written ({error.strerror}); check that its folder is there, has room and lets you write"
        ) from None


def _compose(found: InspectedDay, figure: "Figure") -> None:
    lines = _lines(found)
    rows = figure.subplots(len(lines) + 1, 1, sharex=True, height_ratios=[3 / len(lines)] * len(lines) + [2], squeeze=False)
    *counters, power = rows[:, 0]
    for axes, stretch, since, until in zip(counters, lines, *_times_in_force(lines), strict=True):
        _draw_counter(found, axes, stretch, (since, until))
    _draw_power(found, power)
    for axes in (*counters, power):
        _draw_window(found, axes)
        axes.grid(color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.02), fontsize=8, frameon=False)
    _draw_times(found, power)
    # An id may hold what matplotlib takes for a formula.
    title = f"{found.row.inverter_id} · {found.row.local_date}"
    counters[0].set_title(title, loc="left", pad=22, fontsize=13, fontweight="bold", color=_INK, parse_math=False)
    counters[0].annotate(_told(found), (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", fontsize=9, color=_INK)


def _told(found: InspectedDay) -> str:
    row = found.row
    parts = ["no energy" if row.energy_wh is None else f"{_kwh(row.energy_wh)} from {row.energy_source}"]
    if row.gap_wh:
        parts.append(f"{_kwh(row.gap_wh)} of no day")
    if row.energy_power_wh is not None and row.energy_source != "power":
        parts.append(f"{_kwh(row.energy_power_wh)} by power")
    return " · ".join([*parts, f"quality {row.quality}", *([row.flags.replace(",", ", ")] if row.flags else [])])


def _kwh(wh: float) -> str:
    return f"{wh / 1e3:,.3f} kWh".replace(",", " ")


def _lines(found: InspectedDay) -> list[Points]:
    """Return the accepted line in kWh, one for each counter line of the day (and one, empty, where there is none)."""
    told = found.retold.readings
    line = [(one.at, one.line_mwh / 1e6) for one in told if one.mark in (ACCEPTED, EPOCH, REPLACED) and one.line_mwh is not None]
    begins = {one.at for one in told if one.mark in (EPOCH, REPLACED)}
    return _broken(line, lambda _before, at: at in begins) or [[]]


def _times_in_force(lines: list[Points]) -> tuple[list[float], list[float]]:
    """Return from when, and until when, each counter line is the accepted one."""
    starts = [stretch[0][0] for stretch in lines[1:]]
    return [-inf, *starts], [*starts, inf]


def _draw_counter(found: InspectedDay, axes: "Axes", line: Points, in_force: tuple[float, float]) -> None:
    told = [one for one in found.retold.readings if in_force[0] <= one.at < in_force[1] and one.mwh is not None]
    sent = [(one.at, (one.mwh or 0) / 1e6, one.mark) for one in told]
    low, high = _scale([kwh for _, kwh in line] or [kwh for _, kwh, _ in sent] or [0.0])
    if line:
        axes.plot(*_split(line), color=_LINE, linewidth=1.6, label="accepted line", zorder=2)
    accepted = [(at, kwh) for at, kwh, mark in sent if mark == ACCEPTED]
    if accepted:
        axes.plot(*_split(accepted), ".", color=_LINE, markersize=3.5, label=f"accepted ({len(accepted)})", zorder=3)
    for mark, (colour, shape) in MARKS.items():
        points = [(at, kwh) for at, kwh, one in sent if one == mark]
        if points:
            _draw_mark(axes, points, (low, high), {"color": colour, "marker": shape, "label": f"{mark} ({len(points)})"})
    axes.set_ylim(low, high)
    axes.set_ylabel("counter, kWh")
    if not sent:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no counter value that day", transform=axes.transAxes, ha="center", va="center", fontsize=10, color=_INK)
        return
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.10g}".replace(",", " "))


def _scale(shown: list[float]) -> tuple[float, float]:
    """Return the lowest and highest kWh of the panel: the line's; what is far off it is drawn at the edge."""
    room = _ROOM * (max(shown) - min(shown)) or 1.0
    return min(shown) - 2 * room, max(shown) + 2 * room


def _draw_mark(axes: "Axes", points: Points, scale: tuple[float, float], look: dict[str, Any]) -> None:
    low, high = scale
    edge = (high - low) * _ROOM / 2
    off = [kwh for _, kwh in points if not low <= kwh <= high]
    if off:
        spread = dict.fromkeys(f"{kwh:,.10g}".replace(",", " ") for kwh in (min(off), max(off)))
        look["label"] += f"\noff the scale:\n{' to '.join(spread)} kWh"
    shown = [(at, min(max(kwh, low + edge), high - edge)) for at, kwh in points]
    axes.plot(*_split(shown), linestyle="none", markersize=6, markeredgewidth=0.4, markeredgecolor="white", zorder=4, **look)


def _draw_power(found: InspectedDay, axes: "Axes") -> None:
    pairs = zip(found.readings, found.retold.readings, strict=True)
    points = [(one.event_time, one.ac_power_w / 1e3) for one, told in pairs if one.ac_power_w is not None and told.mark not in NO_READING]
    gap_us = gap_us_max(found.row.step_seconds)
    for number, stretch in enumerate(_broken(points, lambda before, at: at - before > gap_us)):
        times, kilowatts = _split(stretch)
        alone = "." if len(stretch) == 1 else None
        axes.plot(times, kilowatts, color=_POWER, linewidth=1.4, marker=alone, label=None if number else "AC power")
        axes.fill_between(times, 0, kilowatts, color=_POWER, alpha=0.18, linewidth=0)
    if found.inverter.capacity_kw is not None:
        axes.axhline(found.inverter.capacity_kw, color=_INK, linewidth=0.8, linestyle=(0, (4, 4)), label="nameplate")
    axes.set_ylabel("power, kW")


def _draw_window(found: InspectedDay, axes: "Axes") -> None:
    start, end = found.row.window_start_utc, found.row.window_end_utc
    if start is not None and end is not None:
        axes.axvspan(_x(start), _x(end), color=_WINDOW, zorder=0, linewidth=0, label="production window")


def _draw_times(found: InspectedDay, axes: "Axes") -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter  # noqa: PLC0415 - an extra that need not be there

    local = zone(found.row.timezone)
    axes.set_xlim(_x(found.row.day_start_utc), _x(found.row.day_end_utc))
    axes.xaxis.set_major_locator(AutoDateLocator(tz=local, maxticks=13))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=local))  # type: ignore[no-untyped-call]
    axes.set_xlabel(f"local time, {found.row.timezone}")


def _broken(points: Points, breaks: Callable[[int, int], bool]) -> list[Points]:
    """Break points into stretches, before each instant that `breaks`, told of the instant before it, names."""
    stretches: list[Points] = []
    for point in points:
        if stretches and not breaks(stretches[-1][-1][0], point[0]):
            stretches[-1].append(point)
        else:
            stretches.append([point])
    return stretches


def _split(points: Points) -> tuple[list[float], list[float]]:
    return [_x(at) for at, _ in points], [value for _, value in points]


def _x(at: int) -> float:
    """Return an instant as matplotlib counts time: in days since 1970 UTC."""
    return at / DAY_US
