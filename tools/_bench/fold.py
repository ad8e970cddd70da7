"""The row `fold`: the counter line over years with a damaged counter, beside the same years undamaged."""

from pathlib import Path

from tools._bench.process import measure, program
from tools._bench.row import TARGETS, Row


def measure_fold(inverters: int, runs: int, folder: Path) -> Row:
    """Measure in a process of its own; the values are readings per second."""
    done = measure(program("counter_passes", inverters, runs), folder)
    found = done.document
    return Row(
        name="fold",
        what=f"counter pass over {inverters} damaged years",
        against="the same years undamaged",
        unit="readings/s",
        ours=found["damaged"],
        theirs=found["undamaged"],
        target=TARGETS["fold"],
        peak_mib=done.peak_mib,
    )
