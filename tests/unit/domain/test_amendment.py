"""After the export: what mends is taken, what would tell more is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain import succession
from app.domain.amendment import check_amendment
from app.domain.entry import Entry
from app.domain.strict import EntryError
from tests.unit.domain.samples import raw_entry

MONTH = "2027-02"
BODY = {"organ": "board", "function": "chair", "mandate_from": 2022, "mandate_to": 2025}
NOMINATIVE = {
    "basis": {
        "type": "court_decision",
        "id": "ECLI:FR:CCASS:2022:C100428",
        "url": "",
        "verified": "2026-10",
        "counsel": "La décision est définitive.",
    },
    "expires": "2027-06",
    "digest": "a" * 64,
}
INFORMED = {"adversarial__persons_informed": "2026-10"}
STEP = {"month": "2027-02", "status": "accepted", "note": ""}
COUNTED = {"collective": {"cases": "5-9", "entitled_body": "Union"}}
REPLY = {"adversarial__reply": "Nous contestons.", "adversarial__reply_inserted": "2027-01"}
CORRECTED = {"version": 2, "status": "corrected", "dates__corrected": "2027-01"}
OLD = {"finding__text": "Premier constat."}


def made(changes: dict[str, Any]) -> Entry:
    return Entry.parse(raw_entry(**OLD | changes))


def named(**changes: Any) -> dict[str, Any]:
    return {"body": BODY | {"nominative": NOMINATIVE | changes}} | INFORMED


def follow(changes: dict[str, Any], *, before: dict[str, Any] | None = None, reason: str = "error") -> None:
    old = made(before or {})
    new = succession.amend(old, made(CORRECTED | changes), month="2027-01", reason=reason, note="Précision.")
    check_amendment(old, new, MONTH)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        REPLY,
        {"finding__text": "Second constat."},
        {"finding__severity": 1},
        {"finding__subcode": ""},
        {"finding__period_from": "2024-H1", "finding__period_to": "2024-H2"},
        {"cooperative__name": "Les Trois Rivières", "cooperative__sector": "energy"},
        {"body": None},
        {"body": {"organ": "board", "function": "", "mandate_from": 2023, "mandate_to": 2024}},
        {"adversarial__persons_informed": "2027-01"},
        {"dates__reviewed": "2027-02"},
    ],
)
def test_what_mends_is_taken(changes: dict[str, Any]) -> None:
    follow(changes)


def test_a_status_and_a_reply_need_no_correction() -> None:
    check_amendment(made({}), made({"version": 2, "status": "contested"} | REPLY), MONTH)


@pytest.mark.parametrize("changes", [INFORMED | {"body": BODY}, named(expires="2027-05"), named()])
def test_a_name_goes_or_goes_earlier(changes: dict[str, Any]) -> None:
    follow(changes, before=named(), reason="objection")


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ({"body": BODY} | INFORMED, named()),
        (named(), named(digest="b" * 64)),
        (named(), named(expires="2027-07")),
        (named(), named(basis=NOMINATIVE["basis"] | {"verified": "2026-09"})),
    ],
)
def test_a_name_never_comes_and_never_becomes_another(before: dict[str, Any], changes: dict[str, Any]) -> None:
    with pytest.raises(EntryError, match=r"^body"):
        follow(changes, before=before)


@pytest.mark.parametrize("collective", [None, {"cases": "3-4", "entitled_body": ""}, COUNTED["collective"]])
def test_a_number_of_cases_goes_down(collective: Any) -> None:
    follow({"collective": collective}, before=COUNTED)


@pytest.mark.parametrize(
    ("before", "cases"),
    [({}, "3-4"), (COUNTED, "10+")],
)
def test_a_number_of_cases_never_comes_or_grows(before: dict[str, Any], cases: str) -> None:
    with pytest.raises(EntryError, match=r"^collective"):
        follow({"collective": {"cases": cases, "entitled_body": "Union"}}, before=before)


def test_a_step_of_this_month_is_added() -> None:
    check_amendment(made({}), made({"version": 2, "remediation": [STEP]}), MONTH)
    with pytest.raises(EntryError, match=r"^remediation: this month has not begun"):
        check_amendment(made({}), made({"version": 2, "remediation": [STEP | {"month": "2027-03"}]}), MONTH)


def test_an_objection_takes_away() -> None:
    follow({"body": None}, reason="objection")


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("finding.severity", {"finding__severity": 3}, {}, "error"),
    ("finding.subcode", {"finding__subcode": "GOV-1"}, {}, "error"),
    ("finding.period_from", {"finding__period_from": "2023"}, {}, "error"),
    ("finding.period_to", {"finding__period_to": "2025"}, {}, "error"),
    ("finding.evidence", {"finding__evidence": ["audit_report"]}, {}, "error"),
    ("finding.founding_principles", {"finding__founding_principles": ["solidarity"]}, {}, "error"),
    ("finding.ica_principles", {"finding__ica_principles": [1]}, {}, "error"),
    ("finding.harm", {"finding__harm": "dignity"}, {}, "error"),
    ("cooperative.country", {"cooperative__country": "BE"}, {}, "error"),
    ("cooperative.name", {"cooperative__name": "Autre"}, {"cooperative__identifier": None}, "error"),
    ("body", {}, {"body": None}, "error"),
    ("body", {"body": {"organ": "managers", "function": "", "mandate_from": 2022, "mandate_to": 2025}}, {}, "error"),
    ("corrections", {"finding__text": "Second constat."}, {}, "objection"),
    ("corrections", {"finding__severity": 1}, {}, "renewal"),
    ("dates.renewed", {"dates__renewed": "2027-01"}, {}, "error"),
    ("dates.corrected", {"dates__corrected": "2027-02"}, CORRECTED, "error"),
    ("dates", {"dates__reviewed": "2027-03"}, {}, "error"),
    ("adversarial.notified", {"adversarial__notified": "2026-11"}, {}, "error"),
    ("adversarial.reply", REPLY | {"adversarial__reply": "Autre."}, REPLY, "error"),
    ("adversarial", REPLY | {"adversarial__reply_inserted": "2027-03"}, {}, "error"),
    ("adversarial", {"adversarial__observations": [{"month": "2027-03", "text": "Note."}]}, {}, "error"),
]


@pytest.mark.parametrize(("field", "changes", "before", "reason"), REFUSED)
def test_what_tells_more_is_refused(field: str, changes: dict[str, Any], before: dict[str, Any], reason: str) -> None:
    if before.get("cooperative__identifier", "") is None:
        changes = before | changes
    with pytest.raises(EntryError, match=f"^{field}"):
        follow(changes, before=before, reason=reason)


def test_what_was_told_changes_in_a_corrected_entry_alone() -> None:
    old = made({})
    new = succession.amend(old, made({"finding__text": "b"}), month="2027-01", reason="error", note="Précision.")
    with pytest.raises(EntryError, match="status"):
        check_amendment(old, new, MONTH)
