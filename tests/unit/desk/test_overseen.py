"""One person takes no case from every other college, whatever they set; a genuine link still closes it."""

from __future__ import annotations

import pytest

from app.desk.cases.setting import set_values
from app.desk.circle import links, people, register
from app.desk.core import twofold
from app.desk.core.bench import OpenCase
from app.domain.facts import CaseFacts
from app.errors import UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_links_kin import opens


def case(house: House, case_id: str, name: str = "alize") -> OpenCase:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return desk.case(tx, case_id)


def facts(house: House, case_id: str, name: str = "alize") -> CaseFacts:
    return case(house, case_id, name).facts


def links_of_two(house: House, case_id: str) -> None:
    """alize and brume are linked to two cooperatives, and cypres has named the first of them."""
    links.declare(house.desk("alize"), "Le Parc")
    links.declare(house.desk("brume"), "Les Lilas")
    set_values(house.desk("cypres"), case_id, ["cooperative=Le Parc"])
    assert facts(house, case_id, "cypres").cooperative == "Le Parc"


def test_nobody_takes_a_case_from_every_other_college_by_naming_cooperatives(fresh: House) -> None:
    case_id = fresh.new_case()
    links_of_two(fresh, case_id)
    with pytest.raises(UserError, match="one college alone could open this case, and somebody will ask why"):
        set_values(fresh.desk("cypres"), case_id, ["cooperative=Les Lilas"])
    with pytest.raises(UserError, match="the cooperative is set alone"):
        set_values(fresh.desk("cypres"), case_id, ["cooperative=Les Lilas", "severity=3"], "son vrai nom")
    done = set_values(fresh.desk("cypres"), case_id, ["cooperative=Les Lilas"], "son vrai nom")
    assert done.waiting_for == "other college"
    assert opens(fresh, "brume", case_id) == [True]
    assert facts(fresh, case_id, "cypres").cooperative == "Le Parc"
    # The link is genuine: who has it says so, alone, and is out.
    set_values(fresh.desk("brume"), case_id, ["cooperative=Les Lilas"])
    assert opens(fresh, "brume", case_id) == [False]
    assert facts(fresh, case_id, "cypres").cooperative == "Les Lilas"
    desk = fresh.desk("cypres")
    with fresh.store.reading() as tx:
        assert twofold.all_pending(desk.case(tx, case_id), tx) == []


def test_a_second_college_confirms_the_cooperative(fresh: House) -> None:
    case_id = fresh.new_case()
    for name in ("alize", "brume"):
        links.declare(fresh.desk(name), "Les Lilas")
    set_values(fresh.desk("cypres"), case_id, ["cooperative=Les Lilas"], "son vrai nom")
    done = set_values(fresh.desk("alize"), case_id, ["cooperative=Les Lilas"], "je confirme")
    assert done.waiting_for == ""
    assert opens(fresh, "alize", case_id) == opens(fresh, "brume", case_id) == [False]
    assert facts(fresh, case_id, "cypres").cooperative == "Les Lilas"


def test_where_one_college_is_left_a_link_closes_the_case_at_once(fresh: House) -> None:
    case_id = fresh.new_case()
    links.declare(fresh.desk("brume"), "Les Lilas")
    set_values(fresh.desk("cypres"), case_id, ["conflict=cypres"])
    set_values(fresh.desk("alize"), case_id, ["cooperative=Les Lilas"])
    assert opens(fresh, "brume", case_id) == [False]


def test_a_lost_key_looks_on_at_nothing(fresh: House) -> None:
    case_id = fresh.new_case()
    people.lost(fresh.desk("cypres"), "alize")
    with pytest.raises(UserError, match="one college alone"):
        set_values(fresh.desk("cypres"), case_id, ["conflict=brume"], "dit-on")


def test_a_link_that_nobody_applied_yet_keeps_no_other_value_back(fresh: House) -> None:
    case_id = fresh.new_case(fields={"cooperative": "Les Lilas"})
    desk = fresh.desk("alize")
    with fresh.store.writing() as tx:
        link = register.Link("l", "cypres", "Les Lilas", "2026-11-02")
        desk.put_shared(tx, register.KIND, "l", link.to_dict())
    set_values(desk, case_id, ["category=GOV"])
    assert opens(fresh, "cypres", case_id) == [False]
