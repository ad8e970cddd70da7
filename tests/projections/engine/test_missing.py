"""What is missing or in the way is told in one line, by runs and readers; what an older library made is brought forward."""

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

import projections
from ledger.database import open_database, reading
from ledger.errors import LedgerError, VerificationError
from projections.engine import commands, compare, mending
from projections.engine.compare import DIFFERENCES_MAX
from projections.sql import sqlite
from projections.sql.checkpoint import GENERATIONS
from projections.sql.drivers import driver_of
from projections.sql.patience import PATIENT
from projections.sql.reader import SqlReader
from projections.sql.transactions import connected, reading_tables, transaction
from projections.tables.inverter_telemetry import CLEAN
from tests.projections.engine.test_alterations import LINES, alter, raw
from tests.support.book import Book, quiet
from tests.support.servers import VERSIONS
from tests.support.streams import curve


@pytest.fixture
def projected(book: Book) -> Book:
    book.append(LINES)
    book.project()
    return book


@pytest.fixture
def in_file(tmp_path: Path) -> Path:
    file = tmp_path / "x.db"
    with open_database(f"sqlite:///{file}", write=True) as database:
        Book(database).append(LINES)
        Book(database).project()
    return file


def refused(book: Book, *, by_rebuild: bool = True) -> str:
    with pytest.raises(LedgerError) as told:
        book.rebuild() if by_rebuild else book.project()
    assert told.value.exit_code == 1
    return str(told.value)


def test_a_view_or_an_index_that_is_missing_is_made_again_and_told(projected: Book) -> None:
    alter(projected, "DROP VIEW held_plants; DROP INDEX {inverters_index}; DROP INDEX {touched_index}")
    told: list[str] = []
    commands.project(projected.database, (), quiet, mended=told.append)
    assert told == [
        "touched: index (projection) is missing",
        "inverters: index (plant_id) is missing",
        "held_plants: view is missing",
    ]
    assert projected.verify().differences == []


def test_only_what_is_wanted_must_be_there(projected: Book) -> None:
    alter(projected, "DROP TABLE inverter_latest")
    projected.project("plants")
    assert "inverter_latest: table is missing" in refused(projected, by_rebuild=False)


def test_of_many_things_that_are_missing_some_are_named(projected: Book) -> None:
    alter(
        projected, "DROP TABLE inverter_latest; DROP TABLE plant_production_window; DROP TABLE counter_marks; DROP TABLE registry_rejected"
    )
    assert "; and 1 more: nothing was done" in refused(projected, by_rebuild=False)


def test_a_rebuild_of_one_projection_makes_again_what_another_misses(projected: Book) -> None:
    before = projected.tables()
    alter(projected, "DROP TABLE plants; DROP TABLE counter_days")
    projected.rebuild("inverter_latest")
    assert projected.tables() == before
    assert projected.verify().differences == []


@pytest.mark.parametrize("name", ["plants__next", "plants__previous"])
@pytest.mark.parametrize("made", ["CREATE TABLE {} (x integer)", "CREATE VIEW {} AS SELECT 1 AS x"])
def test_a_name_that_a_rebuild_needs_and_another_has_taken_is_told(projected: Book, name: str, made: str) -> None:
    alter(projected, made.format(name))
    assert f"{name} is a {made.split()[1].lower()} of another program's, and the name is needed: rename it" in refused(projected)
    assert projected.verify().differences == []


def test_a_table_of_ours_without_a_checkpoint_is_in_nobodys_way(projected: Book) -> None:
    projected.rebuild()
    alter(projected, "DROP TABLE checkpoint")
    projected.rebuild()
    assert projected.verify().differences == []


def test_something_else_in_the_place_of_a_table_or_a_view_is_told(projected: Book) -> None:
    alter(projected, "ALTER TABLE plants RENAME TO elsewhere; CREATE VIEW plants AS SELECT * FROM elsewhere")
    assert "plants: table is a view where a table belongs" in refused(projected, by_rebuild=False)
    assert ("plants", "table", "a view") in {(one.table, one.column, one.stored) for one in projected.verify().differences}
    assert "plants is a view of another program's" in refused(projected)
    alter(projected, "DROP VIEW plants; ALTER TABLE elsewhere RENAME TO plants; DROP VIEW IF EXISTS held_plants")
    alter(projected, "CREATE TABLE held_plants (x integer)")
    assert "held_plants: view is a table where a view belongs" in refused(projected, by_rebuild=False)
    assert "held_plants is a table, and a view is to be called so" in refused(projected)
    alter(projected, "DROP TABLE held_plants; DROP TABLE touched; CREATE VIEW touched AS SELECT 1 AS id")
    assert "touched is a view, and the name is needed: rename it" in refused(projected)


def test_a_view_of_another_program_reads_the_new_tables_or_is_named(projected: Book) -> None:
    alter(projected, "CREATE VIEW mine AS SELECT count(*) AS n FROM plants; CREATE TABLE other (x text)")
    if projected.database.on_server:
        assert "in the way of a rebuild: mine, which depends on plants: drop it" in refused(projected)
        alter(
            projected,
            "DROP VIEW mine; CREATE VIEW mine AS SELECT count(*) AS n FROM checkpoint; ALTER TABLE checkpoint ADD COLUMN note text",
        )
        assert "in the way of a rebuild: mine, which depends on checkpoint" in refused(projected)
        return
    alter(projected, "CREATE VIEW broken AS SELECT * FROM gone")
    for _ in range(2):
        projected.rebuild()
    with raw(projected) as run:
        run("DELETE FROM plants")
        assert run("SELECT n FROM mine") == [(0,)]


@pytest.mark.parametrize("backend", VERSIONS, indirect=True)
def test_a_foreign_key_on_a_table_is_named(projected: Book) -> None:
    alter(projected, "CREATE TABLE mine (plant text REFERENCES plants)")
    assert "mine, which depends on plants" in refused(projected)


QUESTIONS = {
    "overview": lambda book: book.overview(),
    "daily": lambda book: book.daily(),
    "trace": lambda book: book.trace("a", "2025-03-29"),
    "rejected": lambda book: list(book.rejected()),
    "event": lambda book: book.event(10),
}


@pytest.mark.parametrize(
    ("altered", "question"),
    [
        ("DROP VIEW held_plants", "overview"),
        ("DROP TABLE inverter_daily_summary", "daily"),
        ("ALTER TABLE inverter_daily_summary RENAME COLUMN flags TO f", "overview"),
        ("ALTER TABLE inverter_daily_summary RENAME COLUMN flags TO f", "trace"),
        ("DROP TABLE inverter_telemetry_rejected", "rejected"),
        ("ALTER TABLE checkpoint DROP COLUMN root", "daily"),
        ("UPDATE checkpoint SET frontier = {none}", "daily"),
        ("DROP TABLE inverter_telemetry_clean", "event"),
    ],
)
def test_a_reader_says_in_one_line_what_is_missing(projected: Book, altered: str, question: str) -> None:
    alter(projected, altered)
    with projections.open(projected.database.address) as book, pytest.raises(LedgerError, match="tools/project --rebuild"):
        QUESTIONS[question](book)


@pytest.mark.parametrize("instant", ["'yesterday'", "CAST(x'ff' AS TEXT)"])
def test_a_reader_of_what_cannot_be_read_says_so(in_file: Path, instant: str) -> None:
    with sqlite3.connect(in_file) as connection:
        connection.execute(f"UPDATE inverter_daily_summary SET day_start_utc = {instant}")  # noqa: S608 - a value of our own
    connection.close()
    with projections.open(f"sqlite:///{in_file}") as book, pytest.raises(LedgerError, match="tools/project --"):
        book.daily()


def test_a_database_of_an_older_library_is_made_strict_once(in_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def strict() -> set[str]:
        with sqlite3.connect(in_file) as connection:
            made = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT'").fetchall()
        connection.close()
        return {name for (name,) in made if "__" not in name}

    ours = strict()
    assert {"checkpoint", "touched", CLEAN.name, "plants"} <= ours
    with open_database(f"sqlite:///{in_file}", write=True) as database, monkeypatch.context() as patch:
        patch.setattr(sqlite, "STRICT_FROM", (99,))
        alter(Book(database), "DROP TABLE checkpoint; DROP TABLE touched")
        Book(database).rebuild()
        assert strict() == set()
        assert Book(database).verify().differences == []
    with open_database(f"sqlite:///{in_file}", write=True) as database:
        book = Book(database)
        found = {(one.table, one.column, one.stored) for one in book.verify().differences}
        assert {("checkpoint", "table", "plain"), ("plants", "table", "WITHOUT ROWID")} <= found
        book.project()
        assert strict() == ours
        assert book.verify().differences == []
        told: list[str] = []
        commands.project(database, (), lambda name, _done, _total: told.append(name), patience=PATIENT)
        assert "inverter_telemetry" not in told


def test_after_the_last_generation_comes_the_first(projected: Book) -> None:
    alter(projected, f"UPDATE checkpoint SET generation = {GENERATIONS - 1}")  # noqa: S608 - a value of our own
    projected.rebuild()
    assert projected.verify().differences == []
    with raw(projected) as run:
        assert set(run("SELECT generation FROM checkpoint WHERE projection NOT LIKE '%\\_\\_previous' ESCAPE '\\'")) == {(0,)}
    projected.rebuild()
    assert projected.verify().differences == []


def test_projections_under_rebuild_or_replaced_may_leave_notes(projected: Book) -> None:
    projected.rebuild()
    alter(projected, "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES ('counter_days__previous', 'a', 1, 2)")
    assert projected.verify().differences == []


def test_notes_are_expected_while_sources_are_ahead(projected: Book) -> None:
    projected.append(LINES[:4])
    projected.project("plants")
    projected.append([LINES[-2]])
    projected.append([("telemetry", LINES[-2][1].replace(b"T02:00", b"T03:00"))])
    projected.project("inverter_telemetry")
    assert projected.verify().differences == []
    alter(projected, "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES ('counter_days', 'a', 2, 1)")
    assert [(one.table, one.column) for one in projected.verify().differences] == [("touched", "")]


def test_a_checkpoint_that_names_the_logs_view_does_not_have_it_dropped(projected: Book) -> None:
    alter(projected, "UPDATE checkpoint SET views = 'event_log_readable' WHERE projection = 'plants'")
    projected.rebuild()
    with reading(projected.database) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM event_log_readable").scalar_one() == len(projected.events())


def test_what_code_made_that_kept_no_layouts_can_be_read(projected: Book) -> None:
    alter(projected, "ALTER TABLE checkpoint DROP COLUMN layout; ALTER TABLE checkpoint DROP COLUMN views")
    with projections.open(projected.database.address) as book:
        assert len(book.daily()) == 3


def test_a_single_column_that_cannot_be_read_is_told(in_file: Path) -> None:
    with sqlite3.connect(in_file) as connection:
        connection.execute("UPDATE inverter_telemetry_clean SET event_time = 'x' WHERE inverter_id = 'a' AND position = 10")
    connection.close()
    with open_database(f"sqlite:///{in_file}", write=False) as database, reading_tables(database) as read:
        reader = SqlReader(read, lambda table: table.name, lambda _position, _instant: False)
        with pytest.raises(VerificationError, match="inverter_telemetry_clean holds something else where an instant belongs"):
            reader.columns(CLEAN, CLEAN.key, ("a",), (None, None), ("event_time",))


def test_more_differences_than_are_shown_are_counted_to_the_end(projected: Book) -> None:
    projected.append(curve("b", 5))
    projected.project()
    rows = projected.verify().rows
    alter(projected, "UPDATE inverter_telemetry_rejected SET reason = 'x'; UPDATE inverter_telemetry_clean SET status_raw = 'x'")
    found = projected.verify()
    assert (len(found.differences), found.rows) == (DIFFERENCES_MAX, rows)


def test_a_failure_of_another_kind_is_no_difference(projected: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **_more: object) -> None:
        raise OSError("no such device")

    monkeypatch.setattr(compare, "stored_pages", failing)
    with pytest.raises(OSError, match="no such device"):
        projected.verify()


@pytest.mark.parametrize("backend", VERSIONS, indirect=True)
def test_a_page_that_a_server_finds_damaged_is_a_difference(projected: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compare.stored_pages

    def damaged(connection: sa.Connection, name: str, *more: Any, **named: Any) -> Any:
        if name == "plants":
            raise psycopg.errors.DataCorrupted("invalid page in block 0 of relation base/5/16384")
        return whole(connection, name, *more, **named)

    monkeypatch.setattr(compare, "stored_pages", damaged)
    (found,) = projected.verify().differences
    assert (found.table, found.key, found.column) == ("plants", "its first row", "(all)")
    assert found.stored.startswith("cannot be read: invalid page in block 0")


@pytest.mark.parametrize("rolls_back", [False, True])
def test_a_disk_that_fills_up_while_views_are_made_again_is_told(
    in_file: Path, monkeypatch: pytest.MonkeyPatch, *, rolls_back: bool
) -> None:
    def fill_up(connection: sa.Connection, _views: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        try:
            connection.exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(10000000)")
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
            if rolls_back:  # as SQLite may do by itself
                connection.connection.rollback()

    with open_database(f"sqlite:///{in_file}", write=True) as database, monkeypatch.context() as patch:
        alter(Book(database), "DROP TABLE touched")
        patch.setattr(mending, "create_views", fill_up)
        with pytest.raises(LedgerError, match="no space left"):
            Book(database).rebuild()
    with open_database(f"sqlite:///{in_file}", write=True) as database:
        Book(database).rebuild()
        assert Book(database).verify().differences == []


@pytest.mark.parametrize("backend", VERSIONS, indirect=True)
def test_a_view_that_cannot_be_asked_for_now_is_not_one_that_differs(projected: Book) -> None:
    def ask() -> None:
        with connected(projected.database) as connection, transaction(connection, write=False):
            connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
            driver_of(connection).tells(connection, "held_plants", "SELECT * FROM plants")

    with psycopg.connect(projected.database.address.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE plants IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(LedgerError, match="locked by another program for too long"):
            ask()


@pytest.mark.parametrize("backend", VERSIONS, indirect=True)
def test_a_view_over_a_column_of_another_type_is_made_again(projected: Book) -> None:
    alter(projected, "DROP VIEW held_plants; ALTER TABLE inverters ALTER plant_id TYPE integer USING 1; DROP TABLE touched")
    alter(projected, "CREATE VIEW held_plants AS SELECT 1 AS x")
    assert ("held_plants", "what it tells") in {(one.table, one.column) for one in projected.verify().differences}
    projected.rebuild()
    assert projected.verify().differences == []
