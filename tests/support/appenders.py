"""Processes that append small batches and say, after each, what is safe; and who follows the log meanwhile."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import attrs
import psycopg
from sqlalchemy import make_url

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading
from ledger.format.event import Recorded
from ledger.source import read as source
from ledger.verification.run import verify

PATIENCE_S = 90
# Begun from a process that has loaded everything, an appender is at work at once: most of its life is appending.
_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def append_and_say(url: str, paths: list[Path], said: Path, batch_lines: int) -> None:
    """Append files, telling after each batch up to which line its file is safe."""
    os.dup2(os.open(said.with_suffix(".errors"), os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.stderr.fileno())
    source.CHUNK_BYTES = 1024
    source.read_lines.__kwdefaults__["lines_max"] = batch_lines
    with open_database(url, write=True) as db, said.open("ab", buffering=0) as tell:
        for path in paths:
            with source.open_source(str(path)) as opened:
                for outcome in deliver(db, opened, "telemetry"):
                    tell.write(b"%b %d\n" % (bytes(path), outcome.place.line_number))


@attrs.define
class Appender:
    """A process that appends files and is begun again after each end; `said` keeps what it acknowledged over all its lives."""

    url: str
    paths: list[Path]
    said: Path
    batch_lines: int = 20
    process: ForkServerProcess = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.said.touch()
        self.start()

    def start(self) -> None:
        self.process = _FORKS.Process(target=append_and_say, args=(self.url, self.paths, self.said, self.batch_lines))
        self.process.start()

    def end(self) -> None:
        """End at once (SIGKILL)."""
        self.process.kill()
        self.process.join()

    def batches(self) -> int:
        return self.said.read_bytes().count(b"\n")

    def ended(self) -> bool:
        return not self.process.is_alive()

    def wait(self) -> None:
        self.process.join(PATIENCE_S)
        assert self.process.exitcode == 0, self.said.with_suffix(".errors").read_text()

    def acknowledged(self) -> set[bytes]:
        """Return the lines that are safe; what was killed in the middle of a word said nothing."""
        reached: dict[str, int] = {}
        for said in self.said.read_text().split("\n")[:-1]:
            path, _, number = said.rpartition(" ")
            reached[path] = max(reached.get(path, 0), int(number))
        return {line for path, number in reached.items() for line in Path(path).read_bytes().splitlines()[:number]}


@contextmanager
def appenders(url: str, folder: Path, files: Iterable[list[bytes]], batch_lines: int = 20) -> Iterator[list[Appender]]:
    """Start one appender for each file's lines; none is left running."""
    with ExitStack() as stack:
        started = []
        for number, lines in enumerate(files):
            path = folder / f"{number}.jsonl"
            path.write_bytes(b"".join(line + b"\n" for line in lines))
            one = Appender(url, [path], folder / f"{number}.said", batch_lines)
            stack.callback(one.end)
            started.append(one)
        yield started


def until(reached: Callable[[], bool], what: str) -> None:
    """Wait for something that must come to pass."""
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def raw_connection(url: str) -> psycopg.Connection[Any]:
    """Connect to where url says, without the log's own settings; commits at the end of the context."""
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def content(url: str) -> list[Recorded]:
    """Read the whole log, which must be what its root says."""
    with open_database(url, write=False) as db, reading(db) as conn:
        assert verify(conn) == []
        return log.read(conn, -1, 1_000_000)


@attrs.define
class Tail:
    """Follow the log from another thread by position alone, as a projection does."""

    url: str
    seen: list[tuple[int, bytes]] = attrs.field(factory=list)
    _done: threading.Event = attrs.field(factory=threading.Event)
    _failed: list[BaseException] = attrs.field(factory=list)

    @contextmanager
    def following(self) -> Iterator["Tail"]:
        """Follow as long as the context lasts, then once more to the end."""
        thread = threading.Thread(target=self._follow)
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert self._failed == []

    def _follow(self) -> None:
        try:
            with open_database(self.url, write=False) as db:
                last = False
                while not last:
                    last = self._done.wait(0.01)
                    while page := self._next(db):
                        self.seen += page
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            self._failed.append(error)

    def _next(self, db: Database) -> list[tuple[int, bytes]]:
        with reading(db) as conn:
            page = log.read(conn, self.seen[-1][0] if self.seen else -1, 500)
        return [(event.position, event.payload) for event in page]
