"""The Merkle tree of RFC 6962, section 2.1: root, frontier, inclusion and consistency proofs. Pure.

Everything works on leaf *hashes* of 32 bytes. A frontier is what is left of a tree that only grows: the roots of its complete subtrees,
one per set bit of its size, largest first.
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
    middle = _split(len(leaves))
    return node(root(leaves[:middle]), root(leaves[middle:]))


def _split(size: int) -> int:
    """Return the largest power of two below size."""
    return 1 << (size - 1).bit_length() - 1


@frozen
class Frontier:
    """A tree of `size` leaves, reduced to the roots of its complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote; raise ValueError where the length does not belong to the size."""
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
        """Return the frontier after the leaves that `subtrees` summed up; raise ValueError where they do not follow on this tree."""
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


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at index, from the leaf's level upwards (RFC 6962, 2.1.1)."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*inclusion(leaves[:middle], index), root(leaves[middle:])]
    return [*inclusion(leaves[middle:], index - middle), root(leaves[:middle])]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Return whether the path leads from the leaf at index to the head of a tree of size leaves."""
    return 0 <= index < size and _climb(leaf_hash, index, size, path) == head


def _climb(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    if size == 1 or not path:
        return leaf_hash if size == 1 and not path else None
    middle = _split(size)
    inside = index < middle
    below = _climb(leaf_hash, index if inside else index - middle, middle if inside else size - middle, path[:-1])
    if below is None:
        return None
    return node(below, path[-1]) if inside else node(path[-1], below)


def consistency(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree of the first old_size leaves is a beginning of this one (RFC 6962, 2.1.2)."""
    return _subproof(leaves, old_size, known=True) if old_size else []


def _subproof(leaves: Sequence[bytes], old_size: int, *, known: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if known else [root(leaves)]
    middle = _split(len(leaves))
    if old_size <= middle:
        return [*_subproof(leaves[:middle], old_size, known=known), root(leaves[middle:])]
    return [*_subproof(leaves[middle:], old_size - middle, known=False), root(leaves[:middle])]


def verify_consistency(old_size: int, old_head: bytes, size: int, head: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the tree of old_size leaves grew into that of size leaves."""
    if old_size == 0:
        return not proof and old_head == EMPTY_ROOT
    return old_size <= size and _grow(old_size, size, proof, old_head) == (old_head, head)


def _grow(old_size: int, size: int, proof: Sequence[bytes], known: bytes | None) -> tuple[bytes, bytes] | None:
    """Rebuild the old and the new head of a subtree; `known` is the old head where the subtree is the whole old tree."""
    if old_size == size:
        rest = [known] if known is not None and not proof else [*proof] if known is None else []
        return (rest[0], rest[0]) if len(rest) == 1 else None
    if not proof:
        return None
    middle = _split(size)
    inside = old_size <= middle
    below = _grow(old_size, middle, proof[:-1], known) if inside else _grow(old_size - middle, size - middle, proof[:-1], None)
    if below is None:
        return None
    old, new = below
    return (old, node(new, proof[-1])) if inside else (node(proof[-1], old), node(proof[-1], new))
