"""A name beside an entry: what the gate says of it, state by state and month by month."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.domain import gate
from app.domain.entry import Entry
from app.domain.nominative import Naming, name_faults, names_person
from app.domain.states import State
from tests.unit.domain.samples import TODAY, facts, raw_entry
from tests.unit.domain.test_draft import BASIS

NAMING = Naming(allowed=True, name="Aurore Zwingli")


def entry(*, informed: str = "2026-10", **nominative: Any) -> Entry:
    body = raw_entry()["body"] | {
        "nominative": {"basis": BASIS, "expires": "2027-06", "digest": "a" * 64} | nominative,
    }
    return Entry.parse(raw_entry(body=body, dates__published="", adversarial__persons_informed=informed))


def faults(one: Entry, naming: Naming = NAMING, state: State = State.RIGHT_OF_REPLY, today: date = TODAY) -> str:
    return " ".join(name_faults(one, naming, state, today))


def test_a_complete_name_passes() -> None:
    assert faults(entry()) == ""
    assert faults(entry(expires="2027-11")) == ""
    assert faults(entry(informed=""), state=State.REGISTRY_PROPOSED) == ""
    assert faults(Entry.parse(raw_entry()), Naming()) == ""
    assert faults(Entry.parse(raw_entry(body=None)), Naming()) == ""


@pytest.mark.parametrize(
    ("one", "naming", "state", "told"),
    [
        (entry(), Naming(name="Aurore Zwingli"), State.RIGHT_OF_REPLY, "publishes no name"),
        (entry(expires="2026-11"), NAMING, State.RIGHT_OF_REPLY, "has passed"),
        (entry(expires="2027-12"), NAMING, State.RIGHT_OF_REPLY, "more than 12 months"),
        (entry(basis=BASIS | {"verified": "2026-12"}), NAMING, State.VERIFIED, "a month to come"),
        (entry(), Naming(allowed=True), State.VERIFIED, "not kept here"),
        (entry(), Naming(allowed=True, name="Aurore, aurore@example.org"), State.VERIFIED, "more than a name"),
        (entry(informed=""), NAMING, State.RIGHT_OF_REPLY, "was not told"),
        (entry(informed=""), NAMING, State.PUBLISHED, "was not told"),
    ],
)
def test_what_keeps_a_name_here(one: Entry, naming: Naming, state: State, told: str) -> None:
    assert told in faults(one, naming, state)


@pytest.mark.parametrize("state", [State.PUBLISHED, State.CORRECTED])
def test_a_published_name_goes_in_its_month_and_the_entry_stays(state: State) -> None:
    assert faults(entry(), Naming(allowed=True), state, date(2027, 6, 1)) == ""
    assert "not kept here" in faults(entry(), Naming(allowed=True), state, date(2027, 5, 31))


def test_the_gate_reads_the_note_of_counsel_the_basis_and_every_text() -> None:
    body = raw_entry()["body"]
    basis = BASIS | {"counsel": "Selon Mme Martin, le 12 mars.", "url": "https://www.linkedin.com/in/x"}
    nominative = {"basis": basis, "expires": "2027-06", "digest": "a" * 64}
    raw = raw_entry(
        body=body | {"nominative": nominative},
        dates__published="",
        adversarial__persons_informed="2026-10",
        adversarial__observations=[{"month": "2026-11", "text": "La coopérative défend zwingli."}],
    )
    found = gate.check(Entry.parse(raw), ["Le conseil"], facts(State.VERIFIED), TODAY, naming=NAMING)
    assert [finding.code for finding in found] == ["name", "date", "link", "name"]
    assert "body.nominative.basis.counsel" in found[0].message
    assert "observations[0]" in found[3].message
    assert not any("Zwingli" in finding.message or "Martin" in finding.message for finding in found)


def test_the_gate_reads_remediation_and_the_body_entitled_to_act() -> None:
    raw = raw_entry(
        remediation=[{"month": "2026-12", "status": "done", "note": "Payé le 12 mars."}],
        collective={"cases": "3-4", "entitled_body": "Union, contact@union.example.org"},
    )
    found = gate.check(Entry.parse(raw), (), facts(State.VERIFIED), TODAY)
    assert [(finding.code, finding.message.split(",")[0].split(":")[0]) for finding in found] == [
        ("date", "remediation[0].note"),
        ("email", "collective.entitled_body"),
    ]


def test_a_part_of_a_name_is_the_name() -> None:
    assert names_person("Une décision de ZWINGLI.", "Aurore Zwingli")
    assert not names_person("Une décision du conseil.", "Aurore de Conseil")
    assert not names_person("Une décision.", "")
