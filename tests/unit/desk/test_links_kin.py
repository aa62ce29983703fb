"""A link that meets cases which belong together closes them all at once, and lets every command start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import expire_due
from app.desk.cases.merging import merge, split
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.circle import links, register
from app.desk.core.family import MERGED
from app.desk.keep.retention import end_mailboxes
from app.desk.page.entry import come_by
from app.desk.page.sessions import Session
from app.desk.replies.replies import send
from app.errors import UserError
from tests.unit.desk.house import House, Reporter, keys
from tests.unit.desk.test_links import COOP, WHY, ids, record

SAME = "la même affaire"


def heard(house: House, **options: object) -> str:
    """A case that may be merged: read, and acknowledged."""
    case_id = house.new_case(reporter=Reporter.new(), **options)
    show_case(house.desk(), case_id)
    send(house.desk(), case_id, "Bien reçu.", kind="acknowledgement")
    return case_id


def opens(house: House, name: str, *case_ids: str) -> list[bool]:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return [desk.find(tx, case_id) is not None for case_id in case_ids]


@pytest.mark.parametrize("pairs", [1, 3])
def test_a_declared_link_closes_merged_cases_at_once(fresh: House, pairs: int) -> None:
    cases = [heard(fresh, fields=COOP) for _ in range(2 * pairs)]
    for source, target in zip(cases[::2], cases[1::2], strict=True):
        merge(fresh.desk(), source, target, SAME)
    assert links.declare(fresh.desk("brume"), "SCIC Les Tilleuls") == len(cases)
    assert opens(fresh, "brume", *cases) == [False] * len(cases)
    for name in ("alize", "brume", "cypres"):
        links.apply(fresh.desk(name))
    assert all(record(fresh, one, "alize").linked == ("brume",) for one in cases)


def test_a_declared_link_closes_a_case_and_what_was_split_from_it(fresh: House) -> None:
    whole = heard(fresh, fields=COOP)
    part = split(fresh.desk(), whole, [1], "deux choses")
    links.declare(fresh.desk("brume"), "SCIC Les Tilleuls")
    assert opens(fresh, "brume", whole, part) == [False, False]
    assert sorted(ids(fresh, "alize")) == sorted([whole, part])


def test_a_name_in_conflict_closes_parts_that_were_merged(fresh: House) -> None:
    reporter = Reporter.new()
    whole = fresh.new_case(reporter=reporter)
    fresh.receive(fresh.seal("Encore autre chose.", reporter=reporter, kind="message"))
    take_up(fresh.desk())
    show_case(fresh.desk(), whole)
    send(fresh.desk(), whole, "Bien reçu.", kind="acknowledgement")
    one, other = (split(fresh.desk(), whole, [place], "x") for place in (1, 2))
    for part in (one, other):
        show_case(fresh.desk(), part)
    merge(fresh.desk(), one, other, SAME)
    set_values(fresh.desk(), whole, ["conflict=brume"], WHY)
    assert opens(fresh, "brume", whole, one, other) == [False] * 3


def test_a_link_to_a_case_closes_what_is_merged_into_it(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh)
    merge(fresh.desk(), source, target, SAME)
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    set_values(fresh.desk(), target, ["cooperative=Les Tilleuls"])
    assert opens(fresh, "brume", target, source) == [False, False]


def test_a_link_to_a_case_closes_what_is_merged_into_it_later(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh, fields=COOP)
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    assert opens(fresh, "brume", target, source) == [False, True]
    merge(fresh.desk(), source, target, SAME)
    assert opens(fresh, "brume", target, source) == [False, False]


def test_parts_of_an_earlier_version_are_closed_when_links_change(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh, fields=COOP)
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    desk = fresh.desk()
    with fresh.store.writing() as tx:  # merged before a link closed both
        old = desk.case(tx, source)
        desk.save(tx, old, replace(old.record, merged_into=target)).put_paper(tx, MERGED, True)
    links.declare(fresh.desk("alize"), "Le Parc")
    assert opens(fresh, "brume", target, source) == [False, False]
    assert opens(fresh, "cypres", target, source) == [True, True]


def test_a_report_goes_into_no_case_that_one_college_alone_reads(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh)
    set_values(fresh.desk("cypres"), target, ["conflict=cypres"])
    with pytest.raises(UserError, match="one college alone"):
        merge(fresh.desk(), source, target, SAME)
    assert record(fresh, source, "cypres").merged_into == ""


def test_who_is_out_of_a_part_is_let_into_the_part_first(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh)
    merge(fresh.desk(), source, target, SAME)
    set_values(fresh.desk(), target, ["conflict=brume"], WHY)
    assert opens(fresh, "brume", source, target) == [False, False]
    with pytest.raises(UserError, match="kept out of what was merged into this case") as refused:
        links.let_in(fresh.desk(), target, "brume", "erreur")
    assert source in refused.value.message
    links.let_in(fresh.desk(), source, "brume", "erreur")
    links.let_in(fresh.desk(), target, "brume", "erreur")
    links.declare(fresh.desk("cypres"), "Le Parc")
    assert opens(fresh, "brume", source, target) == [True, True]


def test_whom_a_reporter_excluded_decides_nothing_of_theirs(fresh: House) -> None:
    source, target = heard(fresh, exclude=("brume",)), heard(fresh)
    set_values(fresh.desk(), target, ["conflict=brume"], WHY)
    merge(fresh.desk(), source, target, SAME)
    with pytest.raises(UserError, match="kept out of what was merged into this case"):
        links.let_in(fresh.desk(), target, "brume", "erreur")
    assert record(fresh, target, "alize").allowed == ("alize", "cypres")


def mediating(house: House, name: str) -> None:
    """This reviewer is a mediator from now on."""
    changed = tuple(replace(one, role="mediator") if one.name == name else one for one in keys().reviewers)
    house.pin(house.next_manifest(reviewers=changed))


def test_a_mediator_declares_a_link_too(fresh: House) -> None:
    mediating(fresh, "brume")
    mine, other = heard(fresh, fields=COOP), heard(fresh)
    assert links.declare(fresh.desk("brume"), "Les Tilleuls") == 1
    assert opens(fresh, "brume", mine, other) == [False, True]
    # Their coming by closes to others as well what only they can open.
    hidden = fresh.new_case(fields={"cooperative": "Le Parc"}, exclude=("alize",), name="brume")
    brume = fresh.desk("brume")
    with fresh.store.writing() as tx:
        brume.put_shared(tx, register.KIND, "l", register.Link("l", "cypres", "Le Parc", "2026-11-02").to_dict())
    links.apply(brume)
    assert opens(fresh, "cypres", hidden) == [False]


def test_a_mediator_comes_by_and_leaves_the_clock_to_analysts(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    mediating(fresh, "brume")
    fresh.receive(fresh.seal("Une date.", reporter=reporter, kind="message"))
    assert take_up(fresh.desk("brume")).joined == [case_id]
    fresh.forward(400)
    assert expire_due(fresh.desk("brume")) == end_mailboxes(fresh.desk("brume")) == []
    come_by(Session(0.0), fresh.desk("brume"), lambda _done, _total: None)
    assert record(fresh, case_id, "alize").mailbox_ended is None
    assert end_mailboxes(fresh.desk()) == [case_id]
