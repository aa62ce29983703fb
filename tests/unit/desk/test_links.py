"""Who is linked to a cooperative opens no case about it: at filing, later, and when it was established later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.desk.carry import takeup
from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import answer_entry, sign_entry
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.setting import set_values
from app.desk.circle import links, people
from app.desk.duties.alarms import case_alarms
from app.errors import UserError
from tests.unit.desk.house import STORY, House, Reporter
from tests.unit.desk.test_entries import notified, paper
from tests.unit.desk.test_journey import Typed

COOP = {"cooperative": "les tilleuls (Lyon)"}


def ids(house: House, name: str) -> list[str]:
    desk = house.desk(name)
    links.apply(desk)
    return [line.id for line in list_cases(desk)]


def record(house: House, case_id: str, name: str):
    with house.store.reading() as tx:
        return house.desk(name).case(tx, case_id).record


WHY = "associée de la coopérative"


def named(house: House, case_id: str, name: str) -> None:
    """A colleague puts somebody out of a case, and another college still looks on."""
    assert set_values(house.desk("alize"), case_id, [f"conflict={name}"], WHY).waiting_for == ""


def test_a_new_case_leaves_the_linked_out(fresh: House) -> None:
    assert links.declare(fresh.desk("brume"), "SCIC Les Tilleuls") == 0
    case_id = fresh.new_case(fields=COOP)
    other = fresh.new_case(fields={"cooperative": "Le Parc"})
    assert sorted(ids(fresh, "alize")) == sorted(ids(fresh, "cypres")) == sorted([case_id, other])
    assert ids(fresh, "brume") == [other]
    assert (record(fresh, case_id, "alize").allowed, record(fresh, case_id, "alize").linked) == (
        ("alize", "cypres"),
        ("brume",),
    )
    with pytest.raises(UserError, match="no case of that number"):
        show_case(fresh.desk("brume"), case_id)
    for key in ("owner", "deputy"):
        with pytest.raises(UserError, match="one of alize, cypres"):
            set_values(fresh.desk(), case_id, [f"{key}=brume"])


def test_who_is_linked_takes_nothing_up_and_is_told_nothing(fresh: House) -> None:
    reporter = Reporter.new()
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    fresh.receive(fresh.seal(STORY, reporter=reporter, fields=COOP))
    brume = fresh.desk("brume")
    assert take_up(brume) == takeup.TakenUp()
    assert take_up(brume) == takeup.TakenUp()
    assert (list_cases(brume), case_alarms(brume), people.alarms(brume)) == ([], [], [])
    (case_id,) = take_up(fresh.desk("cypres")).cases
    fresh.receive(fresh.seal("Une date.", reporter=reporter, kind="message"))
    assert take_up(brume) == takeup.TakenUp()
    assert take_up(fresh.desk("alize")).joined == [case_id]


def test_rows_of_the_linked_and_of_others_look_alike(fresh: House) -> None:
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    fresh.new_case(fields=COOP)
    case_id = fresh.new_case(fields=COOP | {"topic": "1"})
    set_values(fresh.desk("cypres"), case_id, ["conflict=cypres"])
    fresh.new_case()
    with fresh.database() as link:
        rows = link.execute("SELECT reviewer, length(sealed) FROM grants").fetchall()
    assert len(rows) == 9
    assert len({size for _, size in rows}) == 1


def test_a_declaration_closes_what_is_there_already(fresh: House) -> None:
    mine, other = fresh.new_case(fields=COOP), fresh.new_case(fields={"cooperative": "Le Parc"})
    hidden = fresh.new_case(fields=COOP, exclude=["alize"], name="brume")
    set_values(fresh.desk(), mine, ["owner=alize", "deputy=cypres", "category=GOV", "severity=3", "conflict=none"])
    assert links.declare(fresh.desk("alize"), "Tilleuls") == 1
    assert ids(fresh, "alize") == [other]
    facts = record(fresh, mine, "brume").facts
    assert (facts.owner, facts.deputy) == ("", "cypres")
    assert sorted(ids(fresh, "brume")) == sorted([mine, other, hidden])
    assert record(fresh, hidden, "brume").linked == ()


def test_what_others_alone_may_open_is_matched_when_they_come(fresh: House) -> None:
    # brume declares; the case that only cypres and brume may open is closed to brume by brume, at once.
    case_id = fresh.new_case(fields=COOP, exclude=["alize"], name="brume")
    links.declare(fresh.desk("alize"), "Les Tilleuls")
    assert "alize" not in record(fresh, case_id, "brume").allowed
    assert links.declare(fresh.desk("brume"), "Les Tilleuls") == 1
    assert ids(fresh, "brume") == []
    assert ids(fresh, "cypres") == [case_id]


def test_a_cooperative_established_later_closes_too(fresh: House) -> None:
    case_id = fresh.new_case()
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    assert ids(fresh, "brume") == [case_id]
    set_values(fresh.desk("cypres"), case_id, ["cooperative=Coopérative des Tilleuls"])
    assert ids(fresh, "brume") == []
    # The one who sets it may be the one who is linked.
    links.declare(fresh.desk("alize"), "Le Grand Parc")
    set_values(fresh.desk("alize"), case_id, ["cooperative=Le Grand Parc"])
    assert ids(fresh, "alize") == []
    assert ids(fresh, "cypres") == [case_id]


def test_a_name_in_conflict_closes_that_case(fresh: House) -> None:
    case_id, other = fresh.new_case(), fresh.new_case()
    set_values(fresh.desk(), case_id, ["owner=brume"])
    named(fresh, case_id, "brume")
    assert ids(fresh, "brume") == [other]
    now = record(fresh, case_id, "alize")
    assert (now.facts.conflict, now.facts.owner, now.linked) == ("brume", "", ("brume",))
    set_values(fresh.desk(), case_id, ["conflict=none"])
    assert record(fresh, case_id, "alize").linked == ("brume",)
    set_values(fresh.desk(), case_id, ["conflict="])
    for name in ("brume", "cypres"):
        assert set_values(fresh.desk(name), other, [f"conflict={name}"]).waiting_for == ""
    assert record(fresh, other, "alize").linked == ("brume", "cypres")
    assert ids(fresh, "brume") == []
    assert ids(fresh, "cypres") == [case_id]


@pytest.mark.parametrize("value", ["cypres", "brume,cypres"])
def test_nobody_takes_a_case_from_every_other_college(fresh: House, value: str) -> None:
    case_id = fresh.new_case()
    with pytest.raises(UserError, match="one college alone") as refused:
        set_values(fresh.desk("alize"), case_id, [f"conflict={value}"], WHY)
    assert "as themselves" in refused.value.hint
    assert ids(fresh, "brume") == ids(fresh, "cypres") == [case_id]
    set_values(fresh.desk("cypres"), case_id, ["conflict=cypres"])
    assert ids(fresh, "cypres") == []


def all_linked(house: House, case_id: str) -> None:
    for name in ("alize", "brume", "cypres"):
        links.declare(house.desk(name), "Les Tilleuls")
    for name in ("alize", "brume", "cypres"):
        assert ids(house, name) == []
        desk = house.desk(name)
        with house.store.reading() as tx:
            assert [case.id for case in links.custody(desk, tx)] == [case_id]
        assert "without a link" in people.alarms(desk)[0].message


def test_all_who_are_linked_keep_the_key(fresh: House) -> None:
    case_id = fresh.new_case(fields=COOP)
    all_linked(fresh, case_id)
    with fresh.store.reading() as tx:
        assert fresh.desk().shared(tx, links.ALONE) == {}


def test_whom_the_reporter_excluded_keeps_nothing(fresh: House) -> None:
    fresh.new_case(fields=COOP, exclude=["brume"])
    for name in ("alize", "cypres"):
        links.declare(fresh.desk(name), "Les Tilleuls")
    brume = fresh.desk("brume")
    links.apply(brume)
    with fresh.store.reading() as tx:
        assert links.custody(brume, tx) == []
        assert len(links.custody(fresh.desk("alize"), tx)) == len(links.custody(fresh.desk("cypres"), tx)) == 1
    assert people.alarms(brume) == []


def test_a_link_that_was_a_mistake_opens_what_nobody_could_open(fresh: House) -> None:
    case_id = fresh.new_case(fields=COOP)
    all_linked(fresh, case_id)
    assert ids(fresh, "cypres") == []
    links.end(fresh.desk("alize"), "cypres", "Les Tilleuls", "une autre coopérative")
    # The next to unlock does it, whoever that is.
    assert ids(fresh, "brume") == []
    assert ids(fresh, "cypres") == [case_id]
    assert (record(fresh, case_id, "cypres").allowed, record(fresh, case_id, "cypres").linked) == (
        ("cypres",),
        ("alize", "brume"),
    )
    links.end(fresh.desk("cypres"), "alize", "Les Tilleuls", "une autre coopérative")
    assert ids(fresh, "alize") == []  # somebody may open it again, and decides
    links.let_in(fresh.desk("cypres"), case_id, "alize", "une autre coopérative")
    assert ids(fresh, "alize") == [case_id]


def test_who_was_named_in_the_case_stays_out(fresh: House) -> None:
    case_id = fresh.new_case(fields=COOP)
    set_values(fresh.desk("cypres"), case_id, ["conflict=cypres"])
    links.declare(fresh.desk("cypres"), "Les Tilleuls")
    for name in ("alize", "brume"):
        links.declare(fresh.desk(name), "Les Tilleuls")
    links.end(fresh.desk("alize"), "cypres", "Les Tilleuls", "une autre coopérative")
    assert ids(fresh, "brume") == ids(fresh, "cypres") == []


def test_a_first_signature_by_somebody_linked_is_worth_nothing(fresh: House) -> None:
    case_id = fresh.new_case()
    set_values(fresh.desk(), case_id, ["category=ELE", "severity=3"])
    set_values(fresh.desk("brume"), case_id, ["severity=2"], "moins grave")
    named(fresh, case_id, "brume")
    assert set_values(fresh.desk("cypres"), case_id, ["severity=2"], "moins grave").waiting_for == "other college"


def test_a_colleague_lets_in_who_was_kept_out_by_mistake(fresh: House) -> None:
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    case_id = fresh.new_case(fields=COOP)
    with pytest.raises(UserError, match="no case of that number"):
        links.let_in(fresh.desk("brume"), case_id, "brume", "c'est moi")
    with pytest.raises(UserError, match="reason is empty"):
        links.let_in(fresh.desk(), case_id, "brume", " ")
    links.let_in(fresh.desk(), case_id, "brume", "une autre coopérative du même nom")
    assert ids(fresh, "brume") == [case_id]
    set_values(fresh.desk(), case_id, ["cooperative=Les Tilleuls, Brest"])
    assert ids(fresh, "brume") == [case_id]
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        told = [reason for line, reason in desk.history(tx, desk.case(tx, case_id)) if line.action == "let in"]
    assert told == ["brume: une autre coopérative du même nom"]
    with pytest.raises(UserError, match="No link keeps brume out"):
        links.let_in(fresh.desk(), case_id, "brume", "encore")
    named(fresh, case_id, "brume")
    assert ids(fresh, "brume") == []


def test_nobody_who_has_left_is_let_in(fresh: House) -> None:
    case_id = fresh.new_case()
    named(fresh, case_id, "brume")
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    people.release(fresh.desk(), "brume", "partie")
    with pytest.raises(UserError, match="no reviewer named brume"):
        links.let_in(fresh.desk(), case_id, "brume", "revenue")


def test_an_entry_that_somebody_linked_signed_is_signed_anew(fresh: House) -> None:
    case_id = notified(fresh)
    answer_entry(fresh.desk(), case_id, "Une assemblée sera convoquée.")
    sign_entry(fresh.desk("brume"), case_id)
    assert len(paper(fresh, case_id).signatures) == 1
    named(fresh, case_id, "brume")
    assert paper(fresh, case_id).signatures == ()
    assert sign_entry(fresh.desk("alize"), case_id) == "other college"
    assert sign_entry(fresh.desk("cypres"), case_id) == ""


def test_nobody_lets_in_whom_the_reporter_excluded(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    with pytest.raises(UserError, match="No link keeps brume out"):
        links.let_in(fresh.desk(), case_id, "brume", "il le faut")
    assert ids(fresh, "brume") == []


def test_a_link_is_ended_by_somebody_else(fresh: House) -> None:
    brume = fresh.desk("brume")
    links.declare(brume, "Les Tilleuls")
    fresh.receive(fresh.seal(STORY, fields=COOP))
    assert take_up(brume) == takeup.TakenUp()
    with pytest.raises(UserError, match="already"):
        links.declare(brume, "Les Tilleuls")
    with pytest.raises(UserError, match="of their own"):
        links.end(brume, "brume", "Les Tilleuls", "fini")
    with pytest.raises(UserError, match="No such link"):
        links.end(fresh.desk(), "brume", "Le Parc", "fini")
    link = links.end(fresh.desk(), "brume", "Les Tilleuls", "quittée en 2020")
    assert (link.ended, link.ended_by, link.why) == ("2026-11-02", "alize", "quittée en 2020")
    # What waits is tried once more, and nothing keeps it back any more.
    (case_id,) = take_up(fresh.desk("brume")).cases
    assert ids(fresh, "alize") == [case_id]
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    assert ids(fresh, "brume") == []


@pytest.mark.parametrize("name", ["", " \n", "a\nb", "a" * 161, "a\u200bb"])
def test_a_name_is_one_line(house: House, name: str) -> None:
    with pytest.raises(UserError):
        links.declare(house.desk(), name)


def everybody_linked(house: House) -> None:
    for name in ("alize", "brume", "cypres"):
        links.declare(house.desk(name), "Les Tilleuls")


def filed_before(house: House) -> None:
    house.new_case(fields=COOP)
    everybody_linked(house)
    for name in ("alize", "brume", "cypres"):
        links.apply(house.desk(name))


def filed_after(house: House) -> None:
    everybody_linked(house)
    house.receive(house.seal(STORY, fields=COOP))
    assert take_up(house.desk("cypres")).cases == []


@pytest.mark.parametrize("how", [filed_before, filed_after])
def test_when_everybody_is_linked_all_keep_the_key_and_nobody_reads(fresh: House, how: Callable[[House], None]) -> None:
    how(fresh)
    for name in ("alize", "brume", "cypres"):
        assert list_cases(fresh.desk(name)) == []
    for name in ("alize", "brume", "cypres"):
        (alarm,) = people.alarms(fresh.desk(name))
        assert "without a link" in alarm.message
        assert "sourdine desk admit" in alarm.message


def test_one_college_left_is_an_alarm_and_no_freeze(fresh: House) -> None:
    case_id = fresh.new_case(fields=COOP)
    links.declare(fresh.desk("cypres"), "Les Tilleuls")
    (alarm,) = people.alarms(fresh.desk("alize"))
    assert alarm.message.startswith("1 of your cases can be opened by one college only")
    assert ids(fresh, "cypres") == []
    move_case_ready(fresh, case_id)


def move_case_ready(house: House, case_id: str) -> None:
    show_case(house.desk(), case_id)
    assert move_case(house.desk(), case_id, "acknowledged", "lu").state == "acknowledged"


def test_as_it_is_typed(fresh: House) -> None:
    typed = Typed(fresh)
    assert typed("link", "list") == ["Nobody declared a link."]
    assert "no case about this cooperative" in typed("link", "add", "Les Tilleuls", by="brume")[0]
    case_id = fresh.new_case(fields=COOP)
    assert typed.json("link", "list") == [
        {
            "reviewer": "brume",
            "cooperative": "Les Tilleuls",
            "declared": "2026-11-02",
            "ended": "",
            "ended_by": "",
            "why": "",
        }
    ]
    assert typed("case", "list", by="brume") == ["No case is open to you."]
    assert typed.json("tick", by="brume") == typed.json("tick", by="")
    typed("case", "let-in", case_id, "brume", "--reason", "une autre")
    assert case_id in typed("case", "list", by="brume")[0]
    typed("link", "end", "Les Tilleuls", "--of", "brume", "--reason", "finie")
    assert "ended 2026-11-02 by alize: finie" in typed("link", "list")[0]
    typed("case", "set", case_id, "severity=3")
    assert typed.json("case", "set", case_id, "severity=2", "--reason", "moins") == {"waiting_for": "other college"}
    assert typed.json("case", "set", case_id, "severity=2", "--reason", "moins", by="cypres") == {"set": 1}
