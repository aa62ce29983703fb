"""The same harm told by several, as it is typed."""

from __future__ import annotations

import pytest

from app.cli import main, ui
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_campaign import ONION, out
from tests.unit.desk.test_collective import several
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_merging import put


@pytest.fixture
def typed(fresh: House) -> Typed:
    made = Typed(fresh)
    made.config.write_text(made.config.read_text(encoding="utf-8") + f'onion = "{ONION}"\n', encoding="utf-8")
    return made


def judged(typed: Typed, *groups: str) -> list[str]:
    words = ["cluster", "judge", *groups, "--members", "250-999", "--reason", "trois plumes"]
    assert typed(*words) == ['{"waiting_for": "other college"}']
    return typed(*words, by="cypres")


def test_from_the_list_to_the_letter(typed: Typed) -> None:
    assert typed("cluster", "list") == ["No two of your cases tell of the same harm."]
    a, b, c = several(typed.house)
    assert judged(typed, f"{a},{b}", c)[-1] == "Judged by two colleges: authors told apart: 2."
    assert typed("cluster", "undo", a, "--reason", "à revoir") == ["The judgement is taken back, in 3 cases."]
    said = typed("cluster", "judge", a, b, "--members", "250-999", "--reason", "deux plumes")
    assert said == ['{"waiting_for": "other college"}']
    said = typed("cluster", "judge", a, b, c, "--members", "250-999", "--reason", "trois plumes", by="cypres")
    assert said == ['{"waiting_for": "other college"}']
    assert "proposed 3" in "\n".join(typed("cluster", "list"))
    typed("cluster", "judge", a, b, c, "--members", "250-999", "--reason", "trois plumes")
    typed("cluster", "amount", a, "--band", "500-to-5k")
    text = "\n".join(typed("cluster", "list"))
    for told in ("SYSTEMIC", "independent: 3-4; in public: nothing", "author 3", "500-to-5k", "trois plumes (cypres"):
        assert told in text
    typed("cluster", "amount", a, "--band", "none")
    (found,) = typed.json("cluster", "list", "--case", b)
    assert {row["case"] for row in found["rows"]} == {a, b, c}
    assert {row["amount"] for row in found["rows"]} == {""}
    for one in (a, b, c):
        put(typed.house, one, state=State.VERIFIED)
        typed("case", "set", one, "consent_referral=yes")
    path = typed.house.folder / "letter.html"
    words = ["cluster", "letter", a, "--body", "Union des membres", "--kind", "federation", "--to", str(path)]
    assert "3-4 cases" in typed(*words)[0]
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UserError, match="already a file"):
        typed(*words)


def test_a_text_for_members(typed: Typed) -> None:
    case_id = out(typed.house)
    assert typed("campaign", "draft", case_id) == ["The gate lets it through: name the file with --to."]
    path = typed.house.folder / "text.txt"
    assert "Two people read it" in typed("campaign", "draft", case_id, "--to", str(path))[-1]
    with pytest.raises(UserError, match="already a file"):
        typed("campaign", "draft", case_id, "--to", str(path))
    early = typed.house.new_case(reporter=Reporter.new())
    args = main.parse(["desk", "campaign", "draft", early, "--config", str(typed.config), "--as", "alize"])
    with ui.captured() as lines:
        assert args.run(args) == 1
    assert lines[-1].startswith("entry: The entry is not in the register")
