"""`case set`: each key with its rule, all of them or none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.reading import show_case
from app.desk.cases.setting import DUTY, SETTERS, set_values
from app.desk.core import twofold
from app.domain.facts import State
from app.errors import UsageError, UserError
from tests.unit.desk.house import House, Reporter, keys


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
        house.desk(),
        case_id,
        [*words, *switches, "conflict=none", "cooperative=Les Tilleuls", "reporter_opinion=yes"],
        "article 40 du code",
    )
    now = facts(house, case_id)
    assert now.severity_on == house.desk().today
    assert (now.category, now.subcode, now.severity, now.grade) == ("GOV", "GOV-2", 4, "A2")
    assert (now.owner, now.deputy, now.group_size, now.cooperative) == ("alize", "cypres", 300, "Les Tilleuls")
    assert (now.hold, now.extended, now.consent_referral, now.legal_duty) == (True,) * 4
    assert (now.conflict, now.reporter_opinion) == ("none", "yes")


def test_another_category_takes_the_subcode_away(house: House, case_id: str) -> None:
    set_values(house.desk(), case_id, ["category=GOV", "subcode=1"])
    set_values(house.desk(), case_id, ["category=GOV"])
    assert facts(house, case_id).subcode == "GOV-1"
    set_values(house.desk(), case_id, ["category=INF", "hold=no", "cooperative="], "procédure close")
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
        "conflict=somebody",
        "conflict=alize,alize",
        "conflict=alize,none",
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


LOWER = ["severity=1"]


def test_a_lowered_severity_takes_two_colleges(house: House) -> None:
    case_id = house.new_case()
    set_values(house.desk(), case_id, ["category=ELE", "severity=3"])
    with pytest.raises(UserError, match="below the 3 that is recorded") as refused:
        set_values(house.desk(), case_id, LOWER)
    assert "--reason" in refused.value.hint
    first = set_values(house.desk(), case_id, LOWER, "une seule personne")
    assert (first.waiting_for, first.record.facts.severity) == ("other college", 3)
    for name, sentence in (("alize", "already signed"), ("brume", "your own college")):
        with pytest.raises(UserError, match=sentence):
            set_values(house.desk(name), case_id, LOWER, "une seule personne")
    second = set_values(house.desk("cypres"), case_id, LOWER, "le retard est réparé")
    assert (second.waiting_for, second.record.facts.severity) == ("", 1)
    assert facts(house, case_id).severity == 1
    desk = house.desk()
    with house.store.reading() as tx:
        case = desk.case(tx, case_id)
        (taken,) = twofold.taken(case, tx)
        told = [reason for line, reason in desk.history(tx, case) if line.action in {"sign", "set"}]
        assert twofold.all_pending(case, tx) == []
    assert {one["college"] for one in taken["signatures"]} == {"members", "jurists"}
    assert told[-2:] == ["severity=1: une seule personne", "severity=1: le retard est réparé"]
    # Raising it again takes one person; the decision to lower it is spent.
    assert set_values(house.desk(), case_id, ["severity=3"]).record.facts.severity == 3
    assert set_values(house.desk("cypres"), case_id, LOWER, "encore").waiting_for == "other college"


def test_a_first_severity_below_the_category_takes_two_as_well(house: House) -> None:
    case_id = house.new_case()
    with pytest.raises(UserError, match="below the 4 that is proposed") as refused:
        set_values(house.desk(), case_id, ["category=HAR", "severity=2"])
    assert "Set the other values first" in refused.value.hint
    assert facts(house, case_id).category == ""
    set_values(house.desk(), case_id, ["category=HAR"])
    assert set_values(house.desk(), case_id, ["severity=2"], "propos déplacés, excuses faites").waiting_for
    assert set_values(house.desk("cypres"), case_id, ["severity=2"], "d'accord").record.facts.severity == 2


def test_a_signature_for_another_severity_is_worth_nothing(house: House) -> None:
    case_id = house.new_case()
    set_values(house.desk(), case_id, ["category=HAR", "severity=4"])
    set_values(house.desk(), case_id, ["severity=2"], "a")
    other = set_values(house.desk("cypres"), case_id, ["severity=3"], "b")
    assert (other.waiting_for, other.dropped) == ("other college", True)
    set_values(house.desk("cypres"), case_id, ["category=REP"])
    again = set_values(house.desk("alize"), case_id, ["severity=3"], "c")
    assert (again.waiting_for, again.record.facts.severity) == ("other college", 4)


def test_another_category_never_leaves_the_severity_below_what_it_proposes(house: House) -> None:
    case_id = house.new_case()
    set_values(house.desk(), case_id, ["severity=1"])
    desk = house.desk()
    assert set_values(desk, case_id, ["category=HAR"]).record.facts.severity == 4
    with house.store.reading() as tx:
        assert desk.history(tx, desk.case(tx, case_id))[-1][1] == "severity=4 category=HAR"
    assert set_values(desk, case_id, ["category=INF"]).record.facts.severity == 4


def test_only_analysts_decide(fresh: House) -> None:
    case_id = fresh.new_case()
    changed = tuple(replace(one, role="mediator") if one.name == "cypres" else one for one in keys().reviewers)
    fresh.pin(fresh.next_manifest(reviewers=changed))
    with pytest.raises(UserError, match="Your role does not decide"):
        set_values(fresh.desk("cypres"), case_id, ["severity=4"])
    assert facts(fresh, case_id).severity is None


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
    from app.desk.cases.decisions import move_case
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


def test_a_duty_and_a_lifted_hold_say_why(house: House) -> None:
    case_id = house.new_case()
    with pytest.raises(UserError, match="name the duty") as refused:
        set_values(house.desk(), case_id, ["legal_duty=yes"])
    assert f"case set {case_id} legal_duty=yes --reason" in refused.value.hint
    set_values(house.desk(), case_id, ["legal_duty=no", "hold=no"])  # nothing is opened by it
    set_values(house.desk(), case_id, ["legal_duty=yes", "hold=yes"], "article L. 123-4")
    with pytest.raises(UserError, match="which proceeding has ended"):
        set_values(house.desk(), case_id, ["hold=no"])
    set_values(house.desk(), case_id, ["hold=no"], "jugement définitif")
    set_values(house.desk(), case_id, ["consent_referral=yes"], "dit au téléphone")
    desk = house.desk()
    with house.store.reading() as tx:
        case = desk.case(tx, case_id)
        assert desk.history(tx, case)[-1][1] == "consent_referral=yes: dit au téléphone"
        assert case.paper(tx, DUTY) == {"day": desk.today.isoformat(), "reason": "article L. 123-4"}
    set_values(house.desk(), case_id, ["legal_duty=no"])
    with house.store.reading() as tx:
        assert desk.case(tx, case_id).paper(tx, DUTY) is None


def test_the_day_of_a_severity_is_that_of_its_last_change(fresh: House) -> None:
    case_id = fresh.new_case()
    set_values(fresh.desk(), case_id, ["severity=2"])
    first = fresh.desk().today
    fresh.forward(3)
    set_values(fresh.desk(), case_id, ["severity=2", "grade=B"])
    assert facts(fresh, case_id).severity_on == first
    set_values(fresh.desk(), case_id, ["category=HAR"])  # raises it
    assert facts(fresh, case_id).severity_on == fresh.desk().today
    fresh.forward(2)
    set_values(fresh.desk(), case_id, ["severity=3"], "moins grave")
    assert set_values(fresh.desk("cypres"), case_id, ["severity=3"], "d'accord").record.facts.severity == 3
    assert facts(fresh, case_id).severity_on == fresh.desk().today


def test_a_published_entry_is_read_again_once_a_year(house: House) -> None:
    case_id = house.new_case()
    with pytest.raises(UserError, match="reviewed is yes"):
        set_values(house.desk(), case_id, ["reviewed=yes"])
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, case.with_facts(state=State.CORRECTED))
    with pytest.raises(UserError, match="reviewed is yes"):
        set_values(house.desk(), case_id, ["reviewed=no"])
    set_values(house.desk(), case_id, ["reviewed=yes"])
    assert facts(house, case_id).reviewed_on == house.desk().today
