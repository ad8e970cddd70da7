"""The second process of `ledger.source.ahead`: it knows no database. Run as a program, with a task and the source's name."""

import gzip
import os
import sys
from collections.abc import Callable

import msgspec

from ledger.errors import LedgerError
from ledger.format.batch import telemetry_events
from ledger.source.ahead import Task
from ledger.source.ahead_frames import send_batch, send_error
from ledger.source.read import Source, read_lines


def main(task_json: str, name: str, send: Callable[[bytes], object]) -> None:
    """Read the source that the task describes from its start, and send its batches, or the error that ended them."""
    task = msgspec.json.decode(task_json, type=Task)
    # The process that opened it has looked at its beginning, and both share one place in it.
    os.lseek(task.descriptor, 0, os.SEEK_SET)
    with os.fdopen(task.descriptor, "rb", closefd=False) as file:
        stream = gzip.open(file) if task.packed else file  # noqa: SIM115 - holds nothing of its own
        source = Source(name, stream, complete=task.packed, resumable=True)  # type: ignore[arg-type]
        try:
            for batch in read_lines(source, after=task.after, final=task.final):
                send_batch(send, batch, telemetry_events(batch.lines))
        except LedgerError as error:
            send_error(send, error)


def write_all(descriptor: int, data: bytes) -> None:
    """Write data to a descriptor; end this process if nobody takes it any more."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BrokenPipeError:
            sys.exit(0)


if __name__ == "__main__":  # pragma: no cover - runs in a process of its own
    main(sys.argv[1], sys.argv[2], lambda data: write_all(1, data))
