"""Whatever somebody alters by hand: verify says what, the next run says what is missing, and a rebuild makes it as it was."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import attrs
import psycopg
import pytest
from sqlalchemy import make_url

from ledger.errors import LedgerError
from tests.projections.engine.conftest import NewBook
from tests.support.book import Book
from tests.support.servers import BACKENDS
from tests.support.streams import HOUR, START, curve, telemetry

LINES = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("plant", b"plant_id,name,location,timezone\nq,Q,L,"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,2025-01-01T00:00:00Z"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,q,V,M,10,"),
    *curve("a", 2),
    telemetry("a", START + 50 * HOUR, 116_000.0, 0.0),
    ("telemetry", b"not json"),
]


@attrs.frozen
class Try:
    """What is altered, what verify must say of it, as (table, column), and what the next run says (empty: nothing)."""

    name: str
    alter: str
    found: tuple[str, str]
    said: str = ""
    where: str = "sqlite server"


ROW = ""
INSTANT = "UPDATE inverters SET commissioned_at = {} WHERE inverter_id = 'a'"
REMADE = (
    "CREATE TABLE bare AS SELECT plant_id, name, location, timezone, issues, {1} FROM {0}; DROP TABLE {0}; ALTER TABLE bare RENAME TO {0}"
)
BARE = REMADE.format("plants", "position")
FILE, SERVER = "sqlite", "server"
VIEW_OF = "SELECT plant_id, timezone, issues AS reason, position AS inverters, 'x' AS held_as FROM plants"
IS_NO_NOTE = "is no note of what to derive: run tools/project --rebuild"
NO_RUN = "nothing was done: tools/project --rebuild makes it again"
NOT_TEXT = f"{BARE}; UPDATE plants SET plant_id = CAST(plant_id AS BLOB)"  # noqa: S608 - of our own

VALUES = [
    Try("a figure", "UPDATE inverter_latest SET ac_power_w = 1", ("inverter_latest", "ac_power_w")),
    Try("a yes that is 2", "UPDATE counter_days SET spanned = 2", ("counter_days", "spanned")),
    Try(
        "minus zero",
        "UPDATE inverter_telemetry_clean SET ac_power_w = '-0.0' WHERE ac_power_w = 0",
        ("inverter_telemetry_clean", "ac_power_w"),
        "",
        SERVER,
    ),
    Try("no number", "UPDATE inverter_latest SET ac_power_w = 'NaN'", ("inverter_latest", "ac_power_w"), "", SERVER),
    Try("no end of time", INSTANT.format("'infinity'"), ("inverters", "commissioned_at"), "", SERVER),
    Try("a space for T", INSTANT.format("'2025-01-01 00:00:00+00:00'"), ("inverters", "commissioned_at"), "", FILE),
    Try("a Z", INSTANT.format("'2025-01-01T00:00:00Z'"), ("inverters", "commissioned_at"), "", FILE),
    Try("another offset", INSTANT.format("'2025-01-01T01:00:00+01:00'"), ("inverters", "commissioned_at"), "", FILE),
    Try("no dashes", INSTANT.format("'20250101T000000+00:00'"), ("inverters", "commissioned_at"), "", FILE),
    Try("no instant", INSTANT.format("'yesterday'"), ("inverters", "commissioned_at"), "", FILE),
    Try(
        "no instant in a key",
        "UPDATE inverter_telemetry_clean SET event_time = 'x' WHERE position = 10",
        ("inverter_telemetry_clean", ROW),
        "",
        FILE,
    ),
    Try("text that is not UTF-8", "UPDATE plants SET name = CAST(x'50ff' AS TEXT)", ("plants", "name"), "", FILE),
    Try("a key that is not UTF-8", "UPDATE plants SET plant_id = CAST(x'ff' AS TEXT) WHERE plant_id = 'p'", ("plants", ROW), "", FILE),
    Try("a row too few", "DELETE FROM inverter_daily_summary", ("inverter_daily_summary", ROW)),
    Try(
        "a row too many",
        "INSERT INTO plants SELECT 'z', name, location, timezone, issues, position FROM plants WHERE plant_id = 'p'",
        ("plants", ROW),
    ),
    Try("numbers as text", REMADE.format("plants", "CAST(position AS TEXT) AS position"), ("plants", "position"), NO_RUN, FILE),
    Try("text as bytes", NOT_TEXT, ("plants", ROW), NO_RUN, FILE),
]
LAYOUT = [
    Try("a foreign column", "ALTER TABLE plants ADD COLUMN note text", ("plants", "column note"), "plants: column note is "),
    Try(
        "a column dropped",
        "ALTER TABLE plants DROP COLUMN location",
        ("plants", "column location"),
        "plants: column location is missing: " + NO_RUN,
    ),
    Try(
        "a column renamed",
        "ALTER TABLE plants RENAME COLUMN location TO place",
        ("plants", "column place"),
        "plants: column location is missing",
    ),
    Try("a key renamed", "ALTER TABLE inverter_latest RENAME COLUMN inverter_id TO x", ("inverter_latest", "column x"), NO_RUN),
    Try(
        "a column of another type",
        "ALTER TABLE inverter_latest ALTER ac_power_w TYPE text",
        ("inverter_latest", "ac_power_w"),
        NO_RUN,
        SERVER,
    ),
    Try(
        "a column that may not be null",
        "ALTER TABLE inverter_latest ALTER ac_power_w SET NOT NULL",
        ("inverter_latest", "column ac_power_w"),
        NO_RUN,
        SERVER,
    ),
    Try("a default", "ALTER TABLE plants ALTER name SET DEFAULT 'x'", ("plants", "column name"), NO_RUN, SERVER),
    Try("a check", "ALTER TABLE plants ADD CHECK (position >= 0)", ("plants", "CHECK ((position >= 0))"), NO_RUN, SERVER),
    Try("a key dropped", "ALTER TABLE plants DROP CONSTRAINT {plants_key}", ("plants", "PRIMARY KEY (plant_id)"), NO_RUN, SERVER),
    Try("rows hidden", "ALTER TABLE plants ENABLE ROW LEVEL SECURITY", ("plants", "table"), NO_RUN, SERVER),
    Try("a table not logged", "ALTER TABLE plants SET UNLOGGED", ("plants", "table"), NO_RUN, SERVER),
    Try("a table without its key", BARE, ("plants", "PRIMARY KEY (plant_id)"), NO_RUN, FILE),
    Try("a foreign index", "CREATE INDEX foreign_index ON plants (name)", ("plants", "index (name)")),
    Try("an index dropped", "DROP INDEX {inverters_index}", ("inverters", "index (plant_id)")),
    Try("a foreign trigger", "CREATE TRIGGER t AFTER INSERT ON plants BEGIN SELECT 1; END", ("plants", "trigger t"), "", FILE),
    Try(
        "a foreign trigger in other case", "CREATE TRIGGER u AFTER INSERT ON PLANTS BEGIN SELECT 1; END", ("plants", "trigger u"), "", FILE
    ),
    Try(
        "a foreign trigger",
        "CREATE TRIGGER t BEFORE UPDATE ON plants FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ("plants", "trigger t"),
        "",
        SERVER,
    ),
    Try("a foreign rule", "CREATE RULE r AS ON DELETE TO plants DO INSTEAD NOTHING", ("plants", "rule r"), "", SERVER),
    Try("a table dropped", "DROP TABLE inverter_latest", ("inverter_latest", "table"), "inverter_latest: table is missing: " + NO_RUN),
    Try(
        "a source dropped",
        "DROP TABLE inverter_telemetry_clean",
        ("inverter_telemetry_clean", "table"),
        "inverter_telemetry_clean: table is missing",
    ),
    Try(
        "a table renamed",
        "ALTER TABLE inverter_latest RENAME TO elsewhere",
        ("inverter_latest", "table"),
        "inverter_latest: table is missing",
    ),
    Try("a view dropped", "DROP VIEW held_plants", ("held_plants", "view")),
    Try(
        "a view that tells something else", f"DROP VIEW held_plants; CREATE VIEW held_plants AS {VIEW_OF}", ("held_plants", "what it tells")
    ),
    Try(
        "a view over what is renamed",
        "ALTER TABLE plants RENAME COLUMN timezone TO zone",
        ("plants", "column zone"),
        "plants: column timezone is missing",
    ),
]
CHECKPOINTS = [
    *(
        Try(
            f"another {column}",
            f"UPDATE checkpoint SET {column} = {value} WHERE projection = 'plants'",  # noqa: S608 - of our own
            ("checkpoint", column),
            said,
        )
        for column, value, said in (
            ("version", "version + 1", ""),
            ("tzdata", "'x'", ""),
            ("position", "3", "checkpoint: row plants is damaged where a checkpoint belongs"),
            ("position", "position * 2", "the log is not the one that the projections were made from"),
            ("newest_recorded_at", "newest_recorded_at + 1", ""),
            ("layout", "NULL", ""),
            ("views", "'other'", ""),
            ("generation", "-1", "checkpoint: row plants is damaged where a checkpoint belongs"),
            ("generation", str((1 << 31) - 1), "checkpoint: row plants is damaged where a checkpoint belongs"),
        )
    ),
    Try(
        "a generation after which there is none",
        f"UPDATE checkpoint SET generation = {(1 << 63) - 1}",  # noqa: S608 - of our own
        ("checkpoint", "generation"),
        "row inverter_telemetry is damaged",
        FILE,
    ),
    Try("another root", "UPDATE checkpoint SET root = {zeros} WHERE projection = 'plants'", ("checkpoint", "root")),
    Try(
        "no frontier",
        "UPDATE checkpoint SET frontier = {none} WHERE projection = 'plants'",
        ("checkpoint", "frontier"),
        "row plants is damaged",
    ),
    Try(
        "a checkpoint dropped",
        "DELETE FROM checkpoint WHERE projection = 'plants'",
        ("checkpoint", ROW),
        "checkpoint: row plants is missing: " + NO_RUN,
    ),
    Try(
        "a checkpoint renamed",
        "UPDATE checkpoint SET projection = 'x' WHERE projection = 'plants'",
        ("checkpoint", ROW),
        "row plants is missing",
    ),
    Try(
        "a checkpoint too many",
        "INSERT INTO checkpoint SELECT 'y', version, tzdata, position, root, frontier, newest_recorded_at, generation, layout, views "
        "FROM checkpoint WHERE projection = 'plants'",
        ("checkpoint", ROW),
    ),
    Try("all checkpoints dropped", "DROP TABLE checkpoint", ("checkpoint", "table"), "checkpoint: table is missing"),
    Try(
        "all checkpoints renamed", "ALTER TABLE checkpoint RENAME TO elsewhere_too", ("checkpoint", "table"), "checkpoint: table is missing"
    ),
    Try(
        "a column of checkpoints dropped",
        "ALTER TABLE checkpoint DROP COLUMN root",
        ("checkpoint", "column root"),
        "checkpoint: column root is missing",
    ),
    Try(
        "a foreign column of checkpoints",
        "ALTER TABLE checkpoint ADD COLUMN note text",
        ("checkpoint", "column note"),
        "checkpoint: column note is",
    ),
    Try("all notes dropped", "DROP TABLE touched", ("touched", "table"), "touched: table is missing: " + NO_RUN),
    Try("the index of notes dropped", "DROP INDEX {touched_index}", ("touched", "index (projection)")),
    Try(
        "a note too many",
        "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES ('counter_days', 'a', 1, 2)",
        ("touched", ROW),
    ),
    Try("a note of nobody", "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES ('x', 'a', 1, 2)", ("touched", ROW)),
    Try(
        "a note of no time",
        "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES ('counter_days', 'a', 2, 1)",
        ("touched", ROW),
        IS_NO_NOTE,
    ),
    Try(
        "a checkpoint that is not UTF-8",
        "UPDATE checkpoint SET tzdata = CAST(x'ff' AS TEXT)",
        ("checkpoint", "tzdata"),
        "row inverter_telemetry is damaged",
        FILE,
    ),
    Try(
        "a note that is not UTF-8",
        "INSERT INTO touched (projection, group_id, start_us, end_us) VALUES (CAST(x'ff' AS TEXT), 'a', 1, 2)",
        ("touched", ROW),
        "",
        FILE,
    ),
]
PAIRS = [
    (backend, tried)
    for backend in BACKENDS
    for tried in (*VALUES, *LAYOUT, *CHECKPOINTS)
    if (FILE if backend == "sqlite" else SERVER) in tried.where
]


INDEX_IN_FILE = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = '{}'"
INDEX_ON_SERVER = """SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relnamespace = current_schema()::regnamespace AND relname = '{}' AND NOT indisprimary"""
KEY_ON_SERVER = """SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE relnamespace = current_schema()::regnamespace AND relname = 'plants' AND contype = 'p'"""


@pytest.fixture(scope="module")
def healed(new_book: NewBook) -> Iterator[tuple[Book, dict[str, str]]]:
    """Return one ledger for all tries, each of which leaves it healed, and its digests."""
    with new_book() as book:
        book.append(LINES)
        book.project()
        yield book, book.verify().digests


@contextmanager
def raw(book: Book) -> Iterator[Callable[[str], list[Any]]]:
    """Yield a function that runs statements as another program would."""
    url = make_url(book.database.address)
    if not book.database.on_server:
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
            connection.execute("PRAGMA legacy_alter_table=ON")
            yield lambda statement: connection.execute(statement).fetchall()
        return
    with psycopg.connect(book.database.address.replace("+psycopg", ""), autocommit=True) as server:
        yield lambda statement: (cursor := server.execute(statement.encode())) and (cursor.fetchall() if cursor.description else [])


def alter(book: Book, statements: str) -> None:
    """Run statements, names of indexes and keys put in; on a server what depends on what is dropped goes, too."""
    with raw(book) as run:
        on_server = book.database.on_server
        indexes = {table: run((INDEX_ON_SERVER if on_server else INDEX_IN_FILE).format(table)) for table in ("inverters", "touched")}
        keys = run(KEY_ON_SERVER) if on_server else []
        for place, names in (("{inverters_index}", indexes["inverters"]), ("{touched_index}", indexes["touched"]), ("{plants_key}", keys)):
            statements = statements.replace(place, names[0][0] if names else "")
        zeros, none = ("decode(repeat('00', 32), 'hex')", "''::bytea") if on_server else ("zeroblob(32)", "x''")
        for statement in statements.replace("{zeros}", zeros).replace("{none}", none).split("; " if "TRIGGER" not in statements else "\0"):
            run(
                f"{statement} CASCADE"
                if (on_server and statement.startswith("DROP")) or (on_server and "DROP COLUMN" in statement)
                else statement
            )


@pytest.mark.parametrize(("backend", "tried"), PAIRS, indirect=["backend"], ids=lambda one: getattr(one, "name", one))
def test_what_is_altered_is_found_told_and_made_again(healed: tuple[Book, dict[str, str]], tried: Try) -> None:
    book, digests = healed
    alter(book, tried.alter)
    try:
        found = book.verify().differences
        assert tried.found in {(one.table, one.column) for one in found}, found
        if tried.said:
            with pytest.raises(LedgerError) as told:
                book.project()
            assert tried.said in str(told.value)
        else:
            book.project()
    finally:  # the next try begins with a sound ledger, whatever came of this one
        book.rebuild()
    after = book.verify()
    assert (after.differences, after.digests) == ([], digests)
