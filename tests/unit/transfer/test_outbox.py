"""An outbox is believed only with the desk's signature over it and two reviewers' over each discard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import UserError
from app.transfer import outbox as transfer
from app.transfer.outbox import check_outbox, read_outbox, write_outbox
from crypto.errors import FormatError, TrustError
from crypto.manifest import Reviewer
from crypto.openpgp import gpg, keygen, sign
from crypto.outbox import Discard, discard_bytes
from crypto.quorum import EntrySignature
from crypto.signing import SigningKey
from tests.fakes.instance import TODAY, Instance

PEOPLE = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))
ENVELOPE, DIGEST = "e" * 32, "d" * 64


def test_it_travels_as_a_file(tmp_path: Path) -> None:
    data = Instance.make(tmp_path).outbox()
    path = tmp_path / "stick"
    assert write_outbox(path, data) == len(data)
    assert read_outbox(path) == data


def test_an_absurd_size_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stick").write_bytes(b"x" * 11)
    monkeypatch.setattr(transfer, "FILE_LIMIT", 10)
    with pytest.raises(UserError, match="larger than any"):
        read_outbox(tmp_path / "stick")


def test_the_desk_signs_all_of_it(tmp_path: Path) -> None:
    instance = Instance.make(tmp_path)
    data = instance.outbox()
    assert check_outbox(data, instance.manifest, today=TODAY).outbox.number == 1
    instance.desk = SigningKey.generate()
    with pytest.raises(TrustError):
        check_outbox(instance.outbox(), instance.manifest, today=TODAY)
    with pytest.raises(FormatError):
        check_outbox(data[:-1], instance.manifest, today=TODAY)
    with pytest.raises(TrustError):
        check_outbox(data.replace(b'"number":1', b'"number":7'), instance.manifest, today=TODAY)


def test_a_discard_needs_two_reviewers_of_two_colleges(tmp_path: Path) -> None:
    homes, people = {}, []
    for name, college in PEOPLE:
        homes[name] = home = tmp_path / name
        fingerprint = keygen.trial_key(home, name, TODAY)
        people.append(Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(home, fingerprint)))
    instance = Instance.make(tmp_path, reviewers=tuple(people))
    statement = discard_bytes(instance.manifest.instance, ENVELOPE, DIGEST)
    try:
        signed = {
            person.name: EntrySignature(
                person.fingerprint, sign.detach_sign(homes[person.name], person.fingerprint, statement, day=TODAY)
            )
            for person in people
        }
    finally:
        for home in homes.values():
            gpg.stop_agent(home)

    def check(*names: str, envelope: str = ENVELOPE) -> None:
        discard = Discard(envelope, DIGEST, tuple(signed[name] for name in names))
        data = instance.outbox(discards=(discard,))
        # A trial day months later: the signature is judged by that clock.
        check_outbox(data, instance.manifest, today=TODAY + timedelta(days=100))

    check("alize", "cypres")
    for names in (("alize", "brume"), ("alize",), ("alize", "alize"), ("alize", "brume", "cypres")):
        with pytest.raises((TrustError, FormatError)):
            check(*names)
    with pytest.raises(TrustError):
        check("alize", "cypres", envelope="f" * 32)
