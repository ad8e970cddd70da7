"""Many events at once, as columns: the same keys, times and leaves as one by one, in less time. Pure."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import compress
from struct import Struct

from attrs import evolve, frozen

from ledger.format.event import hash_prefix
from ledger.format.grammar import event_time_of


@frozen
class Events:
    """Events of one kind, ready to be appended; the columns are parallel: index 3 of each is the fourth event.

    `repeats`: how many lines were left out because one before them holds the same.
    """

    kind: str
    event_times: Sequence[int]
    event_hashes: Sequence[bytes]
    payloads: Sequence[bytes]
    line_numbers: Sequence[int]
    repeats: int = 0

    def __len__(self) -> int:
        return len(self.payloads)

    def chosen(self, wanted: Sequence[bool]) -> "Events":
        """Return the events that are wanted, in order."""
        times, hashes, payloads, numbers = (
            list(compress(column, wanted)) for column in (self.event_times, self.event_hashes, self.payloads, self.line_numbers)
        )
        return Events(self.kind, times, hashes, payloads, numbers)  # type: ignore[arg-type]

    def without(self, keys: Collection[bytes]) -> "Events":
        """Return the events whose key is not among `keys`, in order."""
        return self.chosen([key not in keys for key in self.event_hashes]) if keys else self


def first_of_each(events: Events) -> Events:
    """Return the events whose key is not that of one before them."""
    if len(set(events.event_hashes)) == len(events):
        return events
    first: dict[bytes, int] = {}
    for index, key in enumerate(events.event_hashes):
        first.setdefault(key, index)
    wanted = [False] * len(events)
    for index in first.values():
        wanted[index] = True
    return evolve(events.chosen(wanted), repeats=len(events) - len(first))


def telemetry_events(lines: Sequence[tuple[int, bytes]]) -> Events:
    """Return the events of telemetry lines (line number, payload), the first of each content: all the work that needs no lock."""
    payloads = [payload for _, payload in lines]
    times = [event_time_of(payload) for payload in payloads]
    return first_of_each(Events("telemetry", times, event_hashes("telemetry", payloads), payloads, [number for number, _ in lines]))


def event_hashes(kind: str, payloads: Sequence[bytes]) -> list[bytes]:
    """Return the event_hash of each payload; nothing is replaced."""
    prefix = hash_prefix(kind, b"")
    before = {length: prefix + length.to_bytes(8, "big") for length in set(map(len, payloads))}
    return [sha256(before[len(payload)] + payload).digest() for payload in payloads]


def leaf_hashes(events: Events, first: int, recorded_at: int, delivery_id: int) -> list[bytes]:
    """Return the leaf_hash of each event, the positions counted from `first`."""
    kind = events.kind.encode("ascii")
    # The zero byte of RFC 6962, then the leaf data.
    pack = Struct(f">BBqq32sqqq{len(kind)}s").pack
    columns = enumerate(zip(events.event_times, events.event_hashes, events.line_numbers, strict=True), first)
    return [
        sha256(pack(0, 1, position, time, key, recorded_at, delivery_id, number, kind)).digest()
        for position, (time, key, number) in columns
    ]
