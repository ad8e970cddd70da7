"""A table of alterations, by hands that no trigger binds, and what must be said of each. No row may end in an exception."""

from collections.abc import Sequence

import pytest

from ledger.database import Database, reading
from ledger.postgresql.guards import TRIGGERS as SERVER_TRIGGERS
from ledger.sqlite.guards import TRIGGERS as FILE_TRIGGERS
from ledger.verification.run import verify_log
from tests.ledger.verification.conftest import Alter
from tests.support.servers import BACKENDS

FILE, SERVER, BOTH = ("sqlite",), ("server",), ("sqlite", "server")
Said = Sequence[tuple[int | None, str]]


def column(statement: str) -> str:
    return f"UPDATE event_log SET {statement} WHERE position = 5"  # noqa: S608 - made of constants


def schema(table: str, old: str, new: str) -> str:
    return f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE name = '{table}'"  # noqa: S608 - made of constants


def row(position: str) -> str:
    return f"INSERT INTO event_log SELECT {position}, 5, randomblob(32), kind, payload, recorded_at, delivery_id, 9, leaf_hash FROM event_log WHERE position = 5"  # noqa: S608, E501


HASHED = "the payload is not the one that was hashed"
LEAF = "a column is not what its leaf was made of"
LOOSE = "ALTER TABLE {} DROP CONSTRAINT {}"
NO_POSITION_CHECK = LOOSE.format("event_log", "event_log_position_is_not_negative")
NO_KIND_CHECK = LOOSE.format("event_log", "event_log_kind_is_known")
NO_ID_CHECK = LOOSE.format("log_head", "log_head_is_one_row")
FOREIGN_KEY = "event_log_delivery_id_fkey"
NO_FOREIGN_KEY = LOOSE.format("event_log", FOREIGN_KEY)
VIEW = "CREATE VIEW event_log_readable AS SELECT 1 AS position"
SAME_FUNCTION = "CREATE OR REPLACE FUNCTION {} RETURNS {} LANGUAGE plpgsql {} AS $$ BEGIN RETURN {}; END $$"
DIFFERENT = "is not what this version makes"

TRIES: list[tuple[str, Sequence[str], Sequence[str], Said]] = [
    # What a row holds
    ("payload", BOTH, [column("payload = x'00'")], [(5, HASHED)]),
    ("payload as text", FILE, [column("payload = CAST(payload AS TEXT)")], [(5, "payload holds text, not bytes")]),
    ("payload as another text", FILE, [column("payload = 'é'")], [(5, "payload holds text, not bytes"), (5, HASHED)]),
    ("payload as text that is none", FILE, [column("payload = CAST(x'ff00' AS TEXT)")], [(5, "payload holds text"), (5, HASHED)]),
    ("payload as a number", FILE, [column("payload = 7")], [(5, "payload holds an integer, not bytes")]),
    ("payload of a statement", BOTH, ["UPDATE event_log SET payload = x'00' WHERE position = 1"], [(1, HASHED)]),
    ("payload of a delivery", BOTH, ["UPDATE event_log SET payload = x'00' WHERE position = 7"], [(7, HASHED)]),
    ("key", BOTH, [column("event_hash = randomblob(32)")], [(5, HASHED), (5, LEAF)]),
    ("key as text", FILE, [column("event_hash = CAST(event_hash AS TEXT)")], [(5, "event_hash holds text, not bytes")]),
    ("key of other length", FILE, [column("event_hash = x'00'")], [(5, HASHED), (5, LEAF)]),
    ("leaf", BOTH, [column("leaf_hash = zeroblob(32)")], [(5, LEAF)]),
    ("leaf as text", FILE, [column("leaf_hash = CAST(leaf_hash AS TEXT)")], [(5, "leaf_hash holds text, not bytes")]),
    ("time", BOTH, [column("event_time = 7")], [(5, "event_time is not what the payload says"), (5, LEAF)]),
    ("time as text", FILE, [column("event_time = 'soon'")], [(5, "event_time holds text, not an integer")]),
    ("arrival as a float", FILE, [column("recorded_at = 1.5")], [(5, "recorded_at holds a float, not an integer")]),
    ("arrival", BOTH, [column("recorded_at = 7")], [(5, LEAF), (5, "recorded_at is before that of an earlier position")]),
    ("huge arrival", BOTH, [column("recorded_at = 9223372036854775807")], [(5, LEAF), (6, "recorded_at is before")]),
    ("line", BOTH, [column("line_number = -9223372036854775808")], [(5, LEAF)]),
    ("line as bytes", FILE, [column("line_number = x'00'")], [(5, "line_number holds bytes, not an integer")]),
    ("delivery", BOTH, [column("delivery_id = 9")], [(5, "delivery 9 is not recorded"), (5, LEAF)]),
    ("kind that is not ASCII", FILE, [column("kind = 'é'")], [(5, "kind is '\\xe9', which is not ASCII")]),
    ("kind that is not UTF-8", FILE, [column("kind = CAST(x'ff' AS TEXT)")], [(5, "kind is '\\udcff', which is not ASCII")]),
    ("kind of great length", FILE, [column("kind = hex(zeroblob(5000))")], [(5, HASHED)]),
    ("kind as bytes", FILE, [column("kind = x'00'")], [(5, "kind holds bytes, not text")]),
    ("kind that no line has", FILE, [column("kind = 'other'")], [(5, HASHED), (5, LEAF)]),
    ("kind of another line", BOTH, [column("kind = 'plant'")], [(5, HASHED), (5, LEAF)]),
    ("kind without its check", SERVER, [NO_KIND_CHECK, column("kind = 'é'")],
     [(5, "not ASCII"), (None, "constraint event_log_kind_is_known of event_log is missing")]),
    ("no time in a file", FILE, [schema("event_log", "event_time INTEGER NOT NULL", "event_time INTEGER"), column("event_time = NULL")],
     [(5, "event_time holds nothing (NULL), not an integer"), (None, f"column event_time of event_log {DIFFERENT}")]),
    ("no time there, and the schema put back", FILE,
     [schema("event_log", "event_time INTEGER NOT NULL", "event_time INTEGER"), column("event_time = NULL"),
      schema("event_log", "event_time INTEGER", "event_time INTEGER NOT NULL")],
     [(5, "event_time holds nothing (NULL)"), (None, "event_log is damaged: NULL value in event_log.event_time")]),
    ("no time on a server", SERVER, ["ALTER TABLE event_log ALTER event_time DROP NOT NULL", column("event_time = NULL")],
     [(5, "event_time holds nothing (NULL)"), (None, f"column event_time of event_log {DIFFERENT}")]),
    # Which rows there are
    ("rows gone", BOTH, ["DELETE FROM event_log WHERE position IN (4, 5)"], [(6, "2 positions before it are missing, from 4")]),
    ("last row gone", BOTH, ["DELETE FROM event_log WHERE position = 7"], [(None, "the log has 7 positions, its head says 8")]),
    ("first row gone", BOTH, ["DELETE FROM event_log WHERE position = 0"], [(1, "1 positions before it are missing, from 0")]),
    ("no rows", BOTH, ["DELETE FROM event_log"], [(None, "the log has 0 positions, its head says 8")]),
    ("rows swapped", BOTH, ["UPDATE event_log SET position = 99 WHERE position = 5", "UPDATE event_log SET position = 5 WHERE position = 6",
                            "UPDATE event_log SET position = 6 WHERE position = 99"], [(5, LEAF), (6, LEAF)]),
    ("a row before the first", FILE, [row("-1")], [(-1, "before position 0, where the log begins")]),
    ("a row before the first, on a server", SERVER, [NO_POSITION_CHECK, row("-1")],
     [(-1, "before position 0"), (None, "constraint event_log_position_is_not_negative of event_log is missing")]),
    ("a row long before the first", FILE, [row("-9223372036854775808")], [(-9223372036854775808, "before position 0")]),
    ("a row beyond the head", BOTH, [row("8")], [(8, "beyond the head, which says 8 events")]),
    ("a row as far as can be", BOTH, [row("9223372036854775807")], [(9223372036854775807, "positions before it are missing, from 8")]),
    # The head
    ("id of the head", FILE, ["UPDATE log_head SET id = 2"], [(None, "log_head: id is 2, not 1")]),
    ("id of the head on a server", SERVER, [NO_ID_CHECK, "UPDATE log_head SET id = 2"], [(None, "log_head: id is 2, not 1")]),
    ("no head", BOTH, ["DELETE FROM log_head"], [(None, "log_head has 0 rows, not one")]),
    ("two heads", FILE, ["INSERT INTO log_head VALUES (0, 0, zeroblob(32), x'', 0, 0)"], [(None, "log_head has 2 rows, not one")]),
    ("two heads on a server", SERVER, [NO_ID_CHECK, "INSERT INTO log_head VALUES (0, 0, zeroblob(32), x'', 0, 0)"],
     [(None, "log_head has 2 rows, not one")]),
    ("root", BOTH, ["UPDATE log_head SET root = zeroblob(32)"], [(None, "the root in the head is not that of the events")]),
    ("root as text", FILE, ["UPDATE log_head SET root = CAST(root AS TEXT)"], [(None, "log_head: root holds text, not bytes")]),
    ("frontier", BOTH, ["UPDATE log_head SET frontier = x'00'"], [(None, "the frontier in the head is not that of the events")]),
    ("size as text", FILE, ["UPDATE log_head SET size = 'many'"], [(None, "log_head: size holds text, not an integer")]),
    ("size as a float", FILE, ["UPDATE log_head SET size = 1e300"], [(None, "log_head: size holds a float, not an integer")]),
    ("size", BOTH, ["UPDATE log_head SET size = 9223372036854775807"],
     [(None, "the log has 8 positions, its head says 9223372036854775807")]),
    ("times of the head", BOTH, ["UPDATE log_head SET event_time_max = 7"],
     [(None, "the times in the head are not the largest of the events")]),
    # Deliveries
    ("delivery gone", FILE, ["DELETE FROM delivery WHERE delivery_id = 2"], [(4, "delivery 2 is not recorded")]),
    ("delivery gone on a server", SERVER, ["DELETE FROM delivery WHERE delivery_id = 2"], [(4, "delivery 2 is not recorded")]),
    ("counts as text", FILE, ["UPDATE delivery SET lines = 'many' WHERE delivery_id = 2"],
     [(None, "delivery 2: lines holds text, not an integer")]),
    ("source as bytes", FILE, ["UPDATE delivery SET source = x'ff' WHERE delivery_id = 2"],
     [(None, "delivery 2: source holds bytes, not text")]),
    ("digest as text that is none", FILE, ["UPDATE delivery SET digest = CAST(x'ff' AS TEXT) WHERE delivery_id = 1"],
     [(None, "delivery 1: digest holds text, not bytes")]),
    ("whether complete as text", FILE, ["UPDATE delivery SET complete = 'ja' WHERE delivery_id = 1"],
     [(None, "delivery 1: complete holds text, not yes or no")]),
    # The schema
    ("index dropped", BOTH, ["DROP INDEX delivery_by_source"], [(None, "index delivery_by_source of delivery is missing")]),
    ("index of others", BOTH, ["CREATE INDEX mine ON event_log (kind)"], [(None, "index mine of event_log is foreign")]),
    ("index with another condition", BOTH,
     ["DROP INDEX event_log_statements", "CREATE INDEX event_log_statements ON event_log (position) WHERE kind <> 'plant'"],
     [(None, f"index event_log_statements of event_log {DIFFERENT}")]),
    ("view dropped", BOTH, ["DROP VIEW event_log_readable"], [(None, "view event_log_readable is missing")]),
    ("view that tells something else", BOTH, ["DROP VIEW event_log_readable", VIEW], [(None, f"view event_log_readable {DIFFERENT}")]),
    ("trigger dropped", FILE, ["DROP TRIGGER event_log_refuses_update"],
     [(None, "trigger event_log_refuses_update of event_log is missing")]),
    ("trigger dropped on a server", SERVER, ["DROP TRIGGER event_log_refuses_update ON event_log"],
     [(None, "trigger event_log_refuses_update of event_log is missing")]),
    ("all triggers dropped", FILE, [f"DROP TRIGGER {name}" for name in FILE_TRIGGERS],
     [(None, f"trigger {name} of {name.partition('_refuses')[0]} is missing") for name in FILE_TRIGGERS]),
    ("all triggers dropped on a server", SERVER,
     [f"DROP TRIGGER {name} ON {name.partition('_refuses')[0]}" for name in SERVER_TRIGGERS],
     [(None, f"trigger {name} of {name.partition('_refuses')[0]} is missing") for name in SERVER_TRIGGERS]),
    ("trigger that does nothing", FILE,
     ["DROP TRIGGER event_log_refuses_update", "CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log BEGIN SELECT 1; END"],
     [(None, f"trigger event_log_refuses_update of event_log {DIFFERENT}")]),
    ("trigger that does nothing on a server", SERVER,
     ["DROP TRIGGER event_log_refuses_update ON event_log",
      "CREATE TRIGGER event_log_refuses_update BEFORE UPDATE ON event_log WHEN (false) EXECUTE FUNCTION heliolog_refuse('')"],
     [(None, f"trigger event_log_refuses_update of event_log {DIFFERENT}")]),
    ("trigger switched off", SERVER, ["ALTER TABLE event_log DISABLE TRIGGER event_log_refuses_update"],
     [(None, "trigger event_log_refuses_update of event_log is switched off")]),
    ("trigger for replicas alone", SERVER, ["ALTER TABLE event_log ENABLE REPLICA TRIGGER event_log_refuses_update"],
     [(None, "trigger event_log_refuses_update of event_log is switched off")]),
    ("all triggers of a table switched off", SERVER, ["ALTER TABLE event_log DISABLE TRIGGER ALL"],
     [(None, "constraint event_log_delivery_id_fkey of event_log is switched off"),
      (None, "trigger event_log_refuses_delete of event_log is switched off")]),
    ("trigger of others", FILE, ["CREATE TRIGGER mine AFTER INSERT ON event_log BEGIN SELECT 1; END"],
     [(None, "trigger mine of event_log is foreign")]),
    ("trigger of others on a name in other case", FILE, ["CREATE TRIGGER mine AFTER UPDATE ON LOG_HEAD BEGIN SELECT 1; END"],
     [(None, "trigger mine of log_head is foreign")]),
    ("trigger of others on the view", FILE, ["CREATE TRIGGER mine INSTEAD OF INSERT ON event_log_readable BEGIN SELECT 1; END"],
     [(None, "trigger mine of event_log_readable is foreign")]),
    ("trigger of others on a server", SERVER, ["CREATE TRIGGER mine BEFORE INSERT ON event_log EXECUTE FUNCTION heliolog_refuse('')"],
     [(None, "trigger mine of event_log is foreign")]),
    ("function that does nothing", SERVER, [SAME_FUNCTION.format("heliolog_refuse()", "trigger", "", "NULL")],
     [(None, f"function heliolog_refuse() {DIFFERENT}")]),
    ("function that tells something else", SERVER,
     [SAME_FUNCTION.format("heliolog_text(payload bytea)", "text", "IMMUTABLE STRICT", "'nothing'")],
     [(None, f"function heliolog_text(payload bytea) {DIFFERENT}")]),
    ("function with its owner's rights", SERVER, ["ALTER FUNCTION heliolog_text(bytea) SECURITY DEFINER"],
     [(None, f"function heliolog_text(payload bytea) {DIFFERENT}")]),
    ("function with a search_path", SERVER, ["ALTER FUNCTION heliolog_refuse() SET search_path = pg_temp"],
     [(None, f"function heliolog_refuse() {DIFFERENT}")]),
    ("function of the same name", SERVER, [SAME_FUNCTION.format("heliolog_text(payload text)", "text", "", "''")],
     [(None, "function heliolog_text(payload text) is foreign")]),
    ("function of another kind", SERVER,
     ["DROP FUNCTION heliolog_refuse() CASCADE", SAME_FUNCTION.format("heliolog_refuse()", "int", "", "1")],
     [(None, f"function heliolog_refuse() {DIFFERENT}"), (None, "trigger delivery_refuses_delete of delivery is missing")]),
    ("function dropped", SERVER, ["DROP FUNCTION heliolog_text(bytea) CASCADE"],
     [(None, "function heliolog_text(payload bytea) is missing"), (None, "view event_log_readable is missing")]),
    ("column of others", BOTH, ["ALTER TABLE delivery ADD COLUMN note TEXT"], [(None, "column note of delivery is foreign")]),
    ("constraint dropped", SERVER, [LOOSE.format("delivery", "delivery_counts_add_up")],
     [(None, "constraint delivery_counts_add_up of delivery is missing")]),
    ("constraint of others", SERVER, ["ALTER TABLE log_head ADD CONSTRAINT mine CHECK (size < 100)"],
     [(None, "constraint mine of log_head is foreign")]),
    ("constraint that was never checked", SERVER,
     [NO_FOREIGN_KEY, f"ALTER TABLE event_log ADD CONSTRAINT {FOREIGN_KEY} FOREIGN KEY (delivery_id) REFERENCES delivery NOT VALID"],
     [(None, f"constraint event_log_delivery_id_fkey of event_log {DIFFERENT}")]),
    ("check that lets all through", FILE, [schema("event_log", "position >= 0", "position >= position")],
     [(None, f"table event_log {DIFFERENT}")]),
    ("type of a column", SERVER, ["ALTER TABLE heliolog_version ALTER version_num TYPE text"],
     [(None, f"column version_num of heliolog_version {DIFFERENT}")]),
    ("type of a column of events", SERVER, ["DROP VIEW event_log_readable", "ALTER TABLE event_log ALTER line_number TYPE numeric"],
     [(None, f"column line_number of event_log {DIFFERENT}"), (5, "line_number holds Decimal, not an integer")]),
    ("default of a column", SERVER, ["ALTER TABLE delivery ALTER source SET DEFAULT ''"],
     [(None, f"column source of delivery {DIFFERENT}")]),
    ("rule", SERVER, ["CREATE RULE mine AS ON INSERT TO event_log DO INSTEAD NOTHING"], [(None, "rule mine of event_log is foreign")]),
    ("policy that hides rows", SERVER, ["ALTER TABLE event_log ENABLE ROW LEVEL SECURITY", "CREATE POLICY mine ON event_log USING (false)"],
     [(None, f"table event_log {DIFFERENT}"), (None, "policy mine of event_log is foreign")]),
    ("table that a crash empties", SERVER, ["ALTER TABLE log_head SET UNLOGGED"], [(None, f"table log_head {DIFFERENT}")]),
    ("table whose rows count as ours", SERVER, ["CREATE TABLE mine () INHERITS (log_head)"], [(None, "of log_head is foreign")]),
    # What is not there, or called otherwise
    ("events dropped", FILE, ["DROP TABLE event_log"],
     [(None, "table event_log is missing"), (None, "event_log cannot be read: no such table")]),
    ("events dropped on a server", SERVER, ["DROP TABLE event_log CASCADE"],
     [(None, "table event_log is missing"), (None, 'event_log cannot be read: relation "event_log" does not exist')]),
    ("events renamed", BOTH, ["ALTER TABLE event_log RENAME TO other"], [(None, "table event_log is missing")]),
    ("events are a view", BOTH, ["ALTER TABLE event_log RENAME TO other", "CREATE VIEW event_log AS SELECT * FROM other"],
     [(None, "table event_log is missing"), (None, "view event_log is foreign")]),
    ("head dropped", BOTH, ["DROP TABLE log_head"], [(None, "table log_head is missing"), (None, "log_head cannot be read")]),
    ("head renamed", BOTH, ["ALTER TABLE log_head RENAME TO other"], [(None, "table log_head is missing")]),
    ("deliveries dropped", FILE, ["DROP TABLE delivery"], [(None, "delivery cannot be read"), (5, "delivery 2 is not recorded")]),
    ("deliveries dropped on a server", SERVER, ["DROP TABLE delivery CASCADE"], [(None, "delivery cannot be read")]),
    ("version dropped from its table", SERVER, ["ALTER TABLE heliolog_version ADD COLUMN mine int"],
     [(None, "column mine of heliolog_version is foreign")]),
    *(
        (f"column {name} renamed", BOTH, [f"ALTER TABLE event_log RENAME {name} TO other", "UPDATE log_head SET event_time_max = 7"],
         [(None, f"column {name} of event_log is missing"), (None, f"event_log has no column {name}: what depends on it was not checked"),
          (None, "column other of event_log is foreign"), *([] if name == "event_time" else [(None, "the times in the head")])])
        for name in ("event_time", "event_hash", "kind", "payload", "recorded_at", "delivery_id", "line_number", "leaf_hash")
    ),
    ("column position renamed", BOTH, ["ALTER TABLE event_log RENAME position TO other"],
     [(None, "event_log has no column position: what depends on it was not checked")]),
    *(
        (f"column {name} of the head renamed", BOTH, [f"ALTER TABLE log_head RENAME {name} TO other", column("payload = x'00'")],
         [(None, f"column {name} of log_head is missing"), (5, HASHED)])
        for name in ("id", "size", "root", "frontier", "recorded_at", "event_time_max")
    ),
    ("column of deliveries renamed", BOTH, ["ALTER TABLE delivery RENAME lines TO other"], [(None, "column lines of delivery is missing")]),
    ("number of deliveries renamed", BOTH, ["ALTER TABLE delivery RENAME delivery_id TO other"],
     [(None, "column delivery_id of delivery is missing"), (5, "delivery 2 is not recorded")]),
    ("a column gone, and another event altered", BOTH, ["ALTER TABLE event_log RENAME line_number TO other", column("payload = x'00'")],
     [(None, "event_log has no column line_number"), (5, HASHED)]),
]  # fmt: skip
UNHARMED: list[tuple[str, Sequence[str]]] = [
    ("table of others", ["CREATE TABLE mine (n int)"]),
    ("view of others", ["CREATE VIEW mine AS SELECT position FROM event_log"]),
    ("index of another table", ["CREATE TABLE mine (n int)", "CREATE INDEX mine_too ON mine (n)"]),
    ("analysed", ["ANALYZE"]),
]


CASES = [
    pytest.param(backend, statements, said, id=f"{backend}-{name}")
    for backend in BACKENDS
    for name, backends, statements, said in TRIES
    if ("sqlite" if backend == "sqlite" else "server") in backends
]


def verified(db: Database) -> list[tuple[int | None, str]]:
    with reading(db) as conn:
        found = verify_log(conn)
    assert found.unchecked == []
    return [(one.position, one.what) for one in found.findings]


@pytest.mark.invariant("I1", "I2", "I6")
@pytest.mark.parametrize(("backend", "statements", "said"), CASES)
def test_each_alteration_is_found_and_said(db: Database, alter: Alter, statements: Sequence[str], said: Said) -> None:
    alter(*statements)
    found = verified(db)
    assert [one for one in said if not any(one[0] == position and one[1] in what for position, what in found)] == [], found


@pytest.mark.parametrize("statements", [pytest.param(statements, id=name) for name, statements in UNHARMED])
def test_what_others_keep_beside_the_log_is_no_finding(db: Database, alter: Alter, statements: Sequence[str]) -> None:
    alter(*statements)
    assert verified(db) == []
