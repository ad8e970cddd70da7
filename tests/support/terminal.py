"""Run a tool on a terminal, and see what is left on its screen."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Sequence

from tests.support.cli import environ

COLUMNS, LINES = 200, 50
_PART = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def run_on_terminal(arguments: Sequence[str], *, stdout: int | None = None, **environment: str) -> tuple[int, str]:
    """Run a program with a terminal for standard error and, unless it goes elsewhere, output; return its exit code and what it sent."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    told = environ(**{"PYTHONUTF8": "1", "COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm", **environment})
    running = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=side if stdout is None else stdout, stderr=side, env=told)
    os.close(side)
    sent = b""
    # Linux ends a terminal whose other side is closed with an error, not with an empty read.
    try:
        while part := os.read(main, 65_536):
            sent += part
    except OSError:
        pass
    os.close(main)
    return running.wait(), sent.decode()


def screen(sent: str) -> list[str]:
    """Return the lines a reader is left with: carriage returns, cursor movements and erasures are carried out, colours left out."""
    rows, row, column = [""], 0, 0
    for number, letter, move, text in (found.groups("") for found in _PART.finditer(sent)):
        if move == "\r":
            column = 0
        elif move == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif text:
            line = rows[row].ljust(column)
            rows[row] = line[:column] + text + line[column + len(text) :]
            column += len(text)
        elif letter == "A":
            row = max(row - int(number or 1), 0)
        elif letter == "K":
            rows[row] = "" if number == "2" else rows[row][:column]
        elif letter not in "mhl":
            raise AssertionError(f"a terminal is told something that this one does not know: {number}{letter}")
    return [line.rstrip() for line in rows]
