"""A link that meets cases which belong together closes them all at once, and lets every command start."""

from __future__ import annotations

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.merging import merge, split
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.circle import links
from app.desk.replies.replies import send
from tests.unit.desk.house import House, Reporter
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
