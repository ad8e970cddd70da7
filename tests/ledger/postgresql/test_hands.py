"""What each role must not do, tried statement by statement, and that no lock, name or program of a role gets in the way of another."""

# ruff: noqa: S608 - statements are made of constants

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from ledger import log
from ledger.database import open_database, reading
from ledger.postgresql.guards import DELIVERY_GROWS, LOCK_KEY
from ledger.postgresql.roles import AUDITOR, PROJECTOR, ROLES, WRITER
from ledger.source.read import Batch, Place
from ledger.upkeep import initialise, rights_to_revoke, status
from ledger.verification.run import verify
from projections.sql.patience import Patience
from projections.sql.turns import only_run
from tests.support.servers import VERSIONS, Cluster

USERS = {WRITER: "willa", PROJECTOR: "pia", AUDITOR: "aron"}
NO_RIGHT, GUARDED, TAKEN, UNKNOWN, RULED = "42501", "23001", "23505", "23503", "23514"
NOBODY = [
    # What is recorded, changed in every way that SQL has
    "UPDATE event_log SET line_number = 9",
    "DELETE FROM event_log",
    "TRUNCATE event_log CASCADE",
    "INSERT INTO event_log SELECT * FROM event_log ON CONFLICT (position) DO UPDATE SET payload = ''",
    "MERGE INTO event_log USING (VALUES (0)) AS v (n) ON position = n WHEN MATCHED THEN UPDATE SET line_number = 9",
    "MERGE INTO event_log USING (VALUES (0)) AS v (n) ON position = n WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM event_log RETURNING position) SELECT * FROM gone",
    "UPDATE delivery SET source = 'other'",
    "UPDATE delivery SET kind = 'plant'",
    "UPDATE delivery SET started_at = 0",
    "UPDATE delivery SET delivery_id = 9",
    "DELETE FROM delivery",
    "TRUNCATE delivery CASCADE",
    "INSERT INTO delivery SELECT * FROM delivery ON CONFLICT (delivery_id) DO UPDATE SET source = 'other'",
    "MERGE INTO delivery USING (VALUES (1)) AS v (n) ON delivery_id = n WHEN MATCHED THEN UPDATE SET source = 'other'",
    "MERGE INTO delivery USING (VALUES (1)) AS v (n) ON delivery_id = n WHEN MATCHED THEN DELETE",
    "UPDATE log_head SET id = 2",
    "DELETE FROM log_head",
    "TRUNCATE log_head",
    "INSERT INTO log_head SELECT * FROM log_head ON CONFLICT (id) DO UPDATE SET size = 99",
    "COPY log_head FROM STDIN",
    "UPDATE heliolog_version SET version_num = '9'",
    "INSERT INTO heliolog_version VALUES ('9')",
    "DELETE FROM heliolog_version",
    "INSERT INTO heliolog_turn DEFAULT VALUES",
    # Locks that would keep others out
    "SELECT * FROM event_log FOR UPDATE",
    "SELECT * FROM event_log FOR KEY SHARE",
    "SELECT * FROM heliolog_version FOR SHARE",
    "LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE",
    "LOCK TABLE event_log IN SHARE MODE",
    "LOCK TABLE log_head IN EXCLUSIVE MODE",
    "LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE",
    "LOCK TABLE heliolog_version IN SHARE ROW EXCLUSIVE MODE",
    # What guards it
    "ALTER TABLE event_log DISABLE TRIGGER ALL",
    "ALTER TABLE log_head DISABLE TRIGGER log_head_refuses_without_events",
    "ALTER TABLE delivery DROP CONSTRAINT delivery_counts_add_up",
    "ALTER TABLE event_log ADD COLUMN note text",
    "ALTER TABLE event_log RENAME TO other",
    "ALTER TABLE event_log OWNER TO CURRENT_USER",
    "DROP TABLE event_log CASCADE",
    "DROP TABLE heliolog_turn",
    "DROP INDEX event_log_statements",
    "CREATE INDEX ON event_log (kind)",
    "DROP TRIGGER event_log_refuses_beyond_head ON event_log",
    "CREATE TRIGGER mine BEFORE INSERT ON event_log FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE mine AS ON INSERT TO event_log DO INSTEAD NOTHING",
    "CREATE RULE mine AS ON SELECT TO event_log_readable DO INSTEAD SELECT 1",
    "CREATE POLICY mine ON event_log",
    "ALTER FUNCTION heliolog_check_head() RESET search_path",
    "DROP FUNCTION heliolog_check_events() CASCADE",
    "CREATE OR REPLACE VIEW event_log_readable AS SELECT 1",
    "DROP VIEW event_log_readable",
    "COMMENT ON TABLE event_log IS 'mine'",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    # Another's rights
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    f"ALTER ROLE {WRITER} SUPERUSER",
    f"ALTER ROLE {WRITER} SET search_path = pg_temp",
    f"GRANT {WRITER} TO CURRENT_USER",
    f"GRANT {PROJECTOR} TO CURRENT_USER",
    f"GRANT {AUDITOR} TO CURRENT_USER",
    "CREATE ROLE other",
    "GRANT pg_read_server_files TO CURRENT_USER",
    # Programs, and the machine under the server
    "DO $$ BEGIN END $$",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE internal AS 'int8eq'",
    "CREATE PROCEDURE pg_temp.mine() LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION heliolog_refuse()",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION lo",
    "CREATE PUBLICATION mine FOR ALL TABLES",
    "ALTER ROLE ALL SET search_path = pg_temp",
    "SELECT lo_creat(-1)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'mine')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '/nowhere/mine')",
    "COPY event_log FROM '/nowhere/mine'",
    "COPY event_log TO '/nowhere/mine'",
    "COPY event_log TO PROGRAM 'true'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_reload_conf()",
]
READS_THE_LOG = [
    "INSERT INTO event_log SELECT * FROM event_log",
    "COPY event_log FROM STDIN",
    "MERGE INTO event_log USING (VALUES (9)) AS v (n) ON position = n WHEN NOT MATCHED THEN INSERT VALUES (9, 0, '', '', '', 0, 1, 1, '')",
    "INSERT INTO delivery SELECT * FROM delivery",
    "UPDATE delivery SET complete = true",
    "UPDATE log_head SET size = size + 1",
    "SELECT * FROM log_head FOR UPDATE",
    "SELECT * FROM log_head FOR SHARE",
    "SELECT * FROM delivery FOR KEY SHARE",
    "LOCK TABLE event_log IN ROW EXCLUSIVE MODE",
]
MAKES_NOTHING = [
    "CREATE TABLE mine (n int)",
    "CREATE TABLE mine AS SELECT * FROM event_log",
    "CREATE VIEW mine AS SELECT * FROM event_log",
    "CREATE SEQUENCE mine",
    "CREATE TYPE mine AS ENUM ('a')",
    "CREATE DOMAIN mine AS bigint",
    "CREATE OPERATOR public.<> (FUNCTION = int8eq, LEFTARG = int8, RIGHTARG = int8)",
    "LOCK TABLE heliolog_turn IN EXCLUSIVE MODE NOWAIT",
    "LOCK TABLE heliolog_turn IN ROW SHARE MODE",
    "INSERT INTO checkpoint SELECT 'mine'",
    "LOCK TABLE checkpoint IN SHARE MODE",
]
FORBIDDEN = [
    *((role, statement) for role in ROLES for statement in NOBODY),
    *((role, statement) for role in (PROJECTOR, AUDITOR) for statement in READS_THE_LOG),
    *((role, statement) for role in (WRITER, AUDITOR) for statement in MAKES_NOTHING),
]

EVENT = """INSERT INTO public.event_log
SELECT {place}, {time}, sha256('new'), 'delivery', '', {at}, 1, 1, sha256('leaf') FROM public.log_head"""
MOVE = """UPDATE public.log_head SET size = size + {by}, root = sha256('root'), recorded_at = {at}, event_time_max = {time},
frontier = decode(repeat('00', 32 * bit_count(int8send(size + {by}))::int), 'hex')"""


def event(place: str = "size - 1", time: str = "0", at: str = "recorded_at") -> str:
    return EVENT.format(place=place, time=time, at=at)


def move(by: int = 1, at: str = "recorded_at", time: str = "greatest(event_time_max, 0)") -> str:
    return MOVE.format(by=by, at=at, time=time)


AN_APPEND = f"{move()}; {event()}"
OPEN = "WHERE delivery_id = 2"
REST = """source, kind, bytes_read, digest, last_line_number, lines, appended, duplicates, blank, oversize, first_position, last_position,
started_at, ended_at, complete"""
SHADOW = "CREATE TEMP TABLE {0} AS SELECT * FROM public.{0}; "
REFUSED = [
    # Events: only at the places that the head has moved over, each once, of a delivery that there is
    (GUARDED, event("size")),
    (GUARDED, event("size + 1000")),
    (GUARDED, f"{AN_APPEND}; {event('size', '1')}"),
    (GUARDED, f"{event('size')}; {move()}"),
    (GUARDED, f"{event('size')} ON CONFLICT DO NOTHING"),
    (GUARDED, f"WITH new AS ({event('size')} RETURNING 1) SELECT * FROM new"),
    (
        GUARDED,
        """MERGE INTO event_log USING log_head ON position = size
        WHEN NOT MATCHED THEN INSERT VALUES (size, 0, sha256('new'), 'telemetry', '', 0, 1, 1, sha256('leaf'))""",
    ),
    (TAKEN, event("0")),
    (TAKEN, f"""{move()}; INSERT INTO event_log SELECT size - 1, t.event_time, t.event_hash, t.kind, '', 0, 1, 1, leaf_hash
     FROM event_log AS t, log_head WHERE position = 0"""),
    (UNKNOWN, f"{move()}; {event().replace('1, 1, sha256', '99, 1, sha256')}"),
    (RULED, f"{move()}; {event('-1')}"),
    (RULED, f"{move()}; {event().replace('delivery', 'other')}"),
    # The head: by what was inserted, and with its times
    (GUARDED, move()),
    (GUARDED, f"{move(2)}; {event()}"),
    (GUARDED, f"{move(3)}; {event('size - 1')}; {event('size - 3', '1')}"),
    (GUARDED, f"{move()}; {move()}; {event()}"),
    (GUARDED, f"SET CONSTRAINTS ALL IMMEDIATE; {move()}"),
    (GUARDED, f"{AN_APPEND}; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; {move()}"),
    (GUARDED, f"SAVEPOINT a; {AN_APPEND}; ROLLBACK TO a; {move()}"),
    (GUARDED, "UPDATE log_head SET root = sha256('root')"),
    (GUARDED, "UPDATE log_head SET frontier = frontier || ''::bytea, recorded_at = recorded_at + 1"),
    (GUARDED, "UPDATE log_head SET event_time_max = event_time_max + 1"),
    (GUARDED, "UPDATE log_head SET frontier = decode(repeat('00', length(frontier)), 'hex')"),
    (GUARDED, "UPDATE log_head SET frontier = ''"),
    (GUARDED, "UPDATE log_head SET size = size - 1"),
    (GUARDED, "UPDATE log_head SET size = 0, root = sha256(''), frontier = ''"),
    (GUARDED, f"{move(at='recorded_at + 1')}; {event(at='recorded_at - 1')}"),
    (GUARDED, f"{move(at='recorded_at + 3600000000')}; {event(at='0')}"),
    (GUARDED, f"{move(at='recorded_at - 1')}; {event()}"),
    (GUARDED, f"{move(time='event_time_max + 1000')}; {event()}"),
    (GUARDED, f"{move()}; {event(time='event_time_max + 1000')}"),
    # An append that does not state its delivery
    (GUARDED, AN_APPEND.replace("'delivery'", "'telemetry'")),
    (GUARDED, f"{move().replace('bit_count', '1 + bit_count')}; {event()}"),
    (RULED, f"{move().replace('sha256', '')}; {event()}"),
    # Deliveries: the next number, counts that grow, nothing once complete
    *((GUARDED, f"UPDATE delivery SET {name} = {name} - 1 {OPEN}") for name in DELIVERY_GROWS),
    (GUARDED, f"UPDATE delivery SET lines = lines - 1, appended = appended - 1 {OPEN}"),
    (GUARDED, f"UPDATE delivery SET first_position = first_position + 1 {OPEN}"),
    (GUARDED, f"UPDATE delivery SET first_position = NULL {OPEN}"),
    (GUARDED, f"UPDATE delivery SET last_position = NULL {OPEN}"),
    (GUARDED, "UPDATE delivery SET complete = false WHERE delivery_id = 1"),
    (GUARDED, "UPDATE delivery SET bytes_read = bytes_read + 1 WHERE delivery_id = 1"),
    (GUARDED, "UPDATE delivery SET digest = sha256('other') WHERE delivery_id = 1"),
    (RULED, f"UPDATE delivery SET lines = lines + 1 {OPEN}"),
    (GUARDED, "MERGE INTO delivery USING (VALUES (2)) AS v (n) ON delivery_id = n WHEN MATCHED THEN UPDATE SET bytes_read = 0"),
    *(
        (GUARDED, f"INSERT INTO delivery SELECT {number}, {REST} FROM delivery {OPEN}{more}")
        for number, more in (
            ("2", ""),
            ("0", ""),
            ("7", ""),
            ("-1", ""),
            ("2", " ON CONFLICT (delivery_id) DO UPDATE SET bytes_read = 0"),
            ("generate_series(3, 5, 2)", ""),
        )
    ),
    # Names that the session itself defines are not the log's
    (GUARDED, f"{SHADOW.format('log_head')}UPDATE pg_temp.log_head SET size = 1000; {event('1000')}"),
    (GUARDED, f"{SHADOW.format('event_log')}SET search_path = pg_temp, public; {move(10)}"),
    (GUARDED, f"CREATE TEMP VIEW event_log AS SELECT generate_series(0, 99) AS position, 0 AS event_time, 0 AS recorded_at; {move(10)}"),
    (GUARDED, f"""{SHADOW.format('delivery')}DELETE FROM pg_temp.delivery;
     INSERT INTO public.delivery SELECT 1, {REST} FROM public.delivery WHERE delivery_id = 2"""),
    *(
        (GUARDED, f"""CREATE OPERATOR pg_temp.{sign} (FUNCTION = {function}, LEFTARG = int8, RIGHTARG = int8);
         SET search_path = pg_temp, pg_catalog, public; {statement}""")
        for sign, function in (("<>", "int8eq"), (">=", "int8lt"), ("<", "int8ge"), ("=", "int8ne"))
        for statement in (move(), event("size"), f"UPDATE delivery SET bytes_read = 0 {OPEN}")
    ),
    (GUARDED, f"SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; {event('size')}"),
    (GUARDED, f"SET default_transaction_isolation = 'serializable'; {move()}"),
    (GUARDED, f"SET row_security = off; SET check_function_bodies = off; {event('size')}"),
]  # fmt: skip


@pytest.fixture(scope="module", params=VERSIONS)
def url(request: pytest.FixtureRequest, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """Return the URL of a log made by tools/db init, with a delivery that is complete and an open one, and users with one role each."""
    server = clusters(request.param)
    named = server.new_database()
    initialise(named)
    with server.admin() as raw:
        for role, user in USERS.items():
            raw.execute(f"CREATE ROLE {user} LOGIN IN ROLE {role}".encode())
    append(named, "complete", b"one", b"two")
    append(named, "open", b"three", b"four", last=False)
    with psycopg.connect(named.replace("+psycopg", "")) as raw:
        raw.execute("CREATE TABLE checkpoint (projection text)")
    yield named
    with server.admin() as raw:
        raw.execute(f"DROP DATABASE {named.rpartition('/')[2]} WITH (FORCE)".encode())
        raw.execute(f"DROP ROLE {', '.join((*USERS.values(), *ROLES))}".encode())


def append(url: str, source: str, *lines: bytes, last: bool = True) -> int:
    batch = Batch(lines=list(enumerate(lines, 1)), place=Place(9), read=len(lines), blank=0, oversize=0, last=last)
    with open_database(url, write=True) as db:
        (outcome,) = log.append_telemetry(db, source, [batch])
    return outcome.appended


def as_user(url: str, role: str) -> str:
    return url.replace("postgres@", f"{USERS[role]}@")


def connect(url: str, role: str | None = None) -> psycopg.Connection[Any]:
    return psycopg.connect((as_user(url, role) if role else url).replace("+psycopg", ""))


def refusal(url: str, role: str, statement: str) -> str | None:
    """Return how the server refuses statements, and undo what it does not refuse."""
    with connect(url, role) as raw:
        try:
            raw.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE".encode())
        except psycopg.Error as error:
            return error.sqlstate
        finally:
            raw.rollback()
    return None


@pytest.mark.invariant("I1")
@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_no_role_has_the_right_to_do_more_than_its_work(url: str, role: str, statement: str) -> None:
    assert refusal(url, role, statement) == NO_RIGHT


@pytest.mark.invariant("I1")
@pytest.mark.parametrize(("expected", "statement"), REFUSED)
def test_a_writer_is_held_to_what_an_append_does(url: str, expected: str, statement: str) -> None:
    assert refusal(url, WRITER, statement) == expected


@pytest.mark.parametrize(
    "statement",
    [
        AN_APPEND,
        f"{move(2)}; {event()}; {event('size - 2', '1')}".replace("greatest(event_time_max, 0)", "greatest(event_time_max, 1)"),
        f"UPDATE delivery SET bytes_read = bytes_read + 1, lines = lines + 1, blank = blank + 1 {OPEN}",
        f"UPDATE delivery SET complete = true {OPEN}",
        "UPDATE delivery SET complete = complete",
        "UPDATE log_head SET size = size",
    ],
)
def test_what_an_append_does_is_not_refused(url: str, statement: str) -> None:
    assert refusal(url, WRITER, statement) is None


@pytest.mark.parametrize("role", ROLES)
def test_no_role_passes_its_rights_on(url: str, role: str) -> None:
    rights = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    with connect(url, role) as raw:
        before = raw.execute(rights).fetchall()
        for table in ("event_log", "delivery", "log_head", "heliolog_version"):
            raw.execute(f"GRANT ALL ON {table} TO PUBLIC".encode())
        assert raw.execute(rights).fetchall() == before


@pytest.mark.parametrize("role", ROLES)
def test_the_server_itself_keeps_its_settings(url: str, role: str) -> None:
    with connect(url, role) as raw:
        raw.autocommit = True
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("ALTER SYSTEM SET fsync = off")


def test_no_number_that_a_role_locks_keeps_others_from_their_work(url: str) -> None:
    numbers = (LOCK_KEY, 0x48454C50)
    with connect(url, AUDITOR) as raw:
        for number in numbers:
            raw.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock(%s, hashtext('public'))", (number, number))
        with open_database(as_user(url, PROJECTOR), write=True) as db, only_run(db, "heliolog project", Patience(0.0, lambda _whom: None)):
            pass
        assert append(as_user(url, WRITER), "others", b"while numbers are locked") == 1
        assert initialise(url) == []


EVIL = (
    "bytea", "text", "bigint", "integer", "numeric", "text, text", "bytea, text", "bigint, integer", "text, bigint",
    "bytea, bigint, bigint",
)  # fmt: skip
NAMES = (
    "set_config", "quote_ident", "to_regclass", "pg_has_role", "substr", "sha256", "max", "min", "count", "length", "hashtext", "unnest",
    "has_schema_privilege", "current_setting", "convert_from", "encode", "concat", "to_char", "lpad", "mod", "pg_total_relation_size",
)  # fmt: skip


def test_programs_that_a_projector_could_make_are_not_run_by_others(url: str) -> None:
    """Where init was not run by a superuser, a projector makes functions and operators in the log's schema."""
    evil = "LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''evil''; END'"
    made = []
    with connect(url) as admin:
        admin.execute("GRANT USAGE ON LANGUAGE plpgsql TO heliolog_projector")
        admin.commit()
        with connect(url, PROJECTOR) as raw:
            for name in NAMES:
                for arguments in EVIL:
                    raw.execute(f"CREATE FUNCTION public.{name}({arguments}) RETURNS text {evil}".encode())
                    made.append(f"public.{name}({arguments})")
            for sign in ("=", "<", "<=", ">", ">=", "+", "-", "*", "||"):
                for left, right in (("bigint", "text"), ("bigint", "numeric"), ("bytea", "text"), ("text", "bigint")):
                    name = f"public.evil_{len(made)}"
                    raw.execute(f"CREATE FUNCTION {name}(a {left}, b {right}) RETURNS boolean {evil}".encode())
                    raw.execute(f"CREATE OPERATOR public.{sign} (FUNCTION = {name}, LEFTARG = {left}, RIGHTARG = {right})".encode())
                    made.append(f"{name}({left}, {right})")
    try:
        assert append(as_user(url, WRITER), "evil", b"among evil names", b"\xff") == 2
        assert append(as_user(url, WRITER), "evil", b"among evil names", b"more") == 1
        with open_database(as_user(url, AUDITOR), write=False) as db, reading(db) as conn:
            assert verify(conn) == []
            assert conn.execute(text("SELECT payload FROM event_log_readable WHERE payload LIKE 'hex:ff'")).scalars().all() == ["hex:ff"]
        assert status(as_user(url, AUDITOR)).missing == []
        assert initialise(url) == []
    finally:
        with connect(url) as admin:
            admin.execute(f"DROP FUNCTION {', '.join(made)} CASCADE".encode())
            admin.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM heliolog_projector")


def test_a_run_finds_the_log_whatever_temporary_tables_and_schemas_come_first(url: str) -> None:
    with connect(url) as admin:
        admin.execute("CREATE SCHEMA IF NOT EXISTS first")
        admin.execute("GRANT USAGE ON SCHEMA first TO PUBLIC")
    before = status(url).events
    for path in ("first,public", "pg_temp,public", "public,pg_temp", "nowhere,pg_catalog,first,public"):
        with open_database(f"{as_user(url, WRITER)}?options=-csearch_path%3D{path}", write=True) as db:
            with db.engine.connect() as conn:
                assert conn.execute(text("SHOW search_path")).scalar_one() == "public, pg_temp"
                conn.execute(text("CREATE TEMP TABLE log_head AS SELECT 1 AS size"))
                conn.execute(text("CREATE TEMP TABLE event_log AS SELECT 1 AS position"))
                conn.commit()
            batch = Batch(lines=[(1, path.encode())], place=Place(9), read=1, blank=0, oversize=0, last=True)
            (outcome,) = log.append_telemetry(db, path, [batch])
            assert outcome.appended == 1
    assert status(url).events == (before or 0) + 8


def test_what_everybody_may_is_taken_away_and_stays_away(url: str) -> None:
    assert rights_to_revoke(url) == []
    with connect(url) as admin:
        admin.execute("GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC")
    assert rights_to_revoke(url) == ["REVOKE CREATE ON SCHEMA public FROM PUBLIC", "REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM PUBLIC"]
    assert initialise(url) == []
    assert rights_to_revoke(url) == []
