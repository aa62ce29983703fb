"""What an entry may never become: text that the cooperative did not see, an answer nobody gave, a name of another."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.desk.entries import answer_entry, draft_entry, sign_entry
from app.desk.letters import make_notice
from app.domain.facts import State
from app.domain.strict import EntryError
from app.errors import UserError
from tests.unit.desk.house import House
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
