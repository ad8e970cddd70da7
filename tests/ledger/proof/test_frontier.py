from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.frontier import EMPTY_ROOT, Frontier, leaf, node, root, subtrees

LEAVES = [leaf(number.to_bytes(2, "big")) for number in range(301)]
ROOTS = [root(LEAVES[:size]) for size in range(301)]


def test_the_empty_tree_one_leaf_and_three_leaves_hash_as_the_standard_says() -> None:
    one, two, three = (sha256(b"\x00" + data).digest() for data in (b"1", b"2", b"3"))
    assert root([]) == EMPTY_ROOT == sha256(b"").digest()
    assert root([leaf(b"1")]) == one
    pair = sha256(b"\x01" + one + two).digest()
    assert root([leaf(b"1"), leaf(b"2"), leaf(b"3")]) == node(pair, three) == sha256(b"\x01" + pair + three).digest()


@pytest.mark.invariant("I6")
def test_a_frontier_has_the_root_of_the_definition_at_every_size() -> None:
    frontier = Frontier()
    for size in range(301):
        assert (frontier.size, frontier.root()) == (size, ROOTS[size])
        frontier = frontier.extended(LEAVES[size : size + 1])


@given(st.lists(st.integers(0, 40), max_size=8))
def test_leaves_added_in_any_portions_give_the_same_frontier(portions: list[int]) -> None:
    frontier, size = Frontier(), 0
    for portion in portions:
        portion = min(portion, 300 - size)  # noqa: PLW2901
        frontier = frontier.extended(LEAVES[size : size + portion])
        size += portion
    assert frontier == Frontier().extended(LEAVES[:size])
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@given(st.integers(0, 150), st.integers(0, 150), st.integers(0, 150))
def test_stretches_hashed_apart_join_to_the_same_frontier(before: int, first: int, second: int) -> None:
    second = min(second, 300 - before - first)
    one, two = (subtrees(start, LEAVES[start : start + count]) for start, count in ((before, first), (before + first, second)))
    assert Frontier().extended(LEAVES[:before]).joined(one).joined(two) == Frontier().extended(LEAVES[: before + first + second])


def test_a_stretch_joins_only_where_it_belongs() -> None:
    with pytest.raises(ValueError, match="4 leaves cannot follow 2"):
        Frontier().extended(LEAVES[:2]).joined(subtrees(4, LEAVES[4:8]))


def test_bytes_of_another_size_are_no_frontier() -> None:
    with pytest.raises(ValueError, match="tree of 3 leaves"):
        Frontier.from_bytes(3, b"\x00" * 32)
