"""The log read page by page, around what cannot be read: a range that fails is halved until the positions that fail are known."""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, evolve, frozen
from sqlalchemy import Connection

from ledger.backends import backend_of
from ledger.store.schema import event_log
from ledger.verification.stored import UnreadableError, attempt, fetch, select_stored

_PAGE = 10_000
_POSITION_MAX = (1 << 63) - 1
# Two hashes, five numbers: no event takes less. So a file of this size cannot hold positions beyond.
_EVENT_BYTES_MIN = 100
# A log without its uppermost page has no position that can be read: to try them one by one would take hours.
_FAILURES_MAX = 20_000

Row = Sequence[Any]


@frozen
class Stretch:
    """Positions from `first` to `last` that cannot be read, and why; `last` is None for all that follow."""

    first: int
    last: int | None
    why: str

    @property
    def what(self) -> str:
        """Return what to say of its first position."""
        if self.last == self.first:
            return f"cannot be read: {self.why}"
        return f"this and {'all after it' if self.last is None else f'what follows up to {self.last}'} cannot be read: {self.why}"


@define
class Pages:
    """Reads `event_log`, of which the columns `there` are there, as it is stored."""

    conn: Connection
    there: frozenset[str]
    failures_left: int = _FAILURES_MAX

    def below_zero(self) -> list[int]:
        """Return positions below 0, where none belongs, up to a page of them; none if they cannot be read, as then 0 cannot either."""
        try:
            return [row[0] for row in self._fetch("position < 0")]
        except UnreadableError:
            return []

    def __iter__(self) -> Iterator[Sequence[Row] | Stretch]:
        """Yield the rows from position 0 on, a page at a time in the order of positions, and each stretch that cannot be read."""
        waiting: Stretch | None = None
        for part in self._parts():
            if isinstance(part, Stretch) and waiting and waiting.last is not None and part.first == waiting.last + 1:
                waiting = evolve(waiting, last=part.last)
                continue
            if waiting:
                yield waiting
            waiting = part if isinstance(part, Stretch) else None
            if not isinstance(part, Stretch):
                yield part
        if waiting:
            yield waiting

    def _parts(self) -> Iterator[Sequence[Row] | Stretch]:
        first, end = 0, None
        while first <= _POSITION_MAX:
            try:
                rows = self._fetch(f"position >= {first}")
            except UnreadableError as error:
                end = self._end() if end is None else end
                if first >= end:
                    yield Stretch(first, None, str(error))
                    return
                last = min(first + _PAGE, end) - 1
                yield from self._halved(first, last, str(error))
                first = last + 1
                continue
            positions = [row[0] for row in rows if type(row[0]) is int]
            if rows:
                yield rows
            if not positions:
                return
            first = max(positions) + 1

    def _halved(self, first: int, last: int, why: str) -> Iterator[Sequence[Row] | Stretch]:
        self.failures_left -= 1
        if first == last or self.failures_left < 0:
            yield Stretch(first, last, why)
            return
        middle = (first + last) // 2
        for low, high in ((first, middle), (middle + 1, last)):
            try:
                rows = self._fetch(f"position BETWEEN {low} AND {high}")
            except UnreadableError as error:
                yield from self._halved(low, high, str(error))
            else:
                if rows:
                    yield rows

    def _fetch(self, which: str) -> Sequence[Row]:
        return fetch(self.conn, select_stored(event_log, self.there, f"WHERE {which} ORDER BY position LIMIT {_PAGE}"))

    def _end(self) -> int:
        """Return a position beyond all that the database has room for."""
        try:
            return attempt(self.conn, lambda: backend_of(self.conn).log_bytes(self.conn)) // _EVENT_BYTES_MIN + 1
        except UnreadableError:
            return 0
