"""The log as everyone reads it: checkpoint, tiles and proofs, by the page of C2SP tlog-tiles and ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.settings import Issuer as Known
from crypto.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog import check_consistency, check_inclusion, tile_path, tiles
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.domain.samples import raw_entry
from tests.web.registry_site import HOST, Site

LEAVES = 300


def names(count: int, start: int = 0) -> Iterator[str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for number in range(start, start + count):
        yield "REGC-2026-" + "".join(letters[number >> 5 * place & 31] for place in range(16))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("log"))
    path = made.settings.path("manifest")
    path.write_bytes(made.issuer.manifest_bytes)
    made.load(*(raw_entry(regc_id=name) for name in names(7)))
    made.load(*(raw_entry(regc_id=name) for name in names(LEAVES - 7, 7)))
    yield made
    made.close()
    forget_keys()


def get(site: Site, path: str, status: int = 200) -> Any:
    answer = site.client.get(path, headers={"Host": HOST})
    assert answer.status_code == status, path
    return answer


def head(site: Site) -> Checkpoint:
    issuer = site.issuer
    data = get(site, "/log/checkpoint").data
    return open_checkpoint(data, issuer.desk_key.public, origin=f"regc.example/{issuer.instance}")


def test_the_checkpoint_is_the_desks(site: Site) -> None:
    answer = get(site, "/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert head(site) == Checkpoint("regc.example/desk.example", LEAVES, site.issuer.log.root)
    again = site.client.get("/log/checkpoint", headers={"Host": HOST, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_tree_is_rebuilt_from_tiles_alone(site: Site) -> None:
    """What any client of tlog-tiles does: entries → leaf hashes → every tile → the root of the checkpoint."""
    bundles, level0 = b"", b""
    for level, number, width in tiles(LEAVES):
        answer = get(site, f"/log/tile/{level}/{tile_path(number, width)}")
        assert answer.content_type == "application/octet-stream"
        assert "immutable" in answer.headers["Cache-Control"]
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert len(answer.data) == 32 * width
        if level == 0:
            level0 += answer.data
            bundles += get(site, f"/log/tile/entries/{tile_path(number, width)}").data
    leaves = []
    while bundles:
        size = int.from_bytes(bundles[:2], "big")
        leaves.append(hashlib.sha256(b"\0" + bundles[2 : 2 + size]).digest())
        bundles = bundles[2 + size :]
    assert b"".join(leaves) == level0
    assert len(leaves) == LEAVES


def test_every_proof_leads_to_a_signed_root(site: Site) -> None:
    root = head(site).root
    for leaf in (0, 6, 7, 255, 256, 299):
        told = get(site, f"/log/proof/inclusion?leaf={leaf}&size={LEAVES}").json
        assert told["root"] == root.hex()
        proof = [bytes.fromhex(step) for step in told["proof"]]
        check_inclusion(bytes.fromhex(told["leaf_hash"]), leaf, LEAVES, proof, root)
    for old in (1, 7, 256, 299, 300):
        told = get(site, f"/log/proof/consistency?from={old}&to={LEAVES}").json
        proof = [bytes.fromhex(step) for step in told["proof"]]
        check_consistency(old, bytes.fromhex(told["from_root"]), LEAVES, root, proof)


def test_a_proof_without_a_size_is_about_the_newest(site: Site) -> None:
    for path in ("inclusion?leaf=3", "consistency?from=7"):
        answer = get(site, f"/log/proof/{path}")
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert answer.content_type == "application/json"
        assert json.loads(answer.data)["log"] == "regc.example/desk.example"
    assert "immutable" in get(site, "/log/proof/inclusion?leaf=3&size=7").headers["Cache-Control"]
    assert "immutable" in get(site, "/log/proof/consistency?from=3&to=7").headers["Cache-Control"]
    # A parameter that the other question has says nothing here.
    for path in ("inclusion?leaf=3&to=7", "consistency?from=7&size=9"):
        assert get(site, f"/log/proof/{path}").headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path",
    ["tile/0/001", "tile/0/001.p/45", "tile/1/000", "tile/1/000.p/2", "tile/2/000.p/1", "tile/63/000.p/1",
     "tile/entries/002.p/1", "tile/entries/x001/000", "proof/inclusion?leaf=300", "proof/inclusion?leaf=5&size=301",
     "proof/inclusion?leaf=5&size=5", "proof/consistency?from=0", "proof/consistency?from=7&to=301",
     "proof/consistency?from=8&to=7", "other.example/checkpoint", "other.example/tile/0/000", "nothing"],
)  # fmt: skip
def test_what_is_not_there(site: Site, path: str) -> None:
    get(site, f"/log/{path}", 404)


@pytest.mark.parametrize(
    "path",
    ["tile/0/1", "tile/00/000", "tile/a/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/x", "tile/0/x000/000",
     "tile/100/000", "tile/entries/0", "tile/-1/000", "proof/inclusion", "proof/inclusion?leaf=-1",
     "proof/inclusion?leaf=01", "proof/inclusion?leaf=1e3", "proof/consistency", "proof/consistency?from=x",
     "proof/inclusion?leaf=1&size="],
)  # fmt: skip
def test_what_is_no_question(site: Site, path: str) -> None:
    get(site, f"/log/{path}", 400)


def test_partial_tiles_stay_as_the_log_grows(site: Site) -> None:
    whole = get(site, "/log/tile/0/000").data
    for width in (1, 7, 255):
        assert get(site, f"/log/tile/0/000.p/{width}").data == whole[: 32 * width]


def test_each_issuer_has_its_own_log(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        get(site, "/log/checkpoint", 404)
        site.load(raw_entry())
        other = Issuer("another.example")
        batch = other.batch(raw_entry(regc_id="REGC-2026-BBBBBBBBBBBBBBBB"))
        site.store.load(batch, other.manifest, batch.day, note=other.manifest_bytes)
        first = get(site, "/log/desk.example/checkpoint").data
        second = get(site, "/log/another.example/checkpoint").data
        assert (first[:25], second[:28]) == (b"regc.example/desk.example", b"regc.example/another.example")
        assert (
            get(site, "/log/another.example/tile/0/000.p/1").data != get(site, "/log/desk.example/tile/0/000.p/1").data
        )
        assert get(site, "/log/desk.example/proof/inclusion?leaf=0").json["log"] == "regc.example/desk.example"
        # Whose is the short address: the first of registry.toml, and nobody's while that one has no log here. Caches
        # keep its tiles for a year, so it is never another's for a while.
        get(site, "/log/checkpoint", 404)
        get(site, "/log/tile/0/000.p/1", 404)
        assert "/log/another.example/checkpoint" in site.text("/data")
        site.settings.path("manifest").write_bytes(site.issuer.manifest_bytes)
        assert get(site, "/log/checkpoint").data == first
        assert '"/log/checkpoint"' in site.text("/data")
        bare = site.open(issuers=())
        assert bare.get("/log/checkpoint", headers={"Host": HOST}).status_code == 404
    finally:
        site.close()
        forget_keys()


def test_a_log_tells_nothing_but_hashes(site: Site) -> None:
    for path in ("/log/tile/entries/000", "/log/tile/0/000", "/log/proof/inclusion?leaf=3"):
        data = get(site, path).data
        assert b"REGC-" not in data
        assert b"Trois" not in data


def test_settings_name_an_issuer_whose_manifest_is_another_roots(site: Site) -> None:
    other = Known("0" * 64, "manifest")
    client = site.open(issuers=(other,))
    assert client.get("/log/checkpoint", headers={"Host": HOST}).status_code == 404
    assert client.get("/log/desk.example/checkpoint", headers={"Host": HOST}).status_code == 200
