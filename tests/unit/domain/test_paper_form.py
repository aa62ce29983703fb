"""A typed paper form: a few lines above the story, and the rules of every report."""

from __future__ import annotations

import pytest

from app.domain.paper_form import HEADERS, read_paper
from app.domain.report import FieldErrors, ReportForm

STORY = "Depuis deux ans, le conseil décide seul.\n\nperiod: ce n'est pas une ligne du haut, mais une phrase."


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(FieldErrors) as refused:
        read_paper(text, follow_up="codename")
    return [(error.field, error.code) for error in refused.value.errors]


def test_lines_above_the_story() -> None:
    text = f"cooperative: Les Tilleuls : Lyon\ntopic:1\nperiod : 2025\nexclude: brume, alize,\n\n{STORY}\n"
    form = read_paper(text.replace("\n", "\r\n"), follow_up="none")
    assert form == ReportForm(
        STORY,
        cooperative="Les Tilleuls : Lyon",
        topic="1",
        period="2025",
        exclude=("brume", "alize"),
        follow_up="none",
    )


def test_a_story_alone() -> None:
    form = read_paper(f"\n\n{STORY}", follow_up="codename")
    assert (form.story, form.fields, form.follow_up) == (STORY, {}, "codename")
    remark = f"Remarque : {STORY}"
    assert read_paper(remark, follow_up="codename").story == remark


def test_every_field_of_the_form_has_a_line() -> None:
    typed = "\n".join(f"{name}: {'1' if name == 'topic' else 'yes' if name == 'publish' else 'x'}" for name in HEADERS)
    form = read_paper(f"{typed}\n\n{STORY}", follow_up="codename")
    assert set(form.fields) == set(HEADERS) - {"exclude"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"topic: 1\nville: Lyon\n\n{STORY}", ("header", "unknown")),
        (f"topic: 1\nLyon\n\n{STORY}", ("header", "unknown")),
        (f"topic: 12\n\n{STORY}", ("topic", "unknown")),
        (f"topic: 1\ntopic: 2\n\n{STORY}", ("topic", "twice")),
        ("topic: 1\nperiod: 2025", ("story", "missing")),
        ("", ("story", "missing")),
        ("Trop court.", ("story", "too_short")),
        (f"period: {'x' * 501}\n\n{STORY}", ("period", "too_long")),
    ],
)
def test_what_is_refused(text: str, found: tuple[str, str]) -> None:
    assert codes(text) == [found]
