"""What PostgreSQL needs beside the tables: triggers that forbid, views that show, and the version of all that. Pure."""

VERSION_TABLE = "heliolog_version"
LOCK_KEY = 0x48454C49  # "HELI": held while the schema is made or changed

_REFUSE = """CREATE FUNCTION heliolog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
END $$"""

# PostgreSQL has no question "is this UTF-8?": bytes that are not make the conversion fail, and one such row would fail the whole query.
_TEXT = """CREATE FUNCTION heliolog_text(payload bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(payload, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
  RETURN 'hex:' || encode(payload, 'hex');
END $$"""

FUNCTIONS = {"heliolog_refuse": _REFUSE, "heliolog_text": _TEXT}

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
    ("delivery_refuses_delete", "BEFORE DELETE ON delivery", "deliveries are kept"),
    ("delivery_refuses_truncate", "BEFORE TRUNCATE ON delivery", "deliveries are kept"),
    (
        "delivery_refuses_renumbering",
        """BEFORE UPDATE ON delivery FOR EACH ROW
WHEN (NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source OR NEW.kind <> OLD.kind)""",
        "a delivery keeps its number, source and kind",
    ),
)

TRIGGERS = {name: f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION heliolog_refuse('{why}')" for name, when, why in _REFUSALS}


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
