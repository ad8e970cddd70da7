"""The log's tables, the same in every backend: columns, checks, indexes; and how an empty log looks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.proof.frontier import EMPTY_ROOT

SCHEMA_VERSION = 2
# event_time_max of a log without events: below every instant.
NO_INSTANT = -(1 << 63)

# An integer primary key that is the row's own number in SQLite, and of 64 bits everywhere.
_Number = BigInteger().with_variant(Integer, "sqlite")

# IN (…) builds a table for every row in SQLite: a third of the append rate.
_KIND_IS_KNOWN = "kind = 'telemetry' OR kind = 'inverter' OR kind = 'plant'"
# In this order: a row is compared with as many as it takes, and most are telemetry.
_EVENT_KIND_IS_KNOWN = f"{_KIND_IS_KNOWN} OR kind = 'delivery'"
STATEMENTS = "kind <> 'telemetry' AND kind <> 'delivery'"
"""Which events are statements of a registry; the partial index serves only a query that names its very condition."""

metadata = MetaData()

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", _Number, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("bytes_read", _Number, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("last_line_number", _Number, nullable=False),
    Column("lines", _Number, nullable=False),
    Column("appended", _Number, nullable=False),
    Column("duplicates", _Number, nullable=False),
    Column("blank", _Number, nullable=False),
    Column("oversize", _Number, nullable=False),
    Column("first_position", _Number),
    Column("last_position", _Number),
    Column("started_at", _Number, nullable=False),
    Column("ended_at", _Number, nullable=False),
    Column("complete", Boolean, nullable=False),
    CheckConstraint("length(digest) = 32", name="delivery_digest_has_32_bytes"),
    CheckConstraint(_KIND_IS_KNOWN, name="delivery_kind_is_known"),
    CheckConstraint("lines = appended + duplicates + blank", name="delivery_counts_add_up"),
    Index("delivery_by_source", "source", "delivery_id"),
)

event_log = Table(
    "event_log",
    metadata,
    Column("position", _Number, primary_key=True, autoincrement=False),
    Column("event_time", _Number, nullable=False),
    Column("event_hash", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("recorded_at", _Number, nullable=False),
    Column("delivery_id", _Number, ForeignKey("delivery.delivery_id"), nullable=False),
    Column("line_number", _Number, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    # Led by the time, the index grows at its right edge; the time is a function of the payload, so this is uniqueness of the content.
    UniqueConstraint("event_time", "event_hash", name="event_log_key"),
    CheckConstraint("position >= 0", name="event_log_position_is_not_negative"),
    CheckConstraint("length(event_hash) = 32", name="event_log_event_hash_has_32_bytes"),
    CheckConstraint("length(leaf_hash) = 32", name="event_log_leaf_hash_has_32_bytes"),
    CheckConstraint(_EVENT_KIND_IS_KNOWN, name="event_log_kind_is_known"),
    Index(
        "event_log_statements",
        "position",
        sqlite_where=text(STATEMENTS),
        postgresql_where=text(STATEMENTS),
    ),
)

log_head = Table(
    "log_head",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),
    Column("size", _Number, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("recorded_at", _Number, nullable=False),
    Column("event_time_max", _Number, nullable=False),
    CheckConstraint("id = 1", name="log_head_is_one_row"),
    CheckConstraint("length(root) = 32", name="log_head_root_has_32_bytes"),
    CheckConstraint("size >= 0", name="log_head_size_is_not_negative"),
)

VIEW_NAMES = frozenset({"event_log_readable"})
"""The log's views; what they say is each backend's own (`guards`)."""

EMPTY_HEAD = {"id": 1, "size": 0, "root": EMPTY_ROOT, "frontier": b"", "recorded_at": 0, "event_time_max": NO_INSTANT}
"""The one row of log_head in a new log."""


def table_ddl(dialect: Dialect) -> list[str]:
    """Return the statements that make tables and indexes, in order; triggers and views are each backend's own (`guards`)."""
    tables = [str(CreateTable(table).compile(dialect=dialect)).strip() for table in metadata.sorted_tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in metadata.sorted_tables
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    return [*tables, *indexes]
