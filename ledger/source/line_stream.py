"""Lines that a program holds, to be read as a file is. Pure."""

from collections.abc import Iterable
from io import RawIOBase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class LineStream(RawIOBase):
    """A stream of lines that come without their ends: `[b"a", b"b"]` is read as `a`, LF, `b`, LF; a buffer of them in memory at a time."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._rest = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer with what comes next; return how many bytes that is, 0 at the end."""
        room = memoryview(buffer).cast("B")
        parts, length = [self._rest], len(self._rest)
        while length < len(room) and (line := next(self._lines, None)) is not None:
            parts.append(line + b"\n")
            length += len(line) + 1
        data = b"".join(parts)
        filled = min(len(data), len(room))
        room[:filled], self._rest = data[:filled], data[filled:]
        return filled
