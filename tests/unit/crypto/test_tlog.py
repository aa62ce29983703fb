"""The Merkle log: hashing and proofs of RFC 6962, tiles of C2SP tlog-tiles (docs/spec/log.md)."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError, TrustError
from crypto.tlog import (
    Frontier,
    check_consistency,
    check_inclusion,
    consistency_proof,
    has_tile,
    inclusion_proof,
    leaf_hash,
    node_hash,
    read_tile_path,
    tile,
    tile_path,
    tiles,
    tree_root,
)

# The seven entries and roots of the test data of Certificate Transparency (RFC 6962), which many logs use.
ENTRIES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
MOST = 300


def reference(leaves: tuple[bytes, ...]) -> bytes:
    """MTH of RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + reference(leaves[:half]) + reference(leaves[half:])).digest()


LEAVES = tuple(leaf_hash(number.to_bytes(4, "big")) for number in range(MOST))


@cache
def grown() -> tuple[tuple[Frontier, ...], dict[tuple[int, int], bytes]]:
    frontiers, nodes = [Frontier()], {}
    for leaf in LEAVES:
        after, made = frontiers[-1].append(leaf)
        frontiers.append(after)
        for level, number, value in made:
            assert (level, number) not in nodes, "a node is complete once"
            nodes[level, number] = value
    return tuple(frontiers), nodes


def node(level: int, number: int) -> bytes:
    return grown()[1][level, number]


def root(size: int) -> bytes:
    return grown()[0][size].root


def test_the_known_trees() -> None:
    log = Frontier()
    for size, expected in enumerate(ROOTS):
        assert log.size == size
        assert log.root.hex() == expected
        assert reference(tuple(map(leaf_hash, ENTRIES[:size]))).hex() == expected
        if size < len(ENTRIES):
            log, _ = log.append(leaf_hash(ENTRIES[size]))


def test_every_root_is_that_of_the_definition() -> None:
    for size in (*range(70), 127, 128, 129, 255, 256, 257, MOST):
        assert root(size) == reference(LEAVES[:size]) == tree_root(size, node)


def test_nodes_are_those_of_complete_subtrees() -> None:
    for (level, number), value in grown()[1].items():
        assert value == reference(LEAVES[number << level : (number + 1) << level])


@pytest.mark.parametrize("broken", [(-1, ()), (1, ()), (0, (b"x" * 32,)), (1, (b"short",)), (3, (b"x" * 32,))])
def test_a_frontier_that_is_none(broken: tuple[int, tuple[bytes, ...]]) -> None:
    with pytest.raises(FormatError, match="one hash for each bit"):
        Frontier(*broken)


def test_every_small_proof_holds() -> None:
    for size in range(1, 40):
        for index in range(size):
            check_inclusion(LEAVES[index], index, size, inclusion_proof(index, size, node), root(size))
        for old in range(1, size + 1):
            check_consistency(old, root(old), size, root(size), consistency_proof(old, size, node))


@given(st.data())
def test_inclusion_and_every_mutation(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node)
    check_inclusion(LEAVES[index], index, size, proof, root(size))
    other = data.draw(st.integers(0, MOST - 1).filter(lambda value: value != index))
    refused = [
        (LEAVES[other], index, size, proof, root(size)),
        (LEAVES[index], other, size, proof, root(size)),
        (LEAVES[index], index, size, (*proof, LEAVES[0]), root(size)),
        (LEAVES[index], index, size, proof, flipped(root(size), data)),
        (LEAVES[index], index, index, proof, root(size)),
        (LEAVES[index], -1, size, proof, root(size)),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        refused += [
            (LEAVES[index], index, size, proof[:at] + proof[at + 1 :], root(size)),
            (LEAVES[index], index, size, replaced(proof, at, flipped(proof[at], data)), root(size)),
            (LEAVES[index], index, size, replaced(proof, at, proof[at][:-1]), root(size)),
        ]
    for arguments in refused:
        with pytest.raises(TrustError):
            check_inclusion(*arguments)


@given(st.data())
def test_consistency_and_every_mutation(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, node)
    check_consistency(old, root(old), new, root(new), proof)
    at = data.draw(st.integers(0, len(proof) - 1))
    refused = [
        (old, flipped(root(old), data), new, root(new), proof),
        (old, root(old), new, flipped(root(new), data), proof),
        (old, root(old), new, root(new), (*proof, LEAVES[0])),
        (old, root(old), new, root(new), proof[:at] + proof[at + 1 :]),
        (old, root(old), new, root(new), replaced(proof, at, flipped(proof[at], data))),
        (old, root(old), new, root(new), ()),
        (new, root(new), old, root(old), proof),
        (0, root(0), new, root(new), proof),
        (old, root(old)[:-1], new, root(new), proof),
        (new, root(new), new, root(new), proof),
        (new, root(old), new, root(new), ()),
    ]
    for arguments in refused:
        with pytest.raises(TrustError):
            check_consistency(*arguments)


def flipped(value: bytes, data: st.DataObject) -> bytes:
    at, mask = data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255))
    return value[:at] + bytes([value[at] ^ mask]) + value[at + 1 :]


def replaced(proof: tuple[bytes, ...], at: int, step: bytes) -> tuple[bytes, ...]:
    return (*proof[:at], step, *proof[at + 1 :])


def test_a_rewritten_history_has_no_proof() -> None:
    """The attack that the log is for: another leaf in the middle, everything after it made again."""
    forged, nodes = Frontier(), {}
    for place, leaf in enumerate(LEAVES[:100]):
        forged, made = forged.append(leaf_hash(b"rewritten") if place == 41 else leaf)
        nodes |= {(level, number): value for level, number, value in made}
    for old in range(42, 100):
        proof = consistency_proof(old, 100, lambda level, number: nodes[level, number])
        with pytest.raises(TrustError, match="does not begin with the older one"):
            check_consistency(old, root(old), 100, forged.root, proof)


def test_proofs_of_what_is_not_there() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(FormatError, match="no such leaf"):
            inclusion_proof(index, size, node)
    for old, new in ((0, 5), (6, 5), (-1, 5)):
        with pytest.raises(FormatError, match="the older tree"):
            consistency_proof(old, new, node)


def test_the_messages_of_proofs_differ() -> None:
    cases = {
        "too long": (LEAVES[0], 0, 1, (LEAVES[1],), LEAVES[0]),
        "not in this tree": (LEAVES[1], 0, 1, (), LEAVES[0]),
        "no such leaf": (LEAVES[1], 1, 1, (), LEAVES[0]),
        "another length": (b"", 0, 1, (), LEAVES[0]),
    }
    for message, arguments in cases.items():
        with pytest.raises(TrustError, match=message):
            check_inclusion(*arguments)
    proof = consistency_proof(3, 5, node)
    for message, steps in {"too short": (), "too long": (*proof, *proof)}.items():
        with pytest.raises(TrustError, match=message):
            check_consistency(3, root(3), 5, root(5), steps)
    with pytest.raises(TrustError, match="too short"):
        check_consistency(4, root(4), 5, root(5), ())


def test_tiles_hold_the_hashes_of_their_level() -> None:
    assert tile(0, 0, 256, node) == b"".join(LEAVES[:256])
    assert tile(0, 1, 44, node) == b"".join(LEAVES[256:])
    assert tile(1, 0, 1, node) == node(8, 0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, []),
        (1, [(0, 0, 1)]),
        (256, [(0, 0, 256), (1, 0, 1)]),
        (300, [(0, 0, 256), (0, 1, 44), (1, 0, 1)]),
        (70_000, None),
    ],
)
def test_which_tiles_a_tree_has(size: int, expected: list[tuple[int, int, int]] | None) -> None:
    found = list(tiles(size))
    assert expected is None or found == expected
    assert all(has_tile(*one, size) for one in found)
    assert sum(width for level, _, width in found if level == 0) == size
    assert [one for one in found if one[0] == 2] == ([(2, 0, 1)] if size >= 65_536 else [])


def test_which_tiles_a_tree_does_not_have() -> None:
    for level, number, width in ((0, 1, 45), (0, 2, 1), (1, 0, 2), (2, 0, 1), (-1, 0, 1), (64, 0, 1)):
        assert not has_tile(level, number, width, 300)


@given(st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_addresses_round_trip(number: int, width: int) -> None:
    assert read_tile_path(tile_path(number, width)) == (number, width)


def test_the_address_of_the_specification() -> None:
    assert tile_path(1_234_067) == "x001/x234/067"
    assert tile_path(1_234_067, 8) == "x001/x234/067.p/8"
    assert tile_path(0) == "000"


@pytest.mark.parametrize(
    "path",
    ["", "0", "0000", "x000/067", "1/000", "x001/x234/x067", "000.p/0", "000.p/256", "000.p/01", "000.p", "000/001",
     "x1/000", "../000", "000.p/1/", "x001/000\n", "x001x002/000", "X001/000", "٠٠٠"],
)  # fmt: skip
def test_what_is_no_address(path: str) -> None:
    with pytest.raises(FormatError, match="not the address of a tile"):
        read_tile_path(path)


@given(st.text("x0123456789/.p", max_size=20))
def test_any_text_is_refused_or_the_one_address(path: str) -> None:
    try:
        found = read_tile_path(path)
    except FormatError:
        return
    assert tile_path(*found) == path


def test_leaves_and_nodes_never_share_a_hash() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
