"""Follow the counter line over whole years of readings, undamaged and damaged, and print how many a second.

Arguments: how many inverters, how many runs.
"""

import gc
import sys
import time
from collections.abc import Iterator

import click
import msgspec

from projections.calendar.local_days import LocalDays
from projections.counter.samples import Sample, Samples, samples_of_rows
from projections.counter.step import Rules
from projections.counter.walk import History, follow
from tools._bench.counter_years import damaged, undamaged
from tools._fleet.model import Unit
from tools._fleet.units import UNITS

_PIECE = 10_000
_THRESHOLD_SHARE = 100


def main(inverters: str, runs: str) -> None:
    """Follow every inverter's year, undamaged and damaged in turn; print readings per second of each run."""
    units = [UNITS[number % len(UNITS)] for number in range(int(inverters))]
    speeds: dict[str, list[float]] = {"undamaged": [], "damaged": []}
    for _ in range(int(runs)):
        seconds, readings = dict.fromkeys(speeds, 0.0), dict.fromkeys(speeds, 0)
        for unit in units:
            year = undamaged(unit)
            for name, samples in (("undamaged", year), ("damaged", damaged(unit, year))):
                seconds[name] += _follow(unit, samples)
                readings[name] += len(samples)
        for name, of in speeds.items():
            of.append(readings[name] / seconds[name])
    click.echo(msgspec.json.encode(speeds))


def _follow(unit: Unit, rows: list[Sample]) -> float:
    """Return the seconds of a pass over an inverter's whole history, from nothing."""
    days, samples = LocalDays(unit.site.timezone or "Etc/UTC"), samples_of_rows(rows)
    history = History(
        samples=lambda day: _pieces(samples, int(samples.at.searchsorted(days.start(day)))),
        stored=lambda _day: iter(()),
        before=lambda _day: None,
        is_glitch=lambda _at: False,
    )
    nameplate_mw = unit.capacity_kw * 1_000_000
    rules = Rules(nameplate_mw, None if unit.counter_modulus_wh is None else unit.counter_modulus_wh * 1000)
    touched = days.day_of(rows[0].at), days.day_of(rows[-1].at)
    # The made-up rows are not the pass's own: they are not to be searched for garbage while it is timed.
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    follow(history, days, rules, nameplate_mw // _THRESHOLD_SHARE, touched)
    return time.perf_counter() - began


def _pieces(samples: Samples, first: int) -> Iterator[Samples]:
    return (samples.part(low, low + _PIECE) for low in range(first, len(samples), _PIECE))


if __name__ == "__main__":
    main(*sys.argv[1:])
