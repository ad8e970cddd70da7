"""One run works at a time, and readers never see tables exchanged under them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from ledger import log
from ledger.database import open_database
from ledger.errors import LedgerError
from projections.engine import commands
from projections.sql import checkpoint as checkpoints
from projections.sql import postgresql_turns
from projections.sql.drivers import driver_of
from projections.sql.patience import Patience
from projections.sql.postgresql_turns import exchange_unread
from projections.sql.transactions import connected, reading_tables, transaction
from projections.sql.turns import only_run
from projections.tables.inverter_telemetry import CLEAN, REJECTED
from tests.support.book import Book, quiet
from tests.support.servers import VERSIONS, Cluster, new_log
from tests.support.streams import START, curve, telemetry

LINES = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    *curve("a", 2),
]
ROOT = Path(__file__).resolve().parents[3]
ANOTHER = r"another run is at work: heliolog rebuild, process \d+ on .*; nothing was begun"
AT_ONCE = Patience(0.0, lambda _whom: None)


@pytest.fixture(params=["sqlite", *VERSIONS])
def any_book(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster], tmp_path: Path) -> Iterator[Book]:
    with ExitStack() as stack:
        on_file = request.param == "sqlite"
        url = f"sqlite:///{tmp_path}/turns.db" if on_file else stack.enter_context(new_log(clusters(request.param)))
        yield Book(stack.enter_context(open_database(url, write=True)))


@pytest.fixture(params=VERSIONS)
def server_book(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[Book]:
    with new_log(clusters(request.param)) as url, open_database(url, write=True) as database:
        yield Book(database)


def test_a_second_run_that_may_not_wait_says_who_is_at_work(any_book: Book) -> None:
    database = any_book.database
    with (
        only_run(database, "heliolog rebuild", AT_ONCE),
        pytest.raises(LedgerError, match=ANOTHER),
    ):
        commands.project(database, (), quiet, patience=AT_ONCE)
    commands.project(database, (), quiet, patience=AT_ONCE)


def test_a_second_run_waits_and_tells_once_for_whom(any_book: Book) -> None:
    any_book.append(LINES)
    told: list[str] = []
    first, waits = only_run(any_book.database, "heliolog rebuild", AT_ONCE), threading.Event()

    def tell(whom: str) -> None:
        told.append(whom)
        waits.set()

    second = threading.Thread(target=lambda: commands.project(any_book.database, (), quiet, patience=Patience(60.0, tell)))
    with first:
        second.start()
        assert waits.wait(60)
        time.sleep(0.5)  # it looks again meanwhile, and tells nothing
    second.join()
    assert len(told) == 1
    assert f"heliolog rebuild, process {os.getpid()}" in told[0]
    assert len(any_book.rows("inverter_telemetry_clean")) == 48


def test_a_run_on_a_file_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    holding = f"""
import os, signal
from ledger.database import open_database
from projections.sql.patience import PATIENT
from projections.sql.turns import only_run
with open_database({url!r}, write=True) as database, only_run(database, "one", PATIENT):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", holding], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert (tmp_path / "x.db-project").read_text().startswith("one, process ")
    with open_database(url, write=True) as database:
        commands.project(database, (), quiet, patience=AT_ONCE)
    assert (tmp_path / "x.db-project").read_text() == ""


def test_a_run_on_a_file_whose_lock_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "x.db-project").mkdir()
    with (
        open_database(f"sqlite:///{tmp_path}/x.db", write=True) as database,
        pytest.raises(LedgerError, match=r"x\.db-project: cannot be made .*; check the permissions of its folder"),
    ):
        commands.project(database, (), quiet)


def test_a_run_whose_session_is_lost_leaves_no_lock(server_book: Book) -> None:
    with server_book.database.engine.connect() as connection, only_run(server_book.database, "heliolog project", AT_ONCE):
        runs = "FROM pg_stat_activity WHERE application_name LIKE 'heliolog project,%%'"
        ended = connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {runs}")
        assert ended.scalars().all() == [True]
        connection.rollback()
        with only_run(server_book.database, "heliolog project", Patience(60.0, lambda _whom: None)):
            pass


def test_a_run_keeps_its_turn_for_hours_and_no_row_from_being_cleaned_up(server_url: str) -> None:
    impatient = quote(" -cidle_in_transaction_session_timeout=100")
    with (
        open_database(f"{server_url}{impatient}", write=True) as database,
        only_run(database, "heliolog project", AT_ONCE),
        database.engine.connect() as other,
    ):
        time.sleep(0.5)
        held = "SELECT backend_xid, backend_xmin FROM pg_stat_activity WHERE application_name LIKE 'heliolog project,%%'"
        assert other.exec_driver_sql(held).all() == [(None, None)]
        other.rollback()
        with pytest.raises(LedgerError, match="another run is at work: heliolog project, process"):
            commands.project(database, (), quiet, patience=AT_ONCE)


def test_logs_in_two_schemas_of_one_database_have_a_turn_each(server: Cluster) -> None:
    with (
        new_log(server) as one,
        new_log(server) as two,
        open_database(one, write=True) as first,
        open_database(two, write=True) as second,
        only_run(first, "heliolog project", AT_ONCE),
        only_run(second, "heliolog project", AT_ONCE),
    ):
        pass


def test_tables_are_exchanged_once_their_last_reader_has_ended(server_book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_turns, "_TRY_MS", 50)
    server_book.append(LINES)
    server_book.project()
    told = threading.Event()
    rebuild = threading.Thread(
        target=lambda: commands.rebuild(server_book.database, (), quiet, patience=Patience(60.0, lambda _whom: told.set()))
    )
    with reading_tables(server_book.database) as connection:
        before = checkpoints.read_checkpoint(connection, "plants")
        rebuild.start()
        assert told.wait(60)
        time.sleep(0.7)  # it tries again meanwhile, and tells nothing
        rows = sa.select(sa.func.count()).select_from(sa.table("inverter_telemetry_clean"))
        assert connection.execute(rows).scalar_one() == 48
        assert checkpoints.read_checkpoint(connection, "plants") == before
    rebuild.join()
    with reading_tables(server_book.database) as connection:
        after = checkpoints.read_checkpoint(connection, "plants")
    assert before is not None
    assert after is not None
    assert after.generation == before.generation + 1


@pytest.mark.invariant("I16")
def test_a_rebuild_that_may_not_wait_names_the_readers_and_keeps_their_tables(server_book: Book) -> None:
    server_book.append(LINES)
    server_book.project()
    before = server_book.tables()
    with reading_tables(server_book.database) as connection:
        checkpoints.read_checkpoint(connection, "plants")
        with pytest.raises(LedgerError, match=r"others read the old ones: heliolog \(server process \d+"):
            commands.rebuild(server_book.database, (), quiet, patience=AT_ONCE)
    assert server_book.tables() == before
    server_book.rebuild()
    assert server_book.tables() == before


def test_what_fails_in_an_exchange_for_another_reason_is_not_tried_again(server_book: Book) -> None:
    server_book.project()
    tried = []

    def act(connection: sa.Connection) -> None:
        tried.append(1)
        connection.exec_driver_sql("SELECT 1 FROM no_such_table")

    with connected(server_book.database) as connection, pytest.raises(sa.exc.ProgrammingError, match="no_such_table"):
        exchange_unread(connection, act, AT_ONCE)
    assert tried == [1]


def test_without_rights_on_the_tables_a_reader_is_told_so(server_book: Book) -> None:
    server_book.project()
    with connected(server_book.database) as connection, transaction(connection, write=True):
        connection.exec_driver_sql("CREATE ROLE heliolog_nobody")
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO heliolog_nobody")
        connection.exec_driver_sql("SET LOCAL ROLE heliolog_nobody")
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            driver_of(connection).hold_tables(connection)


@pytest.mark.invariant("I9", "I16")
def test_readers_never_see_half(server_book: Book) -> None:
    """With an appender, a projector and a rebuilder at full speed, every snapshot is whole and fits its checkpoint."""
    server_book.append(LINES)
    server_book.project()
    done, failures = threading.Event(), list[BaseException]()

    def work(act: Callable[[int], object]) -> None:
        try:
            number = 0
            while not done.is_set():
                act(number)
                number += 1
        except BaseException as failure:  # noqa: BLE001 - told to the test
            failures.append(failure)
            done.set()

    def append(number: int) -> None:
        stretch = range(number * 50, number * 50 + 50)
        server_book.append([telemetry("a", START + (step * 37 % 5_000) * 60_000_000, None, float(step % 900)) for step in stretch])

    def project(number: int) -> None:
        act = commands.rebuild if number % 4 == 3 else commands.project
        act(server_book.database, (), quiet, 64, patience=Patience(60.0, lambda _whom: None))

    workers = [threading.Thread(target=work, args=(act,)) for act in (append, project)]
    for worker in workers:
        worker.start()
    positions, deadline = set(), time.monotonic() + 6
    # For some seconds; on a machine that is busy elsewhere, until enough has been seen.
    while (time.monotonic() < deadline or len(positions) <= 3) and not done.is_set():
        positions.add(check_snapshot(server_book))
    done.set()
    for worker in workers:
        worker.join()
    assert failures == []
    assert len(positions) > 3
    assert server_book.verify().differences == []


def check_snapshot(book: Book) -> int:
    with reading_tables(book.database) as connection:
        mark = checkpoints.read_checkpoint(connection, "inverter_telemetry")
        assert mark is not None
        rows = [
            connection.execute(sa.select(sa.func.count()).select_from(sa.table(table.name))).scalar_one() for table in (CLEAN, REJECTED)
        ]
        judged = sa.text("SELECT count(*) FROM event_log WHERE kind = 'telemetry' AND position < :position")
        expected = connection.execute(judged, {"position": mark.position}).scalar_one()
        assert sum(rows) == expected
        assert log.head(connection).size >= mark.position
        days = checkpoints.read_checkpoint(connection, "inverter_daily_summary")
        derived = connection.execute(sa.text("SELECT coalesce(max(log_position), -1) FROM inverter_daily_summary")).scalar_one()
        assert days is not None
        assert derived < days.position
        return mark.position
