"""The work list: order, words, filters, and what stands in no list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.merging import merge
from app.desk.cases.reading import show_case
from app.desk.cases.worklist import NOBODY, Filters, check_owner, list_cases, listed_case, work_list
from app.desk.core.bench import Desk
from app.domain.facts import State
from app.errors import UsageError
from tests.unit.desk.house import DAY, House, Reporter


def change(desk: Desk, case_id: str, *, record: dict[str, Any] | None = None, **facts: Any) -> str:
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.with_facts(**facts), **record or {}))
    return case_id


def ids(desk: Desk, **filters: Any) -> list[str]:
    return [line.id for line in work_list(desk, Filters(**filters))]


def test_what_is_due_first_is_first_and_urgent_on_top_of_its_day(fresh: House) -> None:
    desk = fresh.desk()
    plain, severe, flagged, urgent = (fresh.new_case() for _ in range(4))
    change(desk, severe, severity=3)
    change(desk, flagged, severity=3, record={"retaliation": True})
    change(desk, urgent, severity=4)
    late = change(desk, fresh.new_case(), entered=DAY - timedelta(days=10))
    never = change(desk, fresh.new_case(), state=State.VERIFIED)
    assert ids(desk) == [late, urgent, flagged, severe, plain, never]
    (line, *_, last) = list_cases(desk)
    assert (line.late, line.late_fr) == (
        "overdue by 5 days, beyond the limit of the law",
        "en retard de 5 jours, délai légal dépassé",
    )
    assert (last.late, last.to_dict()["due"]) == ("", None)


def unread(desk: Desk) -> set[str]:
    return {line.id for line in work_list(desk, Filters(purged=True)) if line.unread}


def test_words_change_with_the_day(fresh: House) -> None:
    fresh.new_case()
    desk = fresh.desk()
    assert list_cases(desk)[0].late == "in 3 days"
    assert list_cases(desk)[0] is list_cases(desk)[0]
    fresh.forward(3)
    assert list_cases(desk)[0].late == "due today"
    fresh.forward(1)
    assert list_cases(desk)[0].late.startswith("overdue by 1 day; the law allows until ")
    assert ids(desk, overdue=True) == ids(desk)


def test_filters(fresh: House) -> None:
    desk = fresh.desk()
    one = fresh.new_case("Des factures gonflées par le trésorier.", fields={"cooperative": "Coopérative des Tilleuls"})
    two = change(desk, fresh.new_case(), state=State.TRIAGE, severity=2, owner="alize", category="GOV")
    change(desk, two, cooperative="Les Érables")
    assert ids(desk, state="triage") == ids(desk, severity=2) == ids(desk, owner="alize") == [two]
    assert ids(desk, category="GOV") == ids(desk, cooperative="erables") == [two]
    for name in ("l’Étoile", "l'etoile", "LETOILE", "co-operative l'etoile"):
        change(desk, two, cooperative="Co‑operative L’Étoile" if name == "l'etoile" else "Cooperative l'étoile")
        assert ids(desk, cooperative=name) == [two]
    change(desk, two, cooperative="Les Érables")
    assert ids(desk, cooperative="TILLEUL") == ids(desk, query="facture") == ids(desk, owner=NOBODY) == [one]
    assert ids(desk, overdue=True) == ids(desk, query="zzyzx") == ids(desk, state="triage", severity=3) == []
    assert set(ids(desk)) == set(ids(desk, query=" ")) == {one, two}
    for wrong in ({"state": "lost"}, {"category": "XYZ"}, {"severity": 9}):
        with pytest.raises(UsageError, match="There is no") as refused:
            work_list(desk, Filters(**wrong))
        assert refused.value.hint.startswith(("States: received,", "Categories: GOV,", "Severities: 1, 2, 3, 4."))


def test_an_owner_is_somebody(fresh: House) -> None:
    desk = fresh.desk()
    change(desk, fresh.new_case(), owner="gone")
    change(desk, fresh.new_case(exclude=["brume"]), owner="hidden")
    for name in ("", NOBODY, "alize", "gone", "hidden"):
        check_owner(desk, name)
    with pytest.raises(UsageError, match="no owner named hidden") as refused:
        check_owner(fresh.desk("brume"), "hidden")
    assert refused.value.hint == "Owners: alize, brume, cypres, gone, or - for nobody."


def test_a_new_message_is_told_until_somebody_opens_the_case(fresh: House) -> None:
    reporter, desk, other = Reporter.new(), fresh.desk(), fresh.desk("brume")
    written = fresh.new_case(reporter=reporter)
    quiet = fresh.new_case()
    assert unread(desk) == unread(other) == {written, quiet}
    show_case(desk, written)
    assert not show_case(other, quiet).listed.unread
    assert unread(desk) == unread(other) == set()
    fresh.receive(fresh.seal("Encore un mot.", reporter=reporter, kind="message"))
    take_up(desk)
    assert unread(desk) == unread(other) == {written}
    assert {line.id: line.to_dict()["unread"] for line in list_cases(desk)} == {written: True, quiet: False}
    with desk.store.reading() as tx:
        assert tx.message_counts() == {written: 2, quiet: 1}
        assert tx.message_counts(quiet) == {quiet: 1}
    show_case(other, written)
    assert unread(desk) == set()


def test_opening_again_what_was_read_changes_nothing(fresh: House) -> None:
    case_id, desk = fresh.new_case(), fresh.desk()
    show_case(desk, case_id)
    with desk.store.reading() as tx:
        before = desk.case(tx, case_id).version
    show_case(desk, case_id)
    with desk.store.reading() as tx:
        assert desk.case(tx, case_id).version == before


def test_what_comes_to_a_merged_case_is_told_by_the_other(fresh: House) -> None:
    reporter, desk = Reporter.new(), fresh.desk()
    first, second, main = fresh.new_case(reporter=reporter), fresh.new_case(), fresh.new_case()
    lost = change(desk, fresh.new_case(), opened=True, record={"merged_into": "abcdefghij23", "read": 1})
    change(desk, first, opened=True, acknowledged=True, state=State.ACKNOWLEDGED)
    merge(desk, first, main, "mêmes faits")
    show_case(desk, main)
    assert unread(desk) == {second}
    fresh.receive(fresh.seal("Encore un mot.", reporter=reporter, kind="message"))
    take_up(desk)
    assert unread(desk) == {second, main}
    show_case(desk, main)
    show_case(desk, second)
    assert unread(desk) == set()
    change(desk, second, opened=False, record={"purged": DAY})
    assert unread(desk) == set()
    assert lost in ids(desk)


def test_merged_and_purged_cases_are_not_listed(fresh: House) -> None:
    desk = fresh.desk()
    main, merged, gone, orphan = (fresh.new_case() for _ in range(4))
    change(desk, merged, record={"merged_into": main})
    change(desk, gone, record={"purged": DAY})
    change(desk, orphan, record={"merged_into": "abcdefghij23"})
    assert set(ids(desk)) == {main, orphan}
    assert set(ids(desk, purged=True)) == {main, orphan, gone}
    lines = {line.id: line for line in work_list(desk, Filters(purged=True))}
    assert (lines[gone].due.day, lines[gone].due.why) == (None, "purged")
    assert lines[orphan].due.why == "decided with another case"


def test_what_a_merged_case_says_is_found_in_the_other(fresh: House) -> None:
    desk = fresh.desk()
    main, merged = fresh.new_case(), fresh.new_case("Des factures gonflées ont été payées deux fois.")
    assert ids(desk, query="facture") == [merged]
    change(desk, merged, record={"merged_into": main})
    assert ids(desk, query="facture") == [main]


def test_a_signature_that_waits_is_told(fresh: House) -> None:
    desk = fresh.desk()
    waiting, other, plain = (fresh.new_case() for _ in range(3))
    with desk.store.writing() as tx:
        desk.case(tx, waiting).put_paper(tx, "decision", {})
        desk.case(tx, other).put_paper(tx, "decision/purge", {})
        desk.case(tx, plain).put_paper(tx, "decisions", [])
    told = {line.id: line.waiting_for for line in list_cases(desk)}
    assert told == {waiting: "other college", other: "other college", plain: ""}


def test_whoever_is_excluded_sees_no_row(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    assert ids(fresh.desk("brume")) == []
    assert ids(fresh.desk("cypres")) == [case_id]


def test_a_line_tells_what_the_contract_says(fresh: House) -> None:
    desk = fresh.desk()
    case_id = fresh.new_case(fields={"cooperative": "Les Tilleuls"})
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
    shown = listed_case(case, DAY).to_dict()
    assert {"id", "label", "state", "due", "owner", "mailbox"} <= set(shown)
    assert (shown["cooperative"], shown["channel"], shown["retaliation"]) == ("Les Tilleuls", "onion", False)
