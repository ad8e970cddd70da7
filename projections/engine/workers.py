"""Processes that do what needs no lock: they read the same log and tables as the run they work for, and never write."""

import atexit
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from os import _exit
from typing import Any

import attrs
import sqlalchemy as sa

from ledger.database import Database, open_database
from ledger.errors import LedgerError
from ledger.gc_tuning import collect_seldom
from projections.definition.changes import Touch
from projections.engine.deriving import Derivation, TableChanges, derive_apart
from projections.engine.judging import JudgedPositions, Positions, judge_positions
from projections.engine.log_reader import LogReader
from projections.sql.transactions import connected

WORTH_EVENTS = 100_000
"""Fewer events than these are judged, or derived from, sooner than other processes start."""

_GROUPS_AT_ONCE = 4


@attrs.define
class Workers:
    """Up to `size` processes, started when they are first needed; they end with the context that opened them.

    The URLs may hold a password: they reach the processes through a pipe, not on a command line.
    """

    log_url: str = attrs.field(repr=False)
    tables_url: str = attrs.field(repr=False)
    size: int
    _pool: ProcessPoolExecutor | None = None

    def pays(self, events: int) -> bool:
        """Return whether so much work gains time when it is shared."""
        return self.size > 1 and events >= WORTH_EVENTS

    def judge(self, name: str, stretches: Iterable[Positions]) -> Iterator[JudgedPositions]:
        """Judge stretches of the log for a projection; yield what `judge_positions` returns for each, in order."""
        return self._in_order(_judge, ((name, positions) for positions in stretches))

    def derive(self, derivation: Derivation, groups: Sequence[tuple[str, list[Touch]]]) -> Iterator[list[TableChanges]]:
        """Derive groups; yield what `derive_apart` returns for each, in order."""
        remaining = iter(groups)
        portions = iter(lambda: list(islice(remaining, _GROUPS_AT_ONCE)), [])
        for portion in self._in_order(_derive, ((derivation, portion) for portion in portions)):
            yield from portion

    def close(self) -> None:
        """End the processes; what they are at is finished, what they have not begun is not."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def kill(self) -> None:
        """End the processes at once, whatever they are at: they only read, and a batch may take seconds."""
        if self._pool is not None:
            # What `kill_workers` does, which Python has from 3.14 on.
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - see above
                process.kill()

    def _in_order(self, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        # Started anew, not forked: a fork would share open databases and forget the threads that hold locks.
        pool = self._pool = self._pool or ProcessPoolExecutor(self.size, get_context("spawn"), _begin, (self.log_url, self.tables_url))
        waiting: deque[Future[Any]] = deque()
        try:
            for task in tasks:
                with _signals_blocked():
                    waiting.append(pool.submit(function, *task))
                if len(waiting) > self.size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise LedgerError("a process that helps this run was ended from outside; nothing is half-written: run it again") from None


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Let processes be started that never see Ctrl-C, which is for the one that writes: they end with the run.

    A pool starts its processes one by one, as work is submitted. Nor does a SIGTERM to the run leave one half-started:
    nobody would end it.
    """
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


@contextmanager
def open_workers(log: Database, tables: Database, size: int) -> Iterator[Workers]:
    """Yield workers that read the log of one database and the tables of another, or of the same.

    If what is done with them fails or is interrupted, they are not waited for.
    """
    workers = Workers(log.address, tables.address, size)
    try:
        yield workers
    except BaseException:
        workers.kill()
        raise
    finally:
        workers.close()


@attrs.frozen
class WorkerState:
    """What one worker process keeps open as long as it lives."""

    log: LogReader
    connection: sa.Connection
    stack: ExitStack


_state: list[WorkerState] = []


def open_worker_state(log_url: str, tables_url: str) -> WorkerState:
    """Open the log and the tables to read."""
    stack = ExitStack()
    log = LogReader(stack.enter_context(open_database(log_url, write=False)))
    return WorkerState(log, stack.enter_context(connected(stack.enter_context(open_database(tables_url, write=False)))), stack)


def _begin(log_url: str, tables_url: str) -> None:  # pragma: no cover - runs in a process of its own, as do those below
    collect_seldom()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _state.append(open_worker_state(log_url, tables_url))
    # While the interpreter still works: a server's connection cannot be closed by what is left of it afterwards.
    atexit.register(_state[0].stack.close)


def _end_with_parent() -> None:  # pragma: no cover
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        _exit(1)


def _judge(name: str, positions: Positions) -> JudgedPositions:  # pragma: no cover
    return judge_positions(_state[0].log, name, positions)


def _derive(derivation: Derivation, groups: list[tuple[str, list[Touch]]]) -> list[list[TableChanges]]:  # pragma: no cover
    return derive_apart(_state[0].connection, _state[0].log, derivation, groups)
