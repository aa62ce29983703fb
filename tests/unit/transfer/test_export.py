"""An export file: checked with real OpenPGP signatures, or refused with its own sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.errors import UserError
from app.transfer.export import check_export, choose_issuer, read_export
from crypto import canonical, note
from crypto.errors import ExpiredError, FormatError, SealingError, TrustError
from crypto.export import Name, SignedEntry, name_digest
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.unit.domain.samples import raw_entry

TODAY = date(2026, 12, 2)


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    yield Issuer()
    forget_keys()


@pytest.fixture
def issuer(shared: Issuer) -> Issuer:
    shared.sequence, shared.last = 0, ""
    return shared


def check(data: bytes, issuer: Issuer, **changes: Any):
    return check_export(data, issuer.manifest, **{"origin": ORIGIN, "today": TODAY, **changes})


def test_a_good_export_becomes_a_batch(issuer: Issuer) -> None:
    data = issuer.export(raw_entry())
    batch = check(data, issuer)
    assert (batch.issuer, batch.sequence, batch.previous, batch.month) == ("desk.example", 1, "", "2026-12")
    assert batch.digest == note.digest(data)
    assert batch.records[0].record.to_dict() == raw_entry()
    assert len({reviewer for reviewer, _ in batch.records[0].signatures}) == 2
    assert choose_issuer(data, [Issuer("other.example").manifest, issuer.manifest]) is issuer.manifest


def refusal(data: bytes, issuer: Issuer, kind: type[Exception], **changes: Any) -> str:
    with pytest.raises(kind) as caught:
        check(data, issuer, **changes)
    return str(caught.value)


def test_each_refusal_has_its_own_sentence(issuer: Issuer) -> None:
    good = issuer.sign(raw_entry())
    one = replace(good, signatures=good.signatures[:1])
    twice = replace(good, signatures=(good.signatures[0],) * 2)
    swapped = issuer.sign(raw_entry(finding__text="Autre constat."))
    moved = SignedEntry(good.entry, swapped.signatures, good.salt)
    unknown = raw_entry()
    unknown["finding"]["reporter"] = "x"
    changed = bytearray(issuer.export(raw_entry()))
    changed[changed.index(b"Manquement")] ^= 1
    desk = Issuer()
    desk.manifest = issuer.manifest
    sentences = {
        "one signature": refusal(issuer.export(signed=(one,)), issuer, TrustError),
        "same reviewer": refusal(issuer.export(signed=(twice,)), issuer, TrustError),
        "same college": refusal(issuer.export(raw_entry(), names=("alize", "brume")), issuer, TrustError),
        "other text": refusal(issuer.export(signed=(moved,)), issuer, TrustError),
        "changed byte": refusal(bytes(changed), issuer, TrustError),
        "unknown field": refusal(issuer.export(unknown), issuer, UserError),
        "other registry": refusal(issuer.export(raw_entry(), origin="other.example"), issuer, TrustError),
        "other manifest": refusal(issuer.export(raw_entry(), manifest="0" * 64), issuer, TrustError),
        "other desk": refusal(desk.export(raw_entry()), issuer, TrustError),
    }
    # A changed byte and another desk's key look alike: the desk's signature does not fit.
    assert sentences["changed byte"] == sentences.pop("other desk")
    assert len(set(sentences.values())) == len(sentences), sentences
    assert "unknown" in sentences["unknown field"]


def test_unknown_issuer(issuer: Issuer) -> None:
    with pytest.raises(UserError, match=r"does not know the issuer other\.example"):
        choose_issuer(Issuer("other.example").export(raw_entry()), [issuer.manifest])


def test_expired_manifest(issuer: Issuer) -> None:
    with pytest.raises(ExpiredError):
        check(issuer.export(raw_entry()), issuer, today=date(2031, 1, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw["dates"].update(published=""), "before the entry is signed"),
        (lambda raw: raw["cooperative"].pop("sector"), "full form"),
        (lambda raw: raw["dates"].update(published="2026-12-01"), "without a day"),
        (lambda raw: raw.update(case="abcdefghij23"), "unknown"),
        (lambda raw: raw["body"].update(name="Quelqu'un"), "unknown"),
    ],
)
def test_record_that_breaks_a_rule(issuer: Issuer, change: Any, message: str) -> None:
    raw = raw_entry()
    change(raw)
    assert message in refusal(issuer.export(raw), issuer, UserError)


@pytest.mark.parametrize("data", [b"", b"{}", b"sourdine/export/v1\n{}\nAA==\n", b"sourdine/outbox/v1\n{}\n\n"])
def test_what_is_no_export(issuer: Issuer, data: bytes) -> None:
    with pytest.raises(FormatError):
        choose_issuer(data, [issuer.manifest])


def test_every_changed_byte_is_refused(issuer: Issuer) -> None:
    data = issuer.export(raw_entry())
    for place in range(0, len(data), 97):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((SealingError, UserError)):
            check(changed, choose_issuer_or(changed, issuer))


def choose_issuer_or(data: bytes, issuer: Issuer) -> Issuer:
    choose_issuer(data, [issuer.manifest])
    return issuer


def test_reads_plain_files_only(issuer: Issuer, tmp_path: Path) -> None:
    path = tmp_path / "export.regc"
    path.write_bytes(issuer.export(raw_entry()))
    assert check(read_export(path), issuer).records
    (tmp_path / "link").symlink_to(path)
    for name in ("link", "absent", "."):
        with pytest.raises(UserError):
            read_export(tmp_path / name)


def test_signers_are_bound_to_registry_and_issuer(issuer: Issuer) -> None:
    """Signatures made for one registry are worth nothing in an export for another."""
    elsewhere = issuer.sign(raw_entry(), origin="other.example")
    refusal(issuer.export(signed=(elsewhere,)), issuer, TrustError)
    body = json.loads(issuer.export(raw_entry()).split(b"\n")[1])
    assert canonical.dumps(body["entries"][0]["entry"]) == canonical.dumps(raw_entry())


def named(issuer: Issuer, name: Name | None, digest: str = "") -> bytes:
    raw = raw_entry()
    raw["adversarial"]["persons_informed"] = "2026-10"
    basis = {
        "type": "court_decision",
        "id": "ECLI:FR:CCASS:2026:SO00001",
        "url": "",
        "verified": "2026-10",
        "counsel": "Avis écrit rendu.",
    }
    raw["body"]["nominative"] = {
        "basis": basis,
        "expires": "2027-12",
        "digest": digest or (name_digest(name) if name else ""),
    }
    return issuer.export(signed=(replace(issuer.sign(raw), name=name),))


def test_a_name_is_the_one_that_was_signed(issuer: Issuer) -> None:
    name = Name(b"n" * 32, "Ada Lovelace")
    batch = check(named(issuer, name), issuer)
    assert batch.records[0].name == "Ada Lovelace"
    assert b"Lovelace" not in canonical.dumps(batch.records[0].record.to_dict())
    other = refusal(named(issuer, Name(b"n" * 32, "Ada Byron"), name_digest(name)), issuer, TrustError)
    missing = refusal(named(issuer, None, name_digest(name)), issuer, TrustError)
    beside_none = issuer.export(signed=(replace(issuer.sign(raw_entry()), name=name),))
    assert other == missing == refusal(beside_none, issuer, TrustError)
    assert "not the one that was signed" in other


@pytest.mark.parametrize("text", ["Ada\u200bLovelace", "Ada Love\u0301lace", "\u202eecalevoL"])
def test_a_name_that_cannot_be_shown(issuer: Issuer, text: str) -> None:
    assert "cannot be shown" in refusal(named(issuer, Name(b"n" * 32, text)), issuer, UserError)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_the_entry_whose_signature_is_wrong_is_named(issuer: Issuer, at: int) -> None:
    signed = [issuer.sign(raw_entry(regc_id="REGC-2026-" + letter * 16)) for letter in "ABCDE"]
    signed[at] = replace(signed[at], signatures=signed[at - 1].signatures)
    name = signed[at].entry["regc_id"]
    assert refusal(issuer.export(signed=tuple(signed)), issuer, TrustError).startswith(f"{name}: the signature is not")
    signed[at] = replace(signed[at], entry={"regc_id": "<b>"})
    told = refusal(issuer.export(signed=tuple(signed)), issuer, TrustError)
    assert told.startswith("an entry: ")
