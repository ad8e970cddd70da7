from attrs import evolve

from ledger.proof.frontier import EMPTY_ROOT, leaf, root
from ledger.proof.proofs import (
    GrowthProof,
    InclusionProof,
    consistency,
    growth_stretches,
    inclusion,
    inclusion_stretches,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf(number.to_bytes(2, "big")) for number in range(301)]
ROOTS = [root(LEAVES[:size]) for size in range(301)]


def test_the_stretches_of_the_standards_example_tree_of_seven_leaves() -> None:
    # RFC 6962, 2.1.3: PATH(0, D[7]) = [b, h, l], PATH(3, D[7]) = [c, g, l], PATH(6, D[7]) = [i, k].
    assert inclusion_stretches(0, 7) == [(1, 2), (2, 4), (4, 7)]
    assert inclusion_stretches(3, 7) == [(2, 3), (0, 2), (4, 7)]
    assert inclusion_stretches(6, 7) == [(4, 6), (0, 4)]
    # PROOF(3, D[7]) = [c, d, g, l], PROOF(4, D[7]) = [l], PROOF(6, D[7]) = [i, j, k].
    assert growth_stretches(3, 7) == [(2, 3), (3, 4), (0, 2), (4, 7)]
    assert growth_stretches(4, 7) == [(4, 7)]
    assert growth_stretches(6, 7) == [(4, 6), (6, 7), (0, 4)]


def test_a_proof_holds_for_what_it_proves_alone() -> None:
    inside = InclusionProof(position=3, leaf_hash=LEAVES[3], size=7, root=ROOTS[7], path=tuple(inclusion(LEAVES[:7], 3)))
    grown = GrowthProof(old_size=3, old_root=ROOTS[3], size=7, root=ROOTS[7], path=tuple(consistency(LEAVES[:7], 3)))
    assert inside.holds()
    assert grown.holds()
    assert not evolve(inside, leaf_hash=LEAVES[4]).holds()
    assert not evolve(grown, old_root=ROOTS[4]).holds()


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
