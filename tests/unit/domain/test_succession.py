"""From version to version: growth, told changes, ends that are final."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain import succession
from app.domain.entry import Entry, Tombstone
from app.domain.strict import EntryError
from tests.unit.domain.samples import REGC_ID, raw_entry

REPLY = {"adversarial__reply": "Nous contestons.", "adversarial__reply_inserted": "2026-12"}
OBSERVED = {"adversarial__observations": [{"month": "2026-12", "text": "Note."}]}


def make(**changes: Any) -> Entry:
    return Entry.parse(raw_entry(**changes))


def amended(old: Entry, **changes: Any) -> Entry:
    return succession.amend(old, make(**changes), month="2027-01", reason="error", note="Précision.")


FIRST = make()


def test_first_version_follows_nothing() -> None:
    succession.check_successor(None, FIRST)


def test_amendment_tells_each_change_and_may_follow() -> None:
    new = amended(FIRST, finding__text="Autre constat.", body=None, references=[{"type": "law", "id": "x", "url": ""}])
    assert new.version == 2
    assert [correction.field for correction in new.corrections] == [
        "body.function",
        "body.mandate_from",
        "body.mandate_to",
        "body.organ",
        "finding.text",
        "references",
    ]
    assert new.corrections[4].before == succession.value_hash(FIRST.finding.text)
    succession.check_successor(FIRST, new)
    again = succession.amend(new, FIRST, month="2027-02", reason="error", note="Retour.")
    assert again.version == 3
    assert len(again.corrections) == 12
    succession.check_successor(new, again)


def test_status_reply_and_observations_need_no_correction() -> None:
    succession.check_successor(FIRST, make(version=2, status="contested", **REPLY, **OBSERVED))


def test_versions_may_jump() -> None:
    succession.check_successor(FIRST, replace(FIRST, version=7))


def test_ends() -> None:
    withdrawn = succession.end(FIRST, "withdrawn", "2027-03")
    assert withdrawn == Tombstone(REGC_ID, 2, "withdrawn", "2027-03")
    succession.check_successor(FIRST, withdrawn)
    expired = succession.end(FIRST, "expired", "2027-12")
    succession.check_successor(expired, replace(withdrawn, version=3))


OTHERS = ("REGC-2026-PPPPPPPPPPPPPPPP", "REGC-2026-QQQQQQQQQQQQQQQQ")


def test_an_entry_goes_on_in_others_and_may_still_be_withdrawn() -> None:
    merged = succession.replace_by(FIRST, OTHERS[:1], "2027-03")
    assert merged == Tombstone(REGC_ID, 2, "replaced", "2027-03", OTHERS[:1])
    split = succession.replace_by(FIRST, OTHERS, "2027-03")
    succession.check_successor(FIRST, split)
    succession.check_successor(split, Tombstone(REGC_ID, 3, "withdrawn", "2027-04"))


@pytest.mark.parametrize("others", [(), (REGC_ID,), (OTHERS[0], OTHERS[0])])
def test_an_entry_goes_on_in_other_entries(others: tuple[str, ...]) -> None:
    with pytest.raises(EntryError, match=r"^replaced_by"):
        succession.replace_by(FIRST, others, "2027-03")


def test_remediation_is_a_story_of_its_own() -> None:
    old = make(remediation=[STEP])
    succession.check_successor(old, make(version=2, remediation=[STEP, STEP | {"status": "done"}]))


def test_a_number_of_cases_is_told() -> None:
    new = amended(make(collective={"cases": "5-9", "entitled_body": ""}))
    assert [correction.field for correction in new.corrections] == ["collective.cases", "collective.entitled_body"]


STEP = {"month": "2027-01", "status": "accepted", "note": ""}
CORRECTED = {"version": 2, "status": "corrected", "dates__corrected": "2027-01"}
LATER = {"version": 3}
REFUSED: list[tuple[Any, Any, str]] = [
    (FIRST, FIRST, "old version"),
    (make(version=3), make(version=2), "old version"),
    (FIRST, make(version=2, regc_id="REGC-2026-PPPPPPPPPPPPPPPP"), "keeps its name"),
    (Tombstone(REGC_ID, 2, "withdrawn", "2027-01"), make(version=3), "final"),
    (
        Tombstone(REGC_ID, 2, "withdrawn", "2027-01"),
        Tombstone(REGC_ID, 3, "withdrawn", "2027-01"),
        "final",
    ),
    (Tombstone(REGC_ID, 2, "expired", "2027-01"), make(version=3), "has ended"),
    (Tombstone(REGC_ID, 2, "expired", "2027-01"), Tombstone(REGC_ID, 3, "expired", "2027-01"), "has ended"),
    (
        Tombstone(REGC_ID, 2, "replaced", "2027-01", OTHERS),
        Tombstone(REGC_ID, 3, "replaced", "2027-01", OTHERS[:1]),
        "has ended",
    ),
    (Tombstone(REGC_ID, 2, "replaced", "2027-01", OTHERS), make(version=3), "has ended"),
    (make(remediation=[STEP]), make(version=2), "a step is added"),
    (make(remediation=[STEP]), make(version=2, remediation=[STEP | {"note": "x"}]), "a step is added"),
    (make(**CORRECTED), make(version=3), "stays corrected"),
    (FIRST, make(version=2, dates__published="2027-01"), "never changes"),
    (make(dates__reviewed="2027-02"), make(version=2, dates__reviewed="2027-01"), "never goes back"),
    (make(dates__renewed="2027-02"), make(version=2), "never goes back"),
    (FIRST, make(version=2, dates__renewed="2031-12"), "five years"),
    (make(**REPLY), make(version=2), "as long as the entry"),
    (make(**OBSERVED), make(version=2), "never changed"),
    (amended(FIRST, finding__text="b"), make(**LATER, finding__text="b"), "added, never changed"),
    (FIRST, make(version=2, finding__text="b"), "one correction for each"),
    (FIRST, replace(amended(FIRST, finding__text="b"), finding=FIRST.finding), "and for no other"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED)
def test_refuses(old: Any, new: Any, message: str) -> None:
    with pytest.raises(EntryError, match=message):
        succession.check_successor(old, new)


def test_renewal_within_the_ceiling() -> None:
    succession.check_successor(FIRST, make(version=2, dates__renewed="2031-11"))


def test_a_first_version_was_never_renewed() -> None:
    with pytest.raises(EntryError, match="never renewed"):
        succession.check_successor(None, make(dates__renewed="2027-01"))
    succession.check_successor(None, make(version=2, dates__renewed="2027-01"))
