"""Deliveries are stated in the log: the kind `delivery` is allowed, and an event appended for each delivery that there is.

On a server, an append is held to its order, and tools/project has a turn.
"""

from alembic import op
from sqlalchemy import Connection

from ledger.clock import now
from ledger.errors import LedgerError
from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import event_hash, leaf_hash
from ledger.proof.frontier import Frontier

revision = "0002"
down_revision = "0001"

_NOT_UPGRADED = "nothing was upgraded; verify the log with the version before, and restore a backup"
_OLD_KINDS = "kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant'"
_NEW_KINDS = f"{_OLD_KINDS} OR kind = 'delivery'"
_COLUMNS = (
    "delivery_id", "source", "kind", "bytes_read", "digest", "last_line_number", "lines", "appended", "duplicates", "blank", "oversize",
    "first_position", "last_position", "started_at", "ended_at", "complete",
)  # fmt: skip
_DELIVERIES = f"SELECT {', '.join(_COLUMNS)} FROM delivery ORDER BY delivery_id"  # noqa: S608 - made of constants
_HEAD = "SELECT size, frontier, recorded_at, event_time_max FROM log_head"
_POSITIONS = "SELECT count(*), coalesce(min(position), 0), coalesce(max(position) + 1, 0) FROM event_log"
# What is stated cannot be taken back, so that it must be what the log has.
_UNLIKE = """SELECT delivery_id FROM delivery LEFT JOIN (
  SELECT delivery_id, count(*) AS events, min(position) AS earliest, max(position) AS latest FROM event_log GROUP BY delivery_id
) AS brought USING (delivery_id)
WHERE appended <> coalesce(events, 0) OR coalesce(first_position, -1) <> coalesce(earliest, -1)
  OR coalesce(last_position, -1) <> coalesce(latest, -1) OR lines <> appended + duplicates + blank ORDER BY delivery_id LIMIT 1"""
_AT_ONCE = 1_000
_HELD_IN_FILE = (
    """CREATE TRIGGER log_head_refuses_unstated BEFORE UPDATE OF size ON log_head WHEN NEW.size > OLD.size
AND NOT EXISTS (SELECT 1 FROM event_log WHERE position = NEW.size - 1 AND kind = 'delivery') BEGIN SELECT RAISE(ABORT, 'an append ends with the event that states its delivery'); END""",  # noqa: E501 - as the file keeps it
)
# On a server: the head of the log grows only by what was inserted, and a delivery's counts only grow.
_HELD = (
    """CREATE OR REPLACE FUNCTION heliolog_text(payload bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN pg_catalog.convert_from(payload, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN pg_catalog.concat('hex:', pg_catalog.encode(payload, 'hex'));
END $$""",
    """CREATE FUNCTION heliolog_check_events() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place text = quote_ident(TG_TABLE_SCHEMA);
  beyond bigint;
BEGIN
  EXECUTE concat('SELECT min(position) FROM ', place, '.event_log WHERE position >= (SELECT size FROM ', place, '.log_head)') INTO beyond;
  IF beyond IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = concat('position ', beyond, ' lies beyond the head of the log'),
      ERRCODE = 'restrict_violation', TABLE = 'event_log';
  END IF;
  RETURN NULL;
END $$""",
    """CREATE FUNCTION heliolog_check_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found record;
BEGIN
  EXECUTE concat('SELECT count(*) AS events, max(event_time) AS latest, min(recorded_at) AS earliest, max(recorded_at) AS last,
    coalesce(bool_or(kind = ''delivery'' AND position = $2 - 1), false) AS stated
    FROM ', quote_ident(TG_TABLE_SCHEMA), '.event_log WHERE position >= $1 AND position < $2') INTO found USING OLD.size, NEW.size;
  IF found.events <> NEW.size - OLD.size THEN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
      MESSAGE = concat('the head of the log moves by ', NEW.size - OLD.size, ' events, and ', found.events, ' are there');
  END IF;
  IF NEW.size > OLD.size AND (found.earliest <> NEW.recorded_at OR found.last <> NEW.recorded_at
    OR NEW.event_time_max <> greatest(OLD.event_time_max, found.latest)) THEN
    RAISE EXCEPTION USING MESSAGE = 'the times in the head of the log are not those of the events', ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.size > OLD.size AND NOT found.stated THEN
    RAISE EXCEPTION USING MESSAGE = 'an append ends with the event that states its delivery', ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$""",
    """CREATE FUNCTION heliolog_check_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place text = quote_ident(TG_TABLE_SCHEMA);
  following bigint;
BEGIN
  EXECUTE concat('SELECT 1 FROM ', place, '.log_head FOR UPDATE');
  EXECUTE concat('SELECT coalesce(max(delivery_id), 0) + 1 FROM ', place, '.delivery') INTO following;
  IF NEW.delivery_id <> following THEN
    RAISE EXCEPTION USING MESSAGE = concat('the next delivery has the number ', following), ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE TRIGGER log_head_refuses_change_without_events BEFORE UPDATE ON log_head FOR EACH ROW
WHEN (NEW.size = OLD.size AND NEW IS DISTINCT FROM OLD)
EXECUTE FUNCTION heliolog_refuse('the head of the log moves only with events')""",
    """CREATE TRIGGER log_head_refuses_frontier BEFORE UPDATE ON log_head FOR EACH ROW
WHEN (length(NEW.frontier) <> 32 * bit_count(int8send(NEW.size)))
EXECUTE FUNCTION heliolog_refuse('the frontier is not that of a log of this size')""",
    "DROP TRIGGER delivery_refuses_renumbering ON delivery",
    """CREATE TRIGGER delivery_refuses_renumbering BEFORE UPDATE ON delivery FOR EACH ROW
WHEN (NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source OR NEW.kind <> OLD.kind OR NEW.started_at <> OLD.started_at)
EXECUTE FUNCTION heliolog_refuse('a delivery keeps its number, source, kind and beginning')""",
    """CREATE TRIGGER delivery_refuses_decrease BEFORE UPDATE ON delivery FOR EACH ROW
WHEN (NEW.bytes_read < OLD.bytes_read OR NEW.last_line_number < OLD.last_line_number
OR NEW.lines < OLD.lines OR NEW.appended < OLD.appended OR NEW.duplicates < OLD.duplicates OR NEW.blank < OLD.blank
OR NEW.oversize < OLD.oversize
OR NEW.last_position < OLD.last_position OR NEW.ended_at < OLD.ended_at
OR NEW.first_position <> OLD.first_position
OR (OLD.first_position IS NOT NULL AND NEW.first_position IS NULL) OR (OLD.last_position IS NOT NULL AND NEW.last_position IS NULL))
EXECUTE FUNCTION heliolog_refuse('what a delivery has brought only grows')""",
    """CREATE TRIGGER delivery_refuses_reopening BEFORE UPDATE ON delivery FOR EACH ROW
WHEN (OLD.complete AND NEW IS DISTINCT FROM OLD)
EXECUTE FUNCTION heliolog_refuse('a delivery that is complete stays as it is')""",
    """CREATE TRIGGER event_log_refuses_beyond_head AFTER INSERT ON event_log FOR EACH STATEMENT
EXECUTE FUNCTION heliolog_check_events()""",
    """CREATE CONSTRAINT TRIGGER log_head_refuses_without_events AFTER UPDATE ON log_head DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION heliolog_check_head()""",
    """CREATE TRIGGER delivery_refuses_other_number BEFORE INSERT ON delivery FOR EACH ROW
EXECUTE FUNCTION heliolog_check_delivery()""",
    "CREATE TABLE heliolog_turn ()",
)


def upgrade() -> None:
    """Allow the new kind, which copies nothing, and state each delivery as it is now."""
    conn = op.get_bind()
    is_file = conn.dialect.name == "sqlite"
    _require_sound(conn)
    _allow_in_file(conn) if is_file else _allow_on_server(conn)
    conn.exec_driver_sql("DROP INDEX IF EXISTS event_log_statements")
    conn.exec_driver_sql("CREATE INDEX event_log_statements ON event_log (position) WHERE kind <> 'telemetry' AND kind <> 'delivery'")
    _state_deliveries(conn, "?" if is_file else "%s")
    for statement in _HELD_IN_FILE if is_file else _HELD:
        conn.exec_driver_sql(statement)


def _require_sound(conn: Connection) -> None:
    """Raise LedgerError if the head or a delivery is not what the events say: what is stated of them stays in the log for ever."""
    (size,) = conn.exec_driver_sql("SELECT size FROM log_head").one()
    if (size, 0, size) != tuple(conn.exec_driver_sql(_POSITIONS).one()):
        raise LedgerError(f"the head of the log says {size} events, and others are there: {_NOT_UPGRADED}")
    unlike = conn.exec_driver_sql(_UNLIKE).scalar()
    if unlike is not None:
        raise LedgerError(f"delivery {unlike} is not what the log has of it: {_NOT_UPGRADED}")


def _allow_in_file(conn: Connection) -> None:
    """Change the text of the table's check, which SQLite does not do by ALTER TABLE: https://www.sqlite.org/lang_altertable.html, 7."""
    (version,) = conn.exec_driver_sql("PRAGMA schema_version").one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'event_log'", (_OLD_KINDS, _NEW_KINDS)
    )
    conn.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")


def _allow_on_server(conn: Connection) -> None:
    conn.exec_driver_sql("ALTER TABLE event_log DROP CONSTRAINT event_log_kind_is_known")
    conn.exec_driver_sql(f"ALTER TABLE event_log ADD CONSTRAINT event_log_kind_is_known CHECK ({_NEW_KINDS})")


def _state_deliveries(conn: Connection, mark: str) -> None:
    found = conn.exec_driver_sql(_DELIVERIES)
    insert = f"INSERT INTO event_log VALUES ({', '.join([mark] * 9)})"  # noqa: S608 - made of constants
    size, frontier_bytes, recorded_at, latest = conn.exec_driver_sql(_HEAD).one()
    frontier = Frontier.from_bytes(size, bytes(frontier_bytes))
    recorded_at = max(recorded_at, now())
    while page := found.fetchmany(_AT_ONCE):
        rows = []
        for number, row in enumerate(page, frontier.size):
            columns = dict(zip(_COLUMNS, row, strict=True))
            columns |= {"digest": bytes(columns["digest"]), "complete": bool(columns["complete"])}
            payload = state_payload(columns)
            key = event_hash(KIND, payload)
            leaf = leaf_hash(number, 0, key, KIND, recorded_at, columns["delivery_id"], 0)
            rows.append((number, 0, key, KIND, payload, recorded_at, columns["delivery_id"], 0, leaf))
        conn.exec_driver_sql(insert, rows)
        frontier = frontier.extended([row[-1] for row in rows])
        latest = max(latest, 0)
    if frontier.size > size:
        conn.exec_driver_sql(
            f"UPDATE log_head SET size = {mark}, root = {mark}, frontier = {mark}, recorded_at = {mark}, event_time_max = {mark}",  # noqa: S608
            (frontier.size, frontier.root(), frontier.to_bytes(), recorded_at, latest),
        )
