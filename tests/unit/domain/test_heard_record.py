"""A reason why no reply is published, and the observations of a cooperative: what stands stays."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.draft import with_observation
from app.domain.entry import Entry, name_ends
from app.domain.strict import EntryError
from app.domain.succession import check_successor, end
from tests.unit.domain.samples import raw_entry

REFUSED = {"adversarial__reply_refused": "Le signataire n'a montré aucun pouvoir."}


def test_a_reason_stays_until_a_reply_takes_its_place() -> None:
    first = Entry.parse(raw_entry(**REFUSED))
    answered = {"adversarial__reply": "Nous contestons.", "adversarial__reply_inserted": "2027-01"}
    check_successor(first, Entry.parse(raw_entry(version=2, **REFUSED)))
    check_successor(first, Entry.parse(raw_entry(version=2, **answered)))
    with pytest.raises(EntryError, match="until a reply takes its place"):
        check_successor(first, Entry.parse(raw_entry(version=2)))


def test_an_observation_is_added() -> None:
    one = with_observation(Entry.parse(raw_entry()), " Une assemblée.\r\n", date(2026, 12, 3))
    two = with_observation(one, "Elle a eu lieu.", date(2027, 1, 3))
    assert [(seen.month, seen.text) for seen in two.adversarial.observations] == [
        ("2026-12", "Une assemblée."),
        ("2027-01", "Elle a eu lieu."),
    ]
    with pytest.raises(EntryError, match="is empty"):
        with_observation(one, " \n", date(2026, 12, 3))


def test_a_record_without_a_name_says_no_month() -> None:
    entry = Entry.parse(raw_entry())
    assert name_ends(entry) == name_ends(end(entry, "withdrawn", "2027-03")) == name_ends(None) == ""
