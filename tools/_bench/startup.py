"""The row `startup`: tools/append of an empty input, beside importing SQLAlchemy."""

from pathlib import Path

from tools._bench.process import Finished, measure, python, tool
from tools._bench.row import TARGETS, Row

_TIMES = 5
"""Starts per run: each is short."""


def measure_startup(runs: int, folder: Path) -> Row:
    """Start each in turn, on a database that is there already."""
    ours, theirs = list[Finished](), list[Finished]()
    empty = tool("append", "-", "--db", f"sqlite:///{folder / 'empty.db'}")
    measure(empty, folder)
    for _ in range(runs * _TIMES):
        ours.append(measure(empty, folder))
        theirs.append(measure(python("-c", "import sqlalchemy"), folder))
    return Row.timed(
        name="startup",
        what="tools/append of nothing",
        against='python -c "import sqlalchemy"',
        ours=ours,
        theirs=theirs,
        target=TARGETS["startup"],
    )
