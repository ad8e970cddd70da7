"""Progress of long work, on standard error: a bar on a terminal, nothing elsewhere.

The bar is drawn anew several times a second over its own last lines, so nothing but a log line may be written while it is there: a tool
prints its result after the `with`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tools._cli.logging import log_lines_to
from tools._cli.terminal import printable


class Bar(Protocol):
    """Told how far a named piece of work has come."""

    def __call__(self, name: str, done: int, total: int, /) -> None:
        """Show `done` of `total`."""


@contextmanager
def progress_bar(unit: str) -> Iterator[Bar]:
    """Yield a bar with rate and remaining time, if standard error is a terminal; log lines are shown above it."""
    if not sys.stderr.isatty():
        yield lambda _name, _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - needed on terminals alone
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)

    def show_line(line: str) -> None:
        # Neither cut nor wrapped: the line may be copied, or read by a program.
        console.print(Text(line.removesuffix("\n")), soft_wrap=True)

    name_column, rate = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[rate]}")
    columns = (name_column, BarColumn(), MofNCompleteColumn(), TextColumn(unit), rate, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress, log_lines_to(show_line):
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(printable(name), total=total, rate="")
            elapsed = progress.tasks[tasks[name]].elapsed or 1e-9
            progress.update(tasks[name], completed=done, total=total, rate=f"{done / elapsed:,.0f}/s")

        yield show
