"""That an event is in the log, and that a log grew from an earlier one: the proofs of RFC 6962, 2.1.1 and 2.1.2. Pure.

A proof is a list of hashes, each the root of a stretch of leaves. Which stretches they are follows from the sizes alone, so a proof of a
large log is made without holding its leaves: `inclusion_stretches(2, 6)` is `[(3, 4), (0, 2), (4, 6)]`.
"""

from collections.abc import Sequence

from attrs import frozen

from ledger.proof.frontier import EMPTY_ROOT, node, root, split

Stretch = tuple[int, int]
"""The leaves from the first number to below the second."""


@frozen(kw_only=True)
class InclusionProof:
    """That the leaf `leaf_hash` is at `position` in the log of `size` events with this `root`: its audit path, leaf's level first."""

    position: int
    leaf_hash: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]

    def holds(self) -> bool:
        """Return whether the path leads from the leaf to the root."""
        return verify_inclusion(self.leaf_hash, self.position, self.size, self.path, self.root)


@frozen(kw_only=True)
class GrowthProof:
    """That the log of `old_size` events with `old_root` is the beginning of the one of `size` events with `root`."""

    old_size: int
    old_root: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]

    def holds(self) -> bool:
        """Return whether the path leads to both roots."""
        return verify_consistency(self.old_size, self.old_root, self.size, self.root, self.path)


def inclusion_stretches(index: int, size: int) -> list[Stretch]:
    """Return the stretches whose roots are the audit path of the leaf at index in a tree of size leaves, from the leaf's level upwards."""
    start, end, found = 0, size, list[Stretch]()
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def growth_stretches(old_size: int, size: int) -> list[Stretch]:
    """Return the stretches whose roots prove that a tree of size leaves begins with that of old_size leaves, in the order of the RFC."""
    if not old_size:
        return []
    start, end, found = 0, size, list[Stretch]()
    while end != old_size:
        middle = start + split(end - start)
        if old_size <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    # The old tree itself is known to who asks; a part of it is not.
    return [(start, end), *found[::-1]] if start else found[::-1]


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at index, from the leaf's level upwards."""
    return [root(leaves[start:end]) for start, end in inclusion_stretches(index, len(leaves))]


def consistency(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree of the first old_size leaves is a beginning of this one."""
    return [root(leaves[start:end]) for start, end in growth_stretches(old_size, len(leaves))]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Return whether the path leads from the leaf at index to the head of a tree of size leaves."""
    return 0 <= index < size and _climb(leaf_hash, index, size, path) == head


def _climb(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    if size == 1 or not path:
        return leaf_hash if size == 1 and not path else None
    middle = split(size)
    inside = index < middle
    below = _climb(leaf_hash, index if inside else index - middle, middle if inside else size - middle, path[:-1])
    if below is None:
        return None
    return node(below, path[-1]) if inside else node(path[-1], below)


def verify_consistency(old_size: int, old_head: bytes, size: int, head: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the tree of old_size leaves grew into that of size leaves."""
    if old_size == 0:
        return not proof and old_head == EMPTY_ROOT
    return old_size <= size and _grow(old_size, size, proof, old_head) == (old_head, head)


def _grow(old_size: int, size: int, proof: Sequence[bytes], known: bytes | None) -> tuple[bytes, bytes] | None:
    """Return the old and the new head of a subtree; `known` is the old head if the subtree is the whole old tree, else None."""
    if old_size == size:
        rest = [known] if known is not None and not proof else [*proof] if known is None else []
        return (rest[0], rest[0]) if len(rest) == 1 else None
    if not proof:
        return None
    middle = split(size)
    inside = old_size <= middle
    below = _grow(old_size, middle, proof[:-1], known) if inside else _grow(old_size - middle, size - middle, proof[:-1], None)
    if below is None:
        return None
    old, new = below
    return (old, node(new, proof[-1])) if inside else (node(proof[-1], old), node(proof[-1], new))
