"""What SQLite needs beside the tables: triggers that forbid, views that show, marks that tell whose file it is. Pure."""

APPLICATION_ID = 0x48454C49  # "HELI"

_REFUSALS = (
    ("event_log_refuses_update", "BEFORE UPDATE ON event_log", "the log is append-only: no UPDATE"),
    ("event_log_refuses_delete", "BEFORE DELETE ON event_log", "the log is append-only: no DELETE"),
    (
        # INSERT OR REPLACE deletes without asking the trigger above. Looking the key up again for every row cost 30 % of the rate;
        # an event newer than all of the log cannot have its key taken.
        "event_log_refuses_replace",
        """BEFORE INSERT ON event_log WHEN NEW.position < (SELECT size FROM log_head)
OR (NEW.event_time <= (SELECT event_time_max FROM log_head)
AND EXISTS (SELECT 1 FROM event_log WHERE event_time = NEW.event_time AND event_hash = NEW.event_hash))""",
        "the log is append-only: position or key taken",
    ),
    ("log_head_refuses_delete", "BEFORE DELETE ON log_head", "the head of the log stays"),
    ("log_head_refuses_replace", "BEFORE INSERT ON log_head WHEN EXISTS (SELECT 1 FROM log_head)", "the log has one head"),
    (
        "log_head_refuses_decrease",
        """BEFORE UPDATE ON log_head WHEN NEW.id <> OLD.id OR NEW.size < OLD.size
OR NEW.recorded_at < OLD.recorded_at OR NEW.event_time_max < OLD.event_time_max""",
        "the head of the log only grows",
    ),
    (
        "log_head_refuses_unstated",
        """BEFORE UPDATE OF size ON log_head WHEN NEW.size > OLD.size
AND NOT EXISTS (SELECT 1 FROM event_log WHERE position = NEW.size - 1 AND kind = 'delivery')""",
        "an append ends with the event that states its delivery",
    ),
    ("delivery_refuses_delete", "BEFORE DELETE ON delivery", "deliveries are kept"),
    (
        "delivery_refuses_replace",
        "BEFORE INSERT ON delivery WHEN EXISTS (SELECT 1 FROM delivery WHERE delivery_id = NEW.delivery_id)",
        "deliveries are kept",
    ),
    (
        "delivery_refuses_renumbering",
        "BEFORE UPDATE ON delivery WHEN NEW.delivery_id <> OLD.delivery_id OR NEW.source <> OLD.source OR NEW.kind <> OLD.kind",
        "a delivery keeps its number, source and kind",
    ),
)

TRIGGERS = {name: f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{why}'); END" for name, when, why in _REFUSALS}


def _iso(column: str) -> str:
    micros = f"(({column} % 1000000 + 1000000) % 1000000)"
    return (
        f"strftime('%Y-%m-%dT%H:%M:%S', ({column} - {micros}) / 1000000, 'unixepoch')"
        f" || CASE {micros} WHEN 0 THEN '' ELSE printf('.%06d', {micros}) END || '+00:00'"
    )


# SQLite cannot say whether bytes are UTF-8, and a client that reads others as text fails on the whole query. What comes back unchanged when
# taken apart and put together by code point is text. A line of ASCII, and none beyond 4 kB, is spared the work.
_IS_TEXT = """
CASE
  WHEN instr(payload, x'00') THEN 0
  WHEN CAST(payload AS TEXT) NOT GLOB '*[^' || char(1) || '-' || char(127) || ']*' THEN 1
  WHEN length(payload) > 4096 THEN 0
  ELSE (
    WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < length(CAST(payload AS TEXT)))
    SELECT CAST(group_concat(char(unicode(substr(CAST(payload AS TEXT), n, 1))), '') AS BLOB) = payload FROM place
  )
END"""

VIEWS = {
    "event_log_readable": f"""CREATE VIEW event_log_readable AS
SELECT position, event_log.kind, CASE WHEN event_time <> 0 THEN {_iso("event_time")} END AS event_time, lower(hex(event_hash)) AS "key",
  CASE WHEN {_IS_TEXT} THEN CAST(payload AS TEXT)
    WHEN substr(payload, 1, 15) = x'006f76657273697a655f6c696e6520' THEN CAST(substr(payload, 2) AS TEXT)
    ELSE 'hex:' || lower(hex(payload)) END AS payload,
  {_iso("recorded_at")} AS recorded_at, event_log.delivery_id, source, line_number, lower(hex(leaf_hash)) AS leaf
FROM event_log LEFT JOIN delivery USING (delivery_id)""",  # noqa: S608 - made of constants
}
