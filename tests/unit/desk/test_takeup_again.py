"""What a reviewer could not take up once is tried again when people, links or keys are others than before."""

from __future__ import annotations

from collections.abc import Sequence

from app.desk.carry import notes
from app.desk.carry.takeup import TakenUp, take_up
from app.desk.circle import links, people
from app.desk.core.bench import Desk
from app.stores.desk_carried import WAITING
from tests.unit.desk.house import STORY, House
from tests.unit.desk.test_links import COOP


def waiting(house: House) -> int:
    with house.store.reading() as tx:
        return len(tx.envelopes(WAITING))


def kept(desk: Desk) -> int:
    with desk.store.reading() as tx:
        return len(links.custody(desk, tx))


def left_to_others(house: House, linked: Sequence[str]) -> None:
    """A report whose cooperative two are linked to: both left it to the third, who never came."""
    for name in linked:
        links.declare(house.desk(name), "Les Tilleuls")
    house.receive(house.seal(STORY, fields=COOP))
    for name in linked:
        assert take_up(house.desk(name)) == TakenUp()
    assert waiting(house) == 1


def test_when_the_key_of_the_third_is_lost(fresh: House) -> None:
    left_to_others(fresh, ["alize", "brume"])
    people.lost(fresh.desk("alize"), "cypres")
    for name in ("brume", "alize"):
        links.apply(fresh.desk(name))
        take_up(fresh.desk(name))
    assert waiting(fresh) == 0
    assert kept(fresh.desk("alize")) == kept(fresh.desk("brume")) == 1


def test_when_the_third_is_retired(fresh: House) -> None:
    left_to_others(fresh, ["alize", "cypres"])
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    take_up(fresh.desk("alize"))
    assert waiting(fresh) == 0
    assert kept(fresh.desk("cypres")) == 1


def test_while_nothing_changed_it_is_not_tried_again(fresh: House) -> None:
    left_to_others(fresh, ["alize", "brume"])
    alize = fresh.desk("alize")
    with fresh.store.reading() as tx:
        (row,) = tx.envelopes(WAITING)
        assert notes.load(alize, tx).tried(row.id)
    links.declare(fresh.desk("cypres"), "Le Parc")
    with fresh.store.reading() as tx:
        assert not notes.load(alize, tx).tried(row.id)


def test_notes_of_an_earlier_version_are_forgotten(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY, fields=COOP))
    alize = fresh.desk("alize")
    with fresh.store.writing() as tx:
        (row,) = tx.envelopes(WAITING)
        body = notes.canonical.dumps({"closed": [row.id], "deferred": {}})
        tx.set_notes("alize", notes.sealed.seal(alize.keyring.notes_key, notes.CONTEXT, body))
    assert len(take_up(alize).cases) == 1
