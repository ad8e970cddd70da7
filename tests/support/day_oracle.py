"""The oracle for a day's figures: as they are defined, pair by pair and reading by reading, in plain Python."""

from itertools import groupby, pairwise
from math import fsum
from typing import Any

import attrs

US, HOUR_US = 1e6, 3_600_000_000


@attrs.frozen
class OracleReading:
    """A reading: instant (µs), power (W), temperature (°C), status."""

    at: int
    power: float | None
    temperature: float | None
    status: str | None


@attrs.frozen
class Line:
    """The part of a straight line between two readings that lies in the day; `lesser` is the level both readings reach."""

    start: int
    end: int
    low: float
    high: float
    lesser: float

    @property
    def area(self) -> float:
        return (self.low + self.high) / 2 * (self.end - self.start)


def straight_lines(points: list[tuple[int, float | None]], gap: int, day: tuple[int, int]) -> list[Line]:
    found = []
    for (at, value), (then, following) in pairwise(points):
        if value is None or following is None or then - at > gap or max(at, day[0]) >= min(then, day[1]):
            continue
        start, end, slope = max(at, day[0]), min(then, day[1]), (following - value) / (then - at)
        low = value + slope * (start - at) if start > at else value
        high = value + slope * (end - at) if end < then else following
        found.append(Line(start, end, low, high, min(value, following)))
    return found


def mean(found: list[Line]) -> float | None:
    return round(fsum(line.area for line in found) / sum(line.end - line.start for line in found), 3) + 0.0 if found else None


def within(start: int, end: int, window: tuple[int, int]) -> int:
    return max(0, min(end, window[1]) - max(start, window[0]))


def longest_gap(found: list[Line], window: tuple[int, int]) -> int:
    inside = [line for line in found if within(line.start, line.end, window)]
    edges = [window[0], *(instant for line in inside for instant in (line.start, line.end)), window[1]]
    return max(max(0, later - earlier) for earlier, later in zip(edges[::2], edges[1::2], strict=True))


def stale(points: list[OracleReading]) -> int:
    total, run = 0, list[tuple[int, float]]()
    for point in [*points, OracleReading(0, None, None, None)]:
        if run and point.power is not None and abs(point.power - run[0][1]) <= 1e-5 * abs(run[0][1]):
            run.append((point.at, point.power))
            continue
        total += run[-1][0] - run[0][0] if len(run) >= 6 else 0
        run = [(point.at, point.power)] if point.power else []
    return total


def holding(points: list[OracleReading], gap: int, day: tuple[int, int]) -> list[tuple[str, int, int]]:
    found = []
    for number, point in enumerate(points):
        following = points[number + 1].at if number + 1 < len(points) else day[1]
        start, end = max(point.at, day[0]), min(following, point.at + gap, day[1])
        if point.status not in {None, "offline", "unknown"} and start < end:
            found.append((point.status or "", start, end))
    return found


def availability(held: list[tuple[str, int, int]], window: tuple[int, int]) -> float | None:
    known = sum(within(start, end, window) for _, start, end in held)
    down = sum(within(start, end, window) for status, start, end in held if status in {"fault", "off", "maintenance"})
    return None if known == 0 or known < (window[1] - window[0]) / 2 else round(1 - down / known, 6)


def oracle_figures(
    points: list[OracleReading], gap: int, day: tuple[int, int], window: tuple[int, int] | None, kw: float | None
) -> dict[str, Any]:
    """Return what a day's row must hold of all that follows from its readings; `window` is None where it has no length."""
    inside = [point for point in points if day[0] <= point.at < day[1]]
    power = straight_lines([(point.at, point.power) for point in points], gap, day)
    made = straight_lines([(point.at, None if point.power is None else max(point.power, 0.0)) for point in points], gap, day)
    powers = [(point.at, point.power) for point in inside if point.power is not None]
    peak = max((power for _, power in powers), default=None)
    threshold = max(10.0, 10 * (kw or 0))
    producing = [at for at, power in powers if power >= threshold]
    temperatures = [point.temperature for point in inside if point.temperature is not None]
    held = holding(points, gap, day)
    seconds = {status: sum(end - start for _, start, end in some) / US for status, some in _by_status(held).items()}
    return {
        "reading_count": len(inside),
        "energy_power_wh": round(fsum(line.area for line in made) / HOUR_US, 3) + 0.0 if made else None,
        "avg_ac_power_w": mean(power),
        "sample_mean_ac_power_w": round(fsum(power for _, power in powers) / len(powers), 3) + 0.0 if powers else None,
        "max_ac_power_w": peak,
        "max_ac_power_at": next((at for at, power in powers if power == peak), None),
        "min_temperature_c": min(temperatures, default=None),
        "max_temperature_c": max(temperatures, default=None),
        "avg_temperature_c": mean(straight_lines([(point.at, point.temperature) for point in points], gap, day)),
        "coverage_day": round(sum(line.end - line.start for line in power) / (day[1] - day[0]), 6),
        "first_production_at": min(producing, default=None),
        "last_production_at": max(producing, default=None),
        "production_seconds": _reaching(power, threshold) if power else None,
        "at_rated_seconds": None if kw is None else _reaching(power, 0.98 * 1e3 * kw),
        "fault_seconds": seconds.get("fault", 0.0) if held else None,
        "derated_seconds": seconds.get("derated", 0.0) if held else None,
        "standby_seconds": seconds.get("standby", 0.0) if held else None,
        **_in_window(inside, power, held, window),
    }


def _reaching(found: list[Line], level: float) -> float:
    return sum(line.end - line.start for line in found if line.lesser >= level) / US


def _by_status(held: list[tuple[str, int, int]]) -> dict[str, list[tuple[str, int, int]]]:
    return {status: list(some) for status, some in groupby(sorted(held), lambda stretch: stretch[0])}


def _in_window(
    inside: list[OracleReading], power: list[Line], held: list[tuple[str, int, int]], window: tuple[int, int] | None
) -> dict[str, float | None]:
    if window is None:
        return {"coverage_window": None, "longest_gap_seconds": None, "stale_seconds": 0.0, "availability": None}
    covered = sum(within(line.start, line.end, window) for line in power)
    return {
        "coverage_window": round(covered / (window[1] - window[0]), 6),
        "longest_gap_seconds": longest_gap(power, window) / US,
        "stale_seconds": stale([point for point in inside if window[0] <= point.at <= window[1]]) / US,
        "availability": availability(held, window),
    }
