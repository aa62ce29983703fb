"""The same harm told by several: who sees what, what two colleges judge, and how it is taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.cases.merging import merge, split
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.cases.worklist import work_list
from app.desk.circle import clusters
from app.desk.core.twofold import all_pending
from app.desk.duties.collective import AMOUNT, Cluster, list_clusters, set_amount
from app.desk.duties.judging import judge, undo
from app.domain.collective import AMOUNTS
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import case, heard, put, reasons

WHY = "trois plumes, trois périodes"
SIZE = "250-999"


def told_of(house: House, name: str = "Les Tilleuls", **options: object) -> str:
    """A case in assessment about this cooperative."""
    case_id = assessed(house, **options)
    set_values(house.desk(), case_id, [f"cooperative={name}"])
    return case_id


def several(house: House, count: int = 3, name: str = "Les Tilleuls") -> list[str]:
    return [told_of(house, name) for _ in range(count)]


def both(house: House, *groups: list[str], members: str = SIZE, by: tuple[str, str] = ("alize", "cypres")) -> None:
    for name in by:
        judge(house.desk(name), groups, members=members, reason=WHY)


def seen(house: House, name: str = "alize") -> list[Cluster]:
    return list_clusters(house.desk(name))


def flagged(house: House, name: str = "alize") -> frozenset[str]:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return clusters.systemic_cases(desk, tx)


def test_two_cases_of_one_harm_are_a_cluster(fresh: House) -> None:
    one = told_of(fresh, "SCIC Les Tilleuls")
    assert seen(fresh) == []
    assert flagged(fresh) == frozenset()
    two = told_of(fresh, "les tilleuls")
    other = told_of(fresh, "Le Verger")
    set_values(fresh.desk(), told_of(fresh), ["category=FIN"])
    (found,) = seen(fresh)
    assert {row.case for row in found.rows} == {one, two}
    assert (found.category, found.harm, found.independent, found.told, found.members) == (
        "GOV", "political_rights", "", "", "",
    )  # fmt: skip
    (alone,) = list_clusters(fresh.desk(), other)
    assert [row.case for row in alone.rows] == [other]
    assert list_clusters(fresh.desk(), fresh.new_case()) == []
    assert list_clusters(fresh.desk("cypres"), two) == [found]
    assert found.to_dict()["rows"][0]["label"] == found.rows[0].label
    put(fresh, two, state=State.UNFOUNDED)
    assert seen(fresh) == []


def test_two_colleges_judge_and_only_then_is_counted(fresh: House) -> None:
    a, b, c = several(fresh)
    first = judge(fresh.desk(), [[a], [b], [c]], members=SIZE, reason=WHY)
    assert (first.waiting_for, first.dropped, first.authors) == ("other college", False, 3)
    (waiting,) = seen(fresh, "cypres")
    assert (waiting.independent, waiting.systemic, waiting.waiting_for) == ("", False, "other college")
    assert sorted(row.waiting for row in waiting.rows) == [1, 2, 3]
    assert [(name, words) for name, _, words in waiting.reasons] == [("alize", WHY)]
    for name, why in (("alize", "You have already signed"), ("brume", "of your own college")):
        with pytest.raises(UserError, match=why):
            judge(fresh.desk(name), [[a], [b], [c]], members=SIZE, reason=WHY)
    done = judge(fresh.desk("cypres"), [[c], [a], [b]], members=SIZE, reason="oui")
    assert (done.waiting_for, done.authors) == ("", 3)
    (found,) = seen(fresh, "brume")
    assert (found.independent, found.told, found.members, found.waiting_for) == ("3-4", "", SIZE, "")
    assert found.systemic
    assert sorted(row.group for row in found.rows) == [1, 2, 3]
    assert flagged(fresh) == {a, b, c}
    with pytest.raises(UserError, match="judged these cases so already"):
        judge(fresh.desk(), [[a], [b], [c]], members=SIZE, reason=WHY)
    assert reasons(fresh, a)[-2:] == [("sign", "independence"), ("judge", "")]
    for case_id in (a, b, c):
        put(fresh, case_id, state=State.VERIFIED, reporter_opinion="yes")
    assert seen(fresh)[0].told == "3-4"


def test_threads_of_one_author_are_one(fresh: House) -> None:
    """S1.6: three threads of one author that were judged « non indépendants » raise no flag."""
    a, b, c = several(fresh)
    both(fresh, [a, b, c])
    (found,) = seen(fresh)
    assert (found.independent, found.systemic) == ("", False)
    assert [row.group for row in found.rows] == [1, 1, 1]
    assert flagged(fresh) == frozenset()
    both(fresh, [a, b], [c])
    assert not seen(fresh)[0].systemic
    both(fresh, [a], [b], [c])
    assert seen(fresh)[0].systemic
    d = told_of(fresh)
    assert seen(fresh)[0].independent == "3-4"
    assert d in flagged(fresh)


def test_the_work_list_and_the_case_say_systemic(fresh: House) -> None:
    a, b, c = several(fresh)
    desk = fresh.desk()
    assert not any(line.systemic for line in work_list(desk))
    both(fresh, [a], [b], [c])
    alone = told_of(fresh, "Le Verger")
    assert {line.id: line.systemic for line in work_list(desk)} == {a: True, b: True, c: True, alone: False}
    assert work_list(desk)[0].to_dict()["systemic"] is True
    assert show_case(desk, a).listed.systemic
    assert not show_case(desk, alone).listed.systemic


def test_another_matter_voids_the_first_signature(fresh: House) -> None:
    a, b, c = several(fresh)
    judge(fresh.desk(), [[a], [b], [c]], members=SIZE, reason=WHY)
    again = judge(fresh.desk("cypres"), [[a, b], [c]], members=SIZE, reason=WHY)
    assert (again.waiting_for, again.dropped) == ("other college", True)
    again = judge(fresh.desk("alize"), [[a, b], [c]], members="1000+", reason=WHY)
    assert again.dropped
    judge(fresh.desk("cypres"), [[a, b], [c]], members="1000+", reason=WHY)
    assert seen(fresh)[0].members == "1000+"
    set_values(fresh.desk(), a, ["cooperative=Le Verger"])
    assert {row.case for row in seen(fresh)[0].rows} == {b, c}
    assert flagged(fresh) == frozenset()


def test_a_signature_that_waits_in_some_cases_only_is_given_anew(fresh: House) -> None:
    a, b, c = several(fresh)
    judge(fresh.desk(), [[a], [b], [c]], members=SIZE, reason=WHY)
    with fresh.store.writing() as tx:
        tx.drop_paper(b, "decision/cluster")
    again = judge(fresh.desk("cypres"), [[a], [b], [c]], members=SIZE, reason=WHY)
    assert (again.waiting_for, again.dropped) == ("other college", True)
    assert judge(fresh.desk("alize"), [[a], [b], [c]], members=SIZE, reason=WHY).waiting_for == ""


def test_whoever_is_kept_out_of_one_sees_neither_row_nor_count(fresh: House) -> None:
    a, b = several(fresh, 2)
    hidden = told_of(fresh, exclude=["brume"])
    both(fresh, [a], [b], [hidden])
    assert seen(fresh)[0].independent == "3-4"
    (found,) = seen(fresh, "brume")
    assert [row.case for row in found.rows] == [row.case for row in seen(fresh)[0].rows if row.case != hidden]
    assert (found.independent, found.systemic, found.reasons) == ("", False, ())
    assert flagged(fresh, "brume") == frozenset()
    assert hidden not in str(found.to_dict())
    desk = fresh.desk("brume")
    with fresh.store.reading() as tx:
        papers = [desk.case(tx, one).paper(tx, kind) for one in (a, b) for kind in tx.papers(one) if kind != "replies"]
        lines = str([desk.history(tx, desk.case(tx, one)) for one in (a, b)])
    label = case(fresh, hidden).record.label
    for secret in (hidden, label, WHY):
        assert secret not in str(papers) + lines


def test_with_one_case_left_to_see_a_judgement_looks_like_none(fresh: House) -> None:
    seen_by_all = told_of(fresh)
    hidden = [told_of(fresh, exclude=["brume"]) for _ in range(2)]
    alone = told_of(fresh)
    both(fresh, [seen_by_all], *([one] for one in hidden))
    (found,) = seen(fresh, "brume")
    assert [row.group for row in found.rows] == [0, 0]
    assert found.members == ""
    judge(fresh.desk("alize"), [[seen_by_all, alone], *([one] for one in hidden)], members=SIZE, reason=WHY)
    both(fresh, [alone])
    assert [row.group for row in seen(fresh, "brume")[0].rows] == [0, 0]


def test_only_those_who_may_open_all_can_judge(fresh: House) -> None:
    a = told_of(fresh)
    hidden = told_of(fresh, exclude=["brume"])
    with pytest.raises(UserError, match="no case of that number"):
        judge(fresh.desk("brume"), [[a], [hidden]], members=SIZE, reason=WHY)
    nobody = told_of(fresh)
    put_allowed(fresh, nobody, ("alize", "brume"))
    with pytest.raises(UserError, match="Nobody of another college"):
        judge(fresh.desk(), [[a], [nobody]], members=SIZE, reason=WHY)


def put_allowed(house: House, case_id: str, names: tuple[str, ...]) -> None:
    desk = house.desk()
    with house.store.writing() as tx:
        found = desk.case(tx, case_id)
        desk.save(tx, found, replace(found.record, allowed=names))


def test_taking_a_judgement_back_needs_one_person_and_a_reason(fresh: House) -> None:
    a, b, c = several(fresh)
    both(fresh, [a], [b], [c])
    with pytest.raises(UserError, match="The reason is empty"):
        undo(fresh.desk("brume"), a, " ")
    assert undo(fresh.desk("brume"), a, "même imprimante") == 3
    (found,) = seen(fresh)
    assert (found.independent, found.systemic) == ("", False)
    assert reasons(fresh, a)[-1] == ("undo judgement", "même imprimante")
    assert reasons(fresh, b)[-1] == ("undo judgement", "")
    with pytest.raises(UserError, match="Nobody judged this case"):
        undo(fresh.desk(), a, "encore")
    judge(fresh.desk(), [[a], [b]], members=SIZE, reason=WHY)
    assert undo(fresh.desk("cypres"), b, "trop tôt") == 2
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        assert all_pending(desk.case(tx, a), tx) == []
    both(fresh, [a], [b], [c])
    assert seen(fresh)[0].systemic


def test_what_cannot_be_judged(fresh: House) -> None:
    a, b = several(fresh, 2)
    bare = fresh.new_case(reporter=Reporter.new())
    other = told_of(fresh, "Le Verger")
    desk = fresh.desk()
    for groups, why in (
        ([], "at least one case"),
        ([[a], []], "no group is empty"),
        ([[a], [a, b]], "Each case stands in one group"),
        ([[a], [bare]], "Establish the cooperative and the category"),
        ([[a], [other]], "not of one cooperative"),
        ([[a], ["abcdefghij23"]], "no case of that number"),
    ):
        with pytest.raises(UserError, match=why):
            judge(desk, groups, members=SIZE, reason=WHY)
    with pytest.raises(UserError, match="The size is one of"):
        judge(desk, [[a], [b]], members="many", reason=WHY)
    with pytest.raises(UserError, match="The reason is empty"):
        judge(desk, [[a], [b]], members=SIZE, reason="")
    source = fresh.new_case(reporter=Reporter.new())
    merge(desk, heard(fresh, source), a, "la même chose")
    put(fresh, source, category="GOV", cooperative="Les Tilleuls")
    with pytest.raises(UserError, match="decided with the one it was merged into"):
        judge(desk, [[a], [source]], members=SIZE, reason=WHY)
    assert {row.case for row in seen(fresh)[0].rows} == {a, b}


def test_parts_of_one_report_have_one_author(fresh: House) -> None:
    a, b = several(fresh, 2)
    part = split(fresh.desk(), a, [1], "deux sujets")
    put(fresh, part, category="GOV", cooperative="Les Tilleuls", state=State.ASSESSMENT)
    with pytest.raises(UserError, match="one author"):
        judge(fresh.desk(), [[a], [part], [b]], members=SIZE, reason=WHY)
    both(fresh, [a, part], [b])
    group = {row.case: row.group for row in seen(fresh)[0].rows}
    assert group[a] == group[part] != group[b]


def test_a_no_said_in_a_merged_case_holds_for_the_other(fresh: House) -> None:
    a, b = several(fresh, 2)
    source = fresh.new_case(reporter=Reporter.new())
    merge(fresh.desk(), heard(fresh, source), a, "la même chose")
    put(fresh, source, reporter_opinion="no")
    fresh.forward(3)
    put(fresh, source, last_reporter_message=fresh.desk().today)
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        clues = clusters.view(desk, tx).clues
    assert (clues[a].opinion, clues[b].opinion) == ("no", "")
    assert clues[a].written == desk.today


def test_an_amount_is_a_band_and_stays_on_the_desk(fresh: House) -> None:
    a, b = several(fresh, 2)
    for band in ("1234.50", "500", "<500"):
        with pytest.raises(UserError, match="The amount is one of"):
            set_amount(fresh.desk(), a, band)
    set_amount(fresh.desk(), a, "5k-to-50k")
    assert {row.case: row.amount for row in seen(fresh)[0].rows} == {a: "5k-to-50k", b: ""}
    assert reasons(fresh, a)[-1] == ("amount", "")
    set_amount(fresh.desk("cypres"), a, "")
    assert {row.amount for row in seen(fresh)[0].rows} == {""}


def test_nothing_that_leaves_reads_an_amount() -> None:
    """S0.30: the paper of amounts is named where people on the desk look at it, and nowhere else."""
    root = Path(__file__).resolve().parents[3]
    names = {
        path.relative_to(root).as_posix()
        for top in ("app", "crypto")
        for path in (root / top).rglob("*.py")
        if AMOUNT in (text := path.read_text(encoding="utf-8"))
        or "amount_of" in text
        or any(f'"{band}"' in text for band in AMOUNTS)
    }
    assert names == {"app/desk/duties/collective.py", "app/domain/collective.py"}
