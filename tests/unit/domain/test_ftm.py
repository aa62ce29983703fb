"""What investigators' tools read: checked against followthemoney itself, which the program never imports."""

from __future__ import annotations

from typing import Any

import pytest
from followthemoney import model
from followthemoney.proxy import EntityProxy

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.entry import Entry
from app.domain.ftm import ROLE, entities
from tests.unit.domain.samples import REGC_ID, raw_entry

REPLY = {"adversarial__reply": "Nous contestons ce constat.", "adversarial__reply_inserted": "2027-01"}
LAW = {"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://example.org/loi"}
LEI = {"type": "lei", "value": "969500T3MBS4SQAMHJ01"}


def made(base: str = "https://regc.example", **changes: Any) -> dict[str, dict[str, Any]]:
    found = entities(Entry.parse(raw_entry(**changes)), "desk.example", publisher="OETC", base=base)
    return {entity["id"]: entity for entity in found}


def check(entity: dict[str, Any]) -> None:
    """Schema, properties and values as followthemoney has them: nothing is dropped when it cleans them."""
    schema = model.get(entity["schema"])
    assert schema is not None
    assert not schema.abstract
    for name, values in entity["properties"].items():
        found = schema.get(name)
        assert found is not None, name
        assert not found.deprecated
        assert not found.stub
        for value in values:
            assert found.type.validate(value, format=found.format) or found.type.name == "entity", (name, value)
            assert len(value) <= found.max_length, name
    proxy = EntityProxy.from_dict(entity, cleaned=False)
    assert {name: sorted(values) for name, values in proxy.to_dict()["properties"].items()} == {
        name: sorted(values) for name, values in entity["properties"].items()
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        REPLY,
        {"references": [LAW], "finding__subcode": ""},
        {"cooperative__identifier": None, "cooperative__sector": ""},
        {"cooperative__identifier": LEI},
        {"finding__period_from": "2024-H1", "finding__period_to": "2024-H2"},
    ],
)
def test_followthemoney_takes_every_entity(changes: dict[str, Any]) -> None:
    for entity in made(**changes).values():
        check(entity)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country(country: str) -> None:
    for entity in made(cooperative__country=country, cooperative__identifier=None).values():
        check(entity)


@pytest.mark.parametrize("form", taxonomy.FORMS)
def test_every_form(form: str) -> None:
    (found,) = (one for one in made(cooperative__form=form).values() if one["schema"] == "Organization")
    check(found)


@pytest.mark.parametrize("category", taxonomy.CATEGORIES)
def test_every_category(category: str) -> None:
    for entity in made(finding__category=category, finding__subcode="").values():
        check(entity)


def test_the_cooperative() -> None:
    found = made()["fr-siren-732829320"]
    assert found["schema"] == "Organization"
    assert found["properties"] == {
        "name": ["Coopérative des Trois Rivières"],
        "jurisdiction": ["fr"],
        "legalForm": ["SCIC (multi-stakeholder)"],
        "classification": ["cooperative"],
        "sector": ["housing"],
        "registrationNumber": ["732829320"],
    }


def test_a_lei_has_its_own_property() -> None:
    found = made(cooperative__identifier=LEI)["lei-969500t3mbs4sqamhj01"]["properties"]
    assert found["leiCode"] == [LEI["value"]]
    assert "registrationNumber" not in found


def test_finding_and_reply_are_of_one_rank() -> None:
    found = made(**REPLY)
    finding, reply = found[REGC_ID], found[f"{REGC_ID}-reply"]
    assert finding["schema"] == reply["schema"] == "Note"
    assert finding["properties"]["sourceUrl"] == [f"https://regc.example/entry/{REGC_ID}"]
    assert finding["properties"]["summary"] == [ROLE]
    assert reply["properties"]["description"] == ["Nous contestons ce constat."]
    assert reply["properties"]["entity"] == ["fr-siren-732829320", REGC_ID]


def test_the_link_has_the_period() -> None:
    found = made(finding__period_from="2024-H1", finding__period_to="2025-H2", base="")
    link = found[f"{REGC_ID}-link"]
    assert link["schema"] == "UnknownLink"
    assert (link["properties"]["subject"], link["properties"]["object"]) == (["fr-siren-732829320"], [REGC_ID])
    assert (link["properties"]["startDate"], link["properties"]["endDate"]) == (["2024-01"], ["2025-12"])
    assert "sourceUrl" not in found[REGC_ID]["properties"]


def test_never_a_person_a_sanction_or_a_crime() -> None:
    nominative = {
        "basis": {"type": "court_decision", "id": "ECLI:FR:CCASS:2021:C100001", "url": "", "verified": "2026-09"},
        "expires": "2027-06",
        "digest": "a" * 64,
    }
    nominative["basis"]["counsel"] = "avis"
    raw = {"body__nominative": nominative, "adversarial__persons_informed": "2026-10", **REPLY}
    for entity in made(**raw).values():
        assert entity["schema"] in {"Organization", "Note", "UnknownLink"}
        assert not {"topics", "namesMentioned", "peopleMentioned"} & set(entity["properties"])
        assert "a" * 64 not in str(entity)
