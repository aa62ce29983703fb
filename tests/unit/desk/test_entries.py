"""An entry on its way: what may be drafted when, what voids signatures, what the cooperative was told."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from app.desk.cases.decisions import expire_due, move_case
from app.desk.cases.entries import answer_entry, check_entry, draft_entry, sign_entry, signed_bytes
from app.desk.cases.exports import export_again, export_registry
from app.desk.cases.letters import letter, make_notice
from app.desk.cases.setting import set_values
from app.desk.core.entry_paper import EntryPaper, load_paper
from app.domain.facts import State
from app.domain.states import MoveRefused
from app.domain.strict import EntryError
from app.errors import UserError
from crypto.export import Export, open_export
from crypto.openpgp.verify import verify_detached
from tests.unit.desk.house import ORIGIN, STORY, House
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_journey import ENTRY


def draft(**finding: Any) -> dict[str, Any]:
    raw = copy.deepcopy(ENTRY)
    raw["finding"].update(finding)
    return raw


def verified(house: House, **options: object) -> str:
    case_id = assessed(house, **options)
    set_values(house.desk(), case_id, ["subcode=2"])
    for name in ("alize", "cypres"):
        move_case(house.desk(name), case_id, "verified", "oui")
    return case_id


def proposed(house: House, **options: object) -> str:
    case_id = verified(house, fields={"publish": "yes"}, **options)
    draft_entry(house.desk(), case_id, draft())
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    return case_id


def notified(house: House, **options: object) -> str:
    case_id = proposed(house, **options)
    make_notice(house.desk(), case_id, house.folder / "letter")
    move_case(house.desk(), case_id, "right_of_reply", "avis envoyé")
    return case_id


def published(house: House, by: tuple[str, str] = ("alize", "cypres"), **options: object) -> str:
    case_id = notified(house, **options)
    answer_entry(house.desk(), case_id, "Une assemblée sera convoquée.")
    for name in by:
        sign_entry(house.desk(name), case_id)
    move_case(house.desk(), case_id, "published", "délai écoulé")
    return case_id


def paper(house: House, case_id: str) -> EntryPaper:
    desk = house.desk()
    with house.store.reading() as tx:
        found = load_paper(desk.case(tx, case_id), tx)
    assert found is not None
    return found


def facts(house: House, case_id: str):
    desk = house.desk()
    with house.store.reading() as tx:
        return desk.case(tx, case_id).facts


def establish(house: House, case_id: str, **values: object) -> None:
    """Facts as an older version of the desk left them."""
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, case.with_facts(**values))


def exported(house: House) -> Export:
    path = house.folder / "export"
    export_registry(house.desk(), path)
    return open_export(path.read_bytes(), house.manifest, verify_detached, origin=ORIGIN)


def test_a_draft_waits_for_verification(house: House) -> None:
    case_id = assessed(house)
    with pytest.raises(UserError, match="once the case is verified"):
        draft_entry(house.desk(), case_id, draft())
    with pytest.raises(UserError, match="no entry yet"):
        check_entry(house.desk(), case_id)


def test_the_gate_compares_with_every_text_of_the_reporter(house: House) -> None:
    case_id = verified(house, fields={"publish": "ask"})
    copied = " ".join(STORY.split()[:8])
    findings = draft_entry(house.desk(), case_id, draft(text=f"Constat : {copied}"))
    assert [finding.code for finding in findings] == ["overlap"]
    assert all(word not in findings[0].message for word in ("conseil", "décidé"))
    with pytest.raises(MoveRefused):
        move_case(house.desk(), case_id, "registry_proposed", "utile")
    assert draft_entry(house.desk(), case_id, draft()) == ()
    assert move_case(house.desk(), case_id, "registry_proposed", "utile").state == "registry_proposed"


def test_good_faith_comes_from_the_sheet_alone(house: House) -> None:
    case_id = verified(house)
    bare = draft()
    del bare["good_faith"]
    assert [finding.code for finding in draft_entry(house.desk(), case_id, bare)] == ["good_faith"]
    establish(house, case_id, good_faith=True)
    assert [finding.code for finding in check_entry(house.desk(), case_id)] == ["good_faith"]
    partial = draft()
    partial["good_faith"]["no_animosity"] = False
    assert [finding.code for finding in draft_entry(house.desk(), case_id, partial)] == ["good_faith"]
    assert [finding.code for finding in draft_entry(house.desk(), case_id, bare)] == ["good_faith"]


def test_refuses_what_is_no_draft_and_keeps_the_last_one(house: House) -> None:
    case_id = verified(house)
    draft_entry(house.desk(), case_id, draft())
    kept = paper(house, case_id)
    for raw in ([], {}, draft() | {"case": "x"}, draft(text="<b>gras</b>"), draft(grade="C"), draft(text="a" * 601)):
        with pytest.raises(UserError):
            draft_entry(house.desk(), case_id, raw)
    with pytest.raises(EntryError, match="keeps the name"):
        draft_entry(house.desk(), case_id, draft() | {"regc_id": "REGC-2026-" + "A" * 16})
    assert paper(house, case_id) == kept
    assert draft_entry(house.desk(), case_id, draft() | {"regc_id": kept.record.regc_id}) == ()


def test_a_notice_needs_the_proposal_and_an_open_gate(house: House) -> None:
    letters = house.folder / "letter"
    case_id = verified(house, fields={"publish": "ask"})
    draft_entry(house.desk(), case_id, draft())
    with pytest.raises(UserError, match="once the entry is proposed"):
        make_notice(house.desk(), case_id, letters)
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    with pytest.raises(UserError, match="gate holds") as refused:
        make_notice(house.desk(), case_id, letters)
    assert "opinion" in refused.value.hint
    assert not letters.exists()


def test_the_notice_tells_the_entry_and_nothing_of_the_report(house: House) -> None:
    case_id = proposed(house)
    make_notice(house.desk(), case_id, house.folder / "letter")
    text = (house.folder / "letter").read_text(encoding="utf-8")
    assert all(word in text for word in ("Les Tilleuls", "Aucune assemblée annuelle", "30 jours", "15 jours", ORIGIN))
    assert case_id not in text
    assert STORY[:30] not in text
    assert "alize" not in text
    assert (house.folder / "letter").stat().st_mode & 0o077 == 0
    entry = paper(house, case_id).entry
    assert entry.adversarial.notified == "2026-11"
    with_body = draft() | {"body": {"organ": "board", "function": "", "mandate_from": 2022, "mandate_to": 2025}}
    draft_entry(house.desk(), case_id, with_body)
    written = letter(paper(house, case_id).entry, house.settings.clock.today(), "")
    assert "conseil d'administration, mandature 2022-2025" in written


def test_a_new_text_asks_for_a_new_notice(house: House) -> None:
    case_id = proposed(house)
    make_notice(house.desk(), case_id, house.folder / "letter")
    draft_entry(house.desk(), case_id, draft())
    assert facts(house, case_id).notice_on is not None
    draft_entry(house.desk(), case_id, draft(text="Les comptes de deux exercices n'ont pas été présentés."))
    assert facts(house, case_id).notice_on is None
    with pytest.raises(MoveRefused):
        move_case(house.desk(), case_id, "right_of_reply", "avis")


def test_once_told_the_text_stays(house: House) -> None:
    case_id = notified(house)
    with pytest.raises(UserError, match="told another text"):
        draft_entry(house.desk(), case_id, draft(text="Autre constat sur le même sujet, plus long."))
    answer_entry(house.desk(), case_id, "Notre réponse.")
    draft_entry(house.desk(), case_id, draft())
    assert paper(house, case_id).entry.adversarial.reply == "Notre réponse."


def test_an_answer_has_its_time_its_length_and_voids_signatures(house: House) -> None:
    with pytest.raises(UserError, match="once it has its notice"):
        answer_entry(house.desk(), proposed(house), "Trop tôt.")
    case_id = notified(house)
    sign_entry(house.desk(), case_id)
    assert len(paper(house, case_id).signatures) == 1
    for text in ("", "<b>x</b>"):
        with pytest.raises(UserError, match="The answer"):
            answer_entry(house.desk(), case_id, text)
    with pytest.raises(EntryError, match="600"):
        answer_entry(house.desk(), case_id, "a" * 601)
    assert len(paper(house, case_id).signatures) == 1
    answer_entry(house.desk(), case_id, "Une assemblée\nsera convoquée.")
    assert paper(house, case_id).signatures == ()
    assert facts(house, case_id).answered


def test_signing_needs_the_notice_and_an_open_gate(house: House) -> None:
    with pytest.raises(UserError, match="after the notice"):
        sign_entry(house.desk(), proposed(house))
    case_id = notified(house)
    establish(house, case_id, group_size=3)
    with pytest.raises(UserError, match="gate holds"):
        sign_entry(house.desk(), case_id)
    establish(house, case_id, group_size=300)
    assert sign_entry(house.desk("brume"), case_id) == "other college"
    assert paper(house, case_id).entry.dates.published == "2026-11"
    with pytest.raises(UserError, match="your own college"):
        sign_entry(house.desk("alize"), case_id)
    assert sign_entry(house.desk("cypres"), case_id) == ""
    assert paper(house, case_id).signed


def test_signing_needs_a_registry(fresh: House) -> None:
    case_id = notified(fresh)
    object.__setattr__(fresh.settings, "registry", "")
    with pytest.raises(UserError, match="name no registry"):
        sign_entry(fresh.desk(), case_id)
    with pytest.raises(UserError, match="name no registry"):
        export_registry(fresh.desk(), fresh.folder / "export")


def test_publication_waits_for_both_signatures_and_the_time(house: House) -> None:
    case_id = notified(house)
    sign_entry(house.desk("alize"), case_id)
    with pytest.raises(MoveRefused) as refused:
        move_case(house.desk(), case_id, "published", "tôt")
    assert [str(one.guard) for one in refused.value.refusals] == ["reply_time", "entry_signed"]


def test_an_export_carries_what_is_published_once(fresh: House) -> None:
    first = published(fresh)
    assert facts(fresh, first).exported is False
    export = exported(fresh)
    assert (export.sequence, export.previous, export.batch, len(export.entries)) == (1, "", "2026-11", 1)
    assert export.entries[0].entry == paper(fresh, first).record.to_dict()
    assert facts(fresh, first).exported
    with pytest.raises(UserError, match="No published entry"):
        export_registry(fresh.desk(), fresh.folder / "export")
    published(fresh)
    second = exported(fresh)
    assert (second.sequence, len(second.entries)) == (2, 1)
    data = (fresh.folder / "export").read_bytes()
    done = export_again(fresh.desk("brume"), fresh.folder / "again")
    assert (done.sequence, done.entries) == (2, 1)
    assert (fresh.folder / "again").read_bytes() == data
    assert fresh.search("Les Tilleuls") == []


def test_publications_leave_once_a_month_and_other_versions_any_day(fresh: House) -> None:
    fresh.settings = replace(fresh.settings, monthly=True)
    published(fresh)
    assert len(exported(fresh).entries) == 1
    late = published(fresh)
    with pytest.raises(UserError, match="No published entry") as refused:
        export_registry(fresh.desk(), fresh.folder / "export")
    assert f"Case {late} stays: the publications of this month have left." in refused.value.hint
    fresh.forward(31)
    assert len(exported(fresh).entries) == 1


def test_a_reviewer_exports_only_what_they_may_open(fresh: House) -> None:
    case_id = verified(fresh, fields={"publish": "yes"}, exclude=["brume"])
    assert case_id
    with pytest.raises(UserError, match="No published entry"):
        export_registry(fresh.desk("brume"), fresh.folder / "export")


def test_export_refuses_a_place_and_a_first_again(fresh: House) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        export_registry(fresh.desk(), fresh.folder)
    with pytest.raises(UserError, match="no export yet"):
        export_again(fresh.desk(), fresh.folder / "export")


def test_an_export_with_a_signature_that_does_not_hold_takes_no_number(fresh: House) -> None:
    from dataclasses import replace

    from app.desk.core.entry_paper import store_paper

    case_id = published(fresh)
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        case = desk.case(tx, case_id)
        whole = load_paper(case, tx)
        swapped = tuple(
            replace(mine, signature=other.signature)
            for mine, other in zip(whole.signatures, reversed(whole.signatures), strict=True)
        )
        store_paper(case, tx, replace(whole, signatures=swapped))
    with pytest.raises(UserError, match="No published entry") as refused:
        export_registry(desk, fresh.folder / "export")
    assert case_id in refused.value.hint
    with fresh.store.reading() as tx:
        assert tx.last_export().number == 0


def test_a_correction_is_told_signed_and_exported(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    old = paper(fresh, case_id).record
    fresh.forward(40)
    raw = old.to_dict() | {"status": "corrected", "amend": {"reason": "remedy", "note": "Une assemblée a été tenue."}}
    raw["dates"]["corrected"] = "2026-12"
    raw["finding"]["text"] = "Aucune assemblée n'avait été tenue pendant deux exercices ; c'est fait depuis."
    draft_entry(fresh.desk(), case_id, raw)
    now = paper(fresh, case_id)
    assert (now.record.version, now.record.status, now.published) == (2, "corrected", old)
    assert [correction.field for correction in now.record.corrections] == ["finding.text"]
    for name in ("brume", "cypres"):
        sign_entry(fresh.desk(name), case_id)
    with pytest.raises(UserError, match="No published entry"):
        export_registry(fresh.desk(), fresh.folder / "export")
    move_case(fresh.desk(), case_id, "corrected", "remède montré")
    assert exported(fresh).entries[0].entry["version"] == 2
    with pytest.raises(EntryError, match="old version"):
        draft_entry(fresh.desk(), case_id, old.to_dict())


def test_a_withdrawal_is_signed_and_exported(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    name = paper(fresh, case_id).record.regc_id
    gone = {
        "schema": 2,
        "regc_id": name,
        "version": 2,
        "status": "withdrawn",
        "month": "2026-11",
        "replaced_by": [],
    }
    draft_entry(fresh.desk(), case_id, gone)
    assert paper(fresh, case_id).entry is None
    for reviewer in ("alize", "cypres"):
        sign_entry(fresh.desk(reviewer), case_id)
    move_case(fresh.desk(), case_id, "withdrawn", "décision de justice")
    assert exported(fresh).entries[0].entry == gone
    with pytest.raises(UserError, match="once the case is verified"):
        draft_entry(fresh.desk(), case_id, gone)
    with pytest.raises(UserError, match="once it has its notice"):
        answer_entry(fresh.desk(), case_id, "Trop tard.")


def test_the_clock_ends_an_entry_and_nothing_else(fresh: House) -> None:
    case_id = published(fresh)
    other = fresh.new_case()
    exported(fresh)
    assert expire_due(fresh.desk()) == []
    fresh.forward(730)  # severity 3: twenty-four months
    assert expire_due(fresh.desk()) == [case_id]
    assert expire_due(fresh.desk()) == []
    assert (facts(fresh, case_id).state, facts(fresh, other).state) == (State.EXPIRED, State.RECEIVED)


def test_an_incomplete_entry_is_not_signed(house: House) -> None:
    case_id = proposed(house)
    with pytest.raises(EntryError, match="needed before the entry is signed"):
        signed_bytes(house.desk(), paper(house, case_id).record)
    assert facts(house, case_id).state is State.REGISTRY_PROPOSED


def test_the_work_list_knows_the_end_of_an_entry_that_left(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    record = paper(fresh, case_id).record
    assert facts(fresh, case_id).entry_expires == record.expires
