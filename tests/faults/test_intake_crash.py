"""A process that dies at any step of accepting a report, or of applying an outbox, loses nothing accepted.

The child really dies (`os._exit`) in the middle of the step; the parent is the next start.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from app.stores.carriage import Carriage, Terms
from app.stores.envelope_files import EnvelopeFiles
from app.stores.intake import Claim, IntakeStore
from crypto import note
from crypto.outbox import Receipt, open_outbox
from tests.fakes.child import run_in_child
from tests.fakes.instance import TODAY, Instance, add_envelope

CLAIM = Claim(b"d" * 32, b"c" * 32)
DIED = 9


def die(*_: object, **__: object) -> None:
    os._exit(DIED)


def in_child(work: Callable[[], object]) -> None:
    """Run `work` in a process of its own, which must die of `die`."""
    assert run_in_child(work) == DIED


def after(owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Die right after that function has done its work."""
    real = getattr(owner, name)

    def once(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)
        die()

    monkeypatch.setattr(owner, name, once)


def arm(point: str, store: IntakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    if point == "before fsync":
        monkeypatch.setattr(os, "fsync", die)
    elif point == "before rename":
        monkeypatch.setattr(os, "rename", die)
    elif point == "after rename":
        after(os, "rename", monkeypatch)
    elif point == "after folder sync":
        after(EnvelopeFiles, "sync", monkeypatch)
    elif point == "before commit":
        event.listen(store.engine, "commit", die)
    elif point == "after commit":
        after(type(store.engine.dialect), "do_commit", monkeypatch)


POINTS = ("before fsync", "before rename", "after rename", "after folder sync", "before commit", "after commit")


@pytest.mark.parametrize("point", POINTS)
def test_a_report_is_stored_whole_or_not_at_all(tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = Instance.make(tmp_path)
    store = instance.store()

    def accept() -> None:
        arm(point, store, monkeypatch)
        draft = store.new_envelope()
        draft.file.write(b"ciphertext")
        store.commit(draft, claim=CLAIM, today=TODAY)

    in_child(accept)
    later = IntakeStore.open(instance.settings)
    later.sweep()
    stored = point == "after commit"
    assert later.counts().envelopes == stored
    assert later.counts().missing == 0
    assert (later.find_claim(CLAIM.digest) is not None) == stored
    assert [path.read_bytes() for path in later.files.folder.iterdir()] == [b"ciphertext"] * stored
    # The repeat of the same form is taken exactly when the first one was lost.
    if not stored:
        draft = later.new_envelope()
        later.commit(draft, claim=CLAIM, today=TODAY)
        assert later.counts().envelopes == 1


@pytest.mark.parametrize("point", ["before commit", "after commit", "before unlink"])
def test_an_outbox_is_applied_whole_or_not_at_all(tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = Instance.make(tmp_path)
    store = instance.store()
    envelope = add_envelope(store, b"ciphertext")
    carriage = Carriage(store, instance=instance.manifest.instance, key=instance.pickup)
    issued = carriage.issue(TODAY)
    assert issued is not None
    with store.engine.connect() as connection:
        sha256 = connection.exec_driver_sql("SELECT sha256 FROM envelopes").scalar_one()
    data = instance.outbox(receipts=(Receipt(envelope, sha256, 1),))
    outbox, digest, terms = open_outbox(data, instance.desk.public), note.digest(data), Terms(TODAY, 0, 180)

    def apply() -> None:
        if point == "before unlink":
            monkeypatch.setattr(EnvelopeFiles, "remove", die)
        else:
            arm(point, store, monkeypatch)
        carriage.apply_outbox(outbox, digest, terms)

    in_child(apply)
    later = IntakeStore.open(instance.settings)
    swept = later.sweep()
    applied = point != "before commit"
    assert swept == applied  # the file of a row that the outbox deleted
    assert later.counts().envelopes == (not applied)
    assert later.counts().replies == (8 if applied else 0)
    assert later.counts().missing == 0
    again = Carriage(later, instance=instance.manifest.instance, key=instance.pickup)
    assert again.numbers() == (1, int(applied))
    if not applied:
        assert again.apply_outbox(outbox, digest, terms).deleted == 1
