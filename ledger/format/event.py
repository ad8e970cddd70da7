r"""What the log holds: events, their keys and their leaves, as bytes. Pure.

Byte formats, version 1 (all integers big-endian):

* `event_hash` = SHA-256 of `"heliolog event 1\n"`, then kind, the event_hash of the replaced statement (empty if none) and payload,
  each after its length as 8 bytes.
* leaf data = the byte 1, position (8 bytes), event_time (8, signed), event_hash (32), recorded_at (8, signed), delivery_id (8),
  line_number (8), kind (ASCII, to the end); `leaf_hash` = SHA-256 of a zero byte and that, the leaf of RFC 6962, section 2.1.
* a line over 1 MiB = a zero byte, `"oversize_line "`, its length in decimal, a space, the SHA-256 of the line in lower-case hex.
"""

import re
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

from attrs import frozen

from ledger.format.grammar import event_time_of

KINDS = ("plant", "inverter", "telemetry")
"""What lines can be; an event that comes from no line is of kind `delivery` (see `ledger.format.delivery_state`)."""
LINE_BYTES_MAX = 1 << 20

_DOMAIN = b"heliolog event 1\n"
_LEAF = Struct(">Bqq32sqqq")
_STUB = re.compile(rb"\x00oversize_line ([1-9][0-9]{0,18}) ([0-9a-f]{64})")


@frozen
class Event:
    """One line as it arrived: its kind, raw bytes, and the instant inside it (µs since 1970 UTC, 0 if none can be read)."""

    kind: str
    payload: bytes
    event_time: int = 0


@frozen
class Recorded:
    """One event of the log, with everything the log says about it; times in µs since 1970 UTC.

    `line_number` counts from 1; it is 0 if the event comes from no line, but states a delivery, as its kind then says: `delivery`.
    """

    position: int
    event_time: int
    event_hash: bytes
    kind: str
    payload: bytes
    recorded_at: int
    delivery_id: int
    line_number: int
    leaf_hash: bytes


LogRow = tuple[int, int, bytes, int, str, bytes]
"""A `Logged` event as a bare tuple, for the many."""


class Logged(NamedTuple):
    """What projections need of an event of the log: a row of `ledger.log.read_rows`, with names."""

    position: int
    event_time: int
    payload: bytes
    recorded_at: int
    kind: str
    leaf_hash: bytes


def telemetry(payload: bytes) -> Event:
    """Make the event of one telemetry line."""
    return Event("telemetry", payload, event_time_of(payload))


def event_hash(kind: str, payload: bytes, replaces: bytes = b"") -> bytes:
    """Return the 32 bytes that identify a content; `replaces` is the event_hash of the statement a registry row replaces."""
    return sha256(hash_prefix(kind, replaces) + len(payload).to_bytes(8, "big") + payload).digest()


@lru_cache(maxsize=16)
def hash_prefix(kind: str, replaces: bytes) -> bytes:
    """Return what precedes the payload's length in the encoding under `event_hash`."""
    name = kind.encode("ascii")
    return _DOMAIN + len(name).to_bytes(8, "big") + name + len(replaces).to_bytes(8, "big") + replaces


def leaf_data(  # noqa: PLR0917 - the order of the encoding
    position: int, event_time: int, key: bytes, kind: str, recorded_at: int, delivery_id: int, line_number: int
) -> bytes:
    """Encode what a leaf commits to; the payload is committed to through its event_hash, here `key`."""
    return _LEAF.pack(1, position, event_time, key, recorded_at, delivery_id, line_number) + kind.encode("ascii")


def leaf_hash(  # noqa: PLR0917 - the order of the encoding
    position: int, event_time: int, key: bytes, kind: str, recorded_at: int, delivery_id: int, line_number: int
) -> bytes:
    """Return the 32-byte RFC 6962 leaf of an event."""
    return sha256(b"\x00" + leaf_data(position, event_time, key, kind, recorded_at, delivery_id, line_number)).digest()


def oversize_stub(length: int, digest: bytes) -> bytes:
    """Return the payload that stands for a line of `length` bytes with this SHA-256; a NUL opens no line that obeys the grammar."""
    return b"\x00oversize_line %d %s" % (length, digest.hex().encode())


def read_stub(payload: bytes) -> tuple[int, str] | None:
    """Read a stub's length in bytes and SHA-256 in hex; None for any other payload."""
    parts = _STUB.fullmatch(payload)
    return (int(parts[1]), parts[2].decode()) if parts else None
