"""Bytes into lines: split at LF in bounded memory. Pure."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import Factory, define

from ledger.format.event import LINE_BYTES_MAX, oversize_stub

if TYPE_CHECKING:
    from hashlib import _Hash

BOM = b"\xef\xbb\xbf"
# A line of the largest size may still lose a BOM and a CR.
_KEPT_BYTES_MAX = LINE_BYTES_MAX + len(BOM) + 1


def split_lines(chunks: Iterable[bytes], *, at_start: bool) -> Iterator[tuple[bytes, list[bytes], bool]]:
    """Yield (bytes, the lines they complete, finished), in order; the bytes add up to the chunks.

    Lines come without LF, but with a CR or BOM they have; one far too long to keep comes as its stub. An unfinished last line comes at
    the end with `finished` false. `at_start`: the first chunk opens a file, so that a BOM there is no part of a long line.
    """
    tail, long = b"", None
    for piece in chunks:
        chunk = piece
        if long:
            end = chunk.find(b"\n")
            long.add(chunk[:end] if end >= 0 else chunk)
            if end < 0:
                yield chunk, [], False
                continue
            yield chunk[: end + 1], [long.stub()], True
            chunk, long = chunk[end + 1 :], None
        cut = chunk.rfind(b"\n") + 1
        if cut:
            block = tail + chunk[:cut]
            yield block, block[:-1].split(b"\n"), True
            tail, at_start = b"", False
        tail += chunk[cut:]
        if len(tail) > _KEPT_BYTES_MAX:
            long = _LongLine()
            long.add(tail.removeprefix(BOM) if at_start else tail)
            yield tail, [], False
            tail, at_start = b"", False
    if long:
        yield b"", [long.stub()], False
    elif tail:
        yield tail, [tail], False


@define
class _LongLine:
    """The hash and length so far of a line too long to keep; its last byte is held back: it may be the CR of the line's end."""

    _digest: "_Hash" = Factory(sha256)
    _length: int = 0
    _held: bytes = b""

    def add(self, part: bytes) -> None:
        if part:
            self._digest.update(self._held + part[:-1])
            self._length += len(self._held) + len(part) - 1
            self._held = part[-1:]

    def stub(self) -> bytes:
        if self._held != b"\r":
            self._digest.update(self._held)
            self._length += len(self._held)
        return oversize_stub(self._length, self._digest.digest())
