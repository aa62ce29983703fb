"""`case set`: each key with its rule, all of them or none."""

from __future__ import annotations

import pytest

from app.desk.reading import show_case
from app.desk.setting import SETTERS, set_values
from app.desk.takeup import take_up
from app.errors import UsageError, UserError
from tests.unit.desk.house import House, Reporter


@pytest.fixture(scope="module")
def case_id(house: House) -> str:
    return house.new_case(reporter=Reporter.new(), exclude=["brume"], fields={"publish": "ask"})


def facts(house: House, case_id: str):
    return show_case(house.desk(), case_id).case.facts


def test_the_contract_keys_are_there() -> None:
    wanted = "category subcode severity grade owner deputy cooperative group_size reporter_opinion hold conflict"
    assert set(wanted.split()) <= set(SETTERS)


def test_sets_several_in_any_order(house: House, case_id: str) -> None:
    words = ["subcode=2", "severity=4", "category=gov", "grade=a2", "owner=alize", "deputy=cypres", "group_size=300"]
    switches = ["hold=yes", "extended=yes", "consent_referral=yes", "legal_duty=yes"]
    set_values(
        house.desk(), case_id, [*words, *switches, "conflict=none", "cooperative=Les Tilleuls", "reporter_opinion=yes"]
    )
    now = facts(house, case_id)
    assert (now.category, now.subcode, now.severity, now.grade) == ("GOV", "GOV-2", 4, "A2")
    assert (now.owner, now.deputy, now.group_size, now.cooperative) == ("alize", "cypres", 300, "Les Tilleuls")
    assert (now.hold, now.extended, now.consent_referral, now.legal_duty) == (True,) * 4
    assert (now.conflict, now.reporter_opinion) == ("none", "yes")


def test_another_category_takes_the_subcode_away(house: House, case_id: str) -> None:
    set_values(house.desk(), case_id, ["category=GOV", "subcode=1"])
    set_values(house.desk(), case_id, ["category=GOV"])
    assert facts(house, case_id).subcode == "GOV-1"
    set_values(house.desk(), case_id, ["category=INF", "hold=no", "cooperative="])
    now = facts(house, case_id)
    assert (now.category, now.subcode, now.hold, now.cooperative) == ("INF", "", False, "")


@pytest.mark.parametrize(
    "value",
    [
        "category=ZZZ",
        "subcode=99",
        "severity=5",
        "severity=",
        "grade=E",
        "owner=brume",
        "owner=nobody",
        "deputy=",
        "group_size=-1",
        "group_size=many",
        "group_size=²",
        "group_size=999999999999",
        "reporter_opinion=maybe",
        "hold=perhaps",
        "conflict=<b>",
        "cooperative=" + "a" * 161,
        "cooperative=a\nb",
    ],
)
def test_refuses_a_value_outside_its_rule(house: House, case_id: str, value: str) -> None:
    before = facts(house, case_id)
    key = value.partition("=")[0]
    with pytest.raises(UserError, match=key) as refused:
        set_values(house.desk(), case_id, ["group_size=7", value] if "group_size" not in value else [value])
    assert "Nothing was changed" in refused.value.hint
    assert facts(house, case_id) == before


@pytest.mark.parametrize("pairs", [["category"], ["state=closed"], ["good_faith=yes"], ["hold=yes", "hold=no"], ["=x"]])
def test_refuses_what_is_no_key_and_value(house: House, case_id: str, pairs: list[str]) -> None:
    with pytest.raises(UsageError):
        set_values(house.desk(), case_id, pairs)


def test_owner_and_deputy_are_two_people(house: House, case_id: str) -> None:
    with pytest.raises(UserError, match="two people"):
        set_values(house.desk(), case_id, ["owner=alize", "deputy=alize"])


def test_nobody_speaks_for_the_reporter(house: House) -> None:
    case_id = house.new_case(reporter=Reporter.new(), fields={"publish": "no"})
    with pytest.raises(UserError, match="reporter gave this opinion"):
        set_values(house.desk(), case_id, ["reporter_opinion=yes"])
    set_values(house.desk(), case_id, ["reporter_opinion=no"])


def test_a_flag_of_retaliation_keeps_the_severity_up(house: House) -> None:
    reporter = Reporter.new()
    case_id = house.new_case(reporter=reporter)
    house.receive(house.seal("On me menace.", reporter=reporter, kind="retaliation"))
    take_up(house.desk())
    with pytest.raises(UserError, match="severity is 3 or 4"):
        set_values(house.desk(), case_id, ["severity=2"])
    set_values(house.desk(), case_id, ["severity=4"])


def test_setting_is_journalled_with_its_values_sealed(house: House, case_id: str) -> None:
    desk = house.desk()
    set_values(desk, case_id, ["grade=B"])
    with house.store.reading() as tx:
        line, reason = desk.history(tx, desk.case(tx, case_id))[-1]
    assert (line.action, reason) == ("set", "grade=B")


@pytest.mark.parametrize(
    "value", ["category=INF", "subcode=1", "severity=4", "grade=B", "cooperative=Y", "group_size=9"]
)
def test_what_two_colleges_verified_stays(house: House, value: str) -> None:
    from app.desk.decisions import move_case
    from tests.unit.desk.test_entries import verified

    case_id = verified(house)
    before = facts(house, case_id)
    with pytest.raises(UserError, match="Two colleges verified") as refused:
        set_values(house.desk(), case_id, [value])
    assert "back to assessment" in refused.value.hint
    assert facts(house, case_id) == before
    set_values(house.desk(), case_id, ["grade=A2", "extended=yes"])
    move_case(house.desk(), case_id, "assessment", "erreur")
    set_values(house.desk(), case_id, [value])
