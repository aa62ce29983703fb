"""Pickups keep number and bytes while the same envelopes wait; an outbox is applied whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.stores import carriage as module
from app.stores.carriage import Applied, Carriage, Issued, Terms
from app.stores.intake import IntakeStore
from app.transfer.pickup import PickupBytes
from crypto import note
from crypto.errors import TrustError
from crypto.outbox import Discard, Receipt, SealedReply, open_outbox, sign_outbox
from crypto.pickup import PickupHeader, open_header
from crypto.quorum import EntrySignature
from crypto.reply import decoy
from crypto.signing import SigningKey
from tests.fakes.instance import TODAY, Instance, add_envelope

TERMS = Terms(TODAY, release_days=1, reply_days=180)
LOCATOR = b"l" * 32


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.make(tmp_path)


@pytest.fixture
def store(instance: Instance) -> Iterator[IntakeStore]:
    made = instance.store()
    yield made
    made.close()


@pytest.fixture
def carriage(instance: Instance, store: IntakeStore) -> Carriage:
    return Carriage(store, instance=instance.manifest.instance, key=instance.pickup)


def header_of(issued: Issued | None, instance: Instance) -> PickupHeader:
    assert issued is not None
    assert note.digest(issued.header) == issued.digest
    return open_header(issued.header, instance.pickup.public)


def receipts(issued: Issued | None, instance: Instance) -> tuple[Receipt, ...]:
    header = header_of(issued, instance)
    return tuple(Receipt(entry.id, entry.sha256, header.number) for entry in header.entries)


def apply(carriage: Carriage, instance: Instance, data: bytes, terms: Terms = TERMS) -> Applied:
    return carriage.apply_outbox(open_outbox(data, instance.desk.public), note.digest(data), terms)


def reply(expires_in: int = 90) -> SealedReply:
    return SealedReply(LOCATOR, "0" * 32, decoy(1), TODAY + timedelta(days=expires_in))


# -- pickups -----------------------------------------------------------------------------------------------------------


def test_an_empty_intake_gives_no_pickup_and_no_number(carriage: Carriage) -> None:
    assert carriage.issue(TODAY) is None
    assert carriage.numbers() == (0, 0)


def test_a_pickup_lists_what_waits(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    contents = {add_envelope(store, content): content for content in (b"one", b"two", b"three")}
    issued = carriage.issue(TODAY)
    header = header_of(issued, instance)
    assert (header.number, header.previous, header.day, header.instance) == (1, "", TODAY, "trial-instance")
    assert [entry.id for entry in header.entries] == sorted(contents)
    for entry in header.entries:
        content = contents[entry.id]
        assert (entry.size, entry.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_same_envelopes_give_the_same_bytes(carriage: Carriage, store: IntakeStore) -> None:
    add_envelope(store, b"one")
    first = carriage.issue(TODAY)
    again = carriage.issue(TODAY + timedelta(days=3))
    assert again == first
    assert first is not None
    assert again is not None
    bodies = [b"".join(PickupBytes(issued.header, issued.files).chunks()) for issued in (first, again)]
    assert bodies[0] == bodies[1]


def test_another_envelope_makes_the_next_number(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    add_envelope(store, b"one")
    first = carriage.issue(TODAY)
    add_envelope(store, b"two")
    second = carriage.issue(TODAY)
    header = header_of(second, instance)
    assert first is not None
    assert (header.number, header.previous, len(header.entries)) == (2, first.digest, 2)
    assert carriage.numbers() == (2, 0)


def test_an_earlier_pickup_goes_on_while_its_envelopes_exist(carriage: Carriage, store: IntakeStore) -> None:
    envelope = add_envelope(store, b"one")
    first = carriage.issue(TODAY)
    add_envelope(store, b"two")
    carriage.issue(TODAY)
    assert first is not None
    assert carriage.issued(first.digest) == first
    assert carriage.issued("0" * 64) is None
    store.files.path(envelope).unlink()
    assert carriage.issued(first.digest) is None


def test_a_lost_or_cut_file_does_not_hold_up_the_others(
    carriage: Carriage, store: IntakeStore, instance: Instance
) -> None:
    lost, cut, whole = (add_envelope(store, content) for content in (b"lost", b"was longer", b"whole"))
    store.files.path(lost).unlink()
    store.files.path(cut).write_bytes(b"was")
    assert [entry.id for entry in header_of(carriage.issue(TODAY), instance).entries] == [whole]


def test_a_pickup_stays_below_a_stick(
    carriage: Carriage, store: IntakeStore, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        add_envelope(store, b"x" * 100)
    monkeypatch.setattr(module, "PICKUP_BYTES", 250)
    first = carriage.issue(TODAY)
    assert len(header_of(first, instance).entries) == 2
    apply(carriage, instance, instance.outbox(receipts=receipts(first, instance)))
    assert len(header_of(carriage.issue(TODAY), instance).entries) == 2
    monkeypatch.setattr(module, "PICKUP_BYTES", 10)
    assert len(header_of(carriage.issue(TODAY), instance).entries) == 1
    monkeypatch.setattr(module, "ENTRIES_MAX", 3)
    monkeypatch.setattr(module, "PICKUP_BYTES", 10_000)
    assert len(header_of(carriage.issue(TODAY), instance).entries) == 3


def test_what_was_never_carried_goes_first(
    carriage: Carriage, store: IntakeStore, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few large envelopes that the desk never confirms cannot keep the others here."""
    for _ in range(5):
        add_envelope(store, b"x" * 100)
    monkeypatch.setattr(module, "PICKUP_BYTES", 200)
    carried = [{entry.id for entry in header_of(carriage.issue(TODAY), instance).entries} for _ in range(3)]
    assert len(set.union(*carried)) == 5


def test_two_couriers_at_once_get_one_number(carriage: Carriage, store: IntakeStore) -> None:
    add_envelope(store, b"one")
    issued: list[Issued | None] = []
    threads = [threading.Thread(target=lambda: issued.append(carriage.issue(TODAY))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issued) == 6
    assert all(each == issued[0] for each in issued)
    assert carriage.numbers() == (1, 0)


def test_a_new_pickup_key_signs_a_new_number(carriage: Carriage, store: IntakeStore) -> None:
    add_envelope(store, b"one")
    carriage.issue(TODAY)
    other = Carriage(store, instance="trial-instance", key=SigningKey.generate())
    issued = other.issue(TODAY)
    assert issued is not None
    assert issued.number == 2


# -- outboxes ----------------------------------------------------------------------------------------------------------


def test_receipts_delete_and_replies_are_stored(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    kept = None
    for content in (b"one", b"two"):
        kept = add_envelope(store, content)
    issued = carriage.issue(TODAY)
    proofs = tuple(receipt for receipt in receipts(issued, instance) if receipt.envelope != kept)
    done = apply(carriage, instance, instance.outbox(receipts=proofs, replies=(reply(),)))
    assert done == Applied(number=1, missed=0, deleted=1, kept=0, replies=8)
    assert {path.name for path in store.files.folder.iterdir()} == {kept}
    assert store.counts().envelopes == 1
    assert store.counts().replies == 8
    assert store.replies(LOCATOR, TODAY) == []
    assert len(store.replies(LOCATOR, TODAY + timedelta(days=1))) == 1
    assert carriage.numbers() == (1, 1)


def test_a_receipt_must_match_ciphertext_and_pickup(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    envelope = add_envelope(store, b"one")
    (good,) = receipts(carriage.issue(TODAY), instance)
    wrong = (
        dataclasses.replace(good, sha256="0" * 64),
        dataclasses.replace(good, pickup=2),
        dataclasses.replace(good, envelope="f" * 32),
    )
    last = b""
    for number, receipt in enumerate(wrong, start=1):
        last = instance.outbox(number, last, receipts=(receipt,))
        assert apply(carriage, instance, last).kept == 1
    assert store.files.path(envelope).exists()
    assert apply(carriage, instance, instance.outbox(4, last, receipts=(good,))).deleted == 1


def test_an_envelope_never_picked_up_is_never_deleted(
    carriage: Carriage, store: IntakeStore, instance: Instance
) -> None:
    add_envelope(store, b"one")
    carriage.issue(TODAY)
    late = add_envelope(store, b"late")
    forged = Receipt(late, hashlib.sha256(b"late").hexdigest(), 1)
    assert apply(carriage, instance, instance.outbox(receipts=(forged,))).deleted == 0
    assert store.counts().envelopes == 2


def test_a_discard_deletes_without_a_pickup_number(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    add_envelope(store, b"refused by the desk")
    (entry,) = header_of(carriage.issue(TODAY), instance).entries
    signatures = (EntrySignature("A" * 40, b"s"), EntrySignature("C" * 40, b"s"))
    data = instance.outbox(discards=(Discard(entry.id, entry.sha256, signatures),))
    assert apply(carriage, instance, data).deleted == 1
    assert store.counts().envelopes == 0


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda i, last: last, "outbox 2 was already applied"),
        (lambda i, _: i.outbox(1), "outbox 1 is not newer than the last one applied, 2"),
        (lambda i, _: i.outbox(2, i.outbox(1)), "outbox 2 is not newer"),
        (lambda i, _: i.outbox(3), "outbox 3 does not follow the outbox 2"),
        (lambda i, last: i.outbox(3, last, instance="elsewhere"), "for another instance"),
    ],
    ids=["same", "older", "same number", "other chain", "other instance"],
)
def test_what_does_not_come_next_changes_nothing(
    carriage: Carriage, store: IntakeStore, instance: Instance, make, sentence: str
) -> None:
    first = instance.outbox(1)
    last = instance.outbox(2, first)
    apply(carriage, instance, first)
    apply(carriage, instance, last)
    before = store.counts()
    with pytest.raises(TrustError, match=sentence):
        apply(carriage, instance, make(instance, last))
    assert store.counts() == before
    assert carriage.numbers() == (0, 2)


def test_a_gap_is_taken_and_told(carriage: Carriage, instance: Instance) -> None:
    assert apply(carriage, instance, instance.outbox(3)).missed == 2
    assert apply(carriage, instance, instance.outbox(5)).missed == 1


def test_a_crash_inside_leaves_everything(
    carriage: Carriage, store: IntakeStore, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope = add_envelope(store, b"one")
    data = instance.outbox(receipts=receipts(carriage.issue(TODAY), instance))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_store_replies", crash)
    with pytest.raises(KeyboardInterrupt):
        apply(carriage, instance, data)
    assert store.files.path(envelope).exists()
    assert (store.counts().envelopes, store.counts().replies, carriage.numbers()) == (1, 0, (1, 0))


def test_the_first_of_two_replies_with_one_id_stays(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    first, second = reply(), reply()
    one = instance.outbox(1, replies=(first,))
    apply(carriage, instance, one)
    apply(carriage, instance, instance.outbox(2, one, replies=(second,)))
    (kept,) = store.replies(LOCATOR, TODAY + timedelta(days=1))
    assert kept.data == first.data


def test_no_reply_outlives_the_intakes_own_term(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    apply(carriage, instance, instance.outbox(replies=(reply(expires_in=3000),)))
    assert len(store.replies(LOCATOR, TODAY + timedelta(days=179))) == 1
    assert store.replies(LOCATOR, TODAY + timedelta(days=180)) == []
    assert store.tick(TODAY + timedelta(days=180)) == 8


def test_headers_go_with_the_last_of_their_envelopes(
    carriage: Carriage, store: IntakeStore, instance: Instance
) -> None:
    add_envelope(store, b"one")
    first = carriage.issue(TODAY)
    proofs = receipts(first, instance)
    add_envelope(store, b"two")
    second = carriage.issue(TODAY)
    one = instance.outbox(1, receipts=proofs)
    apply(carriage, instance, one)
    assert first is not None
    assert second is not None
    assert carriage.issued(first.digest) is None
    rest = tuple(receipt for receipt in receipts(second, instance) if receipt not in proofs)
    remaining = tuple(receipt for receipt in rest if receipt.envelope != proofs[0].envelope)
    apply(carriage, instance, instance.outbox(2, one, receipts=remaining))
    database = (store.files.folder.parent / "intake.db").read_bytes()
    for receipt in (*proofs, *remaining):
        assert receipt.envelope.encode() not in database
        assert receipt.sha256.encode() not in database
    add_envelope(store, b"three")
    third = header_of(carriage.issue(TODAY), instance)
    assert (third.number, third.previous) == (3, second.digest)


def test_ended_replies_go_and_no_other(carriage: Carriage, store: IntakeStore, instance: Instance) -> None:
    kept, gone = (SealedReply(LOCATOR, digit * 32, decoy(1), TODAY + timedelta(days=90)) for digit in "01")
    first = instance.outbox(replies=(kept, gone))
    apply(carriage, instance, first)
    told = open_outbox(instance.outbox(2, first), instance.desk.public)
    ended = sign_outbox(dataclasses.replace(told, ended=(gone.id, "f" * 32)), instance.desk)
    apply(carriage, instance, ended)
    day = TODAY + timedelta(days=2)
    assert [reply.id for reply in store.replies(LOCATOR, day)] == [kept.id]
