"""Legal persons of the directory: docs/spec/directory.md."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.identifiers import COUNTRY_OF, IDENTIFIERS, ORG_ID, euid_country, is_elf, is_personal, org_id
from app.domain.legal_forms import ELF_FORMS, INSEE_FORMS, SOLE_TRADER, french_form, named_form
from app.domain.legal_person import LegalPerson, cleaned, combine, ids_of, parse
from app.domain.strict import EntryError

LEI = "5493001KJTIIGC8Y1R12"


def raw(**changes: Any) -> dict[str, Any]:
    good = {
        "id": "fr-siren-732829320",
        "names": ["Coopérative des Trois Rivières", "C3R"],
        "country": "FR",
        "lei": LEI,
        "euid": "FR7501.732829320",
        "numbers": [{"type": "siren", "value": "732829320"}],
        "elf": "V1Z5",
        "form": "scop",
        "sector": "industry",
        "federation": "",
        "source": "sirene",
        "month": "2026-11",
        "status": "active",
        "successor": "",
    }
    return good | changes


def test_reads_back_equal() -> None:
    person = parse(raw())
    assert person.to_dict() == raw()
    assert parse(person.to_dict()) == person
    assert ids_of(person) == ("fr-siren-732829320", f"lei-{LEI.lower()}", "fr-euid-fr7501-732829320")
    ended = parse(raw(status="ended", successor="fr-siren-356000000"))
    assert (ended.status, ended.successor) == ("ended", "fr-siren-356000000")


def test_the_least_that_a_record_holds() -> None:
    small = {
        "id": f"lei-{LEI.lower()}",
        "names": ["X"],
        "country": "AT",
        "lei": LEI,
        "source": "gleif",
        "month": "2026-11",
    }
    assert parse(small) == LegalPerson(
        id=small["id"], names=("X",), country="AT", lei=LEI, source="gleif", month="2026-11"
    )


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("entry", {"birth_date": "1970-01-01"}),
        ("entry", {"given_name": "Ada"}),
        ("entry", {"address": "1 rue des Lilas"}),
        ("entry", {"manager": "Ada"}),
        ("names", {"names": []}),
        ("names", {"names": ["X", "X"]}),
        ("names[0].name", {"names": [""]}),
        ("country", {"country": "US"}),
        ("lei", {"lei": "5493001KJTIIGC8Y1R13"}),
        ("euid", {"euid": "FR7501"}),
        ("euid", {"euid": "BEKBOBCE.0403170701"}),
        ("numbers[0].type", {"numbers": [{"type": "other", "value": "HRB-12345"}]}),
        ("numbers[0].type", {"numbers": [{"type": "lei", "value": LEI}]}),
        ("numbers[0].value", {"numbers": [{"type": "siren", "value": "732829321"}]}),
        ("numbers[0].value", {"numbers": [{"type": "codice_fiscale", "value": "RSSMRA85T10A562S"}]}),
        ("numbers[0].value", {"numbers": [{"type": "nif", "value": "54362315K"}]}),
        ("numbers[0]", {"numbers": [{"type": "siren", "value": "732829320", "owner": "Ada"}]}),
        ("numbers", {"numbers": [{"type": "bce", "value": "0403170701"}]}),
        ("numbers", {"numbers": [{"type": "siren", "value": "732829320"}, {"type": "siren", "value": "356000000"}]}),
        ("elf", {"elf": "V1Z"}),
        ("elf", {"elf": "9999"}),
        ("form", {"form": "company"}),
        ("sector", {"sector": "x"}),
        ("source", {"source": "Le greffe"}),
        ("source", {"source": ""}),
        ("month", {"month": ""}),
        ("month", {"month": "2026-11-21"}),
        ("status", {"status": "dormant"}),
        ("id", {"id": "fr-siren-356000000"}),
        ("id", {"id": "fr-name-aaaaaaaaaaaaaaaa"}),
        ("successor", {"successor": "X"}),
        ("successor", {"successor": "fr-siren-732829320"}),
    ],
)
def test_refused_by_name(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(EntryError) as refused:
        parse(raw(**changes))
    assert refused.value.field == field
    assert "docs/spec/directory.md" in refused.value.hint
    assert refused.value.message.count(f"{field}:") == 1


def test_two_sources_of_one_id() -> None:
    known = parse(raw(elf="", lei="", form="other", names=["C3R"], month="2026-10", federation="CG Scop"))
    news = parse(raw(euid="", sector="", names=["Trois Rivières"]))
    both = combine(known, news)
    assert both == combine(news, known)
    assert both.names == ("Trois Rivières", "C3R")
    assert (both.lei, both.elf, both.euid, both.sector) == (LEI, "V1Z5", "FR7501.732829320", "industry")
    assert (both.form, both.federation, both.month) == ("scop", "CG Scop", "2026-11")
    unnamed = combine(parse(raw(month="2026-10")), parse(raw(form="other")))
    assert unnamed.form == "scop"


def test_a_seat_that_moved_takes_no_numbers_along() -> None:
    here = raw(id=f"lei-{LEI.lower()}", month="2026-10")
    there = raw(id=f"lei-{LEI.lower()}", country="BE", euid="", numbers=[])
    assert combine(parse(here), parse(there)) == parse(there)


def test_who_revives_has_no_successor() -> None:
    gone = parse(raw(month="2026-10", status="ended", successor="fr-siren-356000000"))
    assert combine(gone, parse(raw())).successor == ""
    assert combine(gone, parse(raw(status="ended"))).successor == "fr-siren-356000000"


def test_numbers_of_two_sources_stand_together() -> None:
    here = raw(id="fr-euid-fr7501-732829320", numbers=[], month="2026-12")
    both = combine(parse(raw(id="fr-euid-fr7501-732829320")), parse(here))
    assert [number.type for number in both.numbers] == ["siren"]


def test_cleaned() -> None:
    assert cleaned("  LES   TROIS\tRIVIÈRES ") == "LES TROIS RIVIÈRES"
    assert len(cleaned("é" * 400)) == 160


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("nif", ["B64717838", "F20025318"], ["B64717839", "54362315K", "X5253868R", "M1234567L", "E12345674"]),
        ("nipc", ["501964843"], ["501964842", "123456789", "PT501964843"]),
        ("kvk", ["24283939"], ["2428393", "242839390"]),
        (
            "handelsregister",
            ["Frankfurt/Oder GnR 11223", "Köln HRB 123", "Berlin (Charlottenburg) HRB 11223"],
            ["Aachen HRA 11223", "Nirgends HRB 12", "köln HRB 123", "HRB 123"],
        ),
        ("cvr", ["13585628"], ["13585627", "03585628"]),
        ("ytunnus", ["20774740"], ["20774741", "2077474-0"]),
        ("orgnr_no", ["988077917"], ["988077918"]),
        ("orgnr_se", ["5560360793"], ["5560360794", "8507300335"]),
        ("uid", ["CHE100155212"], ["CHE100155213", "100155212"]),
        (
            "euid",
            ["FR7501.552081317", "DEK1101R.HRB116737", "ELGEMI.123456789000", "FIFPRO.2077474-0_1"],
            ["FR.1", "USX.1", "FRX.", "FRX.a"],
        ),
        (
            "other",
            ["HRB-12345"],
            ["RSSMRA85T10A562S", "54362315K", "X5253868R", "255081416802538", "85073003328", "44051401458"],
        ),
    ],
)
def test_numbers(kind: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not IDENTIFIERS[kind](value)] == []
    assert [value for value in bad if IDENTIFIERS[kind](value)] == []


@settings(deadline=None)  # the first text loads the lists of a dozen countries
@given(st.text(max_size=40))
def test_no_check_fails_on_any_text(text: str) -> None:
    for check in IDENTIFIERS.values():
        assert check(text) in {True, False}
    assert is_personal(text) in {True, False}


def test_lists_beside_the_numbers() -> None:
    assert set(COUNTRY_OF) | {"euid", "lei", "other"} == set(IDENTIFIERS)
    assert set(COUNTRY_OF.values()) <= set(COUNTRIES)
    assert set(ORG_ID) <= set(IDENTIFIERS)
    assert (org_id("siren", "732829320"), org_id("nif", "B64717838")) == ("FR-RCS-732829320", "")
    assert (euid_country("ELGEMI.1"), euid_country("FR1.1")) == ("GR", "FR")


def test_forms_are_ours_and_codes_are_codes() -> None:
    assert all(
        is_elf(code) and country in COUNTRIES and form in taxonomy.FORMS for code, (country, form) in ELF_FORMS.items()
    )
    assert len(ELF_FORMS) == 156
    assert all(len(code) == 4 and form in taxonomy.FORMS for code, form in INSEE_FORMS.items())
    assert SOLE_TRADER not in INSEE_FORMS


def test_french_forms() -> None:
    assert french_form("5458", "LES TROIS RIVIERES") == "scop"
    assert french_form("6317", "SCOP DU LAIT") == "agricultural"
    assert french_form("5560", "SCIC LES TILLEULS") == "scic"
    assert french_form("5560", "LES TILLEULS") == "other"
    assert french_form("5710", "Les Tilleuls SCIC") == "scic"
    assert french_form("5710", "TILLEULS SOCIETE COOPERATIVE D'INTERET COLLECTIF SAS") == "scic"
    assert french_form("5710", "Tilleuls, société coopérative et participative") == "scop"
    assert french_form("5710", "LES AMIS DE LA SCOP DU COIN") == ""
    assert french_form("1000", "SCOP") == ""
    assert french_form("9220", "SCIC") == ""
    assert named_form("") == ""


@pytest.mark.parametrize(
    "number",
    ["12345678Z", "12345678-Z", "X-1234567-L", "85.07.30-033.28", "2-95-10-99-126-111-93", "RCC.MNL-83S18/D969H"],
)
def test_points_do_not_make_a_person_a_cooperative(number: str) -> None:
    assert not IDENTIFIERS["other"](number)
    assert IDENTIFIERS["other"](f"RC-{number[:6]}")
