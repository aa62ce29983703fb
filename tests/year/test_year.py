"""A year on the desk: 400 reports, every state, every deadline of every day; at pauses the disk is searched."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.desk.cases.reading import list_cases
from app.desk.cases.setting import set_values
from app.desk.circle import ceremony, people
from app.domain import journal
from app.domain.states import State
from app.errors import UserError
from crypto.manifest import Nobody, Reviewer
from crypto.openpgp import certs, keygen
from tests.unit.desk.house import DAY, INSTANCE, keys, open_house
from tests.year.almanac import expected
from tests.year.office import Office
from tests.year.reports import CANARY, FATES, planned

pytestmark = pytest.mark.slow

FIRST = date(2027, 9, 1)
DAYS = 396  # 29 February 2028, both changes of the clock, and every month end
LOST = date(2028, 3, 15)
PAUSE = 33


@pytest.fixture
def paris() -> Iterator[None]:
    """A machine whose clock jumps twice a year: nothing may depend on it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Paris"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
    time.tzset()


def test_a_year(paris: None) -> None:
    with open_house() as house:
        house.set_day(FIRST)
        office = Office(house, planned(FIRST, 330))
        for n in range(DAYS):
            day = FIRST + timedelta(days=n)
            house.set_day(day)
            office.write_in()
            if day.isoweekday() in {2, 5}:
                office.carry(("alize", "cypres")[n % 2])
                office.outbox(("cypres", "alize")[n % 2])
            office.tick()
            office.work()
            office.export()
            if day.isoweekday() == 1:
                office.clear_spam()
            if day == LOST:
                lose_a_key(office)
            look_at_deadlines(office)
            if n % PAUSE == 0:
                pause(office)
        assert sum(FATES.values()) == len(office.dossiers) == 400
        assert office.states == {str(state) for state in State}


def lose_a_key(office: Office) -> None:
    """The ceremony: told lost, a newcomer with the exclusions of the old name, and the old keys dropped."""
    house = office.house
    home = house.home / "gnupg" / "delta"
    fingerprint = keygen.trial_key(home, "delta", DAY)
    delta = Reviewer("delta", "members", "analyst", fingerprint, keygen.public_cert(home, fingerprint))
    nobody = Nobody(*keygen.nobody_cert(DAY))
    certs.import_public(keys().folder / "public", [delta.cert, nobody.cert])
    recused = next(one for one in office.dossiers.values() if one.one.exclude)
    assert recused.case_id not in {line.id for line in list_cases(office.desks["brume"])}
    people.lost(office.desks["alize"], "brume")
    ring = office.desks["alize"].keyring
    everybody = [*keys().reviewers, delta]
    ceremony.enrol(house.store, house.settings, instance=INSTANCE, reviewers=everybody, by=lambda: ring)
    kept = [pair for pair in zip(keys().reviewers, keys().nobodies, strict=True) if pair[0].name != "brume"]
    reviewers, nobodies = (*(r for r, _ in kept), delta), (*(n for _, n in kept), nobody)
    house.pin(house.next_manifest(reviewers=reviewers, nobodies=nobodies))
    office.desks = {name: house.desk(name) for name in ("alize", "cypres")}
    for name in ("alize", "cypres"):
        people.admit(office.desks[name], "delta", instead_of="brume")
    before = office.desks["cypres"]
    people.release(office.desks["alize"], "brume", "clé perdue")
    # Whoever was unlocked before the ceremony decides nothing after it.
    with pytest.raises(UserError, match="circle of reviewers changed"):
        set_values(before, recused.case_id, ["grade=B"])
    office.desks = {name: house.desk(name) for name in ("alize", "cypres", "delta")}
    seen = {line.id for line in list_cases(office.desks["delta"])}
    assert seen == {line.id for line in list_cases(office.desks["alize"])} - {recused.case_id}
    with pytest.raises(UserError):
        house.desk("brume")


def look_at_deadlines(office: Office) -> None:
    """Every line of the work list says the day that the almanac finds, and says that it is late when it is."""
    for line in list_cases(office.desks["alize"]):
        dossier = office.dossiers[line.id]
        facts = dossier.facts
        if facts.get("purged"):
            continue
        day = expected(facts)
        assert (line.state, line.due.day) == (facts["state"], day), (dossier.one.fate, office.today, facts)
        assert line.due.overdue == (day is not None and office.today > day)


def pause(office: Office) -> None:
    """What the disk says to whoever takes the machine now, and whether the journal is what was written."""
    house = office.house
    assert house.search(CANARY) == []
    with house.store.reading() as tx:
        lines = [row.line for row in tx.journal()]
    assert journal.verify(lines) == ()
    mutate(lines, random.Random(office.today.toordinal()))


def mutate(lines: list[journal.Line], dice: random.Random) -> None:
    """Twenty changes that somebody could make to the table; each is found."""
    head = lines[-1].hash if lines else None
    for _ in range(20 if len(lines) > 3 else 0):
        at = dice.randrange(len(lines) - 1)
        changed = list(lines)
        kind = dice.choice(("edit", "drop", "swap", "cut", "double"))
        if kind == "edit":
            name, value = dice.choice((("actor", "x"), ("action", "x"), ("subject", "x"), ("reason_hash", "0" * 64)))
            changed[at] = replace(changed[at], **{name: value})
        elif kind == "drop":
            del changed[at]
        elif kind == "swap":
            changed[at], changed[at + 1] = changed[at + 1], changed[at]
        elif kind == "double":
            changed.insert(at, changed[at])
        else:
            del changed[at + 1 :]
        assert journal.verify(changed, head), kind
