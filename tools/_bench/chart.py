"""The ratios as a picture. Needs Matplotlib."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ledger.errors import UsageError
from tools._bench.row import Row

_SUFFIXES = (".png", ".svg")


def check_chart(path: Path) -> None:
    """Raise UsageError if no chart can be drawn into a file."""
    if find_spec("matplotlib") is None:
        raise UsageError("--chart needs Matplotlib, which tools/locks/bench.txt has")
    if path.suffix not in _SUFFIXES or not path.parent.is_dir():
        raise UsageError(f"--chart {path}: name a {' or '.join(_SUFFIXES)} file in a folder that is there")


def draw_chart(rows: Sequence[Row], path: Path) -> None:
    """Draw a bar for every ratio, with its target as a line across it, into a PNG or SVG file."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to import

    shown = [row for row in rows if row.ratio is not None][::-1]
    figure = Figure(figsize=(10, 1.2 + 0.5 * len(shown)), layout="constrained")
    axes = figure.subplots()
    colours = {None: "#8c8c8c", True: "#2b7a4b", False: "#c0392b"}
    ratios = [row.ratio or 1.0 for row in shown]
    bars = axes.barh(range(len(shown)), [ratio - 1 for ratio in ratios], left=1, color=[colours[row.met] for row in shown])
    axes.bar_label(bars, labels=[f"{ratio:.2f}" for ratio in ratios], padding=4)
    axes.set_yticks(range(len(shown)), [f"{row.what}\n/ {row.against}" for row in shown])
    for place, row in enumerate(shown):
        if row.target is not None:
            axes.plot([row.target.bound] * 2, [place - 0.45, place + 0.45], color="black", linewidth=2)
    axes.axvline(1, color="black", linewidth=0.8)
    # Ratios from a fraction to a hundred must be told apart.
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel("ratio (black: target; green: met, red: missed)")
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    figure.savefig(path)
