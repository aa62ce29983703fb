"""A refused envelope goes from the intake only when two reviewers of two colleges signed for exactly that one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.carry.discards import KIND, discard, list_refused
from app.desk.carry.outboxes import make_outbox
from app.desk.carry.receive import Importer
from app.desk.carry.takeup import take_up
from app.errors import UserError
from app.settings import IntakeSettings
from app.stores.carriage import Applied, Carriage, Terms
from app.stores.desk_carried import REFUSED
from app.stores.intake import IntakeStore
from app.transfer.outbox import check_outbox
from app.transfer.pickup import PickupBytes
from tests.fakes.instance import add_envelope
from tests.unit.desk.house import INSTANCE, STORY, House, keys, open_house
from tests.unit.desk.test_journey import Typed

WHY = "illisible pour tout le monde"


class Both:
    """A desk and its intake, with what a courier carries between them."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        folder.mkdir(mode=0o700)
        self.settings = IntakeSettings(home=folder, trial=True, root=house.root.public.hex(), reserve_bytes=0)
        self.store = IntakeStore.create(self.settings)
        self.carriage = Carriage(self.store, instance=INSTANCE, key=house.pickup_key)

    @property
    def today(self):
        return self.house.settings.clock.today()

    def send(self, data: bytes) -> str:
        return add_envelope(self.store, data, self.today)

    def carry_in(self) -> None:
        """A pickup of the intake, opened on the desk."""
        issued = self.carriage.issue(self.today)
        assert issued
        path = self.house.folder / "from-intake"
        path.write_bytes(b"".join(PickupBytes(issued.header, issued.files).chunks()))
        Importer(self.house.store, self.house.settings).receive(path)
        take_up(self.house.desk())

    def carry_out(self, **options: int) -> Applied:
        """An outbox of the desk, applied on the intake."""
        path = self.house.folder / "outbox"
        make_outbox(self.house.desk(), path, **options)
        checked = check_outbox(path.read_bytes(), self.house.manifest, today=self.today)
        return self.carriage.apply_outbox(checked.outbox, checked.digest, Terms(self.today, 0, 184))

    def envelopes(self) -> set[str]:
        return {path.name for path in (self.settings.home / "envelopes").iterdir()}


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with open_house() as house:
        made = Both(house, tmp_path / "intake")
        yield made
        made.store.close()


def refuse(house: House, *envelopes: bytes) -> list[str]:
    """Envelopes of another instance: opened, and refused."""
    house.receive(*(envelopes or [house.seal(STORY, instance="other.example")]))
    take_up(house.desk())
    return [one.id for one in list_refused(house.desk())]


def test_only_what_was_refused(house: House) -> None:
    house.new_case()
    with house.database() as link:
        ((opened,),) = link.execute("SELECT id FROM envelopes WHERE status = 'opened'").fetchall()
    for envelope in (opened, "0" * 32, ""):
        with pytest.raises(UserError, match="no envelope of that id"):
            discard(house.desk(), envelope, WHY)


def test_two_colleges_sign_and_a_reason_is_needed(fresh: House) -> None:
    (envelope,) = refuse(fresh)
    with pytest.raises(UserError, match="The reason is empty"):
        discard(fresh.desk(), envelope, " ")
    assert discard(fresh.desk("alize"), envelope, WHY) == "other college"
    assert list_refused(fresh.desk("cypres"))[0].waiting_for == "other college"
    for name, told in (("alize", "already signed"), ("brume", "your own college")):
        with pytest.raises(UserError, match=told):
            discard(fresh.desk(name), envelope, WHY)
    make_outbox(fresh.desk(), fresh.folder / "outbox")
    assert list_refused(fresh.desk())[0].waiting_for == "other college"
    assert discard(fresh.desk("cypres"), envelope, WHY) == ""
    assert list_refused(fresh.desk())[0].waiting_for == "outbox"
    with pytest.raises(UserError, match="Two colleges have signed this already"):
        discard(fresh.desk("brume"), envelope, WHY)
    assert make_outbox(fresh.desk(), fresh.folder / "outbox-2").discards == 1
    assert list_refused(fresh.desk()) == []
    assert make_outbox(fresh.desk(), fresh.folder / "outbox-3").discards == 0
    with fresh.database() as link:
        lines = link.execute("SELECT action, subject FROM journal WHERE action = 'discard'").fetchall()
    assert lines == [("discard", f"envelope {envelope}")] * 2


def test_the_intake_deletes_exactly_that_one(both: Both) -> None:
    house = both.house
    bad = both.send(house.seal(STORY, instance="other.example"))
    other = both.send(house.seal(STORY, instance="other.example"))
    good = both.send(house.seal(STORY))
    both.carry_in()
    assert both.carry_out().deleted == 1
    assert both.envelopes() >= {bad, other}
    assert good not in both.envelopes()
    discard(house.desk("alize"), bad, WHY)
    discard(house.desk("cypres"), bad, WHY)
    applied = both.carry_out()
    assert (applied.deleted, applied.kept) == (1, 0)
    assert bad not in both.envelopes()
    assert other in both.envelopes()


def test_one_that_comes_again_is_looked_at_again(fresh: House) -> None:
    data = fresh.seal(STORY, instance="other.example")
    path = fresh.pickup([data], ids=["a" * 32])
    Importer(fresh.store, fresh.settings).receive(path)
    take_up(fresh.desk())
    for name in ("alize", "cypres"):
        discard(fresh.desk(name), "a" * 32, WHY)
    make_outbox(fresh.desk(), fresh.folder / "outbox")
    assert list_refused(fresh.desk()) == []
    Importer(fresh.store, fresh.settings).receive(fresh.pickup([data], ids=["a" * 32]))
    take_up(fresh.desk())
    (again,) = list_refused(fresh.desk())
    assert (again.id, again.waiting_for) == ("a" * 32, "")


def test_what_was_opened_after_all_is_never_deleted_unread(fresh: House) -> None:
    (envelope,) = refuse(fresh)
    for name in ("alize", "cypres"):
        discard(fresh.desk(name), envelope, WHY)
    with fresh.store.writing() as tx:
        tx.settle_envelope(envelope, "opened")
    assert make_outbox(fresh.desk(), fresh.folder / "outbox").discards == 0
    with fresh.store.reading() as tx:
        assert fresh.desk().shared(tx, KIND) == {}


def test_another_ciphertext_under_that_id_starts_anew(fresh: House) -> None:
    (envelope,) = refuse(fresh)
    discard(fresh.desk("alize"), envelope, WHY)
    with fresh.database() as link:
        link.execute("UPDATE envelopes SET sha256 = ? WHERE id = ?", [hashlib.sha256(b"x").hexdigest(), envelope])
    assert discard(fresh.desk("cypres"), envelope, WHY) == "other college"
    assert discard(fresh.desk("alize"), envelope, WHY) == ""


def test_a_signature_that_was_put_there_counts_for_nothing(fresh: House) -> None:
    (envelope,) = refuse(fresh)
    discard(fresh.desk("alize"), envelope, WHY)
    desk = fresh.desk("cypres")
    with fresh.store.writing() as tx:
        value = desk.shared(tx, KIND)[envelope]
        value["signatures"][0]["signature"] = "AAAA"
        desk.put_shared(tx, KIND, envelope, value)
    with pytest.raises(UserError, match="is not by a reviewer"):
        discard(desk, envelope, WHY)
    with fresh.store.writing() as tx:
        desk.put_shared(tx, KIND, envelope, value | {"signatures": value["signatures"] * 2})
    assert make_outbox(fresh.desk(), fresh.folder / "outbox").discards == 0


def test_two_who_sign_at_once_do_not_overwrite_each_other(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.carry import discards

    (envelope,) = refuse(fresh)
    real = discards.sign

    def slow(desk, data: bytes):
        monkeypatch.setattr(discards, "sign", real)
        discard(fresh.desk("cypres"), envelope, WHY)
        return real(desk, data)

    monkeypatch.setattr(discards, "sign", slow)
    with pytest.raises(UserError, match="at the same moment"):
        discard(fresh.desk("alize"), envelope, WHY)
    assert discard(fresh.desk("alize"), envelope, WHY) == ""


def test_as_it_is_typed(fresh: House) -> None:
    typed = Typed(fresh)
    assert typed("refused") == ["No envelope is refused."]
    (envelope,) = refuse(fresh)
    assert typed("refused")[0].startswith(f"{envelope}  2026-11-02  ")
    assert typed.json("refused")[0]["why"] == "the report is for another instance"
    assert json.loads(typed("discard", envelope, "--reason", WHY)[0]) == {"waiting_for": "other college"}
    assert typed("refused")[0].endswith("discard waits for: other college")
    assert "two colleges have signed" in typed("discard", envelope, "--reason", WHY, by="cypres")[0]
    with fresh.store.reading() as tx:
        assert len(tx.envelopes(REFUSED)) == 1


@pytest.mark.parametrize("signers", [["brume"], ["brume", "cypres"]])
def test_a_signer_who_was_retired_keeps_nobody_from_signing(fresh: House, signers: list[str]) -> None:
    (envelope,) = refuse(fresh)
    for name in signers:
        discard(fresh.desk(name), envelope, WHY)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    assert make_outbox(fresh.desk(), fresh.folder / "o1").discards == 0
    assert list_refused(fresh.desk())[0].waiting_for == ("other college" if "cypres" in signers else "")
    if "cypres" in signers:
        with pytest.raises(UserError, match="already signed"):
            discard(fresh.desk("cypres"), envelope, WHY)
    else:
        assert discard(fresh.desk("cypres"), envelope, WHY) == "other college"
    assert discard(fresh.desk("alize"), envelope, WHY) == ""
    assert make_outbox(fresh.desk(), fresh.folder / "o2").discards == 1


def test_a_discard_outlives_the_envelope_that_comes_again(fresh: House) -> None:
    data = fresh.seal(STORY, exclude=["brume"], instance="other.example")
    Importer(fresh.store, fresh.settings).receive(fresh.pickup([data], ids=["a" * 32]))
    take_up(fresh.desk())
    for name in ("brume", "cypres"):
        discard(fresh.desk(name), "a" * 32, WHY)
    Importer(fresh.store, fresh.settings).receive(fresh.pickup([data], ids=["a" * 32]))
    take_up(fresh.desk("brume"))  # who cannot open it
    assert make_outbox(fresh.desk("brume"), fresh.folder / "o1").discards == 0
    take_up(fresh.desk("alize"))
    assert list_refused(fresh.desk())[0].waiting_for == "outbox"
    assert make_outbox(fresh.desk("brume"), fresh.folder / "o2").discards == 1


def test_only_analysts_discard(fresh: House) -> None:
    (envelope,) = refuse(fresh)
    roles = {"alize": "editor", "cypres": "mediator"}
    fresh.pin(
        fresh.next_manifest(reviewers=tuple(replace(r, role=roles.get(r.name, r.role)) for r in keys().reviewers))
    )
    for name in roles:
        with pytest.raises(UserError, match="Your role"):
            discard(fresh.desk(name), envelope, WHY)
    assert discard(fresh.desk("brume"), envelope, WHY) == "other college"
