"""The made-up fleet as files, in the order of arrival, and as a stream of any size for measuring."""

import csv
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import attrs

from tools._fleet.defects import LATE, RAW_LINES, RESENT, spoil, step_of
from tools._fleet.model import SECOND_US, STEP_US, Message, Unit, chance, encode, lines_in_step, local_instant, message, samples
from tools._fleet.units import EXTRA_INVERTERS, EXTRA_PLANTS, IN_SERVICE, UNITS, inverter_rows, plant_rows

_FIRST, _END = "2025-03-28 00:00", "2025-03-31 00:00"
_HOUR_US = 3600 * SECOND_US
_Arrival = tuple[int, int, bytes]
"""When a line arrives (µs), which of that instant's it is, and the line."""


def write_fleet(folder: Path) -> None:
    """Write plants.csv, inverters.csv and inverter_telemetry.jsonl of the demo fleet into a folder; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_rows(folder / "plants.csv", [*plant_rows(), *EXTRA_PLANTS])
    _write_rows(folder / "inverters.csv", [*inverter_rows(UNITS), *EXTRA_INVERTERS])
    with (folder / "inverter_telemetry.jsonl").open("wb") as file:
        file.writelines(line + b"\n" for line in demo_lines())


def demo_lines() -> Iterator[bytes]:
    """Return the demo fleet's telemetry lines in the order of arrival, without their LF."""
    arrivals = [arrival for unit in UNITS for arrival in _arrivals(unit)]
    first = min(arrivals)[0]
    arrivals.extend((first + (number + 1) * 7 * _HOUR_US, -1, line) for number, line in enumerate(RAW_LINES))
    return (line for _, _, line in sorted(arrivals))


def fleet_lines(inverters: int, days: int) -> Iterator[bytes]:
    """Return `days` days of healthy 5-minute telemetry of as many inverters, by time, without LF, from 2025-01-01 UTC on.

    `write_registry` writes the registration of the same inverters.
    """
    start = 1_735_689_600 * SECOND_US
    return lines_in_step(_many(inverters), start, start + days * 24 * _HOUR_US)


def write_registry(folder: Path, inverters: int) -> None:
    """Write plants.csv and inverters.csv for the inverters of `fleet_lines` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_rows(folder / "plants.csv", plant_rows())
    _write_rows(folder / "inverters.csv", inverter_rows(_many(inverters)))


def _many(inverters: int) -> list[Unit]:
    whole = [unit for unit in UNITS if unit.site.timezone and not unit.registered_capacity]
    return [
        attrs.evolve(unit, inverter_id=f"{unit.inverter_id}_{number}", commissioned_at=IN_SERVICE)
        for number, unit in enumerate(islice(cycle(whole), inverters))
    ]


def _write_rows(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _arrivals(unit: Unit) -> Iterator[_Arrival]:
    start, end = (local_instant(unit.site, text) for text in (_FIRST, _END))
    healthy = [message(unit, sample) for sample in samples(unit, start, end)]
    sent = spoil(unit, healthy, start)
    late = range(0)
    if unit.inverter_id == LATE[0]:
        late = range(step_of(unit, LATE[1], start), step_of(unit, LATE[2], start))
    for step, fields in enumerate(sent):
        if fields is not None:
            at = start + step * STEP_US
            yield at + (30 * _HOUR_US if step in late else _delay(unit, step)), step, _line(unit, step, fields)
    yield from _resent(unit, sent, start)


def _resent(unit: Unit, sent: list[Message | None], start: int) -> Iterator[_Arrival]:
    for inverter_id, place, changed in RESENT:
        if inverter_id == unit.inverter_id:
            step = step_of(unit, place, start)
            fields = sent[step]
            if fields is not None:
                yield start + step * STEP_US + 5 * _HOUR_US, step, encode({**fields, **changed})


def _delay(unit: Unit, step: int) -> int:
    """Return how long (µs) a line is on its way to the log: seconds, but up to half an hour for one in thirty, which others overtake."""
    seconds = 5 + 40 * chance(f"{unit.inverter_id} way", step)
    slow = 1800 * chance(f"{unit.inverter_id} detour", step) if chance(f"{unit.inverter_id} luck", step) < 1 / 30 else 0
    return round(seconds + slow) * SECOND_US


def _line(unit: Unit, step: int, fields: Message) -> bytes:
    # One inverter's logger ends every hour's first line with CR LF.
    crlf = unit.inverter_id == "inv_yuma_d" and step % 12 == 0
    return encode(fields) + (b"\r" if crlf else b"")
