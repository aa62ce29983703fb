"""Importing pickups: numbers, structure, and a crash at any place."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

import pytest

from app.desk.carry.receive import ANOTHER_UNDER_ID, RECIPIENTS, Importer, overdue
from app.desk.carry.takeup import take_up
from app.desk.core import evidence
from app.desk.duties.alarms import alarms, case_alarms
from app.errors import BusyError, UserError
from crypto.errors import FormatError, TrustError
from crypto.openpgp.encrypt import encrypt_bytes
from crypto.signing import SigningKey
from tests.unit.desk.house import DAY, STORY, House, Reporter, keys


def importer(house: House) -> Importer:
    return Importer(house.store, house.settings, "alize")


def waiting(house: House) -> list[str]:
    return sorted(path.name for path in (house.home / "evidence" / "inbox").iterdir())


def test_the_same_pickup_twice_changes_nothing(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY), fresh.seal(STORY)])
    first, second = importer(fresh).receive(path), importer(fresh).receive(path)
    assert (first.imported, first.already, second.imported, second.already) == (2, 0, 0, 2)
    assert len(waiting(fresh)) == 2


def test_an_empty_pickup_is_a_pickup(fresh: House) -> None:
    assert importer(fresh).receive(fresh.pickup([])).imported == 0
    assert importer(fresh).receive(fresh.pickup([])).number == 2


def test_refuses_an_older_number_and_another_file_of_the_same(fresh: House) -> None:
    first, second = fresh.pickup([]), fresh.pickup([])
    importer(fresh).receive(first)
    importer(fresh).receive(second)
    with pytest.raises(UserError, match="older than pickup 2"):
        importer(fresh).receive(first)
    fresh.pickups = 1
    with pytest.raises(UserError, match="Two different pickups"):
        importer(fresh).receive(fresh.pickup([], day=DAY + timedelta(days=1), previous="1" * 64))


def test_refuses_what_does_not_follow(fresh: House) -> None:
    importer(fresh).receive(fresh.pickup([]))
    with pytest.raises(UserError, match="does not follow"):
        importer(fresh).receive(fresh.pickup([], previous="0" * 64))


def test_tells_which_pickups_never_came(fresh: House) -> None:
    importer(fresh).receive(fresh.pickup([]))
    fresh.pickup([])
    fresh.pickup([])
    report = importer(fresh).receive(fresh.pickup([fresh.seal(STORY)]))
    assert list(report.missing) == [2, 3]
    assert report.imported == 1


def test_refuses_another_instance_and_another_signer(fresh: House) -> None:
    with pytest.raises(UserError, match="another instance"):
        importer(fresh).receive(fresh.pickup([], instance="other.example"))
    fresh.pickups, fresh.pickup_key = 0, SigningKey.generate()
    with pytest.raises(TrustError):
        importer(fresh).receive(fresh.pickup([], previous=""))
    assert waiting(fresh) == []


def test_refuses_a_file_that_was_cut_or_grew(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY)])
    whole = path.read_bytes()
    for data in (whole[:-1], whole + b"\n", b"", b"something else"):
        path.write_bytes(data)
        with pytest.raises(FormatError):
            importer(fresh).receive(path)
    path.write_bytes(whole)
    assert importer(fresh).receive(path).imported == 1


def test_a_damaged_envelope_can_come_again_whole(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-10] + b"0123456789")
    report = importer(fresh).receive(path)
    assert [one.why for one in report.refused] == ["pickup: an envelope has another digest than the header says"]
    assert waiting(fresh) == []
    path.write_bytes(whole)
    assert importer(fresh).receive(path).imported == 1


def test_refuses_what_is_not_an_envelope_from_outside(fresh: House) -> None:
    public = keys().folder / "public"
    two = encrypt_bytes(public, fresh.manifest.recipients()[:2], b"x" * 20000, DAY)
    named = encrypt_bytes(public, fresh.manifest.recipients(), b"x" * 20000, DAY, hidden=False)
    cut = fresh.seal(STORY)[:-1]
    report = importer(fresh).receive(fresh.pickup([two, named, cut, os.urandom(20000), fresh.seal(STORY)]))
    assert report.imported == 1
    assert len(report.refused) == 4
    assert RECIPIENTS in {one.why for one in report.refused}
    assert len(waiting(fresh)) == 1
    with fresh.store.reading() as tx:
        assert {row.id for row in tx.envelopes("refused")} == {one.id for one in report.refused}
        assert tx.due_receipts(10) == []


def test_refuses_other_bytes_under_a_known_id(fresh: House) -> None:
    same = [secrets.token_hex(16)]
    importer(fresh).receive(fresh.pickup([fresh.seal(STORY)], ids=same))
    report = importer(fresh).receive(fresh.pickup([fresh.seal(STORY)], ids=same))
    assert [one.why for one in report.refused] == [ANOTHER_UNDER_ID]


class Crashing(Importer):
    """Stops after so many envelopes, as a power cut would."""

    left = 1

    def _remember(self, *args: object) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        super()._remember(*args)


def test_importing_again_after_a_crash_completes(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY) for _ in range(3)])
    with pytest.raises(KeyboardInterrupt):
        Crashing(fresh.store, fresh.settings).receive(path)
    assert len(waiting(fresh)) == 2  # one with its row, one whose row was never written
    report = importer(fresh).receive(path)
    assert (report.imported, report.already) == (2, 1)
    assert len(waiting(fresh)) == 3
    with fresh.store.reading() as tx:
        assert tx.last_pickup().number == 1


def test_a_ciphertext_that_went_away_is_written_again(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY)])
    importer(fresh).receive(path)
    (fresh.home / "evidence" / "inbox" / waiting(fresh)[0]).unlink()
    assert importer(fresh).receive(path).already == 1
    assert len(waiting(fresh)) == 1


def test_an_envelope_that_comes_back_has_its_receipt_sent_again(fresh: House) -> None:
    from app.desk.carry.outboxes import make_outbox

    sealed, same = fresh.seal(STORY), [secrets.token_hex(16)]
    first = fresh.pickup([sealed], ids=same)
    importer(fresh).receive(first)
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        assert tx.due_receipts(10) == []
    take_up(desk)
    assert make_outbox(desk, fresh.folder / "outbox").receipts == 1
    assert importer(fresh).receive(first).already == 1
    with fresh.store.reading() as tx:
        assert tx.due_receipts(10) == []
    assert importer(fresh).receive(fresh.pickup([sealed], ids=same)).already == 1
    with fresh.store.reading() as tx:
        (due,) = tx.due_receipts(10)
    assert due.pickup == 2
    assert waiting(fresh) == []


def test_refuses_early_when_the_disk_is_too_full(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh.pickup([fresh.seal(STORY)])
    monkeypatch.setattr(evidence, "RESERVE_BYTES", 2**62)
    with pytest.raises(BusyError, match="too full"):
        importer(fresh).receive(path)
    assert waiting(fresh) == []


def test_waits_for_another_command_but_not_for_ever(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "PATIENCE", 0.1)
    path = fresh.pickup([])
    with evidence.Evidence(fresh.settings).lock(), pytest.raises(BusyError, match="Another command"):
        importer(fresh).receive(path)
    importer(fresh).receive(path)


def test_refuses_an_importer_whom_it_does_not_know(fresh: House) -> None:
    with pytest.raises(UserError, match="no reviewer named mallory"):
        Importer(fresh.store, fresh.settings, "mallory")


def test_needs_a_manifest(fresh: House) -> None:
    with fresh.database() as link:
        link.execute("DELETE FROM manifests")
    with pytest.raises(UserError, match="no manifest yet"):
        importer(fresh)
    assert [alarm.subject for alarm in alarms(fresh.store, fresh.settings)] == ["manifest"]


def test_alarms_without_and_with_a_key(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY, reporter=Reporter.new()))
    assert alarms(fresh.store, fresh.settings) == []
    fresh.forward(3)
    assert overdue(fresh.store, fresh.settings.clock.today(), 3) == 1
    assert [alarm.subject for alarm in alarms(fresh.store, fresh.settings)] == ["import"]
    desk = fresh.desk()
    (case,) = take_up(desk).cases
    assert case_alarms(desk) == []
    fresh.forward(1)
    assert [alarm.subject for alarm in case_alarms(desk)] == [case]
    fresh.set_day(fresh.manifest.expires - timedelta(days=30))
    assert "expires in 30 days" in alarms(fresh.store, fresh.settings)[0].message
    fresh.set_day(fresh.manifest.expires + timedelta(days=1))
    assert "has expired" in alarms(fresh.store, fresh.settings)[0].message


def test_an_import_is_journalled_once(fresh: House) -> None:
    path = fresh.pickup([])
    importer(fresh).receive(path)
    importer(fresh).receive(path)
    with fresh.store.reading() as tx:
        lines = [(row.line.actor, row.line.action, row.line.subject) for row in tx.journal()]
    assert lines == [("desk", "import", "pickup 1")]
