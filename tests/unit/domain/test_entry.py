"""The record: the documented example, every refusal by name, one full form."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import entry, identifiers
from app.domain.draft import read_draft
from app.domain.entry import Entry, Tombstone
from app.domain.strict import EntryError
from crypto import canonical
from tests.unit.domain.samples import REGC_ID, raw_entry

SPEC = Path(__file__).parents[3] / "docs/spec/entry.md"
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", SPEC.read_text("utf-8"), re.DOTALL)]


def test_documented_example_is_a_complete_draft() -> None:
    draft = read_draft(EXAMPLES[0], regc_id=REGC_ID)
    assert isinstance(draft.record, Entry)
    assert draft.good_faith
    assert draft.good_faith.complete
    assert draft.record.missing == ("dates.published", "adversarial.notified")
    assert draft.record.expires is None


def test_documented_tombstone() -> None:
    assert entry.parse(EXAMPLES[1]).to_dict() == EXAMPLES[1]


def test_every_field_is_documented() -> None:
    text = SPEC.read_text("utf-8")
    for group, value in raw_entry().items():
        names = [f"{group}.{name}" for name in value] if isinstance(value, dict) and group != "body" else [group]
        assert all(f"`{name}`" in text for name in names), names


def test_full_form_round_trips() -> None:
    raw = raw_entry()
    parsed = Entry.parse(raw)
    assert parsed.to_dict() == raw
    assert entry.parse_signed(canonical.loads(canonical.dumps(raw))) == parsed
    assert parsed.expires == date(2027, 12, 1)


def test_only_nine_fields_are_needed() -> None:
    small = {
        "regc_id": REGC_ID,
        "cooperative": {"name": "Mutualia", "form": "other", "country": "BE", "members": "<50"},
        "finding": {
            "category": "INF",
            "text": "Documents non communiqués.",
            "period_from": "2025",
            "grade": "B",
            "evidence": ["concurring_testimonies"],
        },
    }
    parsed = Entry.parse(small)
    assert (parsed.version, parsed.status, parsed.body, parsed.cooperative.identifier) == (1, "published", None, None)
    assert parsed.finding.period_to == "2025"
    assert parsed.finding.founding_principles == ("transparency",)
    assert (parsed.finding.ica_principles, parsed.finding.severity, parsed.finding.harm) == ((2, 5), 2, "information")
    assert Entry.parse(parsed.to_dict()) == parsed


OBSERVATION = {"month": "2026-12", "text": "La coopérative conteste."}
CORRECTION = {"month": "2027-01", "field": "finding.text", "before": "0" * 64, "reason": "error", "note": "Précision."}
STEP = {"month": "2027-01", "status": "accepted", "note": "Une assemblée est convoquée."}
REFERENCE = {"type": "ecli", "id": "ECLI:FR:CCASS:2022:C100428", "url": ""}


def test_rich_entry_round_trips() -> None:
    raw = raw_entry(
        version=2,
        status="corrected",
        dates={"published": "2026-12", "reviewed": "2027-01", "renewed": "2027-01", "corrected": "2027-01"},
        adversarial__observations=[OBSERVATION],
        adversarial__reply="Nous avons convoqué\nl'assemblée.",
        adversarial__reply_inserted="2026-12",
        corrections=[CORRECTION],
        remediation=[STEP, {"month": "2027-03", "status": "done", "note": ""}],
        collective={"cases": "5-9", "entitled_body": "Union des coopérateurs"},
        references=[REFERENCE, {"type": "law", "id": "Loi 47-1775", "url": "https://example.org/loi"}],
        finding__period_from="2024-H1",
        finding__period_to="2024-H1",
    )
    assert Entry.parse(raw).to_dict() == raw
    assert Entry.parse(raw).expires == date(2027, 7, 1)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"regc_id": ""}, "regc_id"),
    ({"regc_id": "REGC-2026-ABCDEFGHIJKLMNO"}, "regc_id"),
    ({"regc_id": "REGC-2026-abcdefghijklmnop"}, "regc_id"),
    ({"regc_id": "REGC-1926-ABCDEFGHIJKLMNOP"}, "regc_id"),
    ({"version": 0}, "version"),
    ({"version": True}, "version"),
    ({"version": 1.0}, "version"),
    ({"version": "1"}, "version"),
    ({"status": "guilty"}, "status"),
    ({"status": None}, "status"),
    ({"case": "abc"}, "entry"),
    ({"finding__name": "Anyone"}, "finding"),
    ({"cooperative": None}, "cooperative"),
    ({"cooperative": []}, "cooperative"),
    ({"cooperative__name": ""}, "cooperative.name"),
    ({"cooperative__name": " Mutualia"}, "cooperative.name"),
    ({"cooperative__name": "Mutualia\n"}, "cooperative.name"),
    ({"cooperative__name": "a\nb"}, "cooperative.name"),
    ({"cooperative__name": "a\x00b"}, "cooperative.name"),
    ({"cooperative__name": "a\u202eb"}, "cooperative.name"),
    ({"cooperative__name": "a\u200bb"}, "cooperative.name"),
    ({"cooperative__name": "e\u0301tat"}, "cooperative.name"),
    ({"cooperative__name": "\ud800"}, "cooperative.name"),
    ({"cooperative__name": "x" * 161}, "cooperative.name"),
    ({"cooperative__name": 7}, "cooperative.name"),
    ({"cooperative__form": "sarl"}, "cooperative.form"),
    ({"cooperative__country": "US"}, "cooperative.country"),
    ({"cooperative__country": "fr"}, "cooperative.country"),
    ({"cooperative__members": "50"}, "cooperative.members"),
    ({"cooperative__sector": "spying"}, "cooperative.sector"),
    ({"cooperative__identifier": {"type": "siren", "value": "732829321"}}, "cooperative.identifier.value"),
    ({"cooperative__identifier": {"type": "siret", "value": "1"}}, "cooperative.identifier.type"),
    ({"cooperative__identifier": {"type": "siren"}}, "cooperative.identifier.value"),
    ({"body": {"organ": "crowd", "mandate_from": 2020, "mandate_to": 2021}}, "body.organ"),
    ({"body": {"organ": "board", "mandate_from": 2021, "mandate_to": 2020}}, "body.mandate_to"),
    ({"body": {"organ": "board", "mandate_to": 2020}}, "body.mandate_from"),
    ({"body": {"organ": "board", "mandate_from": 2020, "mandate_to": 2021, "name": "X"}}, "body"),
    ({"body": {"organ": "board", "function": "spy", "mandate_from": 2020, "mandate_to": 2021}}, "body.function"),
    ({"finding__category": "XYZ"}, "finding.category"),
    ({"finding__category": ["GOV"]}, "finding.category"),
    ({"finding__subcode": "FIN-1"}, "finding.subcode"),
    ({"finding__subcode": "2"}, "finding.subcode"),
    ({"finding__severity": 5}, "finding.severity"),
    ({"finding__text": ""}, "finding.text"),
    ({"finding__text": "é" * 601}, "finding.text"),
    ({"finding__text": "\n".join(["a"] * 21)}, "finding.text"),
    ({"finding__period_from": ""}, "finding.period_from"),
    ({"finding__period_from": "2024-03"}, "finding.period_from"),
    ({"finding__period_from": "2024-03-12"}, "finding.period_from"),
    ({"finding__period_from": "2025"}, "finding.period_to"),
    ({"finding__period_from": "2024-H2", "finding__period_to": "2024-H1"}, "finding.period_to"),
    ({"finding__period_to": "2023"}, "finding.period_to"),
    ({"finding__grade": "C"}, "finding.grade"),
    ({"finding__evidence": []}, "finding.evidence"),
    ({"finding__evidence": ["hearsay"]}, "finding.evidence"),
    ({"finding__evidence": "public_document"}, "finding.evidence"),
    ({"finding__evidence": ["audit_report", "audit_report"]}, "finding.evidence"),
    ({"finding__founding_principles": []}, "finding.founding_principles"),
    ({"finding__ica_principles": [True]}, "finding.ica_principles"),
    ({"finding__ica_principles": [8]}, "finding.ica_principles"),
    ({"finding__ica_principles": [[1]]}, "finding.ica_principles"),
    ({"finding__harm": "honour"}, "finding.harm"),
    ({"finding__grade": "A1"}, "references"),
    ({"dates__published": "2026-12-01"}, "dates.published"),
    ({"dates__published": "2026-13"}, "dates.published"),
    ({"dates__published": 2026}, "dates.published"),
    ({"dates__reviewed": "2026-11"}, "dates"),
    ({"dates__published": "", "dates__reviewed": "2026-11"}, "dates"),
    ({"dates__corrected": "2027-01"}, "dates.corrected"),
    ({"status": "corrected"}, "dates.corrected"),
    ({"dates__expires": "2030-01"}, "dates"),
    ({"adversarial__notified": "2027-01"}, "adversarial.notified"),
    ({"adversarial__reply": "Nous contestons."}, "adversarial.reply_inserted"),
    ({"adversarial__reply_inserted": "2026-12"}, "adversarial.reply_inserted"),
    ({"adversarial__reply": "x" * 601, "adversarial__reply_inserted": "2026-12"}, "adversarial.reply"),
    ({"adversarial__reply": "x\n" * 200 + "x", "adversarial__reply_inserted": "2026-12"}, "adversarial.reply"),
    (
        {"adversarial__reply": "x", "adversarial__reply_inserted": "2026-12", "adversarial__reply_refused": "y"},
        "adversarial.reply_refused",
    ),
    ({"adversarial__observations": [{"month": "", "text": "x"}]}, "adversarial.observations[0].month"),
    ({"adversarial__observations": [OBSERVATION] * 11}, "adversarial.observations"),
    ({"adversarial__observations": {}}, "adversarial.observations"),
    ({"corrections": [CORRECTION]}, "corrections"),
    ({"version": 2, "corrections": [{**CORRECTION, "before": "0"}]}, "corrections[0].before"),
    ({"version": 2, "corrections": [CORRECTION, {**CORRECTION, "reason": "mood"}]}, "corrections[1].reason"),
    ({"references": [{**REFERENCE, "id": "ECLI:FR:x"}]}, "references[0].id"),
    ({"references": [{**REFERENCE, "url": "http://example.org"}]}, "references[0].url"),
    ({"references": [{**REFERENCE, "url": "https://example.org/a b"}]}, "references[0].url"),
    ({"references": [{**REFERENCE, "type": "rumour"}]}, "references[0].type"),
    ({"references": ["loi"]}, "references[0]"),
    ({"schema": 1}, "schema"),
    ({"schema": 3}, "schema"),
    ({"schema": "2"}, "schema"),
    ({"remediation": [{**STEP, "month": ""}]}, "remediation[0].month"),
    ({"remediation": [{**STEP, "status": "guilty"}]}, "remediation[0].status"),
    ({"remediation": [{**STEP, "note": "x" * 301}]}, "remediation[0].note"),
    ({"remediation": [{**STEP, "by": "x"}]}, "remediation[0]"),
    ({"remediation": [STEP, {**STEP, "month": "2026-12"}]}, "remediation"),
    ({"remediation": [STEP] * 51}, "remediation"),
    ({"collective": {"cases": 3, "entitled_body": ""}}, "collective.cases"),
    ({"collective": {"cases": "1-2", "entitled_body": ""}}, "collective.cases"),
    ({"collective": {"cases": "3-4", "entitled_body": "x" * 161}}, "collective.entitled_body"),
    (
        {
            "collective": {"cases": "3-4", "entitled_body": ""},
            "cooperative__members": "<50",
            "finding__subcode": "",
        },
        "collective",
    ),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_refuses(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EntryError) as caught:
        Entry.parse(raw_entry(**changes))
    assert caught.value.field == field
    assert caught.value.hint


@pytest.mark.parametrize(
    ("members", "changes", "field"),
    [
        ("<50", {}, "finding.subcode"),
        ("<50", {"finding__subcode": "", "finding__period_from": "2024-H1"}, "finding.period_from"),
        ("50-249", {"finding__period_to": "2024-H2"}, "finding.period_to"),
    ],
)
def test_small_cooperatives_are_told_of_more_coarsely(members: str, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EntryError) as caught:
        Entry.parse(raw_entry(cooperative__members=members, **changes))
    assert caught.value.field == field


BASIS = {
    "type": "court_decision",
    "id": "ECLI:FR:CCASS:2022:C100428",
    "url": "",
    "verified": "2026-10",
    "counsel": "La décision est définitive et nomme elle-même la personne.",
}
NAMED = {"basis": BASIS, "expires": "2027-06", "digest": "a" * 64}


def named(*, informed: str = "2026-10", basis: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    nominative = NAMED | {"basis": BASIS | (basis or {})} | {k: v for k, v in changes.items() if k in NAMED}
    body = {"organ": "board", "function": "chair", "mandate_from": 2022, "mandate_to": 2025, "nominative": nominative}
    rest = {name: value for name, value in changes.items() if name not in NAMED}
    return raw_entry(body=body, adversarial__persons_informed=informed, **rest)


@pytest.mark.parametrize(
    "raw",
    [
        named(),
        named(basis={"id": "", "url": "https://example.org/decision"}),
        named(expires="2027-12"),
        named(dates__published="", expires="2029-01", informed=""),
        named(dates__renewed="2027-03", expires="2028-03"),
    ],
)
def test_a_record_stands_for_a_name_and_never_holds_it(raw: dict[str, Any]) -> None:
    assert Entry.parse(raw).to_dict() == raw
    assert "name" not in Entry.parse(raw).to_dict()["body"]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (named(digest=""), "body.nominative.digest"),
        (named(digest="A" * 64), "body.nominative.digest"),
        (named(expires=""), "body.nominative.expires"),
        (named(expires="2028-01"), "body.nominative.expires"),
        (named(basis={"type": "rumour"}), "body.nominative.basis.type"),
        (named(basis={"id": "", "url": ""}), "body.nominative.basis.id"),
        (named(basis={"id": "n° 12"}), "body.nominative.basis.id"),
        (named(basis={"url": "http://example.org"}), "body.nominative.basis.url"),
        (named(basis={"verified": ""}), "body.nominative.basis.verified"),
        (named(basis={"counsel": ""}), "body.nominative.basis.counsel"),
        (named(informed=""), "adversarial.persons_informed"),
        (named(adversarial__notified=""), "adversarial.persons_informed"),
        (
            named(
                version=2, status="corrected", dates__corrected="2026-12", dates__published="2026-12", expires="2027-07"
            ),
            "body.nominative.expires",
        ),
    ],
)
def test_a_name_is_refused(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(EntryError) as caught:
        Entry.parse(raw)
    assert caught.value.field == field


def test_a_name_is_no_field() -> None:
    raw = named()
    raw["body"]["name"] = "X"
    with pytest.raises(EntryError, match="a field is unknown"):
        Entry.parse(raw)


def test_refusals_never_repeat_the_value() -> None:
    canary = "Zgvqxw"
    for changes in ({canary: canary}, {"finding__subcode": canary}, {"regc_id": canary}, {"finding__grade": canary}):
        with pytest.raises(EntryError) as caught:
            Entry.parse(raw_entry(**changes))
        assert canary not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("raw", [None, [], "x", 1])
def test_refuses_what_is_no_object(raw: object) -> None:
    with pytest.raises(EntryError):
        entry.parse(raw)


TOMBSTONE: dict[str, Any] = {
    "schema": 2,
    "regc_id": REGC_ID,
    "version": 2,
    "status": "withdrawn",
    "month": "2027-03",
    "replaced_by": [],
}
OTHER, THIRD = "REGC-2026-PPPPPPPPPPPPPPPP", "REGC-2026-QQQQQQQQQQQQQQQQ"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"month": ""}, "month"),
        ({"month": "2027-03-05"}, "month"),
        ({"version": 1}, "version"),
        ({"regc_id": "x"}, "regc_id"),
        ({"schema": 3}, "schema"),
        ({"schema": 1}, "schema"),
        ({"finding": {}}, "entry"),
        ({"replaced_by": [OTHER]}, "replaced_by"),
        ({"status": "replaced"}, "replaced_by"),
        ({"status": "replaced", "replaced_by": [OTHER, OTHER]}, "replaced_by"),
        ({"status": "replaced", "replaced_by": [REGC_ID]}, "replaced_by"),
        ({"status": "replaced", "replaced_by": ["x"]}, "replaced_by[0]"),
        ({"status": "replaced", "replaced_by": [7]}, "replaced_by[0]"),
        ({"status": "replaced", "replaced_by": [OTHER] * 11}, "replaced_by"),
    ],
)
def test_tombstone_refuses(change: dict[str, Any], field: str) -> None:
    raw = TOMBSTONE | change
    with pytest.raises(EntryError) as caught:
        entry.parse(raw)
    assert caught.value.field == field


@pytest.mark.parametrize("others", [[OTHER], [OTHER, THIRD]])
def test_a_replaced_entry_says_where_it_went_on(others: list[str]) -> None:
    raw = TOMBSTONE | {"status": "replaced", "replaced_by": others}
    assert entry.parse_signed(raw).to_dict() == raw


def test_what_the_first_schema_wrote_is_read_and_written_as_the_second() -> None:
    """An entry and a tombstone without the fields that came later, as an older desk keeps them."""
    raw = raw_entry()
    old = {name: value for name, value in raw.items() if name not in {"schema", "remediation", "collective"}}
    old["body"] = {name: value for name, value in raw["body"].items() if name != "nominative"}
    assert entry.parse(old).to_dict() == raw
    ended = {name: value for name, value in TOMBSTONE.items() if name not in {"schema", "replaced_by"}}
    assert entry.parse(ended).to_dict() == TOMBSTONE


def test_tombstone_needs_an_ending_status() -> None:
    with pytest.raises(EntryError):
        Tombstone.parse({"regc_id": REGC_ID, "version": 2, "status": "published", "month": "2027-03"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"dates__published": ""}, "published"), ({"adversarial__notified": ""}, "notified")],
)
def test_signed_form_is_complete(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EntryError, match=message):
        entry.parse_signed(raw_entry(**changes))


def test_signed_form_leaves_no_default_out() -> None:
    raw = raw_entry()
    del raw["cooperative"]["sector"]
    with pytest.raises(EntryError, match="full form"):
        entry.parse_signed(raw)
    tombstone = TOMBSTONE | {"status": "expired"}
    assert entry.parse_signed(tombstone).to_dict() == tombstone


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(raw_entry())), JSON)
def test_any_group_is_read_or_refused(name: str, value: Any) -> None:
    """Whatever stands in a group: a refusal by name, or a record whose full form reads back equal."""
    try:
        parsed = entry.parse(raw_entry(**{name: value}))
    except EntryError:
        return
    assert entry.parse(parsed.to_dict()) == parsed


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("siren", "732829320", True),
        ("siren", "732829321", False),
        ("siren", "73282932", False),
        ("siren", "73282932०", False),
        ("bce", "0403170701", True),
        ("bce", "0403170702", False),
        ("bce", "2403170701", False),
        ("codice_fiscale", "00743110157", True),
        ("codice_fiscale", "00743110158", False),
        ("codice_fiscale", "RSSMRA85T10A562S", False),
        ("lei", "5493001KJTIIGC8Y1R12", True),
        ("lei", "5493001KJTIIGC8Y1R13", False),
        ("lei", "5493001KJTIIGC8Y1R1", False),
        ("other", "HRB-12345", True),
        ("other", "a", False),
    ],
)
def test_identifiers(kind: str, value: str, good: bool) -> None:
    assert identifiers.IDENTIFIERS[kind](value) is good


def test_permanent_name() -> None:
    name = identifiers.regc_id(2026, bytes(range(10)))
    assert identifiers.REGC_ID.fullmatch(name)
    assert name == "REGC-2026-AAAQEAYEAUDAOCAJ"
