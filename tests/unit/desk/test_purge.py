"""A purge: two colleges sign one matter, then zero bytes of the case are left, whoever's keys one has."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.desk.carry.backups import Backup, put_backup
from app.desk.carry.ending import ENDED
from app.desk.carry.outboxes import make_outbox
from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.followup import all_recommendations, recommend
from app.desk.cases.merging import rejoin, split
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.core.bench import OpenCase
from app.desk.core.chain import journal_fault
from app.desk.core.offspring import CHILDREN
from app.desk.core.twofold import pending
from app.desk.keep.purge import confirm_destroyed, propose_purge, purge, record_of, tombstone
from app.desk.keep.purge_record import PurgeRecord, spans
from app.desk.keep.retention import alarms, due_for_purge, end_mailboxes
from app.desk.replies.replies import send, sent_replies
from app.domain.facts import State
from app.errors import BusyError, UsageError, UserError
from crypto import sealed
from crypto.errors import NoKeyError
from tests.unit.desk.house import CLOSING_TEXT, DAY, NAMES, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_entries import establish
from tests.unit.desk.test_journey import Typed

CANARY = "canari-91bc-" + "é" * 3
WHY = "durée échue"


def closed(house: House, *, outcome: str = "unfounded", **options: object) -> str:
    """A case that was decided and closed today; its replies have left."""
    case_id = assessed(house, **options)
    desk = house.desk()
    if outcome == "out_of_scope":
        establish(house, case_id, state=State.TRIAGE)
    move_case(desk, case_id, outcome, f"décision {CANARY}")
    send(desk, case_id, f"clôture {CANARY}\n{CLOSING_TEXT}", kind="closing")
    move_case(desk, case_id, "closed", f"fin {CANARY}")
    make_outbox(desk, house.folder / "outbox")
    return case_id


def by_two(house: House, case_id: str, second: str = "cypres") -> PurgeRecord:
    assert purge(house.desk("alize"), case_id, WHY).waiting_for == "other college"
    record = purge(house.desk(second), case_id, WHY).record
    assert record
    return record


def opened(house: House, case_id: str, name: str = "alize") -> OpenCase:
    with house.store.reading() as tx:
        return house.desk(name).case(tx, case_id)


def test_a_case_ends_and_zero_bytes_are_left(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(
        fresh,
        story=f"histoire {CANARY} " * 9,
        reporter=reporter,
        files=[(f"fichier-{CANARY}.pdf", f"contenu {CANARY}".encode() * 5000)],
        fields={"cooperative": f"coop {CANARY}", "topic": "3"},
    )
    old = opened(fresh, case_id)
    fresh.forward(60)
    with fresh.database() as link:
        before = {row[0] for row in link.execute("SELECT sealed FROM grants WHERE case_id = ?", [case_id])}
        held = [
            row[0] for table in ("messages", "replies", "papers") for row in link.execute(f"SELECT sealed FROM {table}")
        ]
    files = {path.name: path.read_bytes() for path in (fresh.home / "evidence").iterdir() if path.is_file()}
    assert len(files) == 2  # the lock, and one report
    by_two(fresh, case_id)
    everything = b"".join(path.read_bytes() for path in fresh.home.rglob("*") if path.is_file())
    gone = [*before, *held, *(data for data in files.values() if data)]
    assert not any(part[20:60] in everything for part in gone)
    assert not list((fresh.home / "evidence").glob("?" * 32))
    for name, _ in NAMES:
        stone = opened(fresh, case_id, name)
        assert CANARY.encode() not in stone.record.to_bytes()
        assert stone.key != old.key
        assert (stone.record.label, stone.record.fields, stone.record.keys) == ("", {}, None)
        assert stone.record.purged == DAY + timedelta(days=60)
        with pytest.raises(NoKeyError):
            sealed.open_box(stone.key, f"{case_id}/message/x".encode(), held[0])
        with fresh.store.reading() as tx:
            for kind, box in tx.papers(case_id).items():
                assert CANARY.encode() not in stone.open(kind, box)
            assert [row.sealed for row in tx.journal() if row.line.subject == old.subject] == [None] * len(
                [row for row in tx.journal() if row.line.subject == old.subject]
            )
            assert journal_fault(fresh.desk(name).keyring, tx) == ""
            assert fresh.desk(name).changed_reasons(tx) == []
            assert tx.messages(case_id) == tx.replies(case_id) == []
            assert set(tx.papers(case_id)) == {"tombstone", "purge", "mailbox"}
    assert fresh.search(CANARY, reporter.mailbox.locator) == []


def test_a_tombstone_has_a_quarter_a_group_and_weeks(fresh: House) -> None:
    case_id = closed(fresh)
    fresh.forward(60)
    by_two(fresh, case_id)
    with fresh.store.reading() as tx:
        assert tombstone(opened(fresh, case_id), tx) == {
            "quarter": "2026-Q4",
            "group": "1",
            "outcome": "unfounded",
            "weeks": {"acknowledge": 0, "feedback": 0, "close": 0},
        }


def test_a_purge_waits_for_its_day_its_colleges_and_is_irreversible(fresh: House) -> None:
    case_id = closed(fresh)
    with pytest.raises(UserError, match="kept until 2027-01-01"):
        purge(fresh.desk(), case_id, WHY)
    fresh.forward(59)
    assert due_for_purge(fresh.desk()) == []
    with pytest.raises(UserError, match="kept until"):
        purge(fresh.desk(), case_id, WHY)
    fresh.forward(1)
    assert [due.case_id for due in due_for_purge(fresh.desk())] == [case_id]
    (alarm,) = alarms(fresh.desk())
    assert (alarm.subject, alarm.day) == (case_id, "2027-01-01")
    assert propose_purge(fresh.desk("alize"), case_id, WHY).waiting_for == "other college"
    assert due_for_purge(fresh.desk())[0].waiting_for == "other college"
    with pytest.raises(UserError, match="already signed"):
        purge(fresh.desk("alize"), case_id, WHY)
    with pytest.raises(UserError, match="your own college"):
        purge(fresh.desk("brume"), case_id, WHY)
    with pytest.raises(UserError, match="yours destroys the case"):
        propose_purge(fresh.desk("cypres"), case_id, WHY)
    assert purge(fresh.desk("cypres"), case_id, WHY).record
    for act in (purge, propose_purge):
        with pytest.raises(UserError, match="purged already"):
            act(fresh.desk("cypres"), case_id, WHY)
    for forbidden in (
        lambda: send(fresh.desk(), case_id, "Bonjour"),
        lambda: move_case(fresh.desk(), case_id, "assessment", "retour"),
    ):
        with pytest.raises(UserError):
            forbidden()
    assert due_for_purge(fresh.desk()) == []


def test_new_material_voids_the_first_signature_and_holds_the_purge(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, reporter=reporter)
    fresh.forward(60)
    purge(fresh.desk("alize"), case_id, WHY)
    fresh.receive(fresh.seal("encore un fait", reporter=reporter, kind="message"))
    take_up(fresh.desk("alize"))
    with fresh.store.reading() as tx:
        assert pending(fresh.desk().case(tx, case_id), tx, "purge") is None
    with pytest.raises(UserError, match="kept until 2027-03-02") as refused:
        purge(fresh.desk("cypres"), case_id, WHY)
    assert "The reporter wrote on 2027-01-01, after its end" in refused.value.hint
    fresh.forward(60)
    show_case(fresh.desk(), case_id)
    again = purge(fresh.desk("cypres"), case_id, WHY)
    assert (again.waiting_for, again.dropped) == ("other college", False)
    assert purge(fresh.desk("alize"), case_id, WHY).record


def test_an_erasure_is_no_new_material(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, reporter=reporter)
    fresh.forward(30)
    fresh.receive(fresh.seal("", reporter=reporter, kind="erase"))
    take_up(fresh.desk())
    fresh.forward(30)
    by_two(fresh, case_id)


def test_a_legal_hold_keeps_the_case(fresh: House) -> None:
    case_id = closed(fresh)
    fresh.forward(60)
    purge(fresh.desk("alize"), case_id, WHY)
    set_values(fresh.desk(), case_id, ["hold=yes"])
    assert due_for_purge(fresh.desk()) == []
    with pytest.raises(UserError, match="legal hold"):
        purge(fresh.desk("cypres"), case_id, WHY)
    set_values(fresh.desk(), case_id, ["hold=no"], "jugement rendu")
    assert purge(fresh.desk("cypres"), case_id, WHY).record


def test_what_is_out_of_scope_goes_once_its_reply_has_left(fresh: House) -> None:
    case_id = assessed(fresh)
    establish(fresh, case_id, state=State.TRIAGE)
    desk = fresh.desk()
    with pytest.raises(UserError, match="is not destroyed"):
        purge(desk, case_id, WHY)
    move_case(desk, case_id, "out_of_scope", "pas nous")
    send(desk, case_id, CLOSING_TEXT, kind="closing")
    move_case(desk, case_id, "closed", "fin")
    assert due_for_purge(desk)[0].last == DAY + timedelta(days=7)
    with pytest.raises(UserError, match="still waits for an outbox"):
        purge(desk, case_id, WHY)
    make_outbox(desk, fresh.folder / "outbox")
    assert by_two(fresh, case_id).ground == "out_of_scope"


def test_another_case_that_rests_on_this_one_holds_the_purge(fresh: House) -> None:
    case_id, other = closed(fresh), assessed(fresh)
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        case = desk.case(tx, other)
        desk.save(tx, case, replace(case.record, merged_into=case_id))
    fresh.forward(60)
    assert {due.case_id for due in due_for_purge(desk)} == {case_id, other}
    with pytest.raises(UserError, match=f"still rests on this one: {other}"):
        purge(desk, case_id, WHY)
    make_outbox(desk, fresh.folder / "outbox-2")
    by_two(fresh, other)
    assert opened(fresh, other).facts.state is State.CLOSED
    by_two(fresh, case_id)


def test_an_excluded_reviewer_sees_nothing_before_and_after(fresh: House) -> None:
    case_id = closed(fresh, exclude=["brume"])
    fresh.forward(60)
    assert due_for_purge(fresh.desk("brume")) == []
    for _ in range(2):
        with pytest.raises(UserError, match="no case of that number"):
            purge(fresh.desk("brume"), case_id, WHY)
        if due_for_purge(fresh.desk()):
            by_two(fresh, case_id)
    with pytest.raises(UserError, match="no case of that number"):
        record_of(fresh.desk("brume"), case_id)
    with fresh.store.reading() as tx:
        assert fresh.desk("brume").cases(tx) == []
    with fresh.database() as link:
        assert link.execute("SELECT count(*) FROM grants").fetchone() == (3,)


def test_the_intake_is_told_which_replies_end(fresh: House) -> None:
    case_id = closed(fresh)
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        first, last = sent_replies(desk.case(tx, case_id), tx)
    fresh.forward(60)
    by_two(fresh, case_id)
    with fresh.store.reading() as tx:
        ending = desk.shared(tx, ENDED)
    assert first.queued in ending  # among decoys
    assert last.queued not in ending
    assert last.kind == "closing"


def test_a_change_while_one_signs_destroys_nothing(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.core import twofold

    case_id = closed(fresh)
    fresh.forward(60)
    purge(fresh.desk("alize"), case_id, WHY)
    real, changes = twofold.sign, iter((["hold=yes"], ["grade=B"]))

    def slow(desk, data: bytes):
        set_values(fresh.desk("alize"), case_id, next(changes))
        return real(desk, data)

    monkeypatch.setattr(twofold, "sign", slow)
    with pytest.raises((UserError, BusyError)):
        purge(fresh.desk("cypres"), case_id, WHY)
    set_values(fresh.desk("alize"), case_id, ["hold=no"], "jugement rendu")
    with pytest.raises(BusyError):
        purge(fresh.desk("cypres"), case_id, WHY)
    assert show_case(fresh.desk(), case_id).messages


def test_a_message_while_one_signs_destroys_nothing(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.core import twofold

    reporter = Reporter.new()
    case_id = closed(fresh, outcome="out_of_scope", reporter=reporter)
    purge(fresh.desk("alize"), case_id, WHY)
    real = twofold.sign

    def slow(desk, data: bytes):
        fresh.receive(fresh.seal("encore", reporter=reporter, kind="message"))
        take_up(fresh.desk("alize"))
        show_case(fresh.desk("alize"), case_id)
        return real(desk, data)

    monkeypatch.setattr(twofold, "sign", slow)
    with pytest.raises(UserError, match="Something came while you signed"):
        purge(fresh.desk("cypres"), case_id, WHY)
    assert len(show_case(fresh.desk(), case_id).messages) == 2


def test_the_record_names_media_and_people_and_nothing_else(fresh: House) -> None:
    case_id = closed(fresh, story=f"histoire {CANARY}")
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        put_backup(desk, tx, Backup(1, (DAY - timedelta(days=1)).isoformat(), ""), [])
        put_backup(desk, tx, Backup(2, DAY.isoformat(), ""), [])
    fresh.forward(60)
    record = by_two(fresh, case_id)
    assert record == record_of(desk, case_id)
    assert record.signers == (("alize", "members"), ("cypres", "jurists"))
    assert (record.pickups, record.outboxes, record.exports, record.backups) == ((fresh.pickups,), (1,), (), (2,))
    page = record.to_html()
    assert all(word in page for word in (case_id, "alize (members)", "60 jours", "Backups of the desk"))
    assert CANARY not in page
    bare = confirm_destroyed(desk, case_id)
    assert bare == record_of(desk, case_id)
    assert (bare.pickups, bare.destroyed) == ((), "2027-01-01")
    other = fresh.new_case()
    for ask in (record_of, confirm_destroyed):
        with pytest.raises(UserError, match="was not purged"):
            ask(desk, other)


def test_numbers_for_people() -> None:
    assert spans([]) == ""
    assert spans([9, 3, 5, 6, 7]) == "3, 5–7, 9"


def test_purge_as_it_is_typed(fresh: House) -> None:
    typed = Typed(fresh)
    case_id = closed(fresh)
    assert typed("purge", "--due") == ["Nothing is to be destroyed today."]
    fresh.forward(60)
    assert "by 2027-01-01 (closed)" in typed("purge", "--due")[0]
    assert typed.json("purge", "--due")[0]["case_id"] == case_id
    assert json.loads(typed("purge", case_id, "--reason", WHY)[0]) == {"waiting_for": "other college"}
    assert typed("purge", "--due")[0].endswith("waits for: other college")
    path = fresh.folder / "record.html"
    said = typed("purge", case_id, "--reason", WHY, "--record", str(path), by="cypres")
    assert said[0] == f"{case_id}: destroyed on 2027-01-01, decided by alize (members), cypres (jurists)."
    assert "pickups to destroy: 1" in said[1]
    first = path.read_bytes()
    assert typed.json("purge", case_id, "--record", str(path))["purged"] is True
    assert path.read_bytes() == first
    assert typed("purge", case_id, "--destroyed") == said[:1]
    with pytest.raises(UsageError, match="Nothing was asked"):
        typed("purge", case_id)


def test_a_mailbox_ends_and_nothing_more_is_sent(fresh: House) -> None:
    case_id, without = assessed(fresh), fresh.new_case()
    desk = fresh.desk()
    assert end_mailboxes(desk) == []
    fresh.set_day(DAY.replace(year=DAY.year + 1))
    assert end_mailboxes(fresh.desk()) == []
    fresh.forward(1)
    assert [alarm.subject for alarm in alarms(fresh.desk("brume"))] == [case_id]
    assert end_mailboxes(fresh.desk()) == []
    record = opened(fresh, case_id).record
    assert (record.keys, record.mailbox, record.facts.mailbox) == (None, False, False)
    assert record.mailbox_ended == fresh.settings.clock.today()
    assert opened(fresh, without).record.mailbox_ended is None
    with pytest.raises(UserError):
        send(fresh.desk(), case_id, "Bonjour")


def test_a_reply_keeps_a_mailbox_alive(fresh: House) -> None:
    case_id = assessed(fresh)
    fresh.set_day(DAY.replace(year=DAY.year + 1))
    send(fresh.desk(), case_id, "Nous avançons.")
    fresh.set_day(DAY.replace(year=DAY.year + 2, month=5))
    assert end_mailboxes(fresh.desk()) == []
    fresh.forward(1)
    assert end_mailboxes(fresh.desk()) == [case_id]


def test_tick_says_what_is_to_be_destroyed(fresh: House) -> None:
    case_id = closed(fresh)
    fresh.forward(60)
    told = [line for line in Typed(fresh)("tick") if line.startswith(case_id)]
    assert any("its content is to be destroyed" in line for line in told)


def test_a_merged_case_whose_target_is_hidden_is_never_due(fresh: House) -> None:
    case_id = assessed(fresh)
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, merged_into="abcdefghij23"))
    assert due_for_purge(desk) == []


def test_what_was_recommended_is_still_looked_at(fresh: House) -> None:
    """S1.24: the checks at 6 and 12 months come after the content is gone."""
    case_id = closed(fresh)
    desk = fresh.desk()
    due = fresh.settings.clock.today() + timedelta(days=90)
    recommend(desk, case_id, "Conseil d'administration", "Convoquer l'assemblée annuelle.", due=due)
    fresh.forward(60)
    by_two(fresh, case_id)
    with fresh.store.reading() as tx:
        desk = fresh.desk()
        (kept,) = all_recommendations(desk, tx)
    assert (kept[0].id, kept[1].text) == (case_id, "Convoquer l'assemblée annuelle.")


def test_what_one_may_not_open_keeps_the_case_it_was_split_from(fresh: House) -> None:
    source = fresh.new_case()
    child, other = (split(fresh.desk(), source, [1], "une autre coopérative") for _ in range(2))
    set_values(fresh.desk(), child, ["hold=yes"])
    with fresh.store.writing() as tx:  # somebody is kept out of the part alone
        for name in ("brume", "cypres"):
            tx.put_grants(child, {name: fresh.desk().keyring.grant(child, None, name)})
    establish(fresh, source, state=State.CLOSED)
    establish(fresh, other, state=State.CLOSED)
    fresh.forward(60)
    for name in ("brume", "cypres"):
        purge(fresh.desk(name), other, WHY)
    for name in ("brume", "cypres"):
        with pytest.raises(UserError, match="something that you may not open") as told:
            purge(fresh.desk(name), source, WHY)
        assert child not in str(told.value) + told.value.hint
    with pytest.raises(UserError, match=f"still rests on this one: {child}"):
        purge(fresh.desk("alize"), source, WHY)
    assert len(show_case(fresh.desk(), child).messages) == 1


def test_a_case_that_went_back_or_was_destroyed_keeps_nothing(fresh: House) -> None:
    source = fresh.new_case()
    show_case(fresh.desk(), source)
    first, second = (split(fresh.desk(), source, [1], "deux choses") for _ in range(2))
    rejoin(fresh.desk(), first, "une seule")
    establish(fresh, source, state=State.CLOSED)
    establish(fresh, second, state=State.CLOSED)
    with fresh.store.reading() as tx:
        assert opened(fresh, source).paper(tx, CHILDREN) == [second]
    fresh.forward(60)
    by_two(fresh, second)
    with fresh.store.reading() as tx:
        assert tx.paper(source, CHILDREN) is None
    by_two(fresh, source)
