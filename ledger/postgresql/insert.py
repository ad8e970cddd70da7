"""Copy a batch of events into a temporary table before the log is locked, and insert from there what is new. PostgreSQL."""

from struct import Struct
from typing import Any

from psycopg import Connection

from ledger.format.batch import Events

# The planner knows nothing of a table just filled: left to itself, it may read a whole log of a million events to find a batch in it,
# where a look at the index for each of the batch takes a fifth of the time.
_PREPARE = """CREATE TEMP TABLE IF NOT EXISTS heliolog_staged
(n bigint, event_time bigint, event_hash bytea, line_number bigint, payload bytea) ON COMMIT DELETE ROWS;
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"""
_COPY = "COPY pg_temp.heliolog_staged FROM STDIN (FORMAT binary)"
# https://www.postgresql.org/docs/current/sql-copy.html: signature, flags, no extension; then each row its number of fields, each field
# its length and its bytes; at the end -1.
_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_ROW = Struct(">hiqiqi32siqi")
_CHUNK_ROWS = 1_000

FIND_KNOWN = """DELETE FROM pg_temp.heliolog_staged AS staged USING event_log AS known
WHERE staged.event_time <= (SELECT event_time_max FROM log_head)
AND known.event_time = staged.event_time AND known.event_hash = staged.event_hash RETURNING staged.event_hash"""


def _insert(rank: str) -> str:
    return f"""INSERT INTO event_log
SELECT %(first)s::bigint + {rank}, event_time, event_hash, %(kind)s, payload, %(recorded_at)s, %(delivery_id)s, line_number,
  substr(%(leaves)b::bytea, (32 * {rank} + 1)::int, 32)
FROM pg_temp.heliolog_staged ORDER BY n"""  # noqa: S608 - made of constants


INSERT_ONE = "INSERT INTO event_log VALUES (%s, %s, %b, %s, %b, %s, %s, %s, %b)"
INSERT_STAGED = _insert("n")
INSERT_STAGED_WITH_GAPS = _insert("(row_number() OVER (ORDER BY n) - 1)")


def stage(raw: Connection[Any], events: Events) -> None:
    """Copy events, numbered from 0, into the table of this connection; the end of the transaction empties it."""
    raw.execute(_PREPARE)
    columns = enumerate(zip(events.event_times, events.event_hashes, events.line_numbers, events.payloads, strict=True))
    pack = _ROW.pack
    rows = [pack(5, 8, n, 8, time, 32, key, 8, number, len(payload)) + payload for n, (time, key, number, payload) in columns]
    with raw.cursor().copy(_COPY) as copy:
        copy.write(_HEADER)
        for start in range(0, len(rows), _CHUNK_ROWS):
            copy.write(b"".join(rows[start : start + _CHUNK_ROWS]))
        copy.write(_TRAILER)
