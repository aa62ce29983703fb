"""Tampering of a real signed export, one kind at a time, brought to `sourdine registry import`.

Each is refused with its own sentence and exit status 1, nothing changes in the register, and the operator's record has
a row that says why. The kinds go from a byte changed on a stick to what somebody could do who stole the desk's key,
one reviewer's key, or the registry's own folder.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.registry.lines import entries_json
from app.settings import RegistrySettings, load
from app.stores.registry import RegistryStore
from crypto import canonical, note
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.export import SALT, Name, commitment, name_digest
from crypto.fields import from_b64, to_b64
from crypto.openpgp import keygen
from crypto.openpgp.sign import detach_sign
from crypto.quorum import serialise_signature
from crypto.signing import SigningKey
from crypto.tlog import Frontier, leaf_hash
from tests.fakes.issuer import DAY, ORIGIN, Issuer, forget_keys
from tests.fakes.register import dump
from tests.unit.domain.samples import raw_entry
from tests.unit.transfer.registry_house import ended, renew

pytestmark = pytest.mark.slow

A, B, C, D, OTHERS = ("REGC-2026-" + letter * 16 for letter in "ABCDE")
NEW = "REGC-2026-GGGGGGGGGGGGGGGG"
TODAY = "2026-12-02"
LOADS = "loads"


class House:
    """A registry with two issuers and two exports loaded; `good` is the third, which a forger gets hold of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "registry"
        self.home.mkdir()
        (folder / "today").write_text(TODAY, "ascii")
        self.issuer, self.other = Issuer(), Issuer("another.example")
        self.settings()
        self.command("init")
        first = self.issuer.export(raw_entry(regc_id=A), raw_entry(regc_id=B))
        self.first, self.before_second = first, self.issuer.log
        self.second = self.issuer.export(ended(B))
        for data, who in ((first, ""), (self.second, ""), (self.other.export(raw_entry(regc_id=OTHERS)), "other")):
            assert self.bring(data)[0] == 0, who
        self.log = self.issuer.log
        contested = raw_entry(regc_id=A, version=2, status="contested")
        self.good = self.issuer.export(contested, raw_entry(regc_id=C), raw_entry(regc_id=D))

    def settings(self, *, manifest: bytes = b"", issuers: int = 2) -> None:
        parts = [f'trial = true\norigin = "{ORIGIN}"\n']
        for number, issuer in enumerate((self.issuer, self.other)[:issuers]):
            (self.home / f"manifest-{number}").write_bytes(
                manifest if manifest and not number else issuer.manifest_bytes
            )
            parts.append(f'[[issuers]]\nroot = "{issuer.root.public.hex()}"\nmanifest = "manifest-{number}"\n')
        (self.home / "registry.toml").write_text("".join(parts), "utf-8")

    def command(self, *words: str) -> int:
        with pytest.raises(SystemExit) as over:
            main.main(["registry", *words, "--config", str(self.home / "registry.toml")])
        return int(over.value.code or 0)

    def bring(self, data: bytes) -> tuple[int, Path]:
        path = self.folder / "brought.regc"
        path.write_bytes(data)
        return self.command("import", str(path)), path

    def rows(self) -> dict[str, list[str]]:
        """Everything in the register but the operator's record."""
        store = RegistryStore.open(load(RegistrySettings, self.home / "registry.toml"))
        try:
            return {table: rows for table, rows in dump(store).items() if table != LOADS}
        finally:
            store.close()


class Forger:
    """The good export in the hands of somebody, with the keys that the kind of tampering needs."""

    def __init__(self, house: House) -> None:
        self.house, self.issuer = house, house.issuer
        self.body = copy.deepcopy(note.read_unverified("export", house.good))

    @property
    def entries(self) -> list[Any]:
        found = self.body["entries"]
        assert isinstance(found, list)
        return found

    def sealed(self, key: SigningKey | None = None, **changes: Any) -> bytes:
        """Signed with the desk's stolen key, whatever it says now."""
        self.body.update(changes)
        return note.sign_note("export", self.body, key or self.issuer.desk_key)

    def logged(self, log: Frontier | None = None, **changes: Any) -> bytes:
        """The checkpoint made to fit as well."""
        for one in self.entries:
            log, _ = (log or self.house.log).append(leaf_hash(commitment(one["entry"], from_b64(one["salt"]))))
        return self.sealed(checkpoint=self.head(log or self.house.log).decode(), **changes)

    def head(self, log: Frontier, *, size: int = 0, origin: str = "", key: SigningKey | None = None) -> bytes:
        name = origin or f"{ORIGIN}/{self.issuer.instance}"
        return sign_checkpoint(Checkpoint(name, size or log.size, log.root), key or self.issuer.desk_key)

    def signed(
        self, entry: dict[str, Any], names: tuple[str, ...] = ("alize", "cypres"), **more: Any
    ) -> dict[str, Any]:
        """An entry that reviewers really signed."""
        made = self.issuer.sign(entry, names, **more)
        signatures = [serialise_signature(one) for one in made.signatures]
        return {"entry": entry, "signatures": signatures, "salt": to_b64(made.salt), "name": None}

    def with_entry(self, entry: dict[str, Any], names: tuple[str, ...] = ("alize", "cypres"), **more: Any) -> bytes:
        """The log and the desk's signature right, and one more entry that reviewers signed."""
        self.entries.append(self.signed(entry, names, **more))
        return self.logged()

    def edit(self, at: int, **changes: Any) -> Forger:
        self.entries[at].update(changes)
        return self

    def signatures(self, at: int = 0) -> list[Any]:
        found = self.entries[at]["signatures"]
        assert isinstance(found, list)
        return found

    def stranger(self) -> bytes:
        """Signatures by a key that no manifest names, under the names of reviewers."""
        folder = Path(tempfile.mkdtemp(prefix="sdt-"))
        try:
            fingerprint = keygen.trial_key(folder / "k", "stranger", DAY)
            data = canonical.dumps(self.entries[0]["entry"])
            made = detach_sign(folder / "k", fingerprint, data, day=DAY)
            self.signatures()[0]["signature"] = to_b64(made)
            return self.sealed()
        finally:
            keygen.gpg.stop_agent(folder / "k")
            shutil.rmtree(folder, ignore_errors=True)


def nominative() -> tuple[dict[str, Any], dict[str, str]]:
    """A record that stands for a name, and the name beside it."""
    name = Name(os.urandom(SALT), "Ada Lovelace")
    basis = {
        "type": "court_decision",
        "id": "ECLI:FR:CCASS:2022:C100428",
        "url": "",
        "verified": "2026-10",
        "counsel": "lu",
    }
    raw = raw_entry(regc_id="REGC-2026-FFFFFFFFFFFFFFFF", adversarial__persons_informed="2026-10")
    raw["body"]["nominative"] = {"basis": basis, "expires": "2027-06", "digest": name_digest(name)}
    return raw, {"salt": to_b64(name.salt), "text": name.text}


def with_name(forger: Forger, text: str = "") -> bytes:
    raw, beside = nominative()
    forger.entries.append(forger.signed(raw) | {"name": beside | ({"text": text} if text else {})})
    return forger.logged()


def finding(**changes: Any) -> Callable[[Forger], bytes]:
    """A new entry with another field, signed by both reviewers: rules hold for them too."""
    return lambda forger: forger.with_entry(raw_entry(regc_id=NEW, **changes))


def swapped(forger: Forger) -> bytes:
    forger.entries[1], forger.entries[2] = forger.entries[2], forger.entries[1]
    return forger.sealed()


def exchanged(forger: Forger) -> bytes:
    one, two = forger.signatures()
    one["signature"], two["signature"] = two["signature"], one["signature"]
    return forger.sealed()


def at_byte(find: bytes, put: bytes) -> Callable[[Forger], bytes]:
    return lambda forger: forger.house.good.replace(find, put, 1)


NO_NOTE = "that is no export, or it was damaged on its way: not a signed note"
FORGED = "changed after its desk signed it, or signed by another desk"
OF_A = f"{A}: the signature is not one good signature"
Kind = tuple[Callable[[Forger], bytes], str]
# On the stick, without any key.
STICK: dict[str, Kind] = {
    "an empty file": (lambda forger: b"", NO_NOTE),
    "another file": (lambda forger: b"\x89PNG\r\n\x1a\n" * 50, NO_NOTE),
    "the end cut off": (lambda forger: forger.house.good[:-2], NO_NOTE),
    "one line too many": (lambda forger: forger.house.good + b"\n", NO_NOTE),
    "two exports in one": (lambda forger: forger.house.second + forger.house.good, NO_NOTE),
    "signature line cut": (lambda forger: forger.house.good.rsplit(b"\n", 2)[0][:-4] + b"\n", "not"),
    "signature not base64": (lambda forger: forger.house.good[:-9] + b"********\n", "not base64"),
    "signature too short": (
        lambda forger: forger.house.good.rsplit(b"\n", 2)[0] + b"\n" + b"AAAA\n", "a signature has another length"),
    "another kind of note": (
        lambda forger: note.sign_note("outbox", forger.body, forger.issuer.desk_key), "note of another kind"),
    "a word of a finding": (at_byte(b"Manquement", b"Mancuement"), FORGED),
    "written anew with spaces": (
        lambda forger: b"\n".join(
            [(lines := forger.house.good.split(b"\n"))[0], json.dumps(forger.body).encode(), *lines[2:]]
        ), "not in its canonical form"),
    "a field twice": (at_byte(b'{"batch":', b'{"batch":"2026-12","batch":'), "not in its canonical form"),
    "signed by another desk": (lambda forger: forger.sealed(SigningKey.generate()), FORGED),
}  # fmt: skip
# With the desk's key, but no reviewer's.
DESK: dict[str, Kind] = {
    "no signature": (lambda forger: forger.edit(0, signatures=[]).sealed(), "exactly two reviewers"),
    "one signature": (lambda forger: forger.edit(0, signatures=forger.signatures()[:1]).sealed(), "exactly two"),
    "three signatures": (
        lambda forger: forger.edit(0, signatures=forger.signatures() * 2).sealed(), "signatures is not a list within"),
    "one reviewer twice": (
        lambda forger: forger.edit(0, signatures=forger.signatures()[:1] * 2).sealed(), "both signatures are by one"),
    "unknown reviewer": (
        lambda forger: (forger.signatures()[0].update(reviewer="0" * 40), forger.sealed())[1], "does not name"),
    "signatures exchanged": (exchanged, f"{A}: the signature was made by another key"),
    "signatures of another entry": (
        lambda forger: forger.edit(0, signatures=forger.signatures(1)).sealed(), OF_A),
    "signature by a stranger": (Forger.stranger, OF_A),
    "signature too long": (
        lambda forger: (forger.signatures()[0].update(signature=to_b64(b"x" * 1025)), forger.sealed())[1], "too long"),
    "signature that is none": (
        lambda forger: (forger.signatures()[0].update(signature="eA=="), forger.sealed())[1], "OpenPGP"),
    "text after signing": (
        lambda forger: (forger.entries[1]["entry"]["finding"].update(severity=3), forger.logged())[1],
        "not one good signature"),
    "entry added unsigned": (
        lambda forger: (forger.entries.append({**forger.entries[0], "entry": ended(C)}), forger.logged())[1],
        "not one good signature"),
    "entry removed": (lambda forger: (forger.entries.pop(), forger.sealed())[1], "checkpoint says 6"),
    "entries moved": (swapped, "its history differs"),
    "salt changed": (lambda forger: forger.edit(0, salt=to_b64(b"x" * 32)).sealed(), "its history differs"),
    "salt of 31 bytes": (lambda forger: forger.edit(0, salt=to_b64(b"x" * 31)).sealed(), "salt has another length"),
    "salt removed": (lambda forger: (forger.entries[0].pop("salt"), forger.sealed())[1], "missing or unknown"),
    "one entry twice": (lambda forger: (forger.entries.append(forger.entries[0]), forger.logged())[1], "stands twice"),
    "entry is no object": (lambda forger: forger.edit(0, entry=[]).sealed(), "an entry is not an object"),
    "entry of a megabyte": (
        lambda forger: forger.edit(0, entry={"t": "a" * 2**20}).logged(), "an entry is longer than its limit"),
    "name added": (
        lambda forger: forger.edit(1, name={"salt": to_b64(b"n" * 32), "text": "Ada Lovelace"}).sealed(),
        "name beside an entry is not the one that was signed"),
    "name is a text": (lambda forger: forger.edit(1, name="Ada Lovelace").sealed(), "a JSON object is expected"),
    "checkpoint by another key": (
        lambda forger: forger.sealed(checkpoint=forger.head(forger.issuer.log, key=SigningKey.generate()).decode()),
        "checkpoint: signed by another key"),
    "checkpoint of another registry": (
        lambda forger: forger.sealed(
            checkpoint=forger.head(forger.issuer.log, origin=f"x.example/{forger.issuer.instance}").decode()),
        "head of another log"),
    "checkpoint edited": (
        lambda forger: forger.sealed(checkpoint=forger.body["checkpoint"].replace("\n6\n", "\n7\n")),
        "checkpoint: changed after it was signed"),
    "checkpoint of before": (
        lambda forger: forger.sealed(checkpoint=forger.head(forger.house.log).decode()), "checkpoint says 3"),
    "checkpoint too small": (
        lambda forger: forger.sealed(checkpoint=forger.head(Frontier(1, (b"r" * 32,))).decode()), "fewer leaves than"),
    "checkpoint is none": (lambda forger: forger.sealed(checkpoint="regc.example\n6\n"), "not a checkpoint"),
    "log begun anew": (lambda forger: forger.logged(Frontier()), "checkpoint says 3"),
    "log rewritten": (
        lambda forger: forger.logged(Frontier(3, (b"r" * 32, b"s" * 32))), "its history differs"),
    "for another registry": (lambda forger: forger.sealed(origin="other.example"), "made for another registry"),
    "for no registry": (lambda forger: forger.sealed(origin="https://regc.example"), "field origin is malformed"),
    "of an unknown issuer": (lambda forger: forger.sealed(issuer="x.example"), "does not know the issuer x.example"),
    "of the other issuer": (lambda forger: forger.sealed(issuer="another.example"), FORGED),
    "under another manifest": (lambda forger: forger.sealed(manifest="0" * 64), "under another reviewer manifest"),
    "an old export again": (lambda forger: forger.house.first, "is an old version"),
    "an export left out": (lambda forger: forger.sealed(sequence=4), "is missing: this one is number 4"),
    "another under a used number": (
        lambda forger: forger.sealed(sequence=2), "is not the export that was loaded under this number"),
    "number 0": (lambda forger: forger.sealed(sequence=0), "sequence is not an integer in its range"),
    "number as text": (lambda forger: forger.sealed(sequence="3"), "sequence is not an integer in its range"),
    "begins anew": (lambda forger: forger.sealed(sequence=1), "no other has no previous digest"),
    "after another export": (lambda forger: forger.sealed(previous="0" * 64), "continues another export"),
    "of a day to come": (lambda forger: forger.sealed(day="2026-12-03"), "of a day to come"),
    "of no day": (lambda forger: forger.sealed(day="2026-02-30"), "day is not a date"),
    "of another month": (lambda forger: forger.sealed(batch="2026-11"), "not the month of its day"),
    "of month 13": (lambda forger: forger.sealed(batch="2026-13"), "batch is malformed"),
    "unknown field": (lambda forger: forger.sealed(codename="x"), "a field is missing or unknown"),
    "field removed": (lambda forger: (forger.body.pop("day"), forger.sealed())[1], "a field is missing or unknown"),
}  # fmt: skip
# With the desk's key and reviewers who sign what they must not.
REVIEWERS: dict[str, Kind] = {
    "one college": (
        lambda forger: forger.with_entry(raw_entry(regc_id=D, version=2), ("alize", "brume")), "from one college"),
    "signed for another registry": (
        lambda forger: forger.with_entry(raw_entry(regc_id=NEW), origin="x.example"),
        "not one good signature"),
    "old version": (lambda forger: forger.with_entry(raw_entry(regc_id=A)), "stands twice in one export"),
    "after the withdrawal": (lambda forger: forger.with_entry(raw_entry(regc_id=B, version=3)), "that is final"),
    "entry of the other issuer": (lambda forger: forger.with_entry(ended(OTHERS)), "belongs to another issuer"),
    "change untold": (
        lambda forger: forger.edit(
            0, **forger.signed(raw_entry(regc_id=A, version=2, finding__text="Autre constat."))).logged(),
        "one correction for each field that changed"),
    "publication moved": (
        lambda forger: forger.edit(
            0, **forger.signed(raw_entry(regc_id=A, version=2, dates__published="2026-11"))).logged(),
        "month of the first publication never changes"),
    "name while names are off": (with_name, "this registry takes no names"),
    "name of somebody else": (lambda forger: with_name(forger, "Ada Byron"), "not the one that was signed"),
    "name written backwards": (lambda forger: with_name(forger, "\u202eecalevoL adA"), "not the one that was signed"),
    "name in two lines": (lambda forger: with_name(forger, "Ada\nLovelace"), "field text is malformed"),
    "unknown field of a record": (finding(case="abcdefghij23"), "a field is unknown"),
    "name of a person in the body": (
        finding(body={"organ": "board", "function": "", "mandate_from": 2022, "mandate_to": 2025, "name": "x"}),
        "body: a field is unknown"),
    "a day in a date": (finding(dates__published="2026-12-01"), "dates.published"),
    "month to come": (
        finding(dates__published="2027-01"), "has not begun"),
    "no notice": (finding(adversarial__notified=""), "adversarial.notified"),
    "finding too long": (finding(finding__text="a" * 601), "finding.text: at most 600"),
    "hidden direction": (finding(finding__text="abc \u202e cba"), "finding.text"),
    "unknown category": (finding(finding__category="XXX"), "finding.category"),
    "severity 5": (finding(finding__severity=5), "finding.severity"),
    "grade of no proof": (finding(finding__grade="C"), "finding.grade"),
    "outside Europe": (finding(cooperative__country="US"), "cooperative.country"),
    "wrong number": (
        finding(cooperative__identifier={"type": "siren", "value": "732829321"}), "cooperative.identifier.value"),
    "field left out": (
        lambda forger: forger.with_entry(
            {name: value for name, value in raw_entry(regc_id=NEW).items() if name != "remediation"}),
        "stands in its full form"),
    "first version corrected": (
        finding(status="corrected", dates__corrected="2026-12", version=1, corrections=[
            {"month": "2026-12", "field": "finding.text", "before": "0" * 64, "reason": "error", "note": "x"}]),
        "a first version has none"),
    "replaced by nothing": (lambda forger: forger.with_entry(ended(C, "replaced")), "replaced_by"),
    "replaced by what is not there": (
        lambda forger: forger.edit(1, **forger.signed(
            ended(A, "replaced") | {"replaced_by": ["REGC-2026-ZZZZZZZZZZZZZZZZ"], "version": 3})).edit(
                0, **forger.signed(raw_entry(regc_id=D))).edit(2, **forger.signed(raw_entry(regc_id=C))).logged(),
        "which is no entry in force"),
}  # fmt: skip
KINDS = STICK | DESK | REVIEWERS


@pytest.fixture(scope="module")
def register() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="sd tampering "))
    yield House(folder)
    shutil.rmtree(folder)
    forget_keys()


def refused(house: House, data: bytes, capsys: pytest.CaptureFixture[str]) -> str:
    """Bring it; what was said, once everything that every refusal has was checked."""
    before = house.rows()
    capsys.readouterr()
    status, path = house.bring(data)
    out, said = capsys.readouterr()
    assert status == 1, out
    assert out == ""
    assert "Nothing was changed" in said
    assert "Manquement" not in said, "a refusal repeats nothing of a record"
    assert "Lovelace" not in said
    assert "Traceback" not in said
    assert house.rows() == before
    assert house.command("loads", "--json", "--limit", "1") == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert line["outcome"] == "refused"
    assert line["why"]
    assert line["why"].rstrip(".") in said
    assert path.exists()
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_refused(register: House, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    forge, words = KINDS[kind]
    said = refused(register, forge(Forger(register)), capsys)
    assert any(word in said for word in words.split("|")), said


def test_at_least_forty_kinds_and_sentences() -> None:
    assert len(KINDS) >= 80
    assert len({words for _, words in KINDS.values()}) >= 60


def test_an_older_manifest_on_the_registry(register: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever holds the registry's folder puts another manifest in the place of the pinned one."""
    issuer, old = register.issuer, register.issuer.manifest_bytes
    same_version = issuer.sign_manifest(nobodies=tuple(reversed(issuer.manifest.nobodies)))
    cases = {
        "signed by another root": (register.other.manifest_bytes, "not a reviewer manifest"),
        "expired": (issuer.sign_manifest(expires=DAY), "under another reviewer manifest|has expired"),
        "another of the same version": (same_version, "under another reviewer manifest"),
    }
    try:
        for manifest, words in cases.values():
            register.settings(manifest=manifest)
            status, _ = register.bring(register.good)
            said = capsys.readouterr().err
            assert status == 1
            assert any(word in said for word in words.split("|")), said
        register.settings(issuers=1)
        status, _ = register.bring(register.other.export(raw_entry(regc_id="REGC-2026-HHHHHHHHHHHHHHHH")))
        assert status == 1
        assert "does not know the issuer another.example" in capsys.readouterr().err
    finally:
        issuer.manifest_bytes = old
        register.settings()


def test_after_all_that_the_good_one_is_taken(register: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert register.bring(register.good)[0] == 0
    assert "loaded: 3 record(s)" in capsys.readouterr().out
    assert register.bring(register.good)[0] == 0
    assert "already loaded" in capsys.readouterr().out
    # A manifest that left is not taken back, and its desk's exports are refused with it.
    issuer, old = register.issuer, (register.issuer.manifest, register.issuer.manifest_bytes)
    renew(issuer)
    register.settings()
    assert register.bring(issuer.export(raw_entry(regc_id="REGC-2026-JJJJJJJJJJJJJJJJ")))[0] == 0
    issuer.manifest, issuer.manifest_bytes = old
    register.settings()
    said = refused(register, issuer.export(raw_entry(regc_id="REGC-2026-KKKKKKKKKKKKKKKK")), capsys)
    assert "rolled back" in said


def rewrite(house: House, *statements: str) -> Path:
    """Whoever holds the registry's database changes rows in a copy of it, and serves what comes of that."""
    home = house.folder / f"rewritten-{len(list(house.folder.glob('rewritten-*')))}"
    shutil.copytree(house.home, home)
    with contextlib.closing(sqlite3.connect(home / "registry.db")) as link, link:
        for statement in statements:
            link.execute(statement)
    settings = load(RegistrySettings, home / "registry.toml")
    store = RegistryStore.open(settings)
    try:
        (home / "entries.json").write_text("".join(entries_json(store, ORIGIN, settings.clock.today())), "utf-8")
    finally:
        store.close()
    return home / "entries.json"


REWRITTEN = {
    "nothing": ((), 0, "records hold"),
    "a word of a record": (
        ("UPDATE entries SET record = replace(record, 'Manquement', 'Manquements')",), 1, "its text or its salt"),
    "a leaf": (("UPDATE leaves SET commitment = zeroblob(32) WHERE leaf = 1",), 1, "one was rewritten or moved"),
    "two leaves": (
        ("UPDATE leaves SET leaf = leaf + 99 WHERE leaf < 2", "UPDATE leaves SET leaf = 100 - leaf WHERE leaf > 98"), 1,
        "one was rewritten or moved"),
    "the last leaf removed": (
        ("DELETE FROM leaves WHERE leaf = (SELECT max(leaf) FROM leaves)",), 1, "some were removed"),
    "a salt": (("UPDATE entries SET salt = zeroblob(32)",), 1, "its text or its salt"),
    "the signatures": (("UPDATE entries SET signatures = '[]'",), 1, "exactly two reviewers"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REWRITTEN)
def test_a_rewritten_database_is_found(register: House, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    statements, status, words = REWRITTEN[kind]
    path = rewrite(register, *statements)
    roots = [word for issuer in (register.issuer, register.other) for word in ("--root", issuer.root.public.hex())]
    capsys.readouterr()
    with pytest.raises(SystemExit) as over:
        main.main(["registry", "verify", str(path), *roots])
    assert int(over.value.code or 0) == status
    assert words in capsys.readouterr().out
