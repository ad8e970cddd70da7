from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.frontier import (
    EMPTY_ROOT,
    Frontier,
    consistency,
    inclusion,
    leaf,
    node,
    root,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

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


def test_every_leaf_of_every_size_is_proven_to_be_in_the_tree() -> None:
    for size in [*range(1, 40), 63, 64, 65, 127, 128, 129, 255, 256, 257, 299, 300]:
        for index in range(0, size, 1 if size < 40 else 37):
            path = inclusion(LEAVES[:size], index)
            assert verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
            assert not verify_inclusion(LEAVES[index + 1], index, size, path, ROOTS[size])
            assert not verify_inclusion(LEAVES[index], index, size, path, ROOTS[size - 1])
            assert not verify_inclusion(LEAVES[index], index, size, [*path, LEAVES[0]], ROOTS[size])
            assert not path or not verify_inclusion(LEAVES[index], index, size, path[1:], ROOTS[size])


def test_an_index_outside_the_tree_is_never_in_it() -> None:
    path = inclusion(LEAVES[:4], 3)
    assert not verify_inclusion(LEAVES[3], 4, 4, path, ROOTS[4])
    assert not verify_inclusion(LEAVES[3], -1, 4, path, ROOTS[4])
    assert not verify_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT)


def test_every_size_is_proven_to_have_grown_from_every_smaller_one() -> None:
    for size in [*range(34), 64, 65, 128, 300]:
        for old in range(0, size + 1, 1 if size < 34 else 13):
            proof = consistency(LEAVES[:size], old)
            assert verify_consistency(old, ROOTS[old], size, ROOTS[size], proof)
            assert not verify_consistency(old, LEAVES[300], size, ROOTS[size], proof)
            assert old == 0 or not verify_consistency(old, ROOTS[old], size, LEAVES[300], proof)
            assert not verify_consistency(old, ROOTS[old], size, ROOTS[size], [*proof, LEAVES[0]])
            assert not proof or not verify_consistency(old, ROOTS[old], size, ROOTS[size], proof[:-1])
            assert not proof or not verify_consistency(old, ROOTS[old], size, ROOTS[size], [])


def test_no_tree_grows_into_a_smaller_one() -> None:
    assert not verify_consistency(5, ROOTS[5], 4, ROOTS[4], [])
