"""What an entry may never become: text that the cooperative did not see, an answer nobody gave, a name of another."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import answer_entry, draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from app.desk.cases.letters import make_notice
from app.desk.cases.setting import set_values
from app.desk.core.entry_paper import store_paper
from app.domain.facts import State
from app.domain.states import MoveRefused
from app.domain.strict import EntryError
from app.errors import UserError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_entries import draft, exported, facts, notified, paper, proposed, published, verified

OTHER = "Les comptes de deux exercices n'ont pas été présentés aux membres."
AMEND = {"reason": "error", "note": "Précision."}


def test_before_the_export_what_was_told_stays(house: House) -> None:
    case_id = published(house)
    before = paper(house, case_id).record
    name = copy.deepcopy(draft())
    name["cooperative"]["name"] = "Autre coopérative"
    for raw in (draft(text=OTHER), name, draft(severity=2)):
        with pytest.raises(UserError, match="told another text"):
            draft_entry(house.desk(), case_id, raw)
    draft_entry(house.desk(), case_id, draft() | {"adversarial": {"reply": "Inventée.", "reply_inserted": "2026-11"}})
    assert paper(house, case_id).record == before
    assert paper(house, case_id).signatures == ()


def test_the_size_of_the_group_is_attested_by_two_colleges(house: House) -> None:
    """It stands in the decision that verifies the case: another number is another decision, signed anew by both."""
    case_id = assessed(house)
    set_values(house.desk(), case_id, ["subcode=2", "group_size=25"])
    assert move_case(house.desk(), case_id, "verified", "oui").waiting_for
    set_values(house.desk(), case_id, ["group_size=400"])
    assert move_case(house.desk("cypres"), case_id, "verified", "oui").dropped
    assert facts(house, case_id).state == State.ASSESSMENT
    move_case(house.desk(), case_id, "verified", "oui")
    assert facts(house, case_id).state == State.VERIFIED
    with pytest.raises(UserError, match="Two colleges verified this case with its group_size"):
        set_values(house.desk(), case_id, ["group_size=12"])


def after_export(house: House) -> tuple[str, dict[str, Any]]:
    case_id = published(house)
    exported(house)
    return case_id, paper(house, case_id).record.to_dict()


@pytest.mark.parametrize(
    ("group", "field", "value", "where"),
    [
        ("finding", "text", OTHER, "status"),
        ("finding", "severity", 4, "status"),
        ("cooperative", "name", "Autre coopérative", "status"),
        ("dates", "renewed", "2026-11", "dates.renewed"),
        ("adversarial", "reply", "Nous avouons.", "adversarial.reply"),
    ],
)
def test_after_the_export_nothing_new_is_told(fresh: House, group: str, field: str, value: object, where: str) -> None:
    case_id, raw = after_export(fresh)
    raw[group][field] = value
    with pytest.raises(EntryError, match=where):
        draft_entry(fresh.desk(), case_id, raw | {"amend": AMEND})
    raw |= {"status": "corrected"}
    raw["dates"]["corrected"] = "2026-11"
    if field != "text":
        with pytest.raises(EntryError, match=f"{group}.{field}"):
            draft_entry(fresh.desk(), case_id, raw | {"amend": AMEND})
    assert paper(fresh, case_id).exported


def test_the_desk_numbers_the_next_version(fresh: House) -> None:
    case_id, raw = after_export(fresh)
    draft_entry(fresh.desk(), case_id, raw | {"version": 9999, "status": "contested"})
    assert paper(fresh, case_id).record.version == 2
    with pytest.raises(EntryError, match="ends by itself"):
        draft_entry(fresh.desk(), case_id, {"status": "expired", "month": "2026-11"})


def test_a_first_draft_has_what_the_desk_gives_and_no_more(house: House) -> None:
    case_id = verified(house)
    invented = {
        "version": 7,
        "status": "contested",
        "dates": {"published": "2036-12"},
        "adversarial": {"notified": "2026-01", "reply": "Nous avouons.", "reply_inserted": "2026-02"},
    }
    draft_entry(house.desk(), case_id, draft() | invented)
    entry = paper(house, case_id).entry
    assert (entry.version, entry.status, entry.dates.published) == (1, "published", "")
    assert (entry.adversarial.notified, entry.adversarial.reply) == ("", "")
    with pytest.raises(EntryError, match="only a published entry"):
        draft_entry(house.desk(), case_id, {"status": "withdrawn"})


def test_nobody_types_the_name_of_an_entry(house: House) -> None:
    first, second = proposed(house), verified(house)
    with pytest.raises(EntryError, match="the desk names an entry"):
        draft_entry(house.desk(), second, draft() | {"regc_id": paper(house, first).record.regc_id})


def test_the_same_text_keeps_its_notice(house: House) -> None:
    case_id = proposed(house)
    make_notice(house.desk(), case_id, house.folder / "letter")
    draft_entry(house.desk(), case_id, draft())
    assert paper(house, case_id).entry.adversarial.notified == "2026-11"
    assert facts(house, case_id).notice_on is not None
    draft_entry(house.desk(), case_id, draft(text=OTHER))
    assert paper(house, case_id).entry.adversarial.notified == ""


def test_a_withdrawal_before_the_export_can_be_taken_back(house: House) -> None:
    case_id = published(house)
    before = paper(house, case_id).record
    draft_entry(house.desk(), case_id, {"status": "withdrawn"})
    assert facts(house, case_id).exported  # nothing stands at the registry
    assert paper(house, case_id).entry is None
    draft_entry(house.desk(), case_id, {"status": "withdrawn"})
    with pytest.raises(UserError, match="told another text"):
        draft_entry(house.desk(), case_id, draft(text=OTHER))
    draft_entry(house.desk(), case_id, draft())
    assert paper(house, case_id).record == before


def test_a_redraft_keeps_the_month_of_the_first_signature(house: House) -> None:
    case_id = notified(house)
    answer_entry(house.desk(), case_id, "Notre réponse.")
    sign_entry(house.desk(), case_id)
    assert facts(house, case_id).state is State.RIGHT_OF_REPLY
    assert paper(house, case_id).entry.dates.published == "2026-11"
    draft_entry(house.desk(), case_id, draft())
    assert paper(house, case_id).entry.dates.published == "2026-11"


def guards(house: House, case_id: str, target: str) -> list[str]:
    with pytest.raises(MoveRefused) as refused:
        move_case(house.desk(), case_id, target, "seul")
    return [str(one.guard) for one in refused.value.refusals]


def test_the_signatures_of_a_publication_decide_nothing_else(fresh: House) -> None:
    case_id = published(fresh)
    assert guards(fresh, case_id, "withdrawn") == ["entry_signed"]
    exported(fresh)
    for target in ("withdrawn", "corrected"):
        assert guards(fresh, case_id, target) == ["entry_signed"]
    with pytest.raises(UserError, match="has left in an export"):
        sign_entry(fresh.desk("brume"), case_id)
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    sign_entry(fresh.desk(), case_id)
    assert guards(fresh, case_id, "withdrawn") == ["entry_signed"]
    sign_entry(fresh.desk("cypres"), case_id)
    assert guards(fresh, case_id, "corrected") == ["entry_signed"]
    assert move_case(fresh.desk(), case_id, "withdrawn", "objection").state == "withdrawn"
    assert exported(fresh).entries[0].entry["status"] == "withdrawn"


def test_what_never_left_is_withdrawn_without_an_export(fresh: House) -> None:
    case_id = published(fresh)
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    for name in ("alize", "cypres"):
        sign_entry(fresh.desk(name), case_id)
    move_case(fresh.desk(), case_id, "withdrawn", "objection")
    with pytest.raises(UserError, match="No published entry"):
        export_registry(fresh.desk(), fresh.folder / "export")


def test_a_no_before_the_export_holds_that_entry_alone_back(fresh: House) -> None:
    other = published(fresh)
    reporter = Reporter.new()
    case_id = published(fresh, reporter=reporter)
    fresh.receive(fresh.seal("", reporter=reporter, kind="publish", fields={"opinion": "no"}))
    take_up(fresh.desk())
    done = export_registry(fresh.desk(), fresh.folder / "export")
    assert done.entries == 1
    assert facts(fresh, other).exported
    assert not facts(fresh, case_id).exported
    (sentence,) = done.aside
    assert case_id in sentence
    assert "said no" in sentence


def test_a_retired_signer_holds_that_entry_alone_back(fresh: House) -> None:
    case_id = published(fresh, by=("brume", "cypres"))
    other = published(fresh)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    done = export_registry(fresh.desk(), fresh.folder / "export")
    assert (done.entries, facts(fresh, other).exported) == (1, True)
    assert case_id in done.aside[0]
    assert "sign it again" in done.aside[0]
    assert sign_entry(fresh.desk("alize"), case_id) == ""
    assert len(exported(fresh).entries) == 1


def test_an_entry_that_the_registry_would_refuse_stays(fresh: House) -> None:
    case_id = published(fresh)
    last = paper(fresh, case_id)
    rewrite(fresh, case_id, published=replace(last.record, version=5))
    assert "old version" in held_back(fresh)
    later = replace(last.entry, dates=replace(last.entry.dates, published="2036-12"))
    rewrite(fresh, case_id, published=None, record=later)
    assert "has not begun" in held_back(fresh)
    rewrite(fresh, case_id, record=last.record)
    twin = published(fresh)
    rewrite(fresh, twin, record=last.record)
    assert held_back(fresh).count("the same name") == 2


def rewrite(house: House, case_id: str, **changes: Any) -> None:
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        store_paper(case, tx, replace(paper(house, case_id), **changes))


def held_back(house: House) -> str:
    with pytest.raises(UserError, match="No published entry") as refused:
        export_registry(house.desk(), house.folder / "export")
    return refused.value.hint
