"""Unlocking in the page does what the command line does: links are applied, former people bind nobody."""

from __future__ import annotations

import pytest

from app.desk.circle import links, register
from app.desk.core.bench import Desk
from app.desk.keep.purge import purge
from app.desk.page.entry import come_by
from app.desk.page.jobs import Told
from app.desk.page.sessions import Session
from tests.unit.desk.house import House
from tests.unit.desk.test_links import COOP
from tests.unit.desk.test_links_kin import opens
from tests.unit.desk.test_purge import WHY, closed


def came(desk: Desk) -> Told:
    return come_by(Session(0.0), desk, lambda _done, _total: None)


def test_a_link_that_only_a_colleague_can_apply_is_applied_in_the_page(fresh: House) -> None:
    case_id = fresh.new_case(fields=COOP, exclude=["alize"], name="cypres")
    links.declare(fresh.desk("alize"), "Le Parc")
    brume = fresh.desk("brume")
    with fresh.store.writing() as tx:  # declared on a desk that stopped before it was applied
        brume.put_shared(tx, register.KIND, "l", register.Link("l", "brume", "Les Tilleuls", "2026-11-02").to_dict())
    assert opens(fresh, "brume", case_id) == [True]
    came(fresh.desk("cypres"))
    assert opens(fresh, "brume", case_id) == [False]


@pytest.mark.parametrize("page", [True, False])
def test_a_purge_signed_by_somebody_retired_is_signed_anew(fresh: House, page: bool) -> None:
    case_id = closed(fresh)
    fresh.forward(60)
    purge(fresh.desk("brume"), case_id, WHY)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    if page:
        came(fresh.desk("cypres"))
    first = purge(fresh.desk("cypres"), case_id, WHY)
    assert (first.waiting_for, first.dropped) == ("other college", not page)
    assert purge(fresh.desk("alize"), case_id, WHY).record is not None
