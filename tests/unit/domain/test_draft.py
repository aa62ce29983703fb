"""The draft as a person writes it, the good-faith sheet, and what the procedure fills in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.domain import draft
from app.domain.draft import GoodFaith, read_draft
from app.domain.entry import Entry, Tombstone
from app.domain.strict import EntryError
from crypto.export import Name, name_digest
from tests.unit.domain.samples import REGC_ID, raw_entry

SHEET = {
    "general_interest": True,
    "factual_basis": True,
    "no_animosity": True,
    "measured_tone": True,
    "evidence": ["procès-verbal"],
}


def read(**changes: Any) -> draft.Draft:
    return read_draft(raw_entry(**changes), regc_id="REGC-2026-QQQQQQQQQQQQQQQQ")


def test_name_is_given_when_absent() -> None:
    raw = raw_entry()
    del raw["regc_id"]
    assert read_draft(raw, regc_id="REGC-2026-QQQQQQQQQQQQQQQQ").record.regc_id == "REGC-2026-QQQQQQQQQQQQQQQQ"
    assert read().record.regc_id == REGC_ID


def test_text_is_normalised() -> None:
    record = read(cooperative__name=" Coope\u0301rative ", finding__text="Un\r\nDeux\r\n").record
    assert isinstance(record, Entry)
    assert record.cooperative.name == "Coopérative"
    assert record.finding.text == "Un\nDeux"


@pytest.mark.parametrize("typed", ["2", "gov-2", "GOV-2"])
def test_subcode_is_completed(typed: str) -> None:
    record = read(finding__subcode=typed).record
    assert isinstance(record, Entry)
    assert record.finding.subcode == "GOV-2"


@pytest.mark.parametrize("changes", [{"finding__subcode": 2}, {"finding__category": 2}, {"finding": None}])
def test_odd_types_are_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(EntryError, match="finding"):
        read(**changes)


def test_refuses_what_is_no_object() -> None:
    with pytest.raises(EntryError):
        read_draft([], regc_id=REGC_ID)


def test_sheet_is_taken_out() -> None:
    made = read(good_faith=SHEET)
    assert made.good_faith == GoodFaith(True, True, True, True, ("procès-verbal",))
    assert made.good_faith.complete
    assert "good_faith" not in made.record.to_dict()
    assert read().good_faith is None


@pytest.mark.parametrize("missing", [*SHEET])
def test_sheet_needs_every_box_and_evidence(missing: str) -> None:
    sheet = {name: value for name, value in SHEET.items() if name != missing}
    assert not draft.parse_good_faith(sheet).complete


@pytest.mark.parametrize("change", [{"mood": True}, {"no_animosity": 1}, {"evidence": [""]}, {"evidence": "x"}])
def test_sheet_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(EntryError, match="good_faith"):
        draft.parse_good_faith({**SHEET, **change})


def test_tombstone_is_a_draft_too() -> None:
    raw = {"version": 2, "status": "withdrawn", "month": "2027-01"}
    assert read_draft(raw, regc_id=REGC_ID).record == Tombstone(REGC_ID, 2, "withdrawn", "2027-01")


def test_procedure_fills_in_its_dates() -> None:
    entry = Entry.parse(raw_entry(dates__published="", adversarial__notified=""))
    entry = draft.with_notice(entry, date(2026, 10, 17))
    entry = draft.with_reply(entry, " Nous contestons.\r\n", date(2026, 11, 3))
    entry = draft.for_publication(entry, date(2026, 12, 9))
    assert entry.missing == ()
    assert entry.dates.published == "2026-12"
    assert entry.adversarial.notified == "2026-10"
    assert (entry.adversarial.reply, entry.adversarial.reply_inserted) == ("Nous contestons.", "2026-11")
    assert draft.for_publication(entry, date(2027, 1, 1)) == entry
    assert draft.with_notice(entry, date(2027, 1, 1)).dates.published == ""  # a new round has its own month


@pytest.mark.parametrize("text", ["", "  \n", "x" * 601, "a\x00b"])
def test_answer_that_has_no_place(text: str) -> None:
    with pytest.raises(EntryError, match="reply"):
        draft.with_reply(Entry.parse(raw_entry()), text, date(2026, 11, 3))


BASIS = {
    "type": "court_decision",
    "id": "ECLI:FR:CCASS:2022:C100428",
    "url": "",
    "verified": "2026-10",
    "counsel": "La décision est définitive.",
}
SALT = bytes(range(32))


def with_body(**changes: Any) -> dict[str, Any]:
    body = raw_entry()["body"] | {"name": " Aurore Zwingli ", "nominative": {"basis": BASIS, "expires": "2027-06"}}
    return raw_entry(body=body | changes, dates__published="")


def read_named(raw: dict[str, Any], kept: Name | None = None) -> draft.Draft:
    return read_draft(raw, regc_id=REGC_ID, kept=kept, salt=SALT)


def test_a_name_is_taken_out_and_its_digest_put_in() -> None:
    found = read_named(with_body())
    assert found.name == Name(SALT, "Aurore Zwingli")
    assert isinstance(found.record, Entry)
    assert found.record.body
    assert found.record.body.nominative
    assert found.record.body.nominative.digest == name_digest(found.name)


@pytest.mark.parametrize("typed", [{"name": "Aurore Zwingli"}, {"name": ""}, {"nominative": {"digest": "0" * 64}}])
def test_the_same_name_keeps_its_salt_and_a_typed_digest_is_not_believed(typed: dict[str, Any]) -> None:
    kept = Name(b"k" * 32, "Aurore Zwingli")
    raw = with_body()
    raw["body"]["nominative"] |= typed.pop("nominative", {})
    raw["body"] |= typed
    found = read_named(raw, kept)
    assert found.name == kept
    assert isinstance(found.record, Entry)
    assert name_digest(kept) in str(found.record.to_dict())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nominative": None}, "body.nominative"),
        ({"name": ""}, "body.name"),
        ({"name": 7}, "body.name"),
        ({"name": "x" * 161}, "body.name"),
        ({"name": "a\nb"}, "body.name"),
    ],
)
def test_half_a_name_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EntryError) as caught:
        read_named(with_body(**changes))
    assert caught.value.field == field


def test_no_name_is_no_name() -> None:
    assert read_named(raw_entry()).name is None
    assert read_named(raw_entry(body=None)).name is None
    assert read_named(with_body(name="", nominative=None), Name(SALT, "X")).name is None


def test_the_notice_of_a_name_tells_the_person() -> None:
    record = read_named(with_body()).record
    assert isinstance(record, Entry)
    assert draft.with_notice(record, date(2026, 11, 30)).adversarial.persons_informed == "2026-11"
    assert draft.with_notice(Entry.parse(raw_entry()), date(2026, 11, 30)).adversarial.persons_informed == ""
    nobody = Entry.parse(raw_entry(body=None))
    assert draft.with_notice(nobody, date(2026, 11, 30)).adversarial.persons_informed == ""


def test_a_refusal_has_a_reason_and_no_reply_beside_it() -> None:
    first = Entry.parse(raw_entry())
    assert draft.with_refusal(first, " Sans pouvoir. ").adversarial.reply_refused == "Sans pouvoir."
    with pytest.raises(EntryError, match="the reason is empty"):
        draft.with_refusal(first, " ")
    with pytest.raises(EntryError, match="not both"):
        draft.with_refusal(draft.with_reply(first, "Nous contestons.", date(2026, 12, 1)), "Sans pouvoir.")


def test_a_step_is_added_with_its_month() -> None:
    first = draft.with_step(Entry.parse(raw_entry()), "accepted", " Oui. ", date(2026, 12, 1))
    second = draft.with_step(first, "done", "", date(2027, 1, 1))
    assert [(step.month, step.status, step.note) for step in second.remediation] == [
        ("2026-12", "accepted", "Oui."),
        ("2027-01", "done", ""),
    ]
    with pytest.raises(EntryError, match="status"):
        draft.with_step(first, "guilty", "", date(2027, 1, 1))
