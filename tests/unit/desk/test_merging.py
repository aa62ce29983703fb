"""Merge and split, both with their undo; and what the gate, an opinion and a closing make of them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import expire_due, move_case
from app.desk.cases.merging import merge, rejoin, split, take_out
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.setting import set_values
from app.desk.circle import links
from app.desk.core.bench import OpenCase
from app.desk.core.family import before_close, children, close_members, facts_with_kin, members
from app.desk.core.texts import messages_of, reporter_texts
from app.desk.duties.tasks import tasks
from app.desk.replies.blind import acknowledge_unread
from app.desk.replies.replies import send
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import CLOSING_TEXT, STORY, House, Reporter

OTHER = "Ma voisine dit la même chose que moi des comptes de la coopérative des Tilleuls."
MORE = "Et le président a vendu le camion sans en parler à personne, la semaine dernière."


def case(house: House, case_id: str, name: str = "alize") -> OpenCase:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return desk.case(tx, case_id)


def put(house: House, case_id: str, **facts: object) -> None:
    """Facts as an earlier day would have left them."""
    desk = house.desk()
    with house.store.writing() as tx:
        found = desk.case(tx, case_id)
        desk.save(tx, found, found.with_facts(**facts))


def texts(house: House, case_id: str) -> list[str]:
    desk = house.desk()
    with house.store.reading() as tx:
        return reporter_texts(desk, desk.case(tx, case_id), tx)


def reasons(house: House, case_id: str) -> list[tuple[str, str]]:
    desk = house.desk()
    with house.store.reading() as tx:
        return [(line.action, reason) for line, reason in desk.history(tx, desk.case(tx, case_id))]


def heard(house: House, case_id: str) -> str:
    """Read, and acknowledged where somebody can read it: what a case needs before it is merged."""
    if show_case(house.desk(), case_id).case.record.mailbox:
        acknowledge_unread(house.desk(), [case_id])
    return case_id


def pair(house: House, **options: object) -> tuple[str, str]:
    source = heard(house, house.new_case(reporter=Reporter.new(), **options))
    return source, house.new_case(OTHER, reporter=Reporter.new())


def test_nobody_merges_what_nobody_read(house: House) -> None:
    source, target = house.new_case(reporter=Reporter.new()), house.new_case()
    with pytest.raises(UserError, match="merged once it was read") as refused:
        merge(house.desk(), source, target, "la même chose")
    assert f"case show {source}" in refused.value.hint
    assert f"reply {source} --template acknowledgement" in refused.value.hint
    show_case(house.desk(), source)
    with pytest.raises(UserError, match="merged once it was read") as refused:
        merge(house.desk(), source, target, "la même chose")
    assert "case show" not in refused.value.hint
    heard(house, source)
    merge(house.desk(), source, target, "la même chose")


def test_a_merged_case_sleeps_and_wakes_as_it_was(house: House) -> None:
    source, target = pair(house)
    before = case(house, source)
    merge(house.desk(), source, target, "la même assemblée")
    asleep = case(house, source)
    assert (asleep.record.merged_into, asleep.record.asleep, asleep.facts) == (target, True, before.facts)
    assert case(house, target).record.merged_into == ""
    with pytest.raises(UserError, match="decided with the one"):
        move_case(house.desk(), source, "acknowledged", "lu")
    send(house.desk(), source, "Nous vous lisons.")
    house.forward(4)
    take_out(house.desk(), source, "deux choses différentes")
    awake = case(house, source)
    assert (awake.record.asleep, awake.facts.entered) == (False, before.facts.entered)
    (joined, told), *_ = [line for line in reasons(house, source) if line[0] == "merge"]
    assert (joined, told) == ("merge", "la même assemblée")  # which one, is for those who may open both
    assert ("take out", "deux choses différentes") in reasons(house, source)
    assert not [line for line in reasons(house, target) if line[0] in {"merge", "take out"}]
    with pytest.raises(UserError, match="not merged"):
        take_out(house.desk(), source, "encore")


def test_the_gate_reads_the_words_of_every_member(house: House) -> None:
    source, target = pair(house)
    assert texts(house, target) == [OTHER]
    merge(house.desk(), source, target, "la même chose")
    assert set(texts(house, target)) == {STORY, OTHER}
    assert texts(house, source) == [STORY]
    desk = house.desk()
    with house.store.reading() as tx:
        assert [one.id for one in members(desk, tx, desk.case(tx, target))] == [source]


def test_what_is_not_merged(house: House) -> None:
    source, target = pair(house)
    third = house.new_case()
    with pytest.raises(UserError, match="into itself"):
        merge(house.desk(), source, source, "oui")
    with pytest.raises(UserError, match="The reason"):
        merge(house.desk(), source, target, " ")
    with pytest.raises(UserError, match="no case of that number"):
        merge(house.desk(), source, "aaaaaaaaaaaa", "oui")
    merge(house.desk(), source, target, "oui")
    for one, other in ((source, third), (third, source)):
        with pytest.raises(UserError, match="decided with the one"):
            merge(house.desk(), one, other, "oui")
    with pytest.raises(UserError, match="Other cases are merged"):
        merge(house.desk(), target, third, "oui")


@pytest.mark.parametrize("state", ["registry_proposed", "right_of_reply", "published", "corrected", "closed"])
def test_an_entry_or_an_end_stands_by_itself(house: House, state: str) -> None:
    source, target = pair(house)
    put(house, source, state=State(state))
    with pytest.raises(UserError, match=f"in {state} is not merged"):
        merge(house.desk(), source, target, "oui")
    put(house, target, state=State.CLOSED)
    with pytest.raises(UserError, match="decided any more"):
        merge(house.desk(), house.new_case(), target, "oui")


def test_nobody_decides_what_they_may_not_open(house: House) -> None:
    source, target = pair(house, exclude=["brume"])
    with pytest.raises(UserError, match="may not open the first"):
        merge(house.desk(), source, target, "la même chose")
    heard(house, target)
    merge(house.desk(), target, source, "la même chose")
    assert case(house, target).record.merged_into == source
    desk = house.desk("brume")
    with house.store.reading() as tx:
        # Brume sees a case that sleeps, and cannot open the one that it sleeps in.
        assert desk.find(tx, source) is None


def test_members_close_along_each_with_a_reply_of_their_own(house: House) -> None:
    source, target = pair(house)
    silent = heard(house, house.new_case())
    for one in (source, silent):
        merge(house.desk(), one, target, "la même chose")
    # As an earlier version of this desk may have left it.
    put(house, silent, opened=False)
    put(house, source, acknowledged=False)
    desk = house.desk()
    with house.store.reading() as tx:
        missing = before_close(desk, tx, desk.case(tx, target))
    for part in (f"case show {silent}", f"{source} --template acknowledgement", f"{source} with --kind closing"):
        assert len([one for one in missing if part in one]) == 1
    with house.store.writing() as tx:
        assert close_members(desk, tx, desk.case(tx, target), "terminé") == []
    show_case(desk, silent)
    send(desk, source, "Nous vous lisons.", kind="acknowledgement")
    put(house, target, state=State.OUT_OF_SCOPE)
    send(desk, source, CLOSING_TEXT, kind="closing")
    with house.store.writing() as tx:
        assert before_close(desk, tx, desk.case(tx, target)) == []
        closed = close_members(desk, tx, desk.case(tx, target), "terminé")
        assert close_members(desk, tx, desk.case(tx, target), "terminé") == []
    assert set(closed) == {source, silent}
    done = case(house, source)
    assert (done.facts.state, done.facts.entered) == ("closed", desk.today)
    assert reasons(house, source)[-1] == (
        "move",
        "received → closed, with the case it was merged into: terminé",
    )
    with pytest.raises(UserError, match="was closed with"):
        take_out(desk, source, "trop tard")


def two_things(house: House, **options: object) -> tuple[str, Reporter]:
    reporter = Reporter.new()
    case_id = house.new_case(reporter=reporter, **options)
    house.receive(house.seal(MORE, reporter=reporter, kind="message"))
    take_up(house.desk())
    return case_id, reporter


def test_a_split_shares_the_messages_and_nothing_else(house: House) -> None:
    source, _ = two_things(house, fields={"topic": "3", "cooperative": "Les Tilleuls"})
    new = split(house.desk(), source, [2], "une autre affaire")
    made, origin = case(house, new), case(house, source)
    assert (made.record.split_from, made.record.mailbox, made.record.fields) == (
        source,
        False,
        {"cooperative": "Les Tilleuls"},
    )
    assert made.record.label != origin.record.label
    assert made.key != origin.key
    assert (made.facts.state, made.facts.entered) == (State.RECEIVED, origin.facts.entered)
    desk = house.desk()
    with house.store.reading() as tx:
        assert [one.story for one in messages_of(desk.case(tx, new), tx, desk)] == [MORE]
        assert len(messages_of(desk.case(tx, source), tx)) == 2
        assert messages_of(desk.case(tx, new), tx) == []
        assert [one.id for one in children(desk, tx, desk.case(tx, source))] == [new]
    assert {STORY, MORE} <= set(texts(house, new))
    with pytest.raises(UserError, match="without a mailbox"):
        send(house.desk(), new, "Bonjour.")


def test_a_split_of_an_acknowledged_case_begins_there(house: House) -> None:
    source, _ = two_things(house)
    show_case(house.desk(), source)
    send(house.desk(), source, "Nous vous lisons.")
    move_case(house.desk(), source, "acknowledged", "lu")
    first = case(house, source).facts.acknowledged_on
    house.forward(3)
    made = case(house, split(house.desk(), source, [1, 2], "à part"))
    facts = made.facts
    assert (facts.state, facts.entered, facts.acknowledged_on) == ("acknowledged", house.desk().today, first)
    assert facts.opened


def test_rejoining_leaves_the_source_as_it_was(house: House) -> None:
    source, _ = two_things(house)
    new = split(house.desk(), source, [2], "une autre affaire")
    show_case(house.desk(), new)
    set_values(house.desk(), new, ["severity=2"])
    rejoin(house.desk(), new, "finalement non")
    with pytest.raises(UserError, match="no case of that number"):
        case(house, new)
    assert [action for action, _ in reasons(house, source)][-2:] == ["split", "rejoin"]
    desk = house.desk()
    with house.store.reading() as tx:
        assert len(messages_of(desk.case(tx, source), tx)) == 2
        assert desk.changed_reasons(tx) == []


def test_what_was_worked_on_does_not_rejoin(house: House) -> None:
    source, _ = two_things(house)
    new = split(house.desk(), source, [1], "à part")
    show_case(house.desk(), new)
    move_case(house.desk(), new, "acknowledged", "lu")
    with pytest.raises(UserError, match="More was done"):
        rejoin(house.desk(), new, "non")
    with pytest.raises(UserError, match="not split from one"):
        rejoin(house.desk(), source, "non")


@pytest.mark.parametrize("positions", [[], [0], [3], [1, 9]])
def test_only_messages_that_are_there_are_split_off(house: House, positions: list[int]) -> None:
    source, _ = two_things(house)
    with pytest.raises(UserError, match="no such message"):
        split(house.desk(), source, positions, "à part")


def test_a_split_case_is_not_split_again(house: House) -> None:
    source, _ = two_things(house)
    new = split(house.desk(), source, [2], "à part")
    with pytest.raises(UserError, match="split from another"):
        split(house.desk(), new, [1], "encore")
    target = house.new_case()
    merge(house.desk(), heard(house, source), target, "oui")
    with pytest.raises(UserError, match="decided with the one"):
        split(house.desk(), source, [1], "encore")
    assert {STORY, MORE} <= set(texts(house, new))
    merge(house.desk(), heard(house, new), target, "oui")
    assert {STORY, MORE} <= set(texts(house, target))


def test_what_the_reporter_says_later_binds_the_split_case(house: House) -> None:
    source, reporter = two_things(house, fields={"publish": "ask"})
    new = split(house.desk(), source, [2], "à part")
    target = house.new_case()
    merge(house.desk(), heard(house, new), target, "la même chose")
    assert opinion(house, new) == "ask"
    assert opinion(house, target) == ""
    for answer in ("yes", "no"):
        house.forward(1)
        house.receive(house.seal("", reporter=reporter, kind="publish", fields={"opinion": answer}))
        take_up(house.desk())
        assert opinion(house, new) == answer
    assert opinion(house, target) == "no"


def opinion(house: House, case_id: str) -> str:
    desk = house.desk()
    with house.store.reading() as tx:
        return facts_with_kin(desk, tx, desk.case(tx, case_id)).reporter_opinion


def test_a_source_that_cannot_be_opened_keeps_the_gate_shut(fresh: House) -> None:
    source, _ = two_things(fresh)
    new = split(fresh.desk(), source, [2], "à part")
    desk = fresh.desk("cypres")
    with fresh.store.writing() as tx:
        tx.put_grants(source, desk.keyring.grant_case(source, b"k" * 32, ["alize"]))
    with fresh.store.reading() as tx, pytest.raises(UserError, match="cannot be read by you"):
        reporter_texts(desk, desk.case(tx, new), tx)


def test_closing_goes_through_the_real_move(house: House) -> None:
    source, target = pair(house)
    merge(house.desk(), source, target, "la même chose")
    put(house, target, state=State.OUT_OF_SCOPE, closing_reply=True)
    with pytest.raises(UserError, match=r"stays in out_of_scope.*merged into it") as refused:
        move_case(house.desk(), target, "closed", "fini")
    assert source in refused.value.hint
    send(house.desk(), source, CLOSING_TEXT, kind="closing")
    assert move_case(house.desk(), target, "closed", "fini").state == "closed"
    assert case(house, source).facts.state == "closed"


def test_what_ends_takes_its_members_along(fresh: House) -> None:
    source, target = pair(fresh)
    merge(fresh.desk(), source, target, "la même chose")
    put(fresh, target, state=State.EXPIRED)
    assert "read, acknowledge, send the closing reply" in [one.what[1][:41] for one in tasks(fresh.desk())]
    assert expire_due(fresh.desk()) == []
    assert case(fresh, source).facts.state == "received"
    send(fresh.desk(), source, CLOSING_TEXT, kind="closing")
    assert expire_due(fresh.desk()) == []
    assert case(fresh, source).facts.state == "closed"
    assert [one for one in tasks(fresh.desk()) if one.case_id == source] == []
    other = heard(fresh, fresh.new_case(reporter=Reporter.new()))
    lasting = fresh.new_case()
    merge(fresh.desk(), other, lasting, "la même chose")
    put(fresh, lasting, state=State.PUBLISHED)
    put(fresh, other, opened=False)
    with pytest.raises(UserError, match="others were merged into it"):
        move_case(fresh.desk(), lasting, "withdrawn", "décision de justice")


def test_no_walk_makes_a_chain_or_loses_a_fact(fresh: House) -> None:
    ids = [heard(fresh, fresh.new_case()) for _ in range(4)]
    before = {one: case(fresh, one).facts for one in ids}
    desk, dice = fresh.desk(), random.Random(4)
    merged = 0
    for _ in range(150):
        source, target = dice.choice(ids), dice.choice(ids)
        try:
            if dice.random() < 0.6:
                merge(desk, source, target, "oui")
                merged += 1
            else:
                take_out(desk, source, "non")
        except UserError:
            pass
        into = {one: case(fresh, one).record.merged_into for one in ids}
        assert all(not into[target] for target in into.values() if target)
    assert merged > 10
    assert {one: case(fresh, one).facts for one in ids} == before


def test_the_page_of_a_case_shows_its_members_and_what_it_shares(house: House) -> None:
    source, target = pair(house)
    merge(house.desk(), source, target, "la même assemblée")
    shown = show_case(house.desk(), target)
    assert [one.id for one in shown.members] == [source]
    assert [one.message.story for one in shown.members[0].messages] == [STORY]
    assert shown.to_dict()["members"][0]["messages"][0]["story"] == STORY
    assert reasons(house, source)[-1][0] == "open"
    reporter = Reporter.new()
    whole = house.new_case(reporter=reporter)
    house.receive(house.seal(MORE, reporter=reporter, kind="message"))
    take_up(house.desk())
    part = split(house.desk(), whole, [2], "une autre affaire")
    assert [one.message.story for one in show_case(house.desk(), part).messages] == [MORE]


def test_what_presses_in_one_presses_where_it_is_decided(house: House) -> None:
    """S0.17: nobody lowers a severity, or lets a flag sleep, by merging."""
    source, target = pair(house)
    put(house, target, severity=1)
    put(house, source, severity=4)
    desk = house.desk()
    with house.store.writing() as tx:
        found = desk.case(tx, source)
        desk.save(tx, found, replace(found.record, retaliation=True))
    merge(desk, source, target, "la même assemblée")
    now = case(house, target)
    assert (now.facts.severity, now.facts.severity_on, now.record.retaliation) == (4, desk.today, True)
    assert case(house, source).facts.severity == 4


def test_a_whole_is_not_merged_into_its_part(house: House) -> None:
    source, _ = two_things(house)
    heard(house, source)
    part = split(house.desk(), source, [2], "à part")
    with pytest.raises(UserError, match="a part of the first"):
        merge(house.desk(), source, part, "à l'envers")


def test_a_link_found_in_a_part_closes_the_whole(fresh: House) -> None:
    source, _ = two_things(fresh)
    part = split(fresh.desk(), source, [2], "à part")
    links.declare(fresh.desk("brume"), "Le Grand Parc")
    set_values(fresh.desk(), part, ["cooperative=Le Grand Parc"])
    assert list_cases(fresh.desk("brume")) == []
    assert {line.id for line in list_cases(fresh.desk("cypres"))} == {source, part}


def test_only_who_decides_takes_a_merged_case_out(fresh: House) -> None:
    source = heard(fresh, fresh.new_case(reporter=Reporter.new()))
    target = fresh.new_case(OTHER, reporter=Reporter.new(), exclude=["brume"])
    merge(fresh.desk(), source, target, "la même assemblée")
    with pytest.raises(UserError, match="Whoever decides this case"):
        take_out(fresh.desk("brume"), source, "non")


def test_a_flag_of_retaliation_wakes_the_line_of_a_merged_case(fresh: House) -> None:
    reporter = Reporter.new()
    source = heard(fresh, fresh.new_case(reporter=reporter))
    target = fresh.new_case(OTHER, reporter=Reporter.new())
    merge(fresh.desk(), source, target, "la même assemblée")
    assert [line.id for line in list_cases(fresh.desk())] == [target]
    fresh.receive(fresh.seal("On me menace.", reporter=reporter, kind="retaliation"))
    take_up(fresh.desk())
    first = list_cases(fresh.desk())[0]
    assert (first.id, "48 hours" in first.due.why, first.retaliation) == (source, True, True)
    send(fresh.desk(), source, "Nous vous avons lu. Voici ce que nous faisons.", kind="reply")
    assert [line.id for line in list_cases(fresh.desk())] == [target]
