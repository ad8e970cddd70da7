"""The lines of a plain file, a `.gz` or standard input, in batches and in bounded memory; and how far a source was read."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import Factory, define, field, frozen

from ledger.errors import LedgerError
from ledger.format.event import LINE_BYTES_MAX, oversize_stub, read_stub
from ledger.source.lines import BOM, split_lines

if TYPE_CHECKING:
    from hashlib import _Hash

CHUNK_BYTES = 1 << 18
BATCH_LINES = 20_000
BATCH_BYTES = 8 << 20
STDIN = "-"
_BLANK = b" \t\r"


@frozen
class Place:
    """How far a source was read: bytes and lines from its start, and the SHA-256 of those bytes. A `.gz` counts unpacked."""

    bytes_read: int = 0
    digest: bytes = sha256(b"").digest()
    line_number: int = 0


@frozen(kw_only=True)
class Batch:
    """Some lines of a source, each with its number from 1, and the place after them.

    `read` counts all lines, `blank` those that hold nothing, `oversize` those of more than 1 MiB, which are here as stubs. `waiting`: an
    unfinished line was left. `last`: the source ended here.
    """

    lines: list[tuple[int, bytes]]
    place: Place
    read: int
    blank: int
    oversize: int
    waiting: bool = False
    last: bool = False


@frozen
class Source:
    """An open source and its readable name; `complete`: no more will be written to it. `resumable`: its start can be read again."""

    name: str
    stream: BufferedReader
    complete: bool
    resumable: bool


def readable_name(name: str) -> str:
    r"""Return a name from a command line or a folder as text that any database, terminal and JSON document takes.

    Bytes of it that are not UTF-8 (Python holds them as lone surrogates) become escapes: the file `b"a\xff.jsonl"` is called `a\xff.jsonl`,
    eleven letters. A NUL, which no file name has, becomes `\x00`. Other names stay as they are.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\x00")


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, a `.gz` or (`-`) standard input; raise LedgerError if it cannot be read."""
    if path == STDIN:
        yield Source(path, sys.stdin.buffer, complete=True, resumable=False)  # type: ignore[arg-type]
        return
    packed, name = path.endswith(".gz"), readable_name(path)
    try:
        stream = gzip.open(path) if packed else Path(path).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise LedgerError(f"cannot read {name}: {error.strerror}; check the path and its permissions") from error
    with stream:
        yield Source(name, stream, complete=packed, resumable=True)  # type: ignore[arg-type]


def first_line(source: Source) -> bytes:
    """Return the beginning of the first line that is not blank; the source is read from there all the same."""
    with _reading(source, 0):
        return source.stream.peek(CHUNK_BYTES).removeprefix(BOM).lstrip().split(b"\n", 1)[0].rstrip()


def read_chunks(source: Source) -> Iterator[bytes]:
    """Yield the source's bytes as they come; raise LedgerError if they cannot be read."""
    line_number = 0
    while True:
        with _reading(source, line_number):
            chunk = source.stream.read1(CHUNK_BYTES)
        if not chunk:
            return
        line_number += chunk.count(b"\n")
        yield chunk


@contextmanager
def _reading(source: Source, lines_seen: int) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LedgerError(
            f"{source.name}: damaged or cut off after {lines_seen} more lines ({error}); what came before is kept: "
            "send the whole file again, it adds only what is missing"
        ) from error
    except OSError as error:
        raise LedgerError(f"cannot read {source.name}: {error.strerror or error}") from error


def read_lines(
    source: Source, *, after: Place | None = None, final: bool = False, lines_max: int = BATCH_LINES, bytes_max: int = BATCH_BYTES
) -> Iterator[Batch]:
    """Yield the source's lines in batches; the last batch, which may be empty, is marked.

    `after`: go on from there if the source still begins with what was read then; otherwise begin at its start. `final`: take a last line
    without line end too. A batch ends at the first chunk that brings it to lines_max lines or bytes_max bytes. Raise LedgerError if the
    source cannot be read, after yielding the lines before that.
    """
    reader = _resume(source, after) if after and source.resumable else _BatchReader()
    try:
        for raw, lines, finished in split_lines(read_chunks(source), at_start=not reader.place.bytes_read):
            if lines and not finished and not (final or source.complete):
                reader.waiting = True
                break
            reader.take(raw, lines)
            if len(reader.lines) >= lines_max or reader.place.bytes_read - reader.began.bytes_read >= bytes_max:
                yield reader.hand_over()
    except LedgerError:
        if reader.place != reader.began:
            yield reader.hand_over()
        raise
    yield reader.hand_over(last=True)


@define
class _BatchReader:
    """What was read of a source since the last batch, and the digest of all its bytes so far."""

    place: Place = Factory(Place)
    digest: "_Hash" = Factory(sha256)
    began: Place = field(init=False)
    lines: list[tuple[int, bytes]] = field(init=False)
    blank: int = field(init=False)
    oversize: int = field(init=False)
    bytes_seen: int = field(init=False)
    waiting: bool = False

    def __attrs_post_init__(self) -> None:
        self.bytes_seen = self.place.bytes_read
        self._begin()

    def _begin(self) -> None:
        self.began, self.lines, self.blank, self.oversize = self.place, [], 0, 0

    def take(self, raw: bytes, lines: list[bytes]) -> None:
        """Add what raw completes; the place moves only over whole lines."""
        self.digest.update(raw)
        self.bytes_seen += len(raw)
        if not lines:
            return
        start = self.place.line_number
        if not start:
            lines[0] = lines[0].removeprefix(BOM)
        payloads = list(map(to_payload, lines))
        kept = [(number, line) for number, line in enumerate(payloads, start + 1) if line.strip(_BLANK)]
        self.lines += kept
        self.blank += len(lines) - len(kept)
        self.oversize += sum(line[0] == 0 and read_stub(line) is not None for _, line in kept)
        self.place = Place(self.bytes_seen, self.digest.copy().digest(), start + len(lines))

    def hand_over(self, *, last: bool = False) -> Batch:
        """Return what was taken as a batch, and begin the next."""
        read = self.place.line_number - self.began.line_number
        batch = Batch(
            lines=self.lines,
            place=self.place,
            read=read,
            blank=self.blank,
            oversize=self.oversize,
            waiting=self.waiting,
            last=last,
        )
        self._begin()
        return batch


def to_payload(line: bytes) -> bytes:
    """Return the payload of a line that was split at LF: one CR dropped, a stub for more than 1 MiB."""
    if line[-1:] == b"\r":
        line = line[:-1]
    return line if len(line) <= LINE_BYTES_MAX else oversize_stub(len(line), sha256(line).digest())


def _resume(source: Source, after: Place) -> _BatchReader:
    """Go on where the last read stopped if the source still begins with the same bytes, else at its start."""
    digest, left, chunk = sha256(), after.bytes_read, b""
    with _reading(source, 0):
        while left and (more := source.stream.read(min(left, CHUNK_BYTES))):
            chunk = more
            digest.update(chunk)
            left -= len(chunk)
        same = not left and digest.digest() == after.digest
        # A last line taken without its end may have grown since: then it is another line.
        if same and (chunk.endswith(b"\n") or not source.stream.peek(1)):
            return _BatchReader(after, digest)
        source.stream.seek(0)
    return _BatchReader()
