"""An entry names a cooperative that the case did not: whoever is linked to it is out before anybody signs."""

from __future__ import annotations

import pytest

from app.desk.cases.entries import draft_entry, sign_entry
from app.desk.circle import links
from app.errors import UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_entries import draft, facts, paper, verified


def test_the_name_in_the_entry_puts_out_whoever_is_linked(fresh: House) -> None:
    case_id = verified(fresh, fields={"publish": "yes"})
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    draft_entry(fresh.desk(), case_id, draft())
    assert facts(fresh, case_id).entry_cooperative == "Les Tilleuls"
    with pytest.raises(UserError):
        sign_entry(fresh.desk("brume"), case_id)
    assert paper(fresh, case_id).entry


def test_who_is_linked_drafts_nothing_about_their_own(fresh: House) -> None:
    case_id = verified(fresh, fields={"publish": "yes"})
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    with pytest.raises(UserError, match="is linked to the cooperative"):
        draft_entry(fresh.desk("brume"), case_id, draft())
    assert facts(fresh, case_id).entry_cooperative == ""


def test_one_person_takes_the_case_from_no_other_college(fresh: House) -> None:
    case_id = verified(fresh, fields={"publish": "yes"})
    links.declare(fresh.desk("cypres"), "Les Tilleuls")
    with pytest.raises(UserError, match="is linked to the cooperative"):
        draft_entry(fresh.desk(), case_id, draft())
    assert sorted(facts(fresh, case_id).entry_cooperative) == []
