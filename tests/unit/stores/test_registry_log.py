"""The logs of a register: the tree that the desk signed and no other, nodes made again from a few stored ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.errors import UserError
from app.stores.registry import RegistryStore
from crypto.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from crypto.errors import FormatError, TrustError
from crypto.export import log_origin
from crypto.manifest import UntrustedManifest
from crypto.tlog import Frontier, check_consistency, consistency_proof, leaf_hash, node_hash, tile
from tests.fakes.issuer import ORIGIN, Issuer
from tests.fakes.register import DAY, dump, filled, synthetic
from tests.unit.domain.samples import raw_entry


def test_every_node_and_tile_of_a_log(store: RegistryStore, issuer: Issuer) -> None:
    filled(store, issuer, 600)
    reader = store.log(issuer.instance)
    leaves = reader.entries(0, 1_000)
    assert len(leaves) == 600
    level, nodes = [leaf_hash(leaf) for leaf in leaves], {}
    for height in range(10):
        nodes |= {(height, number): value for number, value in enumerate(level)}
        level = [node_hash(*level[place : place + 2]) for place in range(0, len(level) - 1, 2)]
    for place in [(0, 0), (0, 599), (1, 299), (3, 74), (7, 3), (8, 0), (8, 1), (9, 0)]:
        assert reader.nodes(*place) == nodes[place]
    for number, width in ((0, 256), (1, 256), (2, 88)):
        assert reader.tile(0, number, width) == tile(0, number, width, lambda *place: nodes[place])
    assert reader.tile(1, 0, 2) == nodes[8, 0] + nodes[8, 1]
    for absent in ((0, 600), (1, 300), (8, 2), (9, 1), (-1, 0), (0, -1)):
        with pytest.raises(FormatError):
            reader.nodes(*absent)
    for wide in ((0, 2, 89), (1, 0, 3), (0, 0, 0)):
        with pytest.raises(FormatError):
            reader.tile(*wide)
    assert reader.entries(598, 9) == leaves[598:]
    assert reader.entries(900, 9) == ()


def test_heads_grow_consistently(store: RegistryStore, issuer: Issuer) -> None:
    assert store.logs() == ()
    assert store.log("desk.example").head is None
    roots = []
    for start in (0, 3, 300):
        filled(store, issuer, 3 if start != 3 else 297, start=start)
        (head,) = store.logs()
        roots.append(
            open_checkpoint(head.checkpoint, issuer.desk_key.public, origin=log_origin(ORIGIN, "desk.example"))
        )
    nodes = store.log("desk.example").nodes
    assert [root.size for root in roots] == [3, 300, 303]
    for old, new in ((0, 1), (0, 2), (1, 2)):
        older, newer = roots[old], roots[new]
        proof = consistency_proof(older.size, newer.size, nodes)
        check_consistency(older.size, older.root, newer.size, newer.root, proof)


def test_each_issuer_has_its_own(store: RegistryStore, issuer: Issuer) -> None:
    other = Issuer("other.example")
    filled(store, issuer, 2)
    filled(store, other, 3, start=10)
    assert [(head.issuer, head.size) for head in store.logs()] == [("desk.example", 2), ("other.example", 3)]
    assert [(one.issuer, one.version, one.note) for one in store.manifests()] == [
        ("desk.example", 1, issuer.manifest_bytes),
        ("other.example", 1, other.manifest_bytes),
    ]


def test_each_manifest_is_kept_as_it_was_signed(store: RegistryStore, issuer: Issuer) -> None:
    filled(store, issuer, 1)
    first = issuer.manifest_bytes
    issuer.manifest_bytes = issuer.sign_manifest(version=2, previous=issuer.manifest.digest)
    issuer.manifest = UntrustedManifest.parse(issuer.manifest_bytes).verify(issuer.root.public)
    filled(store, issuer, 1, start=1)
    assert [one.note for one in store.manifests()] == [first, issuer.manifest_bytes]
    found = list(store.stream(DAY))
    assert [one.manifest for one in found] == [1, 2]


def test_a_tree_that_the_desk_did_not_sign_is_refused(store: RegistryStore, issuer: Issuer) -> None:
    filled(store, issuer, 3)
    before = dump(store)
    batch = issuer.batch(raw_entry())
    origin = log_origin(ORIGIN, issuer.instance)
    root = issuer.log.root
    cases = (
        (
            Checkpoint(origin, 5, root),
            issuer.desk_key,
            UserError,
            "has 4 leaves with this export, its checkpoint says 5",
        ),
        (Checkpoint(origin, 4, bytes(32)), issuer.desk_key, UserError, "its history differs"),
        (Checkpoint(f"{ORIGIN}/other.example", 4, root), issuer.desk_key, TrustError, "another log"),
        (Checkpoint(origin, 4, root), Issuer().desk_key, TrustError, "another key"),
    )
    for head, key, error, message in cases:
        other = replace(batch, checkpoint=sign_checkpoint(head, key))
        with pytest.raises(error, match=message):
            store.load(other, issuer.manifest, DAY, note=issuer.manifest_bytes)
        assert dump(store) == before
    assert store.load(batch, issuer.manifest, DAY, note=issuer.manifest_bytes).records == 1


def test_a_desk_that_lost_its_log_is_refused(store: RegistryStore, issuer: Issuer) -> None:
    filled(store, issuer, 3)
    issuer.log = Frontier()
    with pytest.raises(UserError, match="has 4 leaves with this export, its checkpoint says 1"):
        filled(store, issuer, 1, start=50)
    assert next(iter(synthetic(1)))["regc_id"] in {one.record.regc_id for one in store.stream(DAY)}
