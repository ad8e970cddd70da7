"""A day worked out by hand, its damages, and its way through the whole pipeline: lines in, rows out.

The sunny day of a 10 kW inverter has a reading each quarter from 05:30 to 18:30 UTC, 53 in all: 2 kW from 06:00 to 18:00 (49 readings),
0 W in the two before and the two after. Power rises and falls on straight lines in between, and the counter follows it to the Wh: 250 Wh
by 06:00, 500 Wh each quarter, 24 250 Wh by 18:00, 24 500 Wh by 18:15. So until 18:00 it stands at its first value + 250 + 2000 an hour
since 06:00.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import attrs

from ledger import log
from ledger.format.instant import iso, read_instant
from ledger.source.read import Batch, Place
from projections.calendar.local_days import DAY_US
from tests.support.book import Book, Line
from tests.support.streams import telemetry

MINUTE = 60_000_000
DATE = "2025-04-01"
NEXT = "2025-04-02"
REGISTERED = "2025-01-01"


@attrs.frozen
class Told:
    """What an inverter tells at an instant (µs): counter (Wh), power (W), temperature (°C) and status."""

    at: int
    wh: float | None
    watts: float | None
    celsius: float | None = 20.0
    status: str | None = "ok"

    @property
    def clock(self) -> str:
        return iso(self.at)[11:16]


def moment(date: str, clock: str = "00:00") -> int:
    return read_instant(f"{date}T{clock}:00Z")


def plant(timezone: str = "UTC") -> Line:
    return "plant", f"plant_id,name,location,timezone\np,P,L,{timezone}".encode()


def inverter(name: str = "a", capacity: float = 10, modulus: int | None = None) -> Line:
    header = "inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at,counter_modulus_wh"
    return "inverter", f"{header}\n{name},p,V,M,{capacity},,{modulus or ''}".encode()


def steady(start: int, minutes: int, values: Iterable[float | None], watts: float | None) -> list[Told]:
    """Return readings of one power, their counter values at a step."""
    return [Told(start + number * minutes * MINUTE, wh, watts) for number, wh in enumerate(values)]


def sunny(date: str = DATE, wh: float = 100_000) -> list[Told]:
    """Return the sunny day, its counter beginning at a value."""
    growth = [0, 0, *(250 + 500 * quarter for quarter in range(49)), 24_500, 24_500]
    told = steady(moment(date, "05:30"), 15, [wh + grown for grown in growth], 2_000)
    return [one if "06:00" <= one.clock <= "18:00" else attrs.evolve(one, watts=0) for one in told]


def between(told: list[Told], first: str, last: str) -> list[Told]:
    """Return what was told from one clock time to another, both included."""
    return [one for one in told if first <= one.clock <= last]


def counted(told: list[Told], first: str, *values: float | None) -> list[Told]:
    """Replace counter values from a clock time on, one after the other."""
    start = next(number for number, one in enumerate(told) if one.clock == first)
    changed = [attrs.evolve(one, wh=wh) for one, wh in zip(told[start:], values, strict=False)]
    return [*told[:start], *changed, *told[start + len(changed) :]]


def telemetry_lines(told: Iterable[Told], name: str = "a") -> list[Line]:
    return [telemetry(name, one.at, one.wh, one.watts, temperature_c=one.celsius, status=one.status) for one in told]


def register(book: Book, *statements: Line, on: str = REGISTERED) -> None:
    """Have registry rows arrive at the start of a date."""
    book.append(list(statements), at=moment(on))


def deliver(book: Book, told: Iterable[Told], name: str = "a", at: int | None = None) -> None:
    """Append lines and project: those of each UTC date arrive together just after the last of them, or all of them at one instant (µs)."""
    for _, day in groupby(told, lambda one: one.at // DAY_US if at is None else 0):
        some = list(day)
        payloads = [payload for _, payload in telemetry_lines(some, name)]
        arrival = some[-1].at + MINUTE if at is None else at
        numbered = list(enumerate(payloads, 1))
        batch = Batch(lines=numbered, place=Place(len(some), bytes(32), len(some)), read=len(some), blank=0, oversize=0, last=True)
        list(log.append_telemetry(book.database, "made up", [batch], clock=lambda arrival=arrival: arrival))
    book.project()


def days(book: Book, name: str = "a") -> dict[str, Any]:
    """Return an inverter's daily rows by date."""
    return {row.local_date: row for row in book.rows("inverter_daily_summary") if row.inverter_id == name}


def plant_days(book: Book) -> dict[str, Any]:
    return {row.local_date: row for row in book.rows("plant_daily_summary")}


def figures(row: Any) -> tuple[float | None, str, float, float | None, str, str]:
    """Return a day's energy (Wh), its source, the gap, the energy from power, its flags and its quality."""
    return row.energy_wh, row.energy_source, row.gap_wh, row.energy_power_wh, row.flags, row.quality


def marks(book: Book) -> dict[str, str]:
    """Return the marks of counter values by month, day and clock time."""
    return {iso(row.event_time)[5:16].replace("T", " "): row.mark for row in book.rows("counter_marks")}


def clean(book: Book) -> dict[str, Any]:
    """Return the clean readings by month, day and clock time."""
    return {iso(row.event_time)[5:16].replace("T", " "): row for row in book.rows("inverter_telemetry_clean")}


def reasons(book: Book) -> list[str]:
    return [row.reason for row in book.rows("inverter_telemetry_rejected")]
