"""Deliveries are stated in the log: the kind `delivery` is allowed, and an event appended for each delivery that there is."""

from alembic import op
from sqlalchemy import Connection

from ledger.clock import now
from ledger.format.delivery_state import KIND, state_payload
from ledger.format.event import event_hash, leaf_hash
from ledger.proof.frontier import Frontier

revision = "0002"
down_revision = "0001"

_OLD_KINDS = "kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant'"
_NEW_KINDS = f"{_OLD_KINDS} OR kind = 'delivery'"
_COLUMNS = (
    "delivery_id", "source", "kind", "bytes_read", "digest", "last_line_number", "lines", "appended", "duplicates", "blank", "oversize",
    "first_position", "last_position", "started_at", "ended_at", "complete",
)  # fmt: skip
_DELIVERIES = f"SELECT {', '.join(_COLUMNS)} FROM delivery ORDER BY delivery_id"  # noqa: S608 - made of constants
_HEAD = "SELECT size, frontier, recorded_at, event_time_max FROM log_head"
_AT_ONCE = 1_000


def upgrade() -> None:
    """Allow the new kind, which copies nothing, and state each delivery as it is now."""
    conn = op.get_bind()
    is_file = conn.dialect.name == "sqlite"
    _allow_in_file(conn) if is_file else _allow_on_server(conn)
    conn.exec_driver_sql("DROP INDEX event_log_statements")
    conn.exec_driver_sql("CREATE INDEX event_log_statements ON event_log (position) WHERE kind <> 'telemetry' AND kind <> 'delivery'")
    _state_deliveries(conn, "?" if is_file else "%s")


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
