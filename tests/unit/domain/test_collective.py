"""Clusters: what is counted, what may be told, and that nothing is counted which nobody judged."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.collective import (
    AMOUNTS,
    CASES_MIN,
    RANGES,
    Clue,
    Harm,
    Judged,
    check_range,
    clusters,
    cooperative_key,
    independent,
    large_enough,
    quiet_from,
    range_of,
    recent,
    referred,
    systemic,
    told,
    unjudgeable,
)
from app.domain.durations import add_days
from app.domain.entry import Entry, EntryError, Tombstone
from app.domain.facts import State
from app.domain.record_groups import RANGES as RECORD_RANGES
from tests.unit.domain.samples import TODAY, raw_entry

HARM = Harm("trois rivieres", "GOV", "political_rights")
_NUMBERS = itertools.count()


def clue(group: str = "", *, act: str = "a", members: str = "250-999", **changes: object) -> Clue:
    """A verified case of some months ago, judged when a group is named."""
    good = Clue(
        case=f"case-{next(_NUMBERS)}",
        harm=HARM,
        written=date(2026, 5, 3),
        state=State.VERIFIED,
        opinion="yes",
        judged=Judged(act, group, members) if group else None,
    )
    return replace(good, **changes)


def entry(cases: str | None = "3-4", body: str = "", **changes: object) -> Entry:
    block = None if cases is None else {"cases": cases, "entitled_body": body}
    return Entry.parse(raw_entry(collective=block, **changes))


def test_ranges_are_those_of_the_record() -> None:
    assert {name for _, name in RANGES} == set(RECORD_RANGES)
    assert [range_of(n) for n in (0, 1, 2, 3, 4, 5, 9, 10, 400)] == [
        "", "", "", "3-4", "3-4", "5-9", "5-9", "10+", "10+",
    ]  # fmt: skip


def test_a_cooperative_is_told_by_its_words() -> None:
    assert cooperative_key("SCIC Les Trois-Rivières") == cooperative_key("les trois rivieres") == "trois rivieres"
    assert cooperative_key("La Coop") == "la coop"
    assert cooperative_key("Коопи") == "коопи"


@pytest.mark.parametrize(
    ("written", "within"),
    [
        (date(2026, 11, 30), True),
        (date(2024, 12, 1), True),
        (date(2024, 11, 30), False),
        (date(2026, 12, 1), False),
    ],
)
def test_the_window_is_of_whole_months(written: date, within: bool) -> None:
    assert recent(clue(written=written), TODAY) is within


def test_a_cluster_is_two_cases_that_stand() -> None:
    one, two = clue(), clue(state=State.RECEIVED)
    other = clue(harm=replace(HARM, harm="information"))
    gone = [clue(state=state) for state in (State.UNFOUNDED, State.UNVERIFIABLE, State.OUT_OF_SCOPE, State.WITHDRAWN)]
    gone += [clue(state=State.CLOSED, outcome="triage"), clue(written=date(2020, 1, 1))]
    kept = clue(state=State.CLOSED, outcome="verified")
    assert clusters([one, other, *gone, two, kept], TODAY) == {HARM: (one, two, kept)}
    assert clusters([one, other], TODAY) == {}
    assert [clue.may_be_told(TODAY) for clue in (one, two, kept)] == [True, False, True]


def test_the_public_counts_who_said_yes_or_let_the_time_pass() -> None:
    """DOMAIN §4: « ask me first » is no yes before somebody asked."""
    for opinion in ("", "ask"):
        asked = clue(opinion=opinion, state=State.REGISTRY_PROPOSED, proposed=add_days(TODAY, -30))
        assert asked.may_be_told(TODAY)
        assert not asked.may_be_told(add_days(TODAY, -1))
        assert not clue(opinion=opinion).may_be_told(TODAY)
        for state in (State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED, State.EXPIRED):
            assert clue(opinion=opinion, state=state).may_be_told(TODAY)
        assert told([clue("x", opinion=opinion), clue("y"), clue("z")], TODAY, "a") == ""
    assert not clue(opinion="no", state=State.PUBLISHED).may_be_told(TODAY)


def test_only_what_was_judged_is_counted() -> None:
    assert independent([]) == independent([clue(), clue()]) == 0
    threads = [clue("x"), clue("x"), clue("x")]
    assert independent(threads) == 1
    assert independent([*threads, clue("y"), clue()]) == 2
    assert independent([clue("x", act="a"), clue("y", act="a"), clue("z", act="b")]) == 2
    assert independent([clue("x", act="a"), clue("y", act="a"), clue("z", act="b")], "b") == 1


def test_what_may_be_told() -> None:
    three = [clue("x"), clue("y"), clue("z")]
    assert told(three, TODAY, "a") == "3-4"
    assert told(three[:2], TODAY, "a") == ""
    assert told(three, TODAY, "b") == ""
    for change in ({"opinion": "no"}, {"state": State.ASSESSMENT}, {"written": date(2020, 1, 1)}, {"judged": None}):
        assert told([replace(three[0], **change), *three[1:]], TODAY, "a") == "", change
    assert told([clue(name, members="<50") for name in "xyz"], TODAY, "a") == ""
    assert told([clue(name, members="") for name in "xyz"], TODAY, "a") == ""
    assert (large_enough("50-249"), large_enough("<50"), large_enough("")) == (True, False, False)


GROUPS = st.lists(st.sampled_from(["", "u", "v", "w", "x", "y", "z"]), max_size=14)


@given(GROUPS, st.lists(st.booleans(), min_size=14, max_size=14))
def test_hiding_cases_never_tells_more(groups: list[str], seen: list[bool]) -> None:
    """Whoever may open fewer cases is told no larger range, and never of more authors than were judged."""
    every = [clue(group) for group in groups]
    some = [one for one, shown in zip(every, seen, strict=False) if shown]
    assert independent(some) <= independent(every) == len(set(groups) - {""})
    order = ["", *(name for _, name in reversed(RANGES))]
    assert order.index(told(some, TODAY, "a")) <= order.index(told(every, TODAY, "a"))
    assert (told(every, TODAY, "a") != "") == (len(set(groups) - {""}) >= CASES_MIN)


@given(st.lists(st.sampled_from(sorted(State)), min_size=1, max_size=8))
def test_whatever_is_told_the_desk_counts_too(states: list[State]) -> None:
    clues = [clue(str(number), state=state) for number, state in enumerate(states)]
    alive = [one for one in clues if one.alive]
    assert {one.case for one in clues if one.may_be_told(TODAY)} <= {one.case for one in alive}


def test_systemic_is_three_judged_cases_whatever_their_state() -> None:
    three = [clue(name, state=State.TRIAGE, members="<50") for name in "xyz"]
    assert systemic(three, TODAY) == {one.case for one in three}
    beside = clue(harm=replace(HARM, harm="information"))
    assert systemic([*three, beside], TODAY) == {one.case for one in (*three, beside)}
    assert systemic([clue("x"), clue("x"), clue("x")], TODAY) == frozenset()
    assert systemic([clue(), clue(), clue()], TODAY) == frozenset()
    assert systemic([*three[:2], clue(harm=replace(HARM, category="FIN"))], TODAY) == frozenset()


def test_systemic_is_one_category_in_five_cooperatives_of_a_federation() -> None:
    def of(number: int, **changes: object) -> Clue:
        return clue(**{"harm": Harm(f"coop {number}", "GOV", "political_rights"), "federation": "f"} | changes)

    five = [of(number) for number in range(5)]
    assert systemic(five, TODAY) == {one.case for one in five}
    assert systemic([*five[:4], of(3)], TODAY) == frozenset()
    assert systemic([*five[:4], of(9, federation="g")], TODAY) == frozenset()
    assert systemic([*five[:4], of(9, federation="")], TODAY) == frozenset()


def messages(made: Entry, mine: Clue, others: list[Clue], today: date = TODAY) -> list[str]:
    found = check_range(made, mine, [mine, *others], today)
    assert {one.code for one in found} <= {"collective"}
    return [one.message for one in found]


def test_an_entry_may_say_what_was_judged_and_no_more() -> None:
    mine, others = clue("x"), [clue(name) for name in "yzuvw"]
    assert messages(entry(None), clue(), []) == []
    for supported, claimed, fits in (
        (2, "3-4", True),
        (2, "5-9", False),
        (5, "5-9", True),
        (5, "3-4", True),
        (5, "10+", False),
    ):
        said = messages(entry(claimed), mine, others[:supported])
        assert (said == []) is fits, (supported, claimed, said)
        assert fits or "no more: write that" in said[0]
    assert "Fewer than 3" in messages(entry(), mine, others[:1])[0]
    other = replace(HARM, harm="information")
    assert "Fewer than 3" in messages(entry(), mine, [replace(one, harm=other) for one in others])[0]
    assert "Two colleges judge first" in messages(entry(), clue(), others)[0]
    assert "size that two colleges attested" in messages(entry(), clue("x", members="1000+"), others)[0]


def test_an_entry_waits_until_reporters_have_been_silent_for_a_month() -> None:
    mine, others = clue("x"), [clue("y"), clue("z", written=date(2026, 11, 1))]
    assert messages(entry(), mine, others)[0].endswith("wait until 2026-12-01.")
    assert messages(entry(), mine, others, date(2026, 12, 1)) == []
    assert quiet_from([]) is None


def test_no_number_of_cases_below_fifty_members() -> None:
    with pytest.raises(EntryError, match="below 50 members"):
        entry(
            cooperative=raw_entry()["cooperative"] | {"members": "<50"},
            finding=raw_entry()["finding"] | {"subcode": ""},
        )


def test_what_cannot_be_judged_together() -> None:
    assert unjudgeable([clue(), clue(harm=replace(HARM, harm="information"))]) == ""
    assert unjudgeable([clue()]) == ""
    assert "at least one case" in unjudgeable([])
    assert "one cooperative" in unjudgeable([clue(), clue(harm=replace(HARM, category="FIN"))])
    assert "set aside" in unjudgeable([clue(), clue(state=State.UNFOUNDED)])


def test_a_letter_counts_verified_cases_and_needs_every_yes() -> None:
    agreed = [clue(name, consent=True, opinion="no") for name in "xyz"]
    assert referred(agreed, TODAY, "a") == ("3-4", ())
    silent = clue("w")
    assert referred([*agreed, silent], TODAY, "a") == ("3-4", (silent,))
    assert referred([*agreed[:2], clue("v", state=State.ASSESSMENT)], TODAY, "a") == ("", ())
    assert referred([clue(name, consent=True, members="<50") for name in "xyz"], TODAY, "a") == ("", ())
    assert referred(agreed, TODAY, "b") == ("", ())


def leaves(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The place of every value of a record."""
    if isinstance(value, dict):
        return [place for key, item in value.items() for place in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [place for key, item in enumerate(value) for place in leaves(item, (*path, key))]
    return [path]


def test_no_field_of_a_record_is_for_an_amount() -> None:
    """S0.30: the bands are the desk's. No group has a field for them, and a field added for one is refused."""
    names = {str(part) for place in leaves(entry().to_dict()) for part in place}
    names |= set(Tombstone.__dataclass_fields__)
    assert not {name for name in names if "amount" in name or "band" in name or "loss" in name}
    for band in AMOUNTS:
        for group in (None, "finding", "collective", "cooperative"):
            raw = entry().to_dict()
            (raw if group is None else raw[group])["amount"] = band
            with pytest.raises(EntryError):
                Entry.parse(raw)
        with pytest.raises(EntryError):
            entry(band)
    assert not {field.name for field in dataclasses.fields(Clue)} & {"amount", "band"}
