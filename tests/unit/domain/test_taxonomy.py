"""The lists: complete, consistent with each other, and fit to be shown."""

from __future__ import annotations

import pytest

from app.domain import taxonomy as t
from app.domain.countries import COUNTRIES
from app.domain.words import banned, fold

CODES = "GOV AUT REV ELE FIN MUT CAP EXC INF FOR HAR DIS REP CON TRA SER DON ENV"


def test_eighteen_categories_behind_nine_choices() -> None:
    assert " ".join(t.CATEGORIES) == CODES
    assert list(t.TOPICS) == list("123456789")
    assert {topic for entry in t.CATEGORIES.values() for topic in entry.topics} == set("12345678")


@pytest.mark.parametrize("entry", t.CATEGORIES.values(), ids=t.CATEGORIES)
def test_category_uses_the_lists(entry: t.Category) -> None:
    assert entry.founding
    assert set(entry.founding) <= set(t.FOUNDING)
    assert set(entry.ica) <= set(t.ICA)
    assert entry.severity in t.SEVERITIES
    assert entry.harm in t.HARMS
    assert set(entry.public) <= {"", *entry.subcodes}


def test_every_label_has_two_languages() -> None:
    tables = (t.FOUNDING, t.ICA, t.HARMS, t.TOPICS, t.SEVERITIES, t.GRADES, t.EVIDENCE, t.FORMS, t.ORGANS, t.MEMBERS)
    labels = [label for table in (*tables, COUNTRIES) for label in table.values()]
    labels += [label for entry in t.CATEGORIES.values() for label in (entry.label, *entry.subcodes.values())]
    assert all(len(label) == 2 and all(label) for label in labels)
    assert t.FUNCTIONS[""] == t.SECTORS[""] == ("", "")


def test_public_labels_name_no_offence() -> None:
    for code, entry in t.CATEGORIES.items():
        for sub in ("", *(f"{code}-{number}" for number in entry.subcodes)):
            for label in t.public_label(code, sub):
                assert banned(fold(label)) is None, (code, sub)
    assert t.public_label("FIN", "FIN-3") != t.CATEGORIES["FIN"].subcodes["3"]
    assert t.public_label("GOV", "GOV-2") == t.CATEGORIES["GOV"].subcodes["2"]
    assert t.public_label("HAR") == ("Respect des personnes", "Respect for persons")


@pytest.mark.parametrize(
    ("category", "typed", "full"),
    [
        ("GOV", "2", "GOV-2"),
        ("GOV", "GOV-2", "GOV-2"),
        ("GOV", " gov-2 ", "GOV-2"),
        ("GOV", "9", "9"),
        ("GOV", "FIN-1", "FIN-1"),
        ("REV", "1", "1"),
        ("XYZ", "1", "1"),
        ("GOV", "", ""),
    ],
)
def test_subcode_is_completed(category: str, typed: str, full: str) -> None:
    assert t.subcode(category, typed) == full


@pytest.mark.parametrize(
    ("category", "code", "good"),
    [
        ("GOV", "GOV-4", True),
        ("GOV", "", True),
        ("GOV", "4", False),
        ("GOV", "GOV-5", False),
        ("GOV", "gov-4", False),
        ("XYZ", "XYZ-1", False),
    ],
)
def test_subcode_is_checked_in_full_form(category: str, code: str, good: bool) -> None:
    assert t.is_subcode(category, code) is good


def test_topics_lead_to_categories() -> None:
    assert [entry.code for entry in t.for_topic("7")] == ["FIN", "CON"]
    assert len(t.for_topic("9")) == 18
