"""The rows of a registry file: CSV records as bytes, with columns in any order, and line breaks inside quotes."""

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice

from attrs import frozen

from ledger.errors import LedgerError
from ledger.format.event import LINE_BYTES_MAX, read_stub
from ledger.format.registry_row import COLUMNS, ends_inside_quotes, read_record
from ledger.source.lines import BOM, split_lines
from ledger.source.read import Place, Source, read_chunks, to_payload

REGISTRY_BYTES_MAX = 256 << 20
"""The most that a registry file may hold, in bytes, and its payloads together: with a long header they are many times the file."""

_MAX_SHOWN = f"{REGISTRY_BYTES_MAX >> 20} MiB"
_BLANK = b" \t\r\n"


@frozen(kw_only=True)
class RegistryFile:
    """A registry file, read whole: its rows as (line number, payload), the place of its end, and counts.

    `read` counts rows and blank lines, not the header, so that rows and blank lines add up to it.
    """

    kind: str
    rows: list[tuple[int, bytes]]
    place: Place
    read: int
    blank: int
    oversize: int


def read_registry(source: Source, kind: str) -> RegistryFile:
    """Read all rows of a `plant` or `inverter` file.

    A payload is the header record, LF and the row's record, as read; for a row of more than 1 MiB its stub. A last row without line end
    counts: a registry file is written whole. Raise LedgerError if a column is missing or there twice, or if the file, or its payloads
    together, have more than REGISTRY_BYTES_MAX bytes.
    """
    digest, length, lines = sha256(), 0, list[bytes]()
    for raw, more, _ in split_lines(read_chunks(source), at_start=True):
        digest.update(raw)
        length += len(raw)
        if length > REGISTRY_BYTES_MAX:
            raise LedgerError(f"{source.name}: more than {_MAX_SHOWN}, too much for a registry file, which is read whole: split it")
        lines += more
    lines[:1] = [line.removeprefix(BOM) for line in lines[:1]]
    records = [(number, record) for number, record in _records(lines) if record.strip(_BLANK)]
    header = to_payload(records[0][1]) if records else b""
    _check_header(header, kind, source.name)
    recorded = sum(len(header) + 1 + len(record) for _, record in records[1:])
    if recorded > REGISTRY_BYTES_MAX:
        raise LedgerError(
            f"{source.name}: its {len(records) - 1} rows, each kept with the header of {len(header)} bytes, have more than {_MAX_SHOWN}: "
            "shorten the header, or split the file"
        )
    rows = [(number, _row_payload(header, record)) for number, record in records[1:]]
    blank = sum(not line.strip(_BLANK) for line in lines)
    return RegistryFile(
        kind=kind,
        rows=rows,
        place=Place(length, digest.digest(), len(lines)),
        read=len(rows) + blank,
        blank=blank,
        oversize=sum(read_stub(payload) is not None for _, payload in rows),
    )


def _row_payload(header: bytes, record: bytes) -> bytes:
    payload = to_payload(record)
    return payload if read_stub(payload) else header + b"\n" + payload


def _records(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Join the lines of each record.

    A quote that does not close within 1 MiB, or before the end, is taken to close with its own line: a forgotten quote costs one row, not
    the rest of the file.
    """
    waiting, number, doomed = deque(lines), 1, 0
    while waiting:
        line = waiting.popleft()
        doomed = max(doomed - 1, 0)
        more = 0
        if ends_inside_quotes(line) and len(line) <= LINE_BYTES_MAX:
            # Inside a stretch that is known not to close, looking again would cost its square.
            more, seen = (0, 0) if doomed else _lines_to_close(line, waiting)
            doomed = max(doomed, seen)
        record = b"\n".join([line, *(waiting.popleft() for _ in range(more))])
        yield number, record
        number += 1 + more


def _lines_to_close(line: bytes, waiting: deque[bytes]) -> tuple[int, int]:
    """Return how many further lines close the quote open in line (0: none does), and how many were seen in vain."""
    length, seen = len(line), 0
    for seen, following in enumerate(islice(waiting, None), 1):
        length += 1 + len(following)
        if length > LINE_BYTES_MAX:
            return 0, seen
        if not ends_inside_quotes(following, inside=True):
            return seen, 0
    return 0, seen


def _check_header(header: bytes, kind: str, name: str) -> None:
    columns = [column.strip() for column in read_record(header) or ()]
    for column in COLUMNS[kind]:
        count = columns.count(column)
        if count != 1:
            fault = "more than one column" if count else "no column"
            needed = ", ".join(COLUMNS[kind])
            raise LedgerError(f"{name}: {fault} {column!r} in the header; a file of {kind}s has the columns {needed}, in any order")
