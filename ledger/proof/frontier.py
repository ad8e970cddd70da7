"""The Merkle tree of RFC 6962, section 2.1, and its frontier. Pure.

Everything works on leaf *hashes* of 32 bytes. A frontier is what must be kept of a tree that only grows: the roots of its complete
subtrees, one per set bit of its size, largest first. A tree of 6 leaves keeps two: the root of leaves 0 to 3, and that of leaves 4 and 5.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from attrs import frozen

EMPTY_ROOT = sha256(b"").digest()
_HASH_BYTES = 32


def leaf(data: bytes) -> bytes:
    """Return the leaf hash of data."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree head by its recursive definition."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = split(len(leaves))
    return node(root(leaves[:middle]), root(leaves[middle:]))


def split(size: int) -> int:
    """Return how many leaves go to the left of a tree of `size` leaves, at least two: the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1


@frozen
class Frontier:
    """A tree of `size` leaves, reduced to the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote; raise ValueError if the length does not belong to the size."""
        if len(data) != _HASH_BYTES * size.bit_count():
            raise ValueError(f"a frontier of {len(data)} bytes is not that of a tree of {size} leaves")
        return cls(size, tuple(data[at : at + _HASH_BYTES] for at in range(0, len(data), _HASH_BYTES)))

    def to_bytes(self) -> bytes:
        """Return the peaks one after the other, 32 bytes each."""
        return b"".join(self.peaks)

    def root(self) -> bytes:
        """Return the tree head."""
        if not self.peaks:
            return EMPTY_ROOT
        *higher, top = self.peaks
        for peak in reversed(higher):
            top = node(peak, top)
        return top

    def extended(self, leaves: Sequence[bytes]) -> "Frontier":
        """Return the frontier after more leaves; a whole level at a time, as binary addition carries."""
        left, waiting, size = list(self.peaks), self.size, self.size + len(leaves)
        level, peaks = list(leaves), list[bytes]()
        while level or waiting:
            if waiting & 1:
                level.insert(0, left.pop())
            if len(level) & 1:
                peaks.append(level.pop())
            level = [sha256(b"\x01" + one + two).digest() for one, two in zip(level[::2], level[1::2], strict=True)]
            waiting >>= 1
        return Frontier(size, tuple(reversed(peaks)))

    def joined(self, subtrees: Iterable[tuple[int, bytes]]) -> "Frontier":
        """Return the frontier after the leaves that `subtrees` summed up; raise ValueError if they do not follow on this tree."""
        peaks, size = list(self.peaks), self.size
        for height, top in subtrees:
            if size & ((1 << height) - 1):
                raise ValueError(f"a subtree of {1 << height} leaves cannot follow {size} leaves")
            carried, level = top, height
            while size >> level & 1:
                carried, level = node(peaks.pop(), carried), level + 1
            peaks.append(carried)
            size += 1 << height
        return Frontier(size, tuple(peaks))


def subtrees(first: int, leaves: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Sum up the leaves from position `first` on as the roots of the largest complete subtrees they fill: (height, root), left to right.

    Whoever knows the frontier of the first `first` leaves can join them to it; so stretches of a log can be hashed apart.
    """
    found, start = list[tuple[int, bytes]](), 0
    while start < len(leaves):
        position, left = first + start, len(leaves) - start
        size = 1 << left.bit_length() - 1
        if position:
            size = min(size, position & -position)
        found.append((size.bit_length() - 1, Frontier().extended(leaves[start : start + size]).root()))
        start += size
    return found
