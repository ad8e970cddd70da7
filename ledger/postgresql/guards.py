"""What PostgreSQL needs beside the tables: triggers that forbid, views that show, and the version of all that. Pure."""

VERSION_TABLE = "heliolog_version"
TURN_TABLE = "heliolog_turn"
"""A table without rows: who holds its lock is the one run that writes projections. Only a projector may take that."""
TURN = f"CREATE TABLE {TURN_TABLE} ()"
LOCK_KEY = 0x48454C49  # "HELI": held while the first schema is made, when there is no table yet whose lock would serve

DELIVERY_GROWS = ("bytes_read", "last_line_number", "lines", "appended", "duplicates", "blank", "oversize", "last_position", "ended_at")
"""What of a delivery is larger, if anything, after each transaction that goes on with it."""
DELIVERY_MOVES = (*DELIVERY_GROWS, "digest", "first_position", "complete")
HEAD_MOVES = ("size", "root", "frontier", "recorded_at", "event_time_max")
"""The columns that an append updates, and the only ones that a writer may."""

_REFUSE = """CREATE FUNCTION heliolog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
END $$"""

# PostgreSQL has no question "is this UTF-8?": bytes that are not make the conversion fail, and one such row would fail the whole query.
# Names are qualified, as it runs with the search_path of whoever reads the view; a path of its own would cost as much as all the rest.
_TEXT = """CREATE FUNCTION heliolog_text(payload bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN pg_catalog.convert_from(payload, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN pg_catalog.concat('hex:', pg_catalog.encode(payload, 'hex'));
END $$"""


# The next three read the log's tables in the schema of the table that they are called for, with the rights of who writes, which suffice,
# and never with that user's search_path: neither a temporary table of the same name nor another's operator is found.
_CHECK_EVENTS = """CREATE FUNCTION heliolog_check_events() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
END $$"""

_CHECK_HEAD = """CREATE FUNCTION heliolog_check_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
END $$"""

# Whoever numbers a delivery holds the head, as an append does: two cannot take the same number.
_CHECK_DELIVERY = """CREATE FUNCTION heliolog_check_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
END $$"""

FUNCTIONS = {
    "heliolog_refuse": _REFUSE,
    "heliolog_text": _TEXT,
    "heliolog_check_events": _CHECK_EVENTS,
    "heliolog_check_head": _CHECK_HEAD,
    "heliolog_check_delivery": _CHECK_DELIVERY,
}

_DECREASES = " OR ".join(f"NEW.{name} < OLD.{name}" for name in DELIVERY_GROWS)

_REFUSALS = (
    ("event_log_refuses_update", "BEFORE UPDATE ON event_log", "the log is append-only: no UPDATE"),
    ("event_log_refuses_delete", "BEFORE DELETE ON event_log", "the log is append-only: no DELETE"),
    ("event_log_refuses_truncate", "BEFORE TRUNCATE ON event_log", "the log is append-only: no TRUNCATE"),
    ("log_head_refuses_delete", "BEFORE DELETE ON log_head", "the head of the log stays"),
    ("log_head_refuses_truncate", "BEFORE TRUNCATE ON log_head", "the head of the log stays"),
    (
        "log_head_refuses_decrease",
        """BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.size < OLD.size
OR NEW.recorded_at < OLD.recorded_at OR NEW.event_time_max < OLD.event_time_max)""",
        "the head of the log only grows",
    ),
    (
        "log_head_refuses_change_without_events",
        "BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.size = OLD.size AND NEW IS DISTINCT FROM OLD)",
        "the head of the log moves only with events",
    ),
    (
        "log_head_refuses_frontier",
        "BEFORE UPDATE ON log_head FOR EACH ROW WHEN (length(NEW.frontier) <> 32 * bit_count(int8send(NEW.size)))",
        "the frontier is not that of a log of this size",
    ),
    ("delivery_refuses_delete", "BEFORE DELETE ON delivery", "deliveries are kept"),
    ("delivery_refuses_truncate", "BEFORE TRUNCATE ON delivery", "deliveries are kept"),
    (
        "delivery_refuses_renumbering",
        """BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source
OR NEW.kind <> OLD.kind OR NEW.started_at <> OLD.started_at)""",
        "a delivery keeps its number, source, kind and beginning",
    ),
    (
        "delivery_refuses_decrease",
        f"""BEFORE UPDATE ON delivery FOR EACH ROW WHEN ({_DECREASES}
OR NEW.first_position <> OLD.first_position OR (OLD.first_position IS NOT NULL AND NEW.first_position IS NULL)
OR (OLD.last_position IS NOT NULL AND NEW.last_position IS NULL))""",
        "what a delivery has brought only grows",
    ),
    (
        "delivery_refuses_reopening",
        "BEFORE UPDATE ON delivery FOR EACH ROW WHEN (OLD.complete AND NEW IS DISTINCT FROM OLD)",
        "a delivery that is complete stays as it is",
    ),
)

TRIGGERS = {name: f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION heliolog_refuse('{why}')" for name, when, why in _REFUSALS} | {
    # An append moves the head first; what is then inserted is held to it at once, and the head to what was inserted at the end.
    "event_log_refuses_beyond_head": """CREATE TRIGGER event_log_refuses_beyond_head AFTER INSERT ON event_log
FOR EACH STATEMENT EXECUTE FUNCTION heliolog_check_events()""",
    "log_head_refuses_without_events": """CREATE CONSTRAINT TRIGGER log_head_refuses_without_events AFTER UPDATE ON log_head
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION heliolog_check_head()""",
    "delivery_refuses_other_number": """CREATE TRIGGER delivery_refuses_other_number BEFORE INSERT ON delivery
FOR EACH ROW EXECUTE FUNCTION heliolog_check_delivery()""",
}


def _iso(column: str) -> str:
    micros = f"mod(mod({column}, 1000000) + 1000000, 1000000)"
    seconds = f"(({column} - {micros}) / 1000000)"
    # Whole seconds: as a number of µs a float, which interval arithmetic takes, would round the far years.
    moment = f"timestamp '1970-01-01' + {seconds} * interval '1 second'"
    return (
        f"CASE WHEN {column} BETWEEN -62135596800000000 AND 253402300799999999 THEN to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS')"
        f" || CASE {micros} WHEN 0 THEN '' ELSE '.' || lpad({micros}::text, 6, '0') END || '+00:00' END"
    )


VIEWS = {
    "event_log_readable": f"""CREATE VIEW event_log_readable AS
SELECT position, event_log.kind, CASE WHEN event_time <> 0 THEN {_iso("event_time")} END AS event_time,
  encode(event_hash, 'hex') AS "key",
  CASE WHEN substr(payload, 1, 15) = '\\x006f76657273697a655f6c696e6520' THEN heliolog_text(substr(payload, 2))
    ELSE heliolog_text(payload) END AS payload,
  {_iso("recorded_at")} AS recorded_at, event_log.delivery_id, source, line_number, encode(leaf_hash, 'hex') AS leaf
FROM event_log LEFT JOIN delivery USING (delivery_id)""",  # noqa: S608 - made of constants
}
