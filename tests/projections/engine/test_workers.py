"""Work shared with other processes gives the same rows."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from ledger.errors import LedgerError
from projections.definition.changes import everything
from projections.engine import commands, workers
from projections.engine.deriving import Derivation, derive_apart
from projections.engine.workers import open_worker_state, open_workers
from projections.sql import checkpoint as checkpoints
from projections.sql.naming import Naming
from tests.support.book import Book, quiet
from tests.support.streams import HOUR, START, curve, telemetry

LINES = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    *curve("a", 3),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,p,V,M,10,"),
    *curve("b", 3),
    telemetry("a", START + 12 * HOUR, None, 2_000.0),
    ("telemetry", b"not json"),
]


def test_rows_are_the_same_whoever_makes_them(make_book: Callable[[], Book], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_EVENTS", 10)
    alone, together = make_book(), make_book()
    for book in (alone, together):
        book.append(LINES)
    commands.project(alone.database, (), quiet, 20, processes=1)
    commands.project(together.database, (), quiet, 20, processes=2)
    assert together.tables() == alone.tables()
    commands.rebuild(together.database, (), quiet, 30, processes=2)
    assert together.tables() == alone.tables()
    assert commands.verify(together.database, (), quiet, 20, processes=2).differences == []


def test_little_work_starts_no_process(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ProcessPoolExecutor", lambda *_: pytest.fail("a process was started"))
    book.append(LINES)
    commands.project(book.database, (), quiet, 20, processes=8)
    monkeypatch.setattr(workers, "WORTH_EVENTS", 10)
    commands.rebuild(book.database, (), quiet, 20, processes=1)


def test_a_process_that_is_ended_from_outside_ends_the_run_with_one_line(book: Book) -> None:
    book.append(LINES)
    with open_workers(book.database, book.database, 2) as helpers, pytest.raises(LedgerError, match="ended from outside"):
        list(helpers._in_order(os._exit, [(1,)]))  # noqa: SLF001 - the one way to lose a process for certain


def test_a_run_that_is_stopped_does_not_wait_for_what_helps_it(book: Book) -> None:
    book.append(LINES)
    processes = []

    def interrupted() -> None:
        with open_workers(book.database, book.database, 2) as helpers:
            an_hour = 3_600
            next(helpers._in_order(time.sleep, [(0,), (an_hour,), (an_hour,)]))  # noqa: SLF001 - what runs in them is the test's own
            processes.extend(helpers._pool._processes.values())  # type: ignore[union-attr]  # noqa: SLF001
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(processes) == 2
    assert not any(process.is_alive() for process in processes)


def test_a_run_that_fails_before_anything_helps_it_just_fails(book: Book) -> None:
    with pytest.raises(LedgerError, match="so"), open_workers(book.database, book.database, 2):
        raise LedgerError("so")


def test_no_process_that_helps_sees_ctrl_c(book: Book) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc to see other processes in")
    book.append(LINES)
    with open_workers(book.database, book.database, 2) as helpers:
        # Each waits for the other: neither can do both.
        found = list(helpers._in_order(_blocked_signals, [(), ()]))  # noqa: SLF001 - what runs in them is the test's own
        assert len(helpers._pool._processes) == 2  # type: ignore[union-attr]  # noqa: SLF001
    assert all(blocked & 1 << (signal.SIGINT - 1) for blocked in found)


def _blocked_signals() -> int:
    time.sleep(0.5)
    return next(int(line.split()[1], 16) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("SigBlk"))


def test_groups_are_derived_apart_only_from_the_sources_they_were_asked_for(book: Book) -> None:
    book.append(LINES)
    book.project()
    state = open_worker_state(book.database.address, book.database.address)
    with state.stack:
        with book.database.engine.connect() as connection:
            source = checkpoints.read_checkpoint(connection, "inverter_telemetry")
        assert source is not None
        here = Derivation("counter_days", Naming(), (source,))
        assert derive_apart(state.connection, state.log, here, [("a", [everything("a")])]) == [
            [("counter_days", []), ("counter_marks", [])]
        ]
        elsewhere = attrs.evolve(here, sources=(attrs.evolve(source, generation=7),))
        with pytest.raises(LedgerError, match="has moved the sources of counter_days on"):
            derive_apart(state.connection, state.log, elsewhere, [("a", [everything("a")])])
