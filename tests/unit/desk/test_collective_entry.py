"""An entry that says how many told of the same harm: never more than two colleges judged (DOMAIN S0.23)."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import answer_entry, check_entry, draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from app.desk.cases.letters import make_notice
from app.desk.cases.setting import set_values
from app.desk.cases.worklist import work_list
from app.desk.duties.collective import list_clusters, set_amount
from app.desk.duties.judging import undo
from app.domain.collective import AMOUNTS
from app.domain.facts import State
from app.domain.states import MoveRefused
from app.errors import UserError
from crypto.export import open_export
from crypto.openpgp.verify import verify_detached
from tests.unit.desk.house import ORIGIN, House, Reporter
from tests.unit.desk.test_collective import both, several
from tests.unit.desk.test_entries import draft, verified
from tests.unit.desk.test_merging import put

BODY = "Union des associations de membres"


def block(cases: str = "3-4", body: str = BODY) -> dict[str, Any]:
    return draft() | {"collective": {"cases": cases, "entitled_body": body}}


def ready(house: House, others: int) -> tuple[str, list[str]]:
    """A verified case whose reporter said yes, and others of the same harm; all have been silent for a month."""
    case_id = verified(house, fields={"publish": "yes"})
    put(house, case_id, cooperative="Les Tilleuls")
    rest = several(house, others)
    for one in rest:
        put(house, one, state=State.VERIFIED, reporter_opinion="yes")
    both(house, *([one] for one in (case_id, *rest)))
    house.forward(31)
    return case_id, rest


def codes(house: House, case_id: str, raw: dict[str, Any]) -> list[str]:
    return [one.code for one in draft_entry(house.desk(), case_id, raw)]


def leave(house: House, case_id: str) -> dict[str, Any]:
    """From the proposal to the export; returns the record that left."""
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    make_notice(house.desk(), case_id, house.folder / "notice")
    move_case(house.desk(), case_id, "right_of_reply", "avis envoyé")
    answer_entry(house.desk(), case_id, "Une assemblée sera convoquée.")
    for name in ("alize", "cypres"):
        sign_entry(house.desk(name), case_id)
    move_case(house.desk(), case_id, "published", "délai écoulé")
    path = house.folder / "export"
    export_registry(house.desk(), path)
    made = open_export(path.read_bytes(), house.manifest, verify_detached, origin=ORIGIN)
    (one,) = made.entries
    return dict(one.entry)


def test_two_are_not_told_and_three_are(fresh: House) -> None:
    case_id, (other,) = ready(fresh, 1)
    assert codes(fresh, case_id, block()) == ["collective"]
    with pytest.raises(MoveRefused):
        move_case(fresh.desk(), case_id, "registry_proposed", "utile")
    third = several(fresh, 1)[0]
    put(fresh, third, state=State.VERIFIED, reporter_opinion="yes")
    both(fresh, [case_id], [other], [third])
    assert codes(fresh, case_id, block()) == ["collective"]
    fresh.forward(31)
    assert codes(fresh, case_id, block()) == []
    assert codes(fresh, case_id, block("5-9")) == ["collective"]
    assert codes(fresh, case_id, block(body="aide@union.example")) == ["email"]
    assert codes(fresh, case_id, draft()) == []
    codes(fresh, case_id, block())
    set_amount(fresh.desk(), case_id, "over-50k")
    record = leave(fresh, case_id)
    assert record["collective"] == {"cases": "3-4", "entitled_body": BODY}
    left = json.dumps(record, ensure_ascii=False) + (fresh.folder / "export").read_text(encoding="utf-8")
    for band, (french, english) in AMOUNTS.items():
        assert not [word for word in (band, french, english) if word in left]
    for one in (case_id, other, third):
        assert one not in left


def test_what_left_is_not_asked_again(fresh: House) -> None:
    """A correction years later does not fail because the other cases are long gone."""
    case_id, _ = ready(fresh, 2)
    codes(fresh, case_id, block())
    leave(fresh, case_id)
    assert undo(fresh.desk(), case_id, "les autres dossiers sont clos") == 3
    assert check_entry(fresh.desk(), case_id) == ()


def test_a_judgement_taken_back_before_the_export_holds_the_entry(fresh: House) -> None:
    case_id, _ = ready(fresh, 2)
    assert codes(fresh, case_id, block()) == []
    undo(fresh.desk("cypres"), case_id, "même imprimante")
    assert [one.code for one in check_entry(fresh.desk(), case_id)] == ["collective"]
    with pytest.raises(MoveRefused):
        move_case(fresh.desk(), case_id, "registry_proposed", "utile")


def test_a_size_that_nobody_attested_is_not_told(fresh: House) -> None:
    case_id, rest = ready(fresh, 2)
    both(fresh, *([one] for one in (case_id, *rest)), members="50-249")
    (found,) = draft_entry(fresh.desk(), case_id, block())
    assert "size that two colleges attested" in found.message


def test_a_reporter_who_writes_again_delays_it(fresh: House) -> None:
    case_id, (other, *_) = ready(fresh, 2)
    assert codes(fresh, case_id, block()) == []
    put(fresh, other, last_reporter_message=fresh.desk().today)
    assert [one.code for one in check_entry(fresh.desk(), case_id)] == ["collective"]


def test_a_case_of_another_harm_supports_nothing(fresh: House) -> None:
    case_id, rest = ready(fresh, 2)
    raw = block()
    raw["finding"] = raw["finding"] | {"harm": "information"}
    assert codes(fresh, case_id, raw) == ["collective"]
    assert rest
    bare = fresh.new_case(reporter=Reporter.new())
    with pytest.raises(UserError, match="once the case is verified"):
        draft_entry(fresh.desk(), bare, block())
    with pytest.raises(UserError, match="Two colleges verified"):
        set_values(fresh.desk(), case_id, ["cooperative=Le Verger"])


def test_one_session_sees_what_others_change(fresh: House) -> None:
    """What a session keeps in memory is the case as it is now."""
    case_id, rest = ready(fresh, 2)
    desk = fresh.desk()
    assert [(one.harm, len(one.rows), one.independent) for one in list_clusters(desk)] == [
        ("political_rights", 3, "3-4")
    ]
    raw = draft()
    raw["finding"] = raw["finding"] | {"harm": "information"}
    draft_entry(fresh.desk("cypres"), case_id, raw)
    assert [(one.harm, len(one.rows), one.independent) for one in list_clusters(desk)] == [("political_rights", 2, "")]
    draft_entry(fresh.desk("cypres"), case_id, draft())
    assert len(list_clusters(desk)[0].rows) == 3
    undo(fresh.desk("brume"), case_id, "doute")
    assert [row.group for row in list_clusters(desk)[0].rows] == [0, 0, 0]
    both(fresh, [case_id, rest[0]], [rest[1]])
    group = {row.case: row.group for row in list_clusters(desk)[0].rows}
    assert group[case_id] == group[rest[0]] != group[rest[1]]


def test_one_category_in_five_cooperatives_of_a_federation(fresh: House) -> None:
    """DOMAIN §3.2: the federation is the one that an entry names; no entry, no federation."""
    ids = []
    for number in range(5):
        case_id = verified(fresh)
        put(fresh, case_id, cooperative=f"Le Verger {number}")
        raw = draft()
        raw["cooperative"] = raw["cooperative"] | {"federation": "Fédération des vergers"}
        assert not any(line.systemic for line in work_list(fresh.desk()))
        draft_entry(fresh.desk(), case_id, raw)
        ids.append(case_id)
    assert {line.id for line in work_list(fresh.desk("cypres")) if line.systemic} == set(ids)
    assert list_clusters(fresh.desk()) == []


def test_every_command_of_the_page_parses() -> None:
    page = Path(__file__).parents[3] / "docs" / "operations" / "same-harm.md"
    commands = re.findall(r"(?:^ *|`)sourdine ([^`\n]*)", page.read_text(encoding="utf-8"), re.M)
    assert len(commands) >= 8
    for command in commands:
        main.parse(shlex.split(command))
