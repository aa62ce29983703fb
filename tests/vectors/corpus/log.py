"""Scenarios of the transparency log and of its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crypto import canonical
from crypto.checkpoint import Checkpoint, key_id, sign_checkpoint
from crypto.export import commitment
from crypto.fields import to_b64
from crypto.tlog import HASH, Frontier, consistency_proof, inclusion_proof, leaf_hash, tile_path
from tests.vectors.base import Vector, key

# The entries of the test data of Certificate Transparency, whose roots are known.
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
LEAVES = tuple(map(leaf_hash, ENTRIES))
RECORD = {"month": "2027-03", "regc_id": "REGC-2026-ABCDEFGHIJKLMNOP", "status": "withdrawn", "version": 2}
SALT = b"s" * 32
ORIGIN = "regc.example/trial.example"
HEAD = Checkpoint(ORIGIN, 8, bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"))

FOREIGN = "log: the leaf is not in this tree"
REWRITTEN = "log: the newer tree does not begin with the older one"
NOT_ONE = "checkpoint: not a checkpoint with one signature of its log"
ADDRESS = "log: not the address of a tile"


def grown(leaves: tuple[bytes, ...]) -> tuple[Frontier, dict[tuple[int, int], bytes]]:
    log, nodes = Frontier(), {}
    for leaf in leaves:
        log, made = log.append(leaf)
        nodes |= {(level, number): value for level, number, value in made}
    return log, nodes


def lines(values: tuple[bytes, ...]) -> bytes:
    return "".join(f"{value.hex()}\n" for value in values).encode()


def vectors() -> Iterator[Vector]:
    yield from _trees()
    yield from _inclusions()
    yield from _consistencies()
    yield from _others()
    yield from _checkpoints()


def _trees() -> Iterator[Vector]:
    for size in range(9):
        root = grown(LEAVES[:size])[0].root.hex()
        headers = {"check": "tree", "size": str(size), "root": root}
        yield Vector("tlog", f"tree-{size}", "success", lines(ENTRIES[:size]), headers=headers)


def inclusion(name: str, expect: str = "success", rule: str = "", **changes: object) -> Vector:
    index, size = int(str(changes.get("index", 5))), int(str(changes.get("size", 7)))
    log, nodes = grown(LEAVES[:7])
    proof = inclusion_proof(5, 7, lambda level, number: nodes[level, number])
    change = changes.get("change")
    proof = change(proof) if callable(change) else proof
    leaf, root = changes.get("leaf", LEAVES[5]), changes.get("root", log.root)
    assert isinstance(leaf, bytes)
    assert isinstance(root, bytes)
    headers = {"check": "inclusion", "leaf": leaf.hex(), "index": str(index), "size": str(size), "root": root.hex()}
    return Vector("tlog", f"inclusion-{name}", expect, lines(proof), rule, headers=headers)


Steps = tuple[bytes, ...]
MUTATIONS: dict[str, Callable[[Steps], Steps]] = {
    "step-missing": lambda proof: proof[:-1],
    "step-changed": lambda proof: (LEAVES[0], *proof[1:]),
    "steps-swapped": lambda proof: (proof[1], proof[0], *proof[2:]),
}
LENGTH = "log: a hash has another length"


def _inclusions() -> Iterator[Vector]:
    for size in (1, 2, 3, 4, 7, 8):
        for index in sorted({0, size - 1}):
            log, nodes = grown(LEAVES[:size])
            proof = inclusion_proof(index, size, lambda level, number, nodes=nodes: nodes[level, number])
            headers = {"leaf": LEAVES[index].hex(), "index": str(index), "size": str(size), "root": log.root.hex()}
            name = f"inclusion-{index}-of-{size}"
            yield Vector("tlog", name, "success", lines(proof), headers={"check": "inclusion"} | headers)
    yield inclusion("of-another-leaf", "bad trust", FOREIGN, leaf=LEAVES[4])
    yield inclusion("at-another-place", "bad trust", FOREIGN, index=4)
    yield inclusion("in-another-tree", "bad trust", FOREIGN, root=LEAVES[0])
    yield inclusion("past-the-end", "bad trust", "log: no such leaf in a tree of that size", index=7)
    yield inclusion("step-short", "bad trust", LENGTH, change=lambda proof: (proof[0][:-1], *proof[1:]))
    yield inclusion(
        "too-long", "bad trust", "log: the inclusion proof is too long", change=lambda proof: (*proof, SALT)
    )
    for name, change in MUTATIONS.items():
        yield inclusion(name, "bad trust", FOREIGN, change=change)


def consistency(
    name: str, old: int, new: int, *, expect: str = "success", rule: str = "", change: Callable[[Steps], Steps] = tuple,
    older: bytes = b"", of: int = 0,
) -> Vector:  # fmt: skip
    log, nodes = grown(LEAVES[:new])
    made = consistency_proof(of or old, new, lambda level, number: nodes[level, number])
    headers = {
        "check": "consistency",
        "old": str(old),
        "old-root": (older or grown(LEAVES[:old])[0].root).hex(),
        "new": str(new),
        "new-root": log.root.hex(),
    }
    return Vector("tlog", f"consistency-{name}", expect, lines(change(made)), rule, headers=headers)


def _consistencies() -> Iterator[Vector]:
    for old, new in ((1, 1), (1, 8), (2, 5), (3, 7), (4, 7), (6, 8), (7, 8), (8, 8)):
        yield consistency(f"{old}-{new}", old, new)
    forged = grown((*LEAVES[:2], leaf_hash(b"rewritten"), *LEAVES[3:6]))[0].root
    bad = "bad trust"
    yield consistency("history-rewritten", 6, 8, expect=bad, rule=REWRITTEN, older=forged)
    yield consistency("one-size-two-roots", 8, 8, expect=bad, rule="log: two trees of one size differ", older=forged)
    for name, change in MUTATIONS.items():
        rule = "log: the consistency proof is too short" if name == "step-missing" else REWRITTEN
        yield consistency(name, 3, 7, expect=bad, rule=rule, change=change)
    yield consistency("empty", 3, 7, expect=bad, rule="log: the consistency proof is too short", change=lambda _: ())
    long = "log: the consistency proof is too long"
    yield consistency("too-long", 3, 7, expect=bad, rule=long, change=lambda proof: (*proof, SALT))
    yield consistency("step-short", 3, 7, expect=bad, rule=LENGTH, change=lambda proof: (b"x", *proof[1:]))
    none = "log: the older tree has at least one leaf and no more than the newer one"
    yield consistency("from-nothing", 0, 7, expect=bad, rule=none, of=1)
    yield consistency("backwards", 8, 7, expect=bad, rule=none, of=7)


def _others() -> Iterator[Vector]:
    leaf = commitment(RECORD, SALT)
    headers = {"check": "leaf", "salt": SALT.hex(), "commitment": leaf.hex(), "leaf": leaf_hash(leaf).hex()}
    yield Vector("tlog", "leaf-of-a-record", "success", canonical.dumps(RECORD), headers=headers)
    for number, width in ((0, 256), (0, 1), (999, 255), (1_000, 256), (1_234_067, 8)):
        headers = {"check": "tile", "number": str(number), "width": str(width)}
        yield Vector("tlog", f"tile-{number}-{width}", "success", tile_path(number, width).encode(), headers=headers)
    wrong = {"x-missing": "001/234", "x-in-vain": "x000/067", "width-0": "000.p/0", "width-256": "000.p/256",
             "width-01": "000.p/01", "two-digits": "67", "up": "../000"}  # fmt: skip
    for name, path in wrong.items():
        headers = {"check": "tile", "number": "0", "width": "0"}
        yield Vector("tlog", f"tile-{name}", "bad format", path.encode(), ADDRESS, headers=headers)


def checkpoint(name: str, data: bytes, expect: str = "success", rule: str = "", *, origin: str = ORIGIN) -> Vector:
    headers = {"public": key("desk").public.hex(), "origin": origin, "size": str(HEAD.size), "root": HEAD.root.hex()}
    return Vector("checkpoint", name, expect, data, rule, headers=headers)


def _checkpoints() -> Iterator[Vector]:
    good = sign_checkpoint(HEAD, key("desk"))
    yield checkpoint("eight-leaves", good)
    bad, by_another = "bad trust", "checkpoint: signed by another key"
    yield checkpoint("by-another-key", sign_checkpoint(HEAD, key("another")), bad, by_another)
    line = to_b64(key_id(ORIGIN, key("desk").public) + key("another").sign(HEAD.text))
    forged = HEAD.text + f"\n\N{EM DASH} {ORIGIN} {line}\n".encode()
    wrong = "checkpoint: changed after it was signed"
    yield checkpoint("by-another-key-under-our-id", forged, bad, wrong)
    yield checkpoint("size-changed", good.replace(b"\n8\n", b"\n9\n"), bad, wrong)
    other = to_b64(HEAD.root).encode()
    yield checkpoint("root-changed", good.replace(other, to_b64(b"r" * HASH).encode()), bad, wrong)
    yield checkpoint("of-another-log", good, bad, "checkpoint: it is the head of another log", origin="regc.example/x")
    text = good.decode()
    signature = text.split("\n")[-2]
    malformed = {
        "empty": "",
        "without-signature": text.partition("\n\N{EM DASH}")[0] + "\n",
        "two-signatures": text + signature + "\n",
        "signature-by-another-name": text.replace(f"\N{EM DASH} {ORIGIN}", "\N{EM DASH} regc.example/other"),
        "hyphen-for-dash": text.replace("\N{EM DASH}", "-"),
        "extension-line": text.replace("\n\n", "\nextra\n\n"),
        "leading-zero": text.replace("\n8\n", "\n08\n"),
        "negative-size": text.replace("\n8\n", "\n-8\n"),
        "root-of-31-bytes": text.replace(to_b64(HEAD.root), to_b64(HEAD.root[:-1])),
        "no-end-of-line": text[:-1],
        "carriage-returns": text.replace("\n", "\r\n"),
        "something-behind": text + "\n",
        "capital-origin": text.replace("regc", "Regc"),
        "longer-than-any": text + "x" * 3000,
    }
    for name, changed in malformed.items():
        yield checkpoint(name, changed.encode(), "bad format", NOT_ONE)
    tail = signature[:-2] + chr(ord(signature[-2]) + 1) + "="
    loose = "base64 is not in its canonical form"
    yield checkpoint("unused-bits", text.replace(signature, tail).encode(), "bad format", loose)
    yield checkpoint("not-utf-8", good.replace(b"8", b"\xff"), "bad format", NOT_ONE)
