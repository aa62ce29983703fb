"""`sourdine registry verify`: a whole copy holds, and whatever a forger changes in it is found and told."""

from __future__ import annotations

import base64
import json
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.transfer.registry_copy import EntryLine, read_copy
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.export import commitment
from crypto.fields import from_b64, to_b64
from crypto.signing import SigningKey
from crypto.tlog import Frontier, leaf_hash
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.domain.samples import raw_entry
from tests.unit.transfer.registry_house import NAMES, Change, Download, Register, ended, renew

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = Register(tmp_path_factory.mktemp("register"))
    made.history()
    yield made
    made.store.close()
    forget_keys()


@pytest.fixture
def copy(register: Register) -> Download:
    return Download(register.download())


def verify(register: Register, path: Path, capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        main.main(["registry", "verify", str(path), "--root", register.issuer.root.public.hex(), "--json", *words])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


def said(register: Register, text: str, folder: Path, capsys: Capture, *words: str) -> list[tuple[str, str]]:
    """The faults of a copy: code and sentence."""
    path = folder / "copy.json"
    path.write_text(text, "utf-8")
    status, facts = verify(register, path, capsys, *words)
    assert status == (1 if facts["faults"] else 0)
    assert facts["holds"] == (not facts["faults"])
    return [(fault["code"], f"{fault['where']}: {fault['what']}") for fault in facts["faults"]]


def test_a_whole_copy_holds(register: Register, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "entries.json"
    path.write_text(register.download(), "utf-8")
    status, facts = verify(register, path, capsys)
    assert status == 0, facts
    assert (facts["origin"], facts["entries"], facts["ended"]) == ("regc.example", 5, 1)
    (log,) = facts["logs"]
    assert log["leaves"] == 7
    assert log["without_record"] == 2
    assert log["tree"] == register.issuer.log.root.hex()
    assert log["manifest"] == 2
    with pytest.raises(SystemExit) as ended:
        main.main(["registry", "verify", str(path), "--root", register.issuer.root.public.hex()])
    assert not ended.value.code
    told = capsys.readouterr().out
    assert "5 records hold, 1 of them ends" in told
    assert "7 leaves, 2 of them of versions that are not shown" in told


def test_taken_apart_and_put_together_it_still_holds(
    register: Register, copy: Download, tmp_path: Path, capsys: Capture
) -> None:
    assert said(register, copy.text(), tmp_path, capsys) == []


def leaf(copy: Download, at: int, value: str | None) -> None:
    hashes = copy.leaves[0]["hashes"]
    hashes[at : at + 1] = [value] if value else []


def swap(items: list[Any], one: int, two: int) -> None:
    items[one], items[two] = items[two], items[one]


def rehash(copy: Download, name: str, **changes: Any) -> None:
    """What an operator can do who has no key: another text, its leaf made to fit."""
    line = copy.entry(name)
    line["entry"].update(changes)
    leaf(copy, line["leaf"], commitment(line["entry"], from_b64(line["salt"])).hex())


def signatures(copy: Download, name: str) -> list[Any]:
    found = copy.entry(name)["signatures"]
    assert isinstance(found, list)
    return found


def swap_texts(found: list[dict[str, str]]) -> None:
    found[0]["signature"], found[1]["signature"] = found[1]["signature"], found[0]["signature"]


def change_manifest(copy: Download) -> None:
    data = base64.b64decode(copy.issuers[0]["manifests"][0])
    copy.issuers[0]["manifests"][0] = to_b64(data.replace(b'"college":"jurists"', b'"college":"members"'))


def resign(copy: Download, key: SigningKey) -> None:
    log = Frontier()
    for one in copy.leaves[0]["hashes"]:
        log, _ = log.append(leaf_hash(bytes.fromhex(one)))
    head = Checkpoint("regc.example/desk.example", log.size, log.root)
    copy.issuers[0].update(checkpoint=to_b64(sign_checkpoint(head, key)), size=log.size)


A, B, C, D, E = NAMES[:5]
SIGNED = ("signature", "one reviewer"), ("signature", "not one good")
LOG = "log", "its leaves are not those that its desk signed"
TAMPERED: dict[str, tuple[Change, str, str]] = {
    "last leaf removed": (lambda copy: leaf(copy, 6, None), "log", "shows 6"),
    "middle leaf removed": (lambda copy: leaf(copy, 3, None), "log", "shows 6"),
    "leaf added": (lambda copy: copy.leaves[0]["hashes"].append("0" * 64), "log", "shows 8"),
    "leaf rewritten": (lambda copy: leaf(copy, 2, "0" * 64), *LOG),
    "leaves swapped": (lambda copy: swap(copy.leaves[0]["hashes"], 0, 2), *LOG),
    "leaves from another place": (lambda copy: copy.leaves[0].update(start=1), "leaves", "leaf 0 should follow"),
    "leaves of nobody": (lambda copy: copy.leaves[0].update(issuer="x.example"), "leaves", "does not name"),
    "text rewritten": (lambda copy: copy.entry(A)["entry"]["finding"].update(text="Autre."), "leaf", "was changed"),
    "text and leaf rewritten": (lambda copy: rehash(copy, A, status="contested"), *LOG),
    "reply removed": (lambda copy: copy.entry(D)["entry"]["adversarial"].update(reply="non"), "record", "rule"),
    "salt changed": (lambda copy: copy.entry(A).update(salt=to_b64(b"x" * 32)), "leaf", "salt was changed"),
    "salt too short": (lambda copy: copy.entry(A).update(salt=to_b64(b"x" * 31)), "format", "salt has another"),
    "leaf number of another": (lambda copy: copy.entry(A).update(leaf=1), "leaf", "not that of this record"),
    "leaf number past the end": (lambda copy: copy.entry(A).update(leaf=7), "leaf", "has no leaf 7"),
    "without a leaf": (lambda copy: copy.entry(A).update(leaf=None), "outside", "it has no leaf"),
    "one leaf for two": (lambda copy: copy.entries.append(copy.entry(A)), "leaf", "of another entry too"),
    "one entry twice": (lambda copy: copy.entries.append(copy.entry(A)), "entries", "stands twice"),
    "unsigned": (lambda copy: copy.entry(A).update(signatures=[]), "signature", "exactly two"),
    "one signature": (lambda copy: signatures(copy, A).pop(), "signature", "exactly two"),
    "one reviewer twice": (lambda copy: copy.entry(A).update(signatures=signatures(copy, A)[:1] * 2), *SIGNED[0]),
    "signatures of another": (lambda copy: copy.entry(A).update(signatures=signatures(copy, D)), *SIGNED[1]),
    "signatures exchanged": (lambda copy: swap_texts(signatures(copy, A)), "signature", "another key"),
    "unknown reviewer": (lambda copy: signatures(copy, A)[0].update(reviewer="0" * 40), "signature", "does not name"),
    "signature that is none": (lambda copy: signatures(copy, A)[0].update(signature="eA=="), "signature", "OpenPGP"),
    "unknown field": (lambda copy: copy.entry(A)["entry"].update(name="x"), "record", "unknown"),
    "unknown field beside": (lambda copy: copy.entry(A).update(name="x"), "format", "missing or unknown"),
    "another manifest": (lambda copy: copy.entry(A).update(manifest=3), "manifest", "not in this copy"),
    "manifest removed": (lambda copy: copy.issuers[0]["manifests"].pop(0), "manifest", "not in this copy"),
    "no manifest": (lambda copy: copy.issuers[0].update(manifests=[]), "manifest", "no manifest says"),
    "manifests swapped": (lambda copy: swap(copy.issuers[0]["manifests"], 0, 1), "manifest", "rolled back"),
    "manifest changed": (change_manifest, "manifest", "none of the root keys"),
    "manifest that is none": (lambda copy: copy.issuers[0]["manifests"].append("eA=="), "manifest", "signed note"),
    "another checkpoint key": (lambda copy: resign(copy, SigningKey.generate()), "checkpoint", "another key"),
    "checkpoint of another size": (lambda copy: copy.issuers[0].update(size=6), "checkpoint", "the copy says 6"),
    "checkpoint that is none": (lambda copy: copy.issuers[0].update(checkpoint="eA=="), "checkpoint", "not a check"),
    "issuer twice": (lambda copy: copy.issuers.append(copy.issuers[0]), "issuer", "twice"),
    "issuer removed": (lambda copy: copy.issuers.clear(), "manifest", "not in this copy"),
    "another issuer's entry": (lambda copy: copy.entry(A).update(issuer="x.example"), "manifest", "not in this copy"),
    "another registry": (lambda copy: copy.head.update(origin="other.example"), "checkpoint", "another log"),
    "another format": (lambda copy: copy.head.update(format="sourdine-registry/v2"), "format", "first line"),
    "entry that is none": (lambda copy: copy.entries.append([]), "format", "object is expected"),
    "entry is a list": (lambda copy: copy.entry(A).update(entry=[]), "format", "not an object"),
    "leaf that is none": (lambda copy: leaf(copy, 2, "0" * 63), "format", "64 hexadecimal"),
    "a fraction": (lambda copy: copy.entry(A).update(leaf=0.5), "format", "not an integer"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERED)
def test_what_a_forger_changes_is_found(
    register: Register, copy: Download, tmp_path: Path, capsys: Capture, kind: str
) -> None:
    change, code, words = TAMPERED[kind]
    change(copy)
    text = copy.text()
    faults = said(register, text, tmp_path, capsys)
    assert any(found == code and words in sentence for found, sentence in faults), faults
    assert not any("Manquement" in sentence for _, sentence in faults), "a fault repeats nothing of a record"


def test_text_that_no_json_may_hold(register: Register, copy: Download, tmp_path: Path, capsys: Capture) -> None:
    text = copy.text().replace('"name": "Coop', '"name": "\\ud800Coop', 1)
    codes = {code for code, _ in said(register, text, tmp_path, capsys)}
    assert codes == {"record", "signature"}


def test_an_entry_of_one_college_is_found(tmp_path: Path, capsys: Capture) -> None:
    """Both keys are of this desk, the desk signed the log: the colleges are counted all the same."""
    made = Register(tmp_path)
    try:
        made.history()
        copy, issuer = Download(made.download()), made.issuer
        signed = issuer.sign(raw_entry(regc_id=NAMES[5]), ("alize", "brume"))
        line = json.loads(json.dumps(copy.entry(A)))
        both = [{"reviewer": one.reviewer, "signature": to_b64(one.signature)} for one in signed.signatures]
        line.update(entry=signed.entry, salt=to_b64(signed.salt), signatures=both, leaf=7)
        copy.entries.append(line)
        copy.leaves[0]["hashes"].append(commitment(signed.entry, signed.salt).hex())
        resign(copy, issuer.desk_key)
        (fault,) = said(made, copy.text(), tmp_path, capsys)
        assert fault == ("signature", f"{NAMES[5]}: both signatures are from one college")
    finally:
        made.store.close()


def test_another_root_is_refused(register: Register, copy: Download, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "copy.json"
    path.write_text(copy.text(), "utf-8")
    other = SigningKey.generate().public.hex()
    with pytest.raises(SystemExit) as ended:
        main.main(["registry", "verify", str(path), "--root", other])
    assert ended.value.code == 1
    assert "none of the root keys given" in capsys.readouterr().out
    assert verify(register, path, capsys, "--root", other)[0] == 0, "one of several is enough"


@pytest.mark.parametrize("root", ["", "xyz", "ab" * 31, "ab" * 33])
def test_a_root_that_is_none(tmp_path: Path, capsys: Capture, root: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["registry", "verify", str(tmp_path / "x"), "--root", root])
    assert ended.value.code == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err


def test_an_expired_manifest_leaves_old_signatures_valid(tmp_path: Path, capsys: Capture) -> None:
    """Its entries were signed while it was in use; a copy is checked in ten years as today."""
    made = Register(tmp_path)
    try:
        made.history()
        renew(made.issuer, expires=made.issuer.manifest.issued.replace(month=12, day=3))
        made.load(made.issuer.export(raw_entry(regc_id=NAMES[6])))
        path = tmp_path / "copy.json"
        path.write_text(made.download(), "utf-8")
        (tmp_path / "today").write_text("2031-01-01", "ascii")
        status, facts = verify(made, path, capsys)
        assert status == 0, facts
        assert facts["logs"][0]["manifest_expires"] == "2026-12-03"
    finally:
        made.store.close()


MANGLED = {
    "cut in the middle": lambda text: text[: len(text) // 2],
    "cut at a line": lambda text: text[: text.rindex("]}")],
    "cut before the leaves": lambda text: text[: text.index('"leaves"')],
    "something behind": lambda text: text + "{}\n",
    "on one line": lambda text: text.replace("\n", ""),
    "pretty": lambda text: json.dumps(json.loads(text), indent=1),
    "a comma too many": lambda text: text.replace("\n],\n", ",\n],\n", 1),
    "a comma too few": lambda text: text.replace("},\n{", "}\n{", 1),
    "not UTF-8": lambda text: text.replace("Trois", "Tr\udcffis", 1),
    "a field twice": lambda text: text.replace('"leaf": 0', '"leaf": 5, "leaf": 0', 1),
    "empty": lambda text: "",
}


@pytest.mark.parametrize("kind", MANGLED)
def test_a_file_that_is_no_copy(register: Register, copy: Download, tmp_path: Path, capsys: Capture, kind: str) -> None:
    path = tmp_path / "copy.json"
    path.write_bytes(MANGLED[kind](copy.text()).encode("utf-8", "surrogateescape"))
    status, facts = verify(register, path, capsys)
    assert status == 1
    assert "format" in {fault["code"] for fault in facts["faults"]}, facts


def test_what_is_no_file(register: Register, tmp_path: Path, capsys: Capture) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(SystemExit) as ended:
            main.main(["registry", "verify", str(path), "--root", register.issuer.root.public.hex()])
        assert ended.value.code == 1
        assert "There is no file" in capsys.readouterr().err


def test_many_faults_are_not_all_told(register: Register, copy: Download, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "copy.json"
    for number in range(150):
        copy.entries.append({"number": number})
    path.write_text(copy.text(), "utf-8")
    assert len(verify(register, path, capsys)[1]["faults"]) == 100
    with pytest.raises(SystemExit):
        main.main(["registry", "verify", str(path), "--root", register.issuer.root.public.hex()])
    assert "and 80 more" in capsys.readouterr().out


def test_a_kept_checkpoint_shows_that_the_log_only_grew(tmp_path: Path, capsys: Capture) -> None:
    made = Register(tmp_path)
    try:
        issuer, kept = made.issuer, tmp_path / "kept"
        made.load(issuer.export(*(raw_entry(regc_id=name) for name in NAMES[:3])))
        kept.write_bytes(issuer.checkpoint())
        made.load(issuer.export(raw_entry(regc_id=D), ended(A)))
        path = tmp_path / "copy.json"
        path.write_text(made.download(), "utf-8")
        root, words = issuer.root.public.hex(), ["--checkpoint", str(kept)]
        with pytest.raises(SystemExit) as over:
            main.main(["registry", "verify", str(path), "--root", root, *words])
        assert not over.value.code
        assert "only grew since the checkpoint of 3 leaves" in capsys.readouterr().out
        # The desk and the registry together rewrite history: each new head is signed, and still it is found.
        forged, copy = Issuer.__new__(Issuer), Download(made.download())
        forged.__dict__.update(issuer.__dict__)
        leaf(copy, 1, "0" * 64)
        resign(copy, issuer.desk_key)
        copy.entries = [one for one in copy.entries if one["entry"]["regc_id"] != B]
        assert said(made, copy.text(), tmp_path, capsys) == []
        (fault,) = said(made, copy.text(), tmp_path, capsys, *words)
        assert fault[0] == "history"
        assert "history was rewritten" in fault[1]
        copy = Download(made.download())
        copy.entries = [one for one in copy.entries if one["leaf"] < 2]
        del copy.leaves[0]["hashes"][2:]
        resign(copy, issuer.desk_key)
        (fault,) = said(made, copy.text(), tmp_path, capsys, *words)
        assert "had 3 leaves once, and has 2" in fault[1]
        for data, expected in (
            (
                sign_checkpoint(Checkpoint("regc.example/desk.example", 3, bytes(32)), SigningKey.generate()),
                "another key",
            ),
            (sign_checkpoint(Checkpoint("regc.example/x.example", 3, bytes(32)), issuer.desk_key), "no such log"),
            (b"junk", "no such log"),
            (issuer.checkpoint()[:-9], "not a checkpoint"),
        ):
            kept.write_bytes(data)
            (fault,) = said(made, made.download(), tmp_path, capsys, *words)
            assert expected in fault[1]
        kept.unlink()
        with pytest.raises(SystemExit):
            main.main(["registry", "verify", str(path), "--root", root, *words])
        assert "The checkpoint cannot be read" in capsys.readouterr().err
        copy = Download(made.download())
        copy.issuers[0]["manifests"] = []
        kept.write_bytes(issuer.checkpoint())
        assert any("no manifest names a key" in one for _, one in said(made, copy.text(), tmp_path, capsys, *words))
    finally:
        made.store.close()


@pytest.fixture(scope="module")
def exported(register: Register, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `registry export --to` wrote."""
    from app.registry.static import write_site

    folder = tmp_path_factory.mktemp("static") / "site"
    write_site(register.settings, folder)
    return folder


def test_a_folder_holds_with_its_tiles(register: Register, exported: Path, capsys: Capture) -> None:
    status, facts = verify(register, exported, capsys)
    assert status == 0, facts


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("log/desk.example/checkpoint", b"x", "is not what"),
        ("log/desk.example/tile/0/000.p/7", bytes(7 * 32), "is not what"),
        ("log/desk.example/tile/entries/000.p/7", None, "is missing"),
        ("log/tile/entries/000.p/7", b"\0", "is not what"),
        ("log/tile/0/000.p/7", bytes(70_000), "is missing"),
    ],
)
def test_a_tile_that_is_another(
    register: Register, exported: Path, capsys: Capture, name: str, data: bytes | None, words: str
) -> None:
    path = exported / name
    kept = path.read_bytes()
    try:
        path.unlink()
        if data is not None:
            path.write_bytes(data)
        status, facts = verify(register, exported, capsys)
        assert status == 1
        (fault,) = facts["faults"]
        assert fault["code"] == "tile"
        assert words in fault["what"]
        assert name in fault["what"]
    finally:
        path.write_bytes(kept)


def test_a_forged_log_without_a_name_is_found(
    register: Register, exported: Path, tmp_path: Path, capsys: Capture
) -> None:
    """A whole other log under /log, and files that belong to none: visitors are told both."""
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    head = copy / "log" / "checkpoint"
    head.write_bytes(head.read_bytes() + b"x")
    (copy / "log" / "tile" / "0" / "000.p" / "7").write_bytes(bytes(7 * 32))
    status, facts = verify(register, copy, capsys)
    assert status == 1
    named = {fault["where"] for fault in facts["faults"]}
    assert {"log/checkpoint", "log/tile/0/000.p/7"} <= named
    assert {fault["code"] for fault in facts["faults"]} == {"tile"}


def test_files_under_the_logs_that_no_log_has_are_told(
    register: Register, exported: Path, tmp_path: Path, capsys: Capture
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    (copy / "log" / "desk.example" / "tile" / "0" / "000").write_bytes(bytes(8192))
    (copy / "log" / "other.example").mkdir()
    (copy / "log" / "other.example" / "checkpoint").write_bytes(b"x")
    (copy / "log" / "elsewhere").symlink_to(exported)
    _, facts = verify(register, copy, capsys)
    assert {fault["where"] for fault in facts["faults"]} == {
        "log/desk.example/tile/0/000", "log/other.example/checkpoint", "log/elsewhere",
    }  # fmt: skip


def test_the_tiles_of_a_larger_log(tmp_path: Path, capsys: Capture) -> None:
    """Tiles of two levels, full and partial, as the store makes them and as the check does."""
    from app.transfer.registry_report import Log, Report
    from app.transfer.registry_tiles import check_tiles
    from crypto.tlog import tile, tile_path, tiles

    log = Log("desk.example", 600, (tmp_path / "leaves").open("wb+"), b"head")
    nodes: dict[tuple[int, int], bytes] = {}
    with log.leaves:
        for number in range(600):
            one = number.to_bytes(32, "big")
            log.leaves.write(one)
            log.frontier, made = log.frontier.append(leaf_hash(one))
            nodes |= {(level, place): value for level, place, value in made}
        door = tmp_path / "log" / "desk.example"
        for level, number, width in tiles(600):
            for kind in (str(level), *(["entries"] if level == 0 else [])):
                path = door / "tile" / kind / tile_path(number, width)
                path.parent.mkdir(parents=True, exist_ok=True)
                bundle = b"".join(b"\0\x20" + (256 * number + place).to_bytes(32, "big") for place in range(width))
                data = tile(level, number, width, lambda level, place: nodes[level, place])
                path.write_bytes(bundle if kind == "entries" else data)
        (door / "checkpoint").write_bytes(b"head")
        report = Report(logs=[log])
        check_tiles(report, tmp_path)
        assert report.faults == []


def test_without_gpg_nothing_is_said_of_signatures(
    register: Register, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copy.json"
    path.write_text(register.download(), "utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as over:
        main.main(["registry", "verify", str(path), "--root", register.issuer.root.public.hex()])
    assert over.value.code == 1
    assert "GnuPG is not installed" in capsys.readouterr().err


def test_a_large_copy_is_read_in_flat_memory(tmp_path: Path) -> None:
    """Thirty megabytes pass; never more than a few lines of them are held."""
    copy = Download('{"format":"sourdine-registry/v1","origin":"regc.example","issuers":[],"entries":[],"leaves":[]}')
    entry = {"issuer": "desk.example", "manifest": 1, "leaf": 0, "salt": to_b64(bytes(32)), "signatures": []}
    copy.entries = [{**entry, "entry": {"text": "a" * 3_000}}] * 10_000
    path = tmp_path / "copy.json"
    path.write_text(copy.text(), "utf-8")
    del copy
    tracemalloc.start()
    try:
        with path.open("rb") as stream:
            assert sum(isinstance(item, EntryLine) for item in read_copy(stream)) == 10_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_groups_of_signatures_wait_for_each_other(
    register: Register, copy: Download, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.transfer.registry_entries._TOGETHER", 1)
    monkeypatch.setattr("app.transfer.registry_entries._AHEAD", 1)
    assert said(register, copy.text(), tmp_path, capsys) == []
    for name in (A, E):
        swap_texts(signatures(copy, name))
    faults = said(register, copy.text(), tmp_path, capsys)
    assert [sentence[:26] for _, sentence in faults] == [A, E]
