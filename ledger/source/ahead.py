"""A second process reads, hashes and dates the lines of a large file, one batch ahead of the one being written."""

import os
import stat
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from gzip import GzipFile
from io import BufferedReader
from pathlib import Path

import msgspec
from attrs import frozen

from ledger.errors import LedgerError
from ledger.format.batch import Events
from ledger.source.ahead_frames import receive
from ledger.source.read import Batch, Place, Source

WORTH_BYTES = 16 << 20
# Packed telemetry holds about eight times its own size.
_UNPACKED = 8
_PIPE_BYTES = 1 << 20
_ROOT = str(Path(__file__).resolve().parent.parent.parent)


@frozen
class Task:
    """What the second process is to read: an open descriptor, whether it is packed, and how to read it (see `read_lines`)."""

    descriptor: int
    packed: bool
    final: bool
    after: Place | None


def pays(source: Source, after: Place | None) -> bool:
    """Return True for a regular file with 16 MiB or more left to read, after `after`, if a second core is free.

    Of a `.gz`, what it unpacks to is counted, at eight times its size.
    """
    if not source.resumable or count_cores() == 1:
        return False
    status = os.fstat(source.stream.fileno())
    left = status.st_size * (_UNPACKED if _is_packed(source) else 1) - (after.bytes_read if after else 0)
    return stat.S_ISREG(status.st_mode) and left >= WORTH_BYTES


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_ahead(source: Source, *, after: Place | None = None, final: bool = False) -> Generator[tuple[Batch, Events], None, None]:
    """Yield the batches that `read_lines` yields, each with its events and without its lines; the source is not to be read meanwhile.

    Raise LedgerError as `read_lines` does, and if the second process ends by itself. It works one batch ahead, and ends with this
    generator, or with this process: then nobody takes what it sends.
    """
    task = Task(source.stream.fileno(), _is_packed(source), final, after)
    with _process(task, source.name) as stream:
        last = False
        while not last:
            found = receive(stream)
            if found is None:
                raise LedgerError(f"{source.name}: the process that reads it ended; what was finished is kept, run again to go on")
            last = found[0].last
            yield found


def _is_packed(source: Source) -> bool:
    return isinstance(source.stream, GzipFile)


@contextmanager
def _process(task: Task, name: str) -> Iterator[BufferedReader]:
    # A group of its own: Ctrl-C is for the process that writes, which then ends this one.
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", "ledger.source.ahead_process", msgspec.json.encode(task).decode(), name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        pipesize=_PIPE_BYTES,
        pass_fds=(task.descriptor,),
        process_group=0,
        env={**os.environ, "PYTHONPATH": _ROOT},
    )
    with process:
        try:
            yield process.stdout  # type: ignore[misc]
        finally:
            process.kill()
