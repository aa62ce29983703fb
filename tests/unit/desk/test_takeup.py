"""From a pickup to cases: who may open what, what joins what, what is refused and what goes on waiting."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from app.desk.carry import takeup
from app.desk.carry.takeup import take_up
from app.desk.cases.reading import list_cases, show_case
from app.desk.core.bench import Desk
from app.desk.core.messages import message_in
from app.desk.core.record import CaseRecord
from app.desk.replies.replies import send
from app.domain.facts import State
from app.errors import UserError
from crypto.envelope_report import later_seq
from crypto.openpgp.encrypt import encrypt_bytes
from tests.unit.desk.house import DAY, STORY, House, Reporter, keys


def record(house: House, case_id: str, name: str = "alize") -> CaseRecord:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return desk.case(tx, case_id).record


def counts(house: House) -> tuple[int, int, int]:
    """Envelopes that wait, were opened, were refused."""
    with house.store.reading() as tx:
        return tuple(len(tx.envelopes(status)) for status in ("waiting", "opened", "refused"))


def refusals(house: House, *envelopes: bytes) -> list[str]:
    house.receive(*envelopes)
    return [one.why for one in take_up(house.desk()).refused]


def test_a_report_becomes_a_case_for_all_declared(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter, files=[("a.pdf", b"1" * 100)], fields={"topic": "1", "publish": "ask"})
    mine = record(fresh, case_id)
    assert mine == record(fresh, case_id, "brume") == record(fresh, case_id, "cypres")
    assert (mine.mailbox, mine.excluded, mine.allowed) == (True, (), ("alize", "brume", "cypres"))
    assert (mine.facts.state, mine.facts.entered, mine.facts.reporter_opinion) == (State.RECEIVED, DAY, "ask")
    assert len(case_id) == 12
    assert counts(fresh) == (0, 1, 0)
    assert list((fresh.home / "evidence" / "inbox").iterdir()) == []
    assert take_up(fresh.desk("brume")).cases == []


def test_a_report_without_a_mailbox(fresh: House) -> None:
    assert not record(fresh, fresh.new_case()).mailbox


def test_what_could_not_be_opened_is_not_tried_again(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.receive(fresh.seal(STORY, exclude=["brume"]))
    brume = fresh.desk("brume")
    take_up(brume)
    monkeypatch.setattr(takeup, "open_envelope", lambda *_: pytest.fail("tried again"))
    take_up(brume)
    with pytest.raises(pytest.fail.Exception):
        take_up(fresh.desk("alize"))


def test_forgets_what_waits_no_more(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY, exclude=["brume"]))
    brume = fresh.desk("brume")
    take_up(brume)
    take_up(fresh.desk("alize"))
    take_up(brume)
    from app.desk.carry import notes

    with fresh.store.reading() as tx:
        assert notes.load(brume, tx).closed == set()


def test_a_follow_up_of_the_same_pickup_finds_its_report(fresh: House) -> None:
    reporters = [Reporter.new() for _ in range(3)]
    reports = [fresh.seal(STORY, reporter=reporter) for reporter in reporters]
    later = [fresh.seal(f"suite {n}", reporter=reporter, kind="message") for n, reporter in enumerate(reporters)]
    fresh.receive(*reports, *later)
    done = take_up(fresh.desk())
    assert len(done.cases) == 3
    assert sorted(done.joined) == sorted(done.cases)


def test_a_follow_up_waits_for_its_report_in_silence(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reporter = Reporter.new()
    report = fresh.seal(STORY, reporter=reporter)
    fresh.receive(fresh.seal("la suite d'abord", reporter=reporter, kind="message"))
    alize = fresh.desk()
    assert take_up(alize) == takeup.TakenUp()
    assert counts(fresh) == (1, 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(takeup, "open_envelope", lambda *_: pytest.fail("tried again"))
        take_up(alize)
    fresh.receive(report)
    done = take_up(alize)
    assert len(done.cases) == 1
    assert take_up(alize).joined == done.cases or done.joined == done.cases
    assert counts(fresh) == (0, 2, 0)


def test_refuses_a_report_it_already_has(fresh: House) -> None:
    reporter = Reporter.new()
    fresh.new_case(reporter=reporter, report_id="a" * 32)
    assert refusals(fresh, fresh.seal("autre texte", report_id="a" * 32)) == ["a report that this desk already has"]
    assert refusals(fresh, fresh.seal("autre", reporter=reporter)) == ["a second report for one mailbox"]
    assert len(list_cases(fresh.desk())) == 1
    assert counts(fresh) == (0, 1, 2)


def test_refuses_a_repeated_number(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    seq = later_seq(DAY)
    first, second = (fresh.seal(f"suite {n}", reporter=reporter, kind="message", seq=seq) for n in range(2))
    assert refusals(fresh, first) == []
    assert refusals(fresh, second) == ["a message whose number was used before"]
    assert len(show_case(fresh.desk(), case_id).messages) == 2


def test_refuses_what_is_not_what_it_says(fresh: House) -> None:
    everybody = fresh.manifest.recipients()
    hidden = fresh.manifest.recipients(["brume"])
    assert refusals(fresh, fresh.seal(STORY, instance="other.example")) == ["the report is for another instance"]
    assert refusals(fresh, fresh.seal(STORY, manifest_digest="0" * 64)) == [
        "the report names a manifest that this desk never had"
    ]
    # An intake in wrong hands leaves out the one whom the reporter chose, or lets in the one they excluded.
    out = fresh.seal(STORY, recipients=fresh.manifest.recipients(["alize"]), sealed_to=hidden)
    assert refusals(fresh, out) == ["the envelope was opened by a key that the report does not declare"]
    swapped = fresh.seal(STORY, recipients=(everybody[1], everybody[0], everybody[2]))
    assert refusals(fresh, swapped) == ["the declared recipients are not those of the manifest"]
    alone = tuple(nobody.fingerprint for nobody in keys().nobodies[:2]) + everybody[2:]
    assert refusals(fresh, fresh.seal(STORY, recipients=alone, sealed_to=everybody)) == [
        "too few reviewers remain among the declared recipients"
    ]
    assert refusals(fresh, fresh.seal(STORY, kind="message")) == ["a message that names no mailbox"]
    assert list_cases(fresh.desk()) == []


def test_refuses_another_number_of_packets_than_declared(fresh: House) -> None:
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    first = fresh.desk().keyring.manifests[0]
    sealed = fresh.seal(
        STORY,
        manifest_version=1,
        manifest_digest=first.digest,
        recipients=first.recipients(),
        sealed_to=fresh.manifest.recipients(),
    )
    assert refusals(fresh, sealed) == ["the envelope has another number of recipients than the report declares"]


def test_refuses_content_that_is_no_envelope(fresh: House) -> None:
    everybody = fresh.manifest.recipients()
    for inside in (b"not a zip" * 3000, b""):
        sealed = encrypt_bytes(keys().folder / "public", everybody, inside or b"PK" * 9000, DAY)
        assert len(refusals(fresh, sealed)) == 1
    assert [path for path in (fresh.home / "evidence").iterdir() if path.name not in {"inbox", ".lock"}] == []


def test_a_refused_envelope_is_tried_again_when_it_comes_again(fresh: House) -> None:
    path = fresh.pickup([fresh.seal(STORY, instance="other.example")])
    from app.desk.carry.receive import Importer

    Importer(fresh.store, fresh.settings).receive(path)
    assert len(take_up(fresh.desk()).refused) == 1
    assert Importer(fresh.store, fresh.settings).receive(path).already == 1
    assert counts(fresh) == (1, 0, 0)
    assert len(take_up(fresh.desk()).refused) == 1


def test_a_newer_manifest_is_waited_for(fresh: House) -> None:
    old = fresh.manifest
    coming = fresh.next_manifest()
    from crypto.manifest import UntrustedManifest

    fresh.manifest = UntrustedManifest.parse(coming).verify(fresh.root.public)
    sealed = fresh.seal(STORY)
    fresh.manifest = old
    fresh.receive(sealed)
    done = take_up(fresh.desk())
    assert [one.why for one in done.waiting] == [
        "sealed under a newer manifest: pin it with `sourdine desk init --manifest FILE`"
    ]
    assert take_up(fresh.desk()).waiting == []
    fresh.pin(coming)
    assert len(take_up(fresh.desk()).cases) == 1


def test_an_older_manifest_still_opens_and_the_retired_get_no_grant(fresh: House) -> None:
    sealed = fresh.seal(STORY)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    fresh.receive(sealed)
    (case_id,) = take_up(fresh.desk()).cases
    assert record(fresh, case_id).allowed == ("alize", "cypres")


def follow(house: House, reporter: Reporter, kind: str, story: str = "", **fields: str) -> None:
    house.receive(house.seal(story, reporter=reporter, kind=kind, fields=fields))
    take_up(house.desk())


def test_answers_of_the_reporter_change_the_case(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter, fields={"publish": "ask"})
    fresh.forward(2)
    follow(fresh, reporter, "mediation", consent="yes", mediator="a")
    follow(fresh, reporter, "publish", opinion="no")
    follow(fresh, reporter, "survey", q1="yes")
    follow(fresh, reporter, "retaliation", "On me menace.")
    now = record(fresh, case_id)
    assert now.facts.consent_mediation
    assert (now.facts.reporter_opinion, now.opinion_given) == ("no", True)
    assert (now.facts.severity, now.retaliation) == (3, True)
    assert now.facts.retaliation_on == now.facts.severity_on == fresh.settings.clock.today()
    assert now.facts.last_reporter_message == DAY + timedelta(days=2)
    assert now.facts.entered == DAY
    shown = show_case(fresh.desk(), case_id)
    assert [one.message.story for one in shown.messages] == [STORY, "On me menace."]
    assert [one.kind for one in shown.answers] == ["mediation", "publish", "survey", "retaliation"]


def test_of_two_answers_on_one_day_no_holds(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    fresh.receive(
        *(
            fresh.seal("", reporter=reporter, kind="publish", fields={"opinion": word})
            for word in ("yes", "no", "yes", "perhaps")
        )
    )
    take_up(fresh.desk())
    assert record(fresh, case_id).facts.reporter_opinion == "no"
    follow(fresh, reporter, "publish", opinion="yes")
    assert record(fresh, case_id).facts.reporter_opinion == "yes"


def test_of_two_answers_the_later_one_holds_whatever_the_order(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    seqs = {"yes": 1 << 40, "no": 1 << 41}
    sealed = {
        word: fresh.seal("", reporter=reporter, kind="publish", fields={"opinion": word}, seq=seq)
        for word, seq in seqs.items()
    }
    for word in ("no", "yes"):
        fresh.receive(sealed[word])
        take_up(fresh.desk())
    assert record(fresh, case_id).facts.reporter_opinion == "no"


def test_erasing_takes_the_replies_that_have_not_left(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    desk = fresh.desk()
    send(desk, case_id, "Nous vous lisons.")
    with fresh.store.reading() as tx:
        assert len(tx.due_outgoing(9)) == 1
    follow(fresh, reporter, "erase", confirm="yes")
    with fresh.store.reading() as tx:
        assert tx.due_outgoing(9) == []
    now = record(fresh, case_id)
    assert (now.erased, now.mailbox, now.facts.mailbox) == (True, False, False)
    with pytest.raises(UserError, match="erased the mailbox"):
        send(desk, case_id, "Encore.")


def test_a_message_keeps_what_it_was(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new(), files=[("é.txt", b"x")])
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        case = desk.case(tx, case_id)
        (row,) = tx.messages(case_id)
    message = message_in(case, row)
    assert message.from_bytes(message.to_bytes()) == message
    assert message.keys == case.record.keys
    for secret in (STORY, "é.txt", message.report_id):
        assert secret not in repr(message)


class PowerCut(Exception):
    pass


def test_a_crash_after_the_commit_loses_nothing(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.receive(fresh.seal(STORY))
    desk = fresh.desk()
    with monkeypatch.context() as patch:
        patch.setattr(type(desk.evidence), "drop_waiting", lambda *_: (_ for _ in ()).throw(PowerCut()))
        with pytest.raises(PowerCut):
            take_up(desk)
    assert len(list_cases(desk)) == 1
    assert len(list((fresh.home / "evidence" / "inbox").iterdir())) == 1
    assert take_up(desk) == takeup.TakenUp()
    assert list((fresh.home / "evidence" / "inbox").iterdir()) == []


def test_a_crash_before_the_commit_leaves_the_envelope(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.receive(fresh.seal(STORY))
    desk = fresh.desk()
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "log", lambda *_, **__: (_ for _ in ()).throw(PowerCut()))
        with pytest.raises(PowerCut):
            take_up(desk)
    assert counts(fresh) == (1, 0, 0)
    assert list_cases(desk) == []
    assert len(take_up(desk).cases) == 1
    assert len([path for path in (fresh.home / "evidence").iterdir() if path.is_file()]) == 2  # content and lock


def test_a_key_that_stops_working_notes_nothing(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY))
    desk = fresh.desk()
    home = fresh.home / "gnupg" / "alize"
    secret = home / "private-keys-v1.d"
    from crypto.openpgp import gpg

    gpg.stop_agent(home)
    shutil.move(secret, fresh.folder / "card")
    with pytest.raises(UserError, match="stopped working"):
        take_up(desk)
    gpg.stop_agent(home)
    shutil.rmtree(secret, ignore_errors=True)
    shutil.move(fresh.folder / "card", secret)
    assert len(take_up(fresh.desk()).cases) == 1
