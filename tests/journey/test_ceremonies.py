"""The pages of docs/operations are scripts: every command of a table is run, and its end is a report that is read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from app.cli import main
from tests.fakes.theatre import MACHINES, PAGES, PEOPLE, Theatre, opened, rows
from tests.journey.house import STORY

CAST = (
    {"NAME": "alize", "COLLEGE": "members"},
    {"NAME": "brume", "COLLEGE": "members"},
    {"NAME": "cypres", "COLLEGE": "jurists"},
)
FIRST = "first-ceremony.md"
LATER = ("adding-a-reviewer.md", "retiring-a-reviewer.md", "losing-a-key.md", "replacing-the-root.md")


@pytest.fixture(scope="module")
def founded() -> Iterator[Theatre]:
    """The first ceremony, as its page says it."""
    with opened(Theatre.open()) as theatre:
        theatre.play(FIRST, *CAST)
        yield theatre


@pytest.mark.parametrize("page", [FIRST, *LATER])
def test_a_page_is_one_table_that_can_be_typed(page: str) -> None:
    found = rows(page)
    assert [int(row.step) for row in found] == list(range(1, len(found) + 1))
    assert "case show ID" in found[-1].command
    text = (PAGES / page).read_text(encoding="utf-8")
    for part in ("**In the room**", "**Needed**", "## What can go wrong"):
        assert part in text
    for row in found:
        for machine in row.machine.replace("→", ",").split(","):
            assert machine.strip() in {*MACHINES, "room", "reporter"}, row
        for typed in row.typed:
            if typed.startswith("sourdine"):
                main.parse(shlex.split(typed.replace(" ID ", " abcdefghij23 "))[1:])
            else:
                assert typed.startswith("gpg") or row.command.startswith(("carry ", *PEOPLE)), row


def test_the_first_ceremony_ends_with_a_report(founded: Theatre) -> None:
    assert any(STORY in line for line in founded.said)


@pytest.mark.parametrize("page", LATER)
def test_a_later_ceremony_ends_with_a_report(founded: Theatre, page: str) -> None:
    with opened(founded.copy()) as theatre:
        theatre.play(page)
        assert any(STORY in line for line in theatre.said)
        assert len(theatre.seen) == 2
